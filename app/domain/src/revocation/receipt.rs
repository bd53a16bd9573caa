//! A receipt as applications write it: what they did with each session of an order.

use serde_json::Value;

use super::{Fact, MAX_SESSIONS, Outcome, Via};
use crate::id::{DeliveryId, EndpointId, RevocationId};
use crate::{Error, FieldError, Result, Timestamp};

/// The longest text beside an outcome that is kept, in characters.
const MAX_DETAIL: usize = 500;
/// How much of a receipt is kept, in bytes.
pub const MAX_BODY: usize = 16 * 1024;
/// How the verdict on a refused receipt begins; the reason follows.
pub const REFUSED: &str = "refused: ";

/// What an application says of one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported {
    /// Its session id.
    pub id: String,
    /// What it did: [`Fact::Died`], [`Fact::Failed`] or [`Fact::Deferred`].
    pub fact: Fact,
    /// What it adds.
    pub detail: Option<String>,
}

/// A receipt as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The order it is about, when it says so.
    pub revocation: Option<RevocationId>,
    /// What it says of each session.
    pub sessions: Vec<Reported>,
}

/// A receipt that came in for an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReceipt {
    /// The order, as known from how it came.
    pub revocation: RevocationId,
    /// The delivery it answers.
    pub delivery: Option<DeliveryId>,
    /// Whose answer it is, or with whose secret it is signed.
    pub endpoint: Option<EndpointId>,
    /// How it came.
    pub via: Via,
    /// Its own signature was there and right.
    pub signed: bool,
    /// What it says.
    pub report: Report,
    /// As sent.
    pub raw: String,
}

/// A receipt that is not taken: forged, unreadable, or about something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefusedReceipt<'a> {
    /// The order, as known from how it came.
    pub revocation: RevocationId,
    /// The delivery it answers.
    pub delivery: Option<DeliveryId>,
    /// How it came.
    pub via: Via,
    /// Why, in words.
    pub why: &'a str,
    /// As sent.
    pub raw: &'a str,
}

/// What was made of a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was believed. `unknown` names sessions that are not of this order.
    Accepted {
        /// Reported, but not ordered.
        unknown: Vec<String>,
    },
    /// The same receipt was there before: nothing to do.
    Repeated,
    /// It contradicts an earlier one, or what was seen since: recorded, not believed.
    Contradicts(String),
    /// It is about another order or other sessions, or one too many: not believed.
    Refused(&'static str),
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Accepted { unknown } if unknown.is_empty() => f.write_str("accepted"),
            Self::Accepted { unknown } => write!(f, "accepted; not of this order: {}", unknown.join(", ")),
            Self::Repeated => f.write_str("repeated"),
            Self::Contradicts(why) => write!(f, "contradicts: {why}"),
            Self::Refused(why) => write!(f, "{REFUSED}{why}"),
        }
    }
}

/// Reads the body of an answer or a post: `{"receipt": {"revocation_id", "sessions": [{"id", "outcome", "detail",
/// "until"}]}}`. None where there is no receipt in it: a body that is no JSON object, or one without the key. A receipt
/// that is there and cannot be understood, or that puts off a session until before `now`, is an error that names the field.
pub fn read(body: &[u8], now: Timestamp) -> Result<Option<Report>> {
    let Ok(Value::Object(mut body)) = serde_json::from_slice::<Value>(body) else { return Ok(None) };
    let Some(receipt) = body.remove("receipt") else { return Ok(None) };
    let revocation = match &receipt["revocation_id"] {
        Value::Null => None,
        Value::String(id) => Some(
            id.parse().map_err(|_| Error::invalid("receipt.revocation_id", "is not the id of an order"))?,
        ),
        _ => return Err(Error::invalid("receipt.revocation_id", "must be a text")),
    };
    let Value::Array(sessions) = &receipt["sessions"] else {
        return Err(Error::invalid("receipt.sessions", "must be a list of {id, outcome}"));
    };
    if sessions.is_empty() || sessions.len() > MAX_SESSIONS {
        return Err(Error::invalid("receipt.sessions", format!("must have 1 to {MAX_SESSIONS} entries")));
    }
    let sessions = sessions.iter().enumerate().map(|(index, session)| reported(index, session, now));
    Ok(Some(Report {
        revocation,
        sessions: sessions.collect::<Result<_, _>>().map_err(|error| Error::Invalid(vec![error]))?,
    }))
}

