//! Who may sign the receipts of an order, and whose a posted one is.

use super::receipt::verify_receipt;
use crate::Timestamp;
use crate::id::{EndpointId, MessageId};
use crate::signature::{Secret, StandardHeaders, Verdict, off_by};

/// An endpoint that has an order, and a secret of it.
#[derive(Debug)]
pub struct Signer {
    /// Which endpoint.
    pub endpoint: EndpointId,
    /// Of one that only listens no receipt is believed.
    pub observer: bool,
    /// One of its live secrets.
    pub secret: Secret,
}

/// Who may sign the receipts of an order.
#[derive(Debug)]
pub struct Signers {
    /// The message that carries it.
    pub message: MessageId,
    /// Each live secret of the endpoints that it went to.
    pub signers: Vec<Signer>,
    /// One of those that end sessions wants its receipts signed: an unsigned one may be forged in its name.
    pub must_sign: bool,
}

/// Why a posted receipt is not believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unbelieved {
    /// Its signature is wrong: so, in words.
    Forged(String),
    /// It is signed right, by an endpoint that only listens.
    Listener(EndpointId),
}

impl Signers {
    /// Whose receipt a posted one is, by its signature; None: it is unsigned.
    pub fn signed_by(
        &self,
        headers: &StandardHeaders<'_>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Option<EndpointId>, Unbelieved> {
        let verify = |secrets: &[Secret]| verify_receipt(headers, body, self.message, secrets, now);
        let all: Vec<Secret> = self.signers.iter().map(|one| one.secret.clone()).collect();
        match verify(&all) {
            Verdict::Valid => {}
            Verdict::Missing => return Ok(None),
            Verdict::Stale { ahead } => {
                return Err(Unbelieved::Forged(format!("its time is {}, more than 300 s", off_by(ahead))));
            }
            Verdict::Invalid(why) => return Err(Unbelieved::Forged(why)),
        }
        let by = |one: &&Signer| verify(std::slice::from_ref(&one.secret)) == Verdict::Valid;
        match self.signers.iter().find(by) {
            Some(Signer { observer: true, endpoint, .. }) => Err(Unbelieved::Listener(*endpoint)),
            Some(signer) => Ok(Some(signer.endpoint)),
            None => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::sign_standard;

    const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);
    const MESSAGE: MessageId = MessageId(42);

    #[test]
    fn a_posted_receipt_is_whose_secret_signed_it() {
        let (ours, theirs, listener) = (Secret::generate(), Secret::generate(), Secret::generate());
        let signer = |endpoint: i64, observer: bool, secret: &Secret| Signer {
            endpoint: EndpointId(endpoint),
            observer,
            secret: secret.clone(),
        };
        let signers = vec![signer(1, false, &ours), signer(2, false, &theirs), signer(3, true, &listener)];
        let signers = Signers { message: MESSAGE, signers, must_sign: false };
        let text = r#"{"receipt":{"sessions":[]}}"#;
        let by = |secret: &Secret| {
            let (id, timestamp) = (format!("rcpt_{MESSAGE}"), NOW.seconds().to_string());
            let signature = sign_standard(secret, &id, NOW.seconds(), text.as_bytes());
            let headers =
                StandardHeaders { id: Some(&id), timestamp: Some(&timestamp), signature: Some(&signature) };
            signers.signed_by(&headers, text.as_bytes(), NOW)
        };
        assert_eq!((by(&ours), by(&theirs)), (Ok(Some(EndpointId(1))), Ok(Some(EndpointId(2)))));
        assert_eq!(by(&listener), Err(Unbelieved::Listener(EndpointId(3))));
        assert!(matches!(by(&Secret::generate()), Err(Unbelieved::Forged(_))));
        let none = StandardHeaders { id: None, timestamp: None, signature: None };
        assert_eq!(signers.signed_by(&none, text.as_bytes(), NOW), Ok(None));
    }
}
