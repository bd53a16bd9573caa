//! What each body asks for, and which are not clear.

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
    Wanted::End { user_id: user.into(), sessions, began_by: None, reason: None }
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
    let told = order(json!({ "user": { "id": "u" }, "sessions": ["a"], "reason": { "text": "stolen" } }));
    let (user_id, sessions) = ("u".into(), Which::Listed(ids(&["a"])));
    assert_eq!(told, Wanted::End { user_id, sessions, began_by: None, reason: Some("stolen".into()) });
}

#[test]
fn others_are_all_but_those_it_names_and_a_given_order_lists_those_to_end() {
    let order = |data: Value| end(json!({ "type": "session.revocation.requested", "data": data }));
    let others = json!({ "user": { "id": "u" }, "sessions": [{ "id": "a" }, "b"], "scope": "others" });
    let sessions = Which::Others(ids(&["a", "b"]));
    let stay = Wanted::End { user_id: "u".into(), sessions, began_by: None, reason: None };
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
    let all = json!({ "was_user": false, "user": { "id": "u" }, "scope": "all" });
    assert_eq!(end(all), ends("u", None));
}

#[test]
fn a_no_in_thisdata_s_format_whose_scope_is_not_all_ends_nothing_without_saying_of_which_sessions() {
    for scope in ["one", "listed", "others"] {
        for sessions in [json!(null), json!([])] {
            let body =
                json!({ "was_user": false, "user": { "id": "u" }, "scope": scope, "sessions": sessions });
            assert!(matches!(end(body.clone()), Wanted::Unclear(_)), "{body}");
        }
    }
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
        json!({ "type": "session.revocation.requested", "data": { "user": { "id": "u" }, "sessions": [] } }),
        json!({ "was_user": false, "user": { "id": "u" }, "sessions": [] }),
        json!({ "type": "session.revocation.requested", "data": { "user": { "id": "u\0" }, "sessions": [] } }),
    ] {
        assert!(matches!(end(body.clone()), Wanted::Unclear(_)), "{body}");
    }
    assert!(matches!(wanted(b"was_user=false"), Wanted::Unclear(_)));
}

#[test]
fn a_given_order_is_about_what_it_lists_also_where_its_scope_is_all_and_one_that_comes_late_about_its_time() {
    let at = "2026-03-02T07:00:00Z";
    let order = |sessions: Value, id: Value| {
        let data = json!({ "user": { "id": "u" }, "scope": "all", "sessions": sessions, "requested_at": at, "revocation_id": id });
        end(json!({ "type": "session.revocation.requested", "data": data }))
    };
    assert_eq!(order(json!([{ "id": "old" }]), json!("rev_1")), ends("u", Some(&["old"])));
    let by = |sessions| Wanted::End {
        user_id: "u".into(),
        sessions,
        began_by: Timestamp::parse(at),
        reason: None,
    };
    for sessions in [json!([]), json!(null)] {
        assert_eq!(order(sessions, json!("rev_1")), by(Which::All), "the user as a whole");
    }
    assert_eq!(order(json!([{ "id": "old" }]), json!(null)), by(Which::All), "given by hand");
    let flat = json!({ "was_user": false, "user": { "id": "u" }, "scope": "others", "sessions": ["a"], "requested_at": at });
    assert_eq!(end(flat), by(Which::Others(ids(&["a"]))));
    for wrong in [json!(1_772_434_800), json!("yesterday"), json!("")] {
        let body = json!({ "was_user": false, "user": { "id": "u" }, "requested_at": wrong });
        assert_eq!(end(body), Wanted::Unclear(UNKNOWN_TIME));
    }
}

#[test]
fn what_says_a_key_twice_is_not_clear() {
    let twice = [
        r#"{"type":"session.revocation.requested","data":{"user":{"id":"u"},"scope":"listed","sessions":["a"],"scope":"all"}}"#,
        r#"{"was_user":true,"was_user":false,"user":{"id":"u"}}"#,
        r#"{"was_user":false,"user":{"id":"u"},"sessions":[{"id":"a","\u0069d":"b"}]}"#,
    ];
    for body in twice {
        assert_eq!(wanted(body.as_bytes()), Wanted::Unclear("it says a key twice"), "{body}");
    }
    let same = r#"{"was_user":false,"user":{"id":"u"},"sessions":[{"id":"a"},{"id":"b"}]}"#;
    assert_eq!(wanted(same.as_bytes()), ends("u", Some(&["a", "b"])), "of two objects each may");
}
