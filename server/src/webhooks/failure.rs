//! Why an attempt brought no whole answer, in the words that operators read.

use std::error::Error;
use std::io::ErrorKind;
use std::net::IpAddr;

use porchlight_domain::webhook::Fault;

/// A failure before the answer was whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The URL cannot be dialled at all.
    #[error("the URL cannot be used: {0}")]
    Url(String),
    /// The name has no address.
    #[error("the host name does not resolve: {0}")]
    Dns(String),
    /// An address that webhooks may not go to.
    #[error("refused by policy: {address} is {reason}; allow its range in WEBHOOK_ALLOW if it is yours")]
    Refused {
        /// What the name resolved to, or the URL says.
        address: IpAddr,
        /// Which kind of address that is.
        reason: &'static str,
    },
    /// Nobody took the connection.
    #[error("cannot connect: {0}")]
    Connect(String, Fault),
    /// The secure connection could not be made.
    #[error("no secure connection: {0}")]
    Tls(String, Fault),
    /// The total deadline passed.
    #[error("no whole answer within {0} s")]
    Timeout(u64),
    /// More than is read.
    #[error("the answer is larger than {} KiB", super::client::MAX_READ / 1024)]
    TooLarge,
    /// What came is not HTTP, or stopped in the middle.
    #[error("the answer is not valid HTTP: {0}")]
    InvalidHttp(String),
}

impl Failure {
    /// True when nothing was tried: there is no time to tell of.
    pub fn is_unsent(&self) -> bool {
        matches!(self, Self::Url(_) | Self::Refused { .. })
    }

    /// Its kind, where that says what to do.
    pub fn fault(&self) -> Option<Fault> {
        match self {
            // Their words say it.
            Self::Url(_) | Self::Refused { .. } => None,
            Self::Dns(_) => Some(Fault::Name),
            Self::Connect(_, fault) | Self::Tls(_, fault) => Some(*fault),
            Self::Timeout(_) => Some(Fault::Timeout),
            Self::TooLarge => Some(Fault::TooLarge),
            Self::InvalidHttp(_) => Some(Fault::NotHttp),
        }
    }

    /// Sorts the client's error by its causes.
    pub fn from_client(error: &reqwest::Error) -> Self {
        let causes = || causes(error);
        if let Some(own) = causes().find_map(|cause| cause.downcast_ref::<Self>()) {
            return own.clone();
        }
        // The innermost cause says it best.
        let text = causes().last().map_or_else(|| error.to_string(), ToString::to_string);
        let http = causes().find_map(|cause| cause.downcast_ref::<hyper::Error>());
        if error.is_connect() {
            let trace = causes().map(ToString::to_string).collect::<String>().to_lowercase();
            let secure = ["certificate", "tls", "handshake", "alert", "corrupt message"];
            return if secure.iter().any(|word| trace.contains(word)) {
                Self::Tls(text, untrusted(&trace))
            } else {
                let kind = causes()
                    .find_map(|cause| cause.downcast_ref::<std::io::Error>())
                    .map(std::io::Error::kind);
                Self::Connect(text, unconnected(kind))
            };
        }
        if error.is_builder() {
            return Self::Url(text);
        }
        match http {
            Some(http) if http.is_incomplete_message() => {
                Self::InvalidHttp("the connection was closed before its end".into())
            }
            _ => Self::InvalidHttp(text),
        }
    }
}

fn unconnected(kind: Option<ErrorKind>) -> Fault {
    match kind {
        Some(ErrorKind::ConnectionRefused) => Fault::Refused,
        Some(ErrorKind::TimedOut) => Fault::NoConnection,
        _ => Fault::Unreachable,
    }
}

/// What was wrong with a secure connection, by the words of all causes, in small letters.
fn untrusted(trace: &str) -> Fault {
    let says = |words: &[&str]| words.iter().any(|word| trace.contains(word));
    if says(&["expired", "not valid yet", "notvalidyet"]) {
        Fault::Expired
    } else if says(&["not valid for name", "notvalidforname"]) {
        Fault::OtherName
    } else if says(&["unknownissuer", "unknown issuer", "self-signed", "selfsigned", "causedasendentity"]) {
        Fault::Untrusted
    } else if says(&["corrupt message"]) {
        Fault::NotTls
    } else {
        Fault::Tls
    }
}

fn causes<'a>(error: &'a reqwest::Error) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(error.source(), |cause: &&'a (dyn Error + 'static)| (*cause).source())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rustls_says_of_a_certificate_tells_what_to_do() {
        for (text, expected) in [
            ("invalid peer certificate: Expired", Fault::Expired),
            (
                "invalid peer certificate: certificate expired: verified at time 1790000000 (UNIX)",
                Fault::Expired,
            ),
            ("invalid peer certificate: certificate not valid yet: verified at time 1", Fault::Expired),
            ("invalid peer certificate: UnknownIssuer", Fault::Untrusted),
            ("invalid peer certificate: Other(CaUsedAsEndEntity)", Fault::Untrusted),
            ("invalid peer certificate: NotValidForName", Fault::OtherName),
            ("invalid peer certificate: certificate not valid for name \"a.example\"", Fault::OtherName),
            ("received corrupt message of type InvalidContentType", Fault::NotTls),
            ("received fatal alert: HandshakeFailure", Fault::Tls),
        ] {
            assert_eq!(untrusted(&text.to_lowercase()), expected, "{text}");
        }
    }
}
