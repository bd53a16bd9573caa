//! The receipt in an answer: whether there is one, and whether it may be believed.

use super::{Answer, Policy, ReceiptStatus};
use crate::Timestamp;
use crate::id::{MessageId, RevocationId};
use crate::revocation::receipt::{Report, near_miss, read};
use crate::signature::{ID, SIGNATURE, Secret, StandardHeaders, TIMESTAMP, Verdict, off_by, verify_standard};

/// Why an unsigned receipt is not believed, where none may be.
pub const MUST_BE_SIGNED: &str = "the receipt is not signed, and receipts must be signed: sign it under the id \
    rcpt_<webhook-id> with the endpoint's secret, as Standard Webhooks";

/// Why a receipt is not believed of whoever ends no sessions.
pub const ONLY_LISTENS: &str =
    "its endpoint only listens: it ends no sessions, so that it cannot say what became of them";

/// What was found of a receipt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundReceipt {
    /// Whether there is one, and what its signature is worth.
    pub status: ReceiptStatus,
    /// What it says, where it may be believed.
    pub report: Option<Report>,
    /// Why it is not believed, in words.
    pub problem: Option<String>,
    /// Where there is none: why what looks like one is not.
    pub hint: Option<String>,
}

impl FoundReceipt {
    /// Looks for a receipt of `order` in a success that answered `message`. A signature is optional unless the endpoint's
    /// policy wants one; where there is one it must be right: Standard Webhooks under the id `rcpt_<message id>`, with a
    /// secret that signed the message. An endpoint that only listens has none to give.
    pub fn read(
        answer: &Answer,
        message: MessageId,
        order: RevocationId,
        secrets: &[Secret],
        policy: &Policy,
        now: Timestamp,
    ) -> Self {
        if !answer.is_success() {
            return Self::default();
        }
        let report = match read(&answer.body, now) {
            Ok(None) => {
                return Self { hint: near_miss(&answer.body, answer.encoding()), ..Self::default() };
            }
            Ok(Some(report)) => report,
            Err(error) => return Self::refused(format!("the receipt cannot be read: {error}")),
        };
        if policy.observer {
            return Self::refused(ONLY_LISTENS.into());
        }
        if report.revocation.is_some_and(|other| other != order) {
            return Self::refused("the receipt is about another order".into());
        }
        let headers = StandardHeaders {
            id: answer.header(ID),
            timestamp: answer.header(TIMESTAMP),
            signature: answer.header(SIGNATURE),
        };
        let status = match verify_receipt(&headers, &answer.body, message, secrets, now) {
            Verdict::Valid => ReceiptStatus::Signed,
            Verdict::Missing if policy.signed_receipts => return Self::refused(MUST_BE_SIGNED.into()),
            Verdict::Missing => ReceiptStatus::Unsigned,
            Verdict::Stale { ahead } => {
                return Self::refused(format!("the time of the receipt's signature is {}", off_by(ahead)));
            }
            Verdict::Invalid(why) => {
                return Self::refused(format!("the receipt's signature is wrong: {why}"));
            }
        };
        Self { status, report: Some(report), ..Self::default() }
    }

    fn refused(problem: String) -> Self {
        Self { status: ReceiptStatus::Invalid, problem: Some(problem), ..Self::default() }
    }
}

