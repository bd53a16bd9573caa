//! What an inbound webhook asks for. One rule:
//!
//! * typed (`{type, data}`): `session.revocation.requested` ends the sessions in `data.sessions` of `data.user.id`; with
//!   `data.scope` "all", all of that user's sessions; with "others", all live ones but those in `sessions`, as the API
//!   reads it;
//! * flat, as ThisData sent it: `was_user: false` ends the sessions in `sessions` of `user.id`; without `sessions` and
//!   without a `scope` but "all", all of that user's sessions;
//! * an order that a Porchlight gave and passes on has a `revocation_id`: what it lists is to end, whatever its scope;
//! * orders come late, and the user may have signed in anew: all, and all others, are those that began by `requested_at`,
//!   where it says so;
//! * another type, or no `was_user: false`, asks for nothing and is only recorded; what is no JSON, has a `was_user` that is
//!   no answer, says a key twice, or asks for the end of sessions without saying clearly whose or which, cannot be obeyed: of a scope that is
//!   not known nobody can say whether it lists the sessions that end or those that stay.

mod once;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::once::says_a_key_twice;
use crate::Timestamp;
use crate::revocation::{MAX_SESSIONS, Scope};
use crate::session::checked_id;

const NO_SESSIONS: &str = "it names no sessions";
const UNKNOWN_TIME: &str = "its requested_at is no time: it must be written as 2026-01-31T12:00:00Z";
const UNKNOWN_SCOPE: &str = "its scope is not known: it must be one, listed, others or all";

/// What a webhook asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Nothing; why, in words.
    Nothing(&'static str),
    /// Something, but not so that it could be done; why, in words.
    Unclear(&'static str),
    /// The end of sessions.
    End {
        /// The application's id of the user.
        user_id: String,
        /// Which of the user's sessions.
        sessions: Which,
        /// Of all, and of all others, those that began by then; None: all that live.
        began_by: Option<Timestamp>,
        /// Why, by the sender's word.
        reason: Option<String>,
    },
}

/// Which sessions are to end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Which {
    /// All of them.
    All,
    /// These.
    Listed(Vec<String>),
    /// All live ones but these.
    Others(Vec<String>),
}

/// Reads a verified body.
pub fn wanted(body: &[u8]) -> Wanted {
    if says_a_key_twice(body) {
        return Wanted::Unclear("it says a key twice");
    }
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return Wanted::Unclear("the body is not JSON");
    };
    let order = match body["type"].as_str() {
        Some("session.revocation.requested") => &body["data"],
        Some(_) => return Wanted::Nothing("this type asks for nothing"),
        None => match body["was_user"] {
            Value::Bool(false) => &body,
            Value::Bool(true) | Value::Null => return Wanted::Nothing("it asks for nothing"),
            _ => return Wanted::Unclear("its was_user must be true, false or null, and no text"),
        },
    };
    let Some(user_id) = text(&order["user"]["id"]) else { return Wanted::Unclear("it names no user") };
    match which(order, body["type"].is_string()).and_then(|which| Ok((which, requested_at(order)?))) {
        Ok((sessions, asked_at)) => {
            let began_by = asked_at.filter(|_| !matches!(sessions, Which::Listed(_)));
            Wanted::End { user_id, sessions, began_by, reason: text(&order["reason"]["text"]) }
        }
        Err(why) => Wanted::Unclear(why),
    }
}

/// Which sessions an order means, or why that is not clear.
fn which(order: &Value, is_typed: bool) -> Result<Which, &'static str> {
    let said = scope(order)?;
    let scope = said.unwrap_or(Scope::Listed);
    let is_given = order["revocation_id"].is_string();
    let sessions = match &order["sessions"] {
        Value::Null | Value::Array(_) if is_typed && scope == Scope::All && !is_given => {
            return Ok(Which::All);
        }
        // A given order that lists none is about the user as a whole.
        Value::Null if is_typed && scope == Scope::All => return Ok(Which::All),
        // As ThisData sent it. Whoever says another scope forgot to say of which sessions.
        Value::Null if !is_typed && matches!(said, None | Some(Scope::All)) => return Ok(Which::All),
        // An order about a user as a whole, passed on.
        Value::Array(none) if none.is_empty() && scope == Scope::All => return Ok(Which::All),
        Value::Array(sessions) if sessions.len() > MAX_SESSIONS => return Err("it names too many sessions"),
        Value::Array(sessions) => sessions.iter().map(session).collect::<Option<Vec<_>>>(),
        _ => return Err(NO_SESSIONS),
    };
    match sessions.ok_or("it names a session that cannot be one")? {
        none if none.is_empty() && scope != Scope::Others => Err(NO_SESSIONS),
        // A given order lists what is to end, whatever its scope was.
        listed if scope != Scope::Others || is_given => Ok(Which::Listed(listed)),
        none if none.is_empty() => Err("it names no session that stays"),
        kept => Ok(Which::Others(kept)),
    }
}

/// The scope, where it says one; without one it is about what it lists.
fn scope(order: &Value) -> Result<Option<Scope>, &'static str> {
    match &order["scope"] {
        Value::Null => Ok(None),
        Value::String(scope) => scope.parse().map(Some).map_err(|_| UNKNOWN_SCOPE),
        _ => Err(UNKNOWN_SCOPE),
    }
}

/// When it was asked, where it says so.
fn requested_at(order: &Value) -> Result<Option<Timestamp>, &'static str> {
    match &order["requested_at"] {
        Value::Null => Ok(None),
        Value::String(text) => Timestamp::parse(text).map(Some).ok_or(UNKNOWN_TIME),
        _ => Err(UNKNOWN_TIME),
    }
}

/// `{"id": "s_1"}`, or the id alone.
fn session(value: &Value) -> Option<String> {
    let id = text(if value.is_object() { &value["id"] } else { value })?;
    checked_id(&id).is_ok().then_some(id)
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() && !text.contains('\0') => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
