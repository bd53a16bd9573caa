//! A receipt as applications write it: what they did with each session of an order.

mod near;

use serde_json::Value;

pub use near::near_miss;

use super::{Fact, MAX_SESSIONS, Outcome, Via};
use crate::id::{DeliveryId, EndpointId, RevocationId};
use crate::{Error, FieldError, Result, Timestamp};

/// The longest text beside an outcome that is kept, in characters.
const MAX_DETAIL: usize = 500;
/// How much of a receipt is kept, in bytes.
pub const MAX_BODY: usize = 16 * 1024;
/// How the verdict on a refused receipt begins; the reason follows.
pub const REFUSED: &str = "refused: ";
/// … and on one that contradicts what is known.
pub const CONTRADICTS: &str = "contradicts: ";

/// What stands for the user as a whole, where an order names no session: in its rows, and in a receipt's report.
pub(crate) const WHOLE: &str = "";

/// What an application says of one session, or of the user as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported {
    /// Its session id; empty: every session of the user.
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
    /// Whose it is; None: its delivery's, if it answers one, else nobody can tell.
    pub endpoint: Option<EndpointId>,
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
    /// It was believed.
    Accepted {
        /// Sessions that it reports and that are not of this order.
        unknown: Vec<String>,
        /// Sessions that it puts off although their time is over: that changes nothing.
        late: Vec<String>,
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
            Self::Accepted { unknown, late } => {
                f.write_str("accepted")?;
                for (what, sessions) in [("not of this order", unknown), ("too late to be put off", late)] {
                    if !sessions.is_empty() {
                        write!(f, "; {what}: {}", sessions.join(", "))?;
                    }
                }
                Ok(())
            }
            Self::Repeated => f.write_str("repeated"),
            Self::Contradicts(why) => write!(f, "{CONTRADICTS}{why}"),
            Self::Refused(why) => write!(f, "{REFUSED}{why}"),
        }
    }
}

/// Reads the body of an answer or a post: `{"receipt": {"revocation_id", "sessions": [{"id", "outcome", "detail",
/// "until"}]}}`; of an order that names no session, `{"receipt": {"revocation_id", "outcome", "detail", "until"}}`. None where there is no receipt in it: a body that is no JSON object, or one without the key. A receipt
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
    let mut sessions = sessions(&receipt, now).map_err(|error| Error::Invalid(vec![error]))?;
    if !receipt["outcome"].is_null() {
        let (fact, detail) = said("receipt", &receipt, now).map_err(|error| Error::Invalid(vec![error]))?;
        sessions.push(Reported { id: WHOLE.to_owned(), fact, detail });
    }
    Ok(Some(Report { revocation, sessions }))
}

/// What else may be missing of a receipt that says nothing.
const OR_WHOLE: &str = "; of an order that names no session, say receipt.outcome instead";

/// What it says of each session; it says something, of sessions or of the user as a whole.
fn sessions(receipt: &Value, now: Timestamp) -> Result<Vec<Reported>, FieldError> {
    let wrong = |message: String| FieldError::new("receipt.sessions", message);
    let is_whole = !receipt["outcome"].is_null();
    let sessions = match &receipt["sessions"] {
        Value::Array(sessions) => sessions.as_slice(),
        Value::Null if is_whole => &[],
        _ => return Err(wrong(format!("must be a list of {{id, outcome}}{OR_WHOLE}"))),
    };
    if (sessions.is_empty() && !is_whole) || sessions.len() > MAX_SESSIONS {
        let or_whole = if sessions.is_empty() { OR_WHOLE } else { "" };
        return Err(wrong(format!("must have 1 to {MAX_SESSIONS} entries{or_whole}")));
    }
    sessions.iter().enumerate().map(|(index, session)| reported(index, session, now)).collect()
}

fn reported(index: usize, session: &Value, now: Timestamp) -> Result<Reported, FieldError> {
    let path = format!("receipt.sessions[{index}]");
    let id = match &session["id"] {
        Value::String(id) if id != WHOLE => id.clone(),
        Value::Number(id) => id.to_string(),
        _ => return Err(FieldError::new(format!("{path}.id"), "must be a session id")),
    };
    let (fact, detail) = said(&path, session, now)?;
    Ok(Reported { id, fact, detail })
}

/// What was done, and what is added to it.
fn said(path: &str, told: &Value, now: Timestamp) -> Result<(Fact, Option<String>), FieldError> {
    let wrong = |field: &str, message: &str| FieldError::new(format!("{path}.{field}"), message);
    let fact = match told["outcome"].as_str() {
        Some("revoked") => Fact::Died(Outcome::Revoked),
        Some("already_ended") => Fact::Died(Outcome::AlreadyEnded),
        Some("not_found") => Fact::Died(Outcome::NotFound),
        Some("failed") => Fact::Failed,
        Some("deferred") => {
            let until = told["until"].as_str().and_then(Timestamp::parse);
            let until = until.ok_or_else(|| wrong("until", "must be an RFC 3339 time"))?;
            if until <= now {
                return Err(wrong("until", "must be in the future"));
            }
            Fact::Deferred(until)
        }
        _ => return Err(wrong("outcome", "must be revoked, already_ended, not_found, failed or deferred")),
    };
    let detail =
        told["detail"].as_str().map(|text| printable(text, MAX_DETAIL)).filter(|text| !text.is_empty());
    Ok((fact, detail))
}

/// What both databases can store of a text: no NUL, at most so many characters.
pub(crate) fn printable(text: &str, most: usize) -> String {
    text.chars().filter(|letter| *letter != '\0').take(most).collect()
}

#[cfg(test)]
mod tests;