/// Judges the signature of a receipt for the order that `message` carried: Standard Webhooks under the id
/// `rcpt_<message id>`.
pub fn verify_receipt(
    headers: &StandardHeaders<'_>,
    body: &[u8],
    message: MessageId,
    secrets: &[Secret],
    now: Timestamp,
) -> Verdict {
    match verify_standard(headers, body, secrets, now) {
        Verdict::Valid if headers.id != Some(&format!("rcpt_{message}")) => {
            Verdict::Invalid(format!("it was made for another id than rcpt_{message}"))
        }
        verdict => verdict,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::sign_standard;

    const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);
    const MESSAGE: MessageId = MessageId(42);
    const ORDER: RevocationId = RevocationId(7);

    fn answer(status: u16, body: &str, headers: &[(&str, String)]) -> Answer {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        Answer { status: Some(status), headers, body: body.into(), ..Answer::default() }
    }

    fn body(order: RevocationId) -> String {
        format!(
            r#"{{"receipt":{{"revocation_id":"{order}","sessions":[{{"id":"s_1","outcome":"revoked"}}]}}}}"#
        )
    }

    fn signed(id: String, body: &str, secret: &Secret) -> [(&'static str, String); 3] {
        let signature = sign_standard(secret, &id, NOW.seconds(), body.as_bytes());
        [(ID, id), (TIMESTAMP, NOW.seconds().to_string()), (SIGNATURE, signature)]
    }

    #[test]
    fn a_receipt_is_believed_unsigned_or_signed_right_and_never_signed_wrong() {
        let secrets = [Secret::generate(), Secret::generate()];
        let found =
            |answer: &Answer| FoundReceipt::read(answer, MESSAGE, ORDER, &secrets, &Policy::default(), NOW);
        let strict = Policy { signed_receipts: true, ..Policy::default() };
        let strictly = |answer: &Answer| FoundReceipt::read(answer, MESSAGE, ORDER, &secrets, &strict, NOW);
        let text = body(ORDER);
        let unsigned = found(&answer(200, &text, &[]));
        assert_eq!((unsigned.status, unsigned.report.is_some()), (ReceiptStatus::Unsigned, true));
        let right = found(&answer(202, &text, &signed(format!("rcpt_{MESSAGE}"), &text, &secrets[1])));
        assert_eq!((right.status, right.report.is_some()), (ReceiptStatus::Signed, true));
        assert_eq!(
            strictly(&answer(200, &text, &signed(format!("rcpt_{MESSAGE}"), &text, &secrets[0]))),
            right
        );
        let unbelieved = strictly(&answer(200, &text, &[]));
        assert_eq!((unbelieved.status, unbelieved.report), (ReceiptStatus::Invalid, None));
        assert_eq!(unbelieved.problem.as_deref(), Some(MUST_BE_SIGNED));
        assert_eq!(strictly(&answer(200, "OK", &[])), FoundReceipt::default(), "no receipt is no offence");
        for headers in [
            signed(format!("rcpt_{}", MessageId(43)), &text, &secrets[0]),
            signed(MESSAGE.to_string(), &text, &secrets[0]),
            signed(format!("rcpt_{MESSAGE}"), &text, &Secret::generate()),
            signed(format!("rcpt_{MESSAGE}"), "{}", &secrets[0]),
        ] {
            let wrong = found(&answer(200, &text, &headers));
            assert_eq!((wrong.status, wrong.report), (ReceiptStatus::Invalid, None), "{headers:?}");
        }
    }

    #[test]
    fn another_order_s_receipt_and_an_unreadable_one_are_not_believed() {
        let read = |answer: &Answer| FoundReceipt::read(answer, MESSAGE, ORDER, &[], &Policy::default(), NOW);
        let found = |text: &str| read(&answer(200, text, &[])).status;
        assert_eq!(found(&body(RevocationId(8))), ReceiptStatus::Invalid);
        assert_eq!(found(r#"{"receipt":{"sessions":"all"}}"#), ReceiptStatus::Invalid);
        assert_eq!(found("<html>"), ReceiptStatus::None);
        let failed = read(&answer(500, &body(ORDER), &[]));
        assert_eq!(failed, FoundReceipt::default(), "a failure confirms nothing");
    }

    #[test]
    fn whoever_only_listens_has_no_receipt_to_give() {
        let secrets = [Secret::generate()];
        let listens = Policy { observer: true, ..Policy::default() };
        let read = |answer: &Answer| FoundReceipt::read(answer, MESSAGE, ORDER, &secrets, &listens, NOW);
        let text = body(ORDER);
        let signed = signed(format!("rcpt_{MESSAGE}"), &text, &secrets[0]);
        for headers in [&[][..], &signed] {
            let found = read(&answer(200, &text, headers));
            assert_eq!((found.status, found.report), (ReceiptStatus::Invalid, None));
            assert_eq!(found.problem.as_deref(), Some(ONLY_LISTENS));
        }
        assert_eq!(read(&answer(200, "OK", &[])), FoundReceipt::default());
    }
}