fn reported(index: usize, session: &Value, now: Timestamp) -> Result<Reported, FieldError> {
    let wrong =
        |field: &str, message: &str| FieldError::new(format!("receipt.sessions[{index}].{field}"), message);
    let id = match &session["id"] {
        Value::String(id) => id.clone(),
        Value::Number(id) => id.to_string(),
        _ => return Err(wrong("id", "must be a session id")),
    };
    let fact = match session["outcome"].as_str() {
        Some("revoked") => Fact::Died(Outcome::Revoked),
        Some("already_ended") => Fact::Died(Outcome::AlreadyEnded),
        Some("not_found") => Fact::Died(Outcome::NotFound),
        Some("failed") => Fact::Failed,
        Some("deferred") => {
            let until = session["until"].as_str().and_then(Timestamp::parse);
            let until = until.ok_or_else(|| wrong("until", "must be an RFC 3339 time"))?;
            if until <= now {
                return Err(wrong("until", "must be in the future"));
            }
            Fact::Deferred(until)
        }
        _ => return Err(wrong("outcome", "must be revoked, already_ended, not_found, failed or deferred")),
    };
    let detail =
        session["detail"].as_str().map(|text| printable(text, MAX_DETAIL)).filter(|text| !text.is_empty());
    Ok(Reported { id, fact, detail })
}

/// What both databases can store of a text: no NUL, at most so many characters.
pub(crate) fn printable(text: &str, most: usize) -> String {
    text.chars().filter(|letter| *letter != '\0').take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-01-01T00:00:00Z.
    const NOW: Timestamp = Timestamp::from_seconds(1_767_225_600);

    #[test]
    fn a_receipt_is_read_whole() {
        let body = br#"{"receipt":{"revocation_id":"rev_0fz5r2bn3e9qj","completed_at":"2026-01-01T00:00:00Z","sessions":[
            {"id":"s_1","outcome":"revoked"},{"id":7,"outcome":"failed","detail":"locked\u0000"},
            {"id":"s_3","outcome":"deferred","until":"2026-01-01T00:10:00Z"},{"id":"s_4","outcome":"not_found"},{"id":"s_5","outcome":"already_ended"}]}}"#;
        let report = read(body, NOW).expect("read").expect("there");
        assert_eq!(report.revocation, "rev_0fz5r2bn3e9qj".parse().ok());
        let facts: Vec<_> =
            report.sessions.iter().map(|session| (session.id.as_str(), session.fact)).collect();
        let until = Timestamp::parse("2026-01-01T00:10:00Z").expect("time");
        assert_eq!(
            facts,
            [
                ("s_1", Fact::Died(Outcome::Revoked)),
                ("7", Fact::Failed),
                ("s_3", Fact::Deferred(until)),
                ("s_4", Fact::Died(Outcome::NotFound)),
                ("s_5", Fact::Died(Outcome::AlreadyEnded)),
            ]
        );
        assert_eq!(report.sessions[1].detail.as_deref(), Some("locked"));
    }

    #[test]
    fn an_answer_without_a_receipt_claims_nothing() {
        for body in ["", "OK", "null", "[]", "{\"ok\":true}", "<html></html>", "\"receipt\"", "\u{fffd}"] {
            assert_eq!(read(body.as_bytes(), NOW).expect("read"), None, "{body}");
        }
        assert_eq!(read(&[0xff, 0xfe], NOW).expect("read"), None);
    }

    #[test]
    fn a_receipt_that_cannot_be_understood_names_the_field() {
        for (body, field) in [
            (r#"{"receipt":true}"#, "receipt.sessions"),
            (r#"{"receipt":{"sessions":{}}}"#, "receipt.sessions"),
            (r#"{"receipt":{"sessions":[]}}"#, "receipt.sessions"),
            (r#"{"receipt":{"revocation_id":3,"sessions":[]}}"#, "receipt.revocation_id"),
            (r#"{"receipt":{"revocation_id":"msg_1","sessions":[]}}"#, "receipt.revocation_id"),
            (r#"{"receipt":{"sessions":[{"outcome":"revoked"}]}}"#, "receipt.sessions[0].id"),
            (
                r#"{"receipt":{"sessions":[{"id":"s","outcome":"revoked"},{"id":"s","outcome":"gone"}]}}"#,
                "receipt.sessions[1].outcome",
            ),
            (
                r#"{"receipt":{"sessions":[{"id":"s","outcome":"deferred","until":"soon"}]}}"#,
                "receipt.sessions[0].until",
            ),
            (
                r#"{"receipt":{"sessions":[{"id":"s","outcome":"deferred","until":"2026-01-01T00:00:00Z"}]}}"#,
                "receipt.sessions[0].until",
            ),
        ] {
            let error = read(body.as_bytes(), NOW);
            assert!(
                matches!(&error, Err(Error::Invalid(errors)) if errors[0].field == field),
                "{body}: {error:?}"
            );
        }
    }
}
