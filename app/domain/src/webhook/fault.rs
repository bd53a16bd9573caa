//! What kept an attempt from a whole answer, by its kind, and what to do about each.

use super::Phases;

/// Why there is no whole answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The name has no address.
    Name,
    /// Nobody listens there.
    Refused,
    /// No connection in time.
    NoConnection,
    /// The host or its network cannot be reached.
    Unreachable,
    /// What listens there speaks no TLS.
    NotTls,
    /// The certificate is over, or not valid yet.
    Expired,
    /// Nobody whom we know has signed the certificate.
    Untrusted,
    /// The certificate is for another name.
    OtherName,
    /// No secure connection, for another reason.
    Tls,
    /// No whole answer in time.
    Timeout,
    /// The answer is too large.
    TooLarge,
    /// What came is not HTTP, or ended in the middle.
    NotHttp,
}

impl Fault {
    /// What is probably wrong, and what to do. `by_name`: the URL names a host, not an address.
    pub fn advice(self, phases: &Phases, by_name: bool) -> &'static str {
        match self {
            Self::Name => {
                "The host's name is not found: check the URL for typing errors, and that the name's DNS record is \
                 published where this server asks."
            }
            Self::Refused => {
                "The host refused the connection: nothing listens on this port. Is the application running, and is this \
                 the port that it listens on?"
            }
            Self::NoConnection => unconnected(phases, by_name),
            Self::Unreachable => {
                "The host cannot be reached from here: check this server's network and routes, and whether the address \
                 is still the host's."
            }
            Self::NotTls => {
                "What listens on this port does not speak TLS: is it the port for http? Register the URL with http://, \
                 or put TLS before it."
            }
            Self::Expired => {
                "Its certificate has expired or is not valid yet: renew it, and check this server's clock."
            }
            Self::Untrusted => {
                "Nobody known has signed its certificate: it is self-signed, or the server does not send the \
                 certificates between its own and the authority's. Let it send the whole chain."
            }
            Self::OtherName => {
                "Its certificate is for another name: register the URL with a name that stands in the certificate, or \
                 get one for this name."
            }
            Self::Tls => {
                "The secure connection could not be made: check that the server speaks TLS 1.2 or 1.3, and its log."
            }
            Self::Timeout => too_slow(phases, by_name),
            Self::TooLarge => {
                "Its answer is larger than 256 KiB. A receipt that is so long can be posted to the order’s receipt_url in \
                 parts; for all else an empty answer is enough. Is this path a page or a download?"
            }
            Self::NotHttp => {
                "What answered did not speak HTTP/1.1 to the end: is it the right port, are there more headers than anybody \
                 reads, or did a process crash while it answered?"
            }
        }
    }
}

/// Where the time went says who was slow.
fn too_slow(phases: &Phases, by_name: bool) -> &'static str {
    if phases.body_us.is_some() {
        "Its answer began and did not end in time: an empty answer is enough; what is written slowly, or never ended, \
         is not waited for."
    } else if phases.wait_us.is_some() {
        "It took the connection and did not answer in time: answer with 202 first and do the work afterwards, or allow \
         more time in the endpoint's delivery policy."
    } else {
        unconnected(phases, by_name)
    }
}

fn unconnected(phases: &Phases, by_name: bool) -> &'static str {
    if by_name && phases.dns_us.is_none() {
        "Its name was not resolved in time: the name servers of the host's domain do not answer this server."
    } else {
        "No connection was made in time: packets get lost on the way. Is the host up, and does its firewall let this \
         server's address through?"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_says_which_part_was_slow() {
        let said = |phases: Phases, by_name| Fault::Timeout.advice(&phases, by_name);
        let (dns_us, connect_us, wait_us, body_us) = (Some(1), Some(1), Some(1), Some(1));
        let none = Phases { connect_us, ..Phases::default() };
        assert!(said(none, true).contains("name servers"));
        assert!(said(none, false).contains("firewall"), "there was no name to look up");
        assert!(said(Phases { dns_us, ..none }, true).contains("firewall"));
        assert!(said(Phases { dns_us, wait_us, ..none }, true).contains("answer with 202 first"));
        assert!(Fault::NoConnection.advice(&none, true).contains("name servers"));
        assert!(Fault::NoConnection.advice(&Phases { dns_us, ..none }, true).contains("firewall"));
        assert!(
            said(Phases { wait_us, ..Phases::default() }, true).contains("202"),
            "on a connection that was there"
        );
        assert!(said(Phases { dns_us, wait_us, body_us, ..none }, true).contains("did not end"));
    }
}
