//! What an inbound webhook asks for. One rule:
//!
//! * typed (`{type, data}`): `session.revocation.requested` ends the sessions in `data.sessions` of `data.user.id`; with
//!   `data.scope` "all", all of that user's sessions; with "others", all live ones but those in `sessions`, as the API
//!   reads it;
//! * flat, as ThisData sent it: `was_user: false` ends the sessions in `sessions` of `user.id`; without `sessions`, all
//!   of that user's sessions;
//! * an order that a Porchlight gave and passes on has a `revocation_id`: what it lists is to end, also for "others";
//! * another type, or no `was_user: false`, asks for nothing and is only recorded; what is no JSON, has a `was_user` that is
//!   no answer, or asks for the end of sessions without saying clearly whose or which, cannot be obeyed: of a scope that is
//!   not known nobody can say whether it lists the sessions that end or those that stay.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::revocation::{MAX_SESSIONS, Scope};
use crate::session::checked_id;

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
    match which(order, body["type"].is_string()) {
        Ok(sessions) => Wanted::End { user_id, sessions, reason: text(&order["reason"]["text"]) },
        Err(why) => Wanted::Unclear(why),
    }
}

/// Which sessions an order means, or why that is not clear.
fn which(order: &Value, is_typed: bool) -> Result<Which, &'static str> {
    let scope = scope(order)?;
    let sessions = match &order["sessions"] {
        _ if is_typed && scope == Scope::All => return Ok(Which::All),
        Value::Null if !is_typed => return Ok(Which::All),
        // An order about a user as a whole, passed on.
        Value::Array(none) if none.is_empty() && scope == Scope::All => return Ok(Which::All),
        Value::Array(sessions) if sessions.len() > MAX_SESSIONS => return Err("it names too many sessions"),
        Value::Array(sessions) => sessions.iter().map(session).collect::<Option<Vec<_>>>(),
        _ => return Err("it names no sessions"),
    };
    match sessions.ok_or("it names a session that cannot be one")? {
        // A given order lists what is to end, whatever its scope was.
        listed if scope != Scope::Others || order["revocation_id"].is_string() => Ok(Which::Listed(listed)),
        none if none.is_empty() => Err("it names no session that stays"),
        kept => Ok(Which::Others(kept)),
    }
}

/// The scope; without one it is about what it lists.
fn scope(order: &Value) -> Result<Scope, &'static str> {
    match &order["scope"] {
        Value::Null => Ok(Scope::Listed),
        Value::String(scope) => scope.parse().map_err(|_| UNKNOWN_SCOPE),
        _ => Err(UNKNOWN_SCOPE),
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn end(body: Value) -> Wanted {
        wanted(body.to_string().as_bytes())
    }

    fn ids(ids: &[&str]) -> Vec<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    fn ends(user: &str, sessions: Option<&[&str]>) -> Wanted {
        let sessions = sessions.map_or(Which::All, |listed| Which::Listed(ids(listed)));
        Wanted::End { user_id: user.into(), sessions, reason: None }
    }

    #[test]
    fn an_order_is_passed_on() {
        let order = |data: Value| end(json!({ "type": "session.revocation.requested", "data": data }));
        let listed =
            order(json!({ "user": { "id": "u" }, "sessions": [{ "id": "a" }, "b", 7], "scope": "listed" }));
        assert_eq!(listed, ends("u", Some(&["a", "b", "7"])));
        assert_eq!(
            order(json!({ "user": { "id": 42 }, "sessions": [{ "id": "a" }], "scope": "all" })),
            ends("42", None)
        );
        let told = order(json!({ "user": { "id": "u" }, "sessions": [], "reason": { "text": "stolen" } }));
        assert_eq!(
            told,
            Wanted::End {
                user_id: "u".into(),
                sessions: Which::Listed(vec![]),
                reason: Some("stolen".into())
            }
        );
    }

    #[test]
    fn others_are_all_but_those_it_names_and_a_given_order_lists_those_to_end() {
        let order = |data: Value| end(json!({ "type": "session.revocation.requested", "data": data }));
        let others = json!({ "user": { "id": "u" }, "sessions": [{ "id": "a" }, "b"], "scope": "others" });
        let stay =
            Wanted::End { user_id: "u".into(), sessions: Which::Others(ids(&["a", "b"])), reason: None };
        assert_eq!(order(others.clone()), stay);
        let mut given = others.clone();
        given["revocation_id"] = json!("rev_1");
        assert_eq!(order(given), ends("u", Some(&["a", "b"])));
        let mut flat = others;
        flat["was_user"] = json!(false);
        assert_eq!(end(flat), stay);
        let none = order(json!({ "user": { "id": "u" }, "sessions": [], "scope": "others" }));
        assert_eq!(none, Wanted::Unclear("it names no session that stays"));
    }

    #[test]
    fn a_scope_that_is_not_known_ends_nothing() {
        for scope in [json!("Others"), json!("other"), json!("ALL"), json!(""), json!(7), json!(["others"])] {
            let data = json!({ "user": { "id": "u" }, "sessions": ["keep"], "scope": scope });
            let mut given = data.clone();
            given["revocation_id"] = json!("rev_1");
            let mut flat = data.clone();
            flat["was_user"] = json!(false);
            for data in [data, given] {
                let order = json!({ "type": "session.revocation.requested", "data": data });
                assert_eq!(end(order), Wanted::Unclear(UNKNOWN_SCOPE), "{scope}");
            }
            assert_eq!(end(flat), Wanted::Unclear(UNKNOWN_SCOPE), "{scope}");
        }
    }

    #[test]
    fn a_no_in_thisdata_s_format_ends_what_it_lists_or_all() {
        assert_eq!(end(json!({ "was_user": false, "user": { "id": "u" } })), ends("u", None));
        let listed =
            json!({ "was_user": false, "user": { "id": "u" }, "sessions": [{ "id": "a" }], "scope": "all" });
        assert_eq!(end(listed), ends("u", Some(&["a"])));
        let whole = json!({ "was_user": false, "user": { "id": "u" }, "sessions": [], "scope": "all" });
        assert_eq!(end(whole), ends("u", None), "an order that names none, passed on");
    }

    #[test]
    fn everything_else_asks_for_nothing() {
        for body in [
            json!({ "was_user": true, "user": { "id": "u" } }),
            json!({ "was_user": null, "user": { "id": "u" } }),
            json!({ "type": "question.answered", "data": { "was_user": false, "user": { "id": "u" } } }),
            json!([]),
            json!(null),
        ] {
            assert!(matches!(end(body.clone()), Wanted::Nothing(_)), "{body}");
        }
    }

    #[test]
    fn what_asks_without_saying_clearly_for_what_cannot_be_obeyed() {
        for body in [
            json!({ "was_user": false }),
            json!({ "was_user": "false", "user": { "id": "u" } }),
            json!({ "was_user": 0, "user": { "id": "u" } }),
            json!({ "was_user": false, "user": { "id": "u" }, "sessions": "a" }),
            json!({ "type": "session.revocation.requested", "was_user": false, "user": { "id": "u" } }),
            json!({ "type": "session.revocation.requested", "data": { "user": { "id": "u" } } }),
            json!({ "type": "session.revocation.requested", "data": { "user": { "id": "u" }, "sessions": [{}] } }),
            json!({ "type": "session.revocation.requested", "data": { "user": { "id": "u\0" }, "sessions": [] } }),
        ] {
            assert!(matches!(end(body.clone()), Wanted::Unclear(_)), "{body}");
        }
        assert!(matches!(wanted(b"was_user=false"), Wanted::Unclear(_)));
    }
}
