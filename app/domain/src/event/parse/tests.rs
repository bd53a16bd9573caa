//! What each dialect takes and what it refuses.

use serde_json::{Value, json};

use super::*;

const NOW: Timestamp = Timestamp::from_seconds(1_772_438_400);

fn native(value: Value) -> Result<NewEvent> {
    event(&value, Dialect::Native, "", NOW)
}

fn thisdata(value: Value) -> Result<NewEvent> {
    event(&value, Dialect::ThisData, "", NOW)
}

fn faults(result: Result<NewEvent>) -> Vec<String> {
    match result {
        Err(Error::Invalid(errors)) => errors.iter().map(ToString::to_string).collect(),
        other => panic!("expected faults, got {other:?}"),
    }
}

#[test]
fn a_full_native_event_is_read() {
    let event = native(json!({
        "id": "e-1", "verb": "log-in", "occurred_at": "2026-03-01T10:00:00Z", "ip": "1.2.3.4", "user_agent": "curl/8",
        "user": {"id": "42", "name": "Eve", "email": "eve@example.com", "mobile": "+6421555", "authenticated": true},
        "session": {"id": "s1", "td_cookie_id": "cookie", "td_cookie_expected": true, "fingerprint": "t13d1516h2_8daaf6152771_02713d6af862"},
        "device": {"id": "d1"},
        "source": {"name": "Tenant", "logo_url": "https://t.example/l.png"}, "object": {"url": "/"}
    }))
    .expect("valid");
    assert_eq!(event.client_id.as_deref(), Some("e-1"));
    assert_eq!(event.device_id.as_deref(), Some("d1"), "the device's own id comes before the cookie");
    assert!(event.device_expected);
    assert_eq!(event.fingerprint.as_deref(), Some("t13d1516h2_8daaf6152771_02713d6af862"));
    assert_eq!(event.user.as_ref().map(|user| user.authenticated), Some(true));
    assert!(event.raw.contains("\"object\""));
}

#[test]
fn client_hints_are_read_as_their_headers_come_and_refuse_no_event() {
    let read =
        |hints: Value| native(json!({ "verb": "log-in", "client_hints": hints })).expect("valid").hints;
    let told = Hints { platform: Some("Windows".into()), mobile: Some(false) };
    assert_eq!(read(json!({ "platform": "\"Windows\"", "mobile": "?0" })), Some(told.clone()));
    assert_eq!(read(json!({ "platform": "Windows", "mobile": false })), Some(told));
    assert_eq!(read(json!({ "platform": "\"\"", "mobile": "maybe" })), None);
    let long = read(json!({ "platform": "x".repeat(5_000) })).expect("hints");
    assert_eq!(long.platform.map(|text| text.len()), Some(MAX_HINT));
    let event = native(json!({ "verb": "log-in", "password_breached": true })).expect("valid");
    assert!(event.password_breached && event.hints.is_none());
    assert_eq!(
        faults(native(json!({ "verb": "log-in", "password_breached": "x" }))),
        ["password_breached must be true or false"]
    );
}

#[test]
fn native_faults_name_their_fields() {
    let found = faults(native(json!({
        "verb": "", "ip": 7, "user": {"name": "Eve", "emial": "x"}, "session": "s", "occurred_at": "tomorrow", "vreb": "log-in"
    })));
    for expected in [
        "verb must not be blank",
        "ip must be text",
        "user.emial is not a field of an event",
        "user.id must not be blank",
        "session must be an object",
        "occurred_at must be an RFC 3339 time, as 2026-03-02T08:00:00Z",
        "vreb is not a field of an event",
    ] {
        assert!(found.iter().any(|fault| fault == expected), "{expected} in {found:?}");
    }
}

#[test]
fn absurd_times_and_sizes_are_refused() {
    for (field, value) in [
        ("occurred_at", json!("1970-01-02T00:00:00Z")),
        ("occurred_at", json!("2031-01-01T00:00:00Z")),
        ("verb", json!("x".repeat(201))),
        ("id", json!("x".repeat(201))),
    ] {
        let mut event = json!({"verb": "log-in"});
        event[field] = value;
        assert!(faults(native(event))[0].starts_with(field));
    }
    let found = faults(native(json!({"verb": "log-in", "object": {"blob": "x".repeat(MAX_EVENT)}})));
    assert!(found[0].contains("at most 65536 bytes"), "{found:?}");
    assert_eq!(faults(native(json!([1])))[0], "event must be a JSON object");
}

#[test]
fn a_monstrous_user_agent_or_a_garbled_address_hides_no_login() {
    let event =
        native(json!({"verb": "log-in", "ip": "unknown", "user_agent": "é".repeat(500_000)})).expect("valid");
    let agent = event.user_agent.expect("an agent");
    assert!(agent.len() <= MAX_CLAIM && agent.ends_with("é [cut from 1000000 bytes]"), "{agent}");
    assert_eq!(event.address, None);
    assert!(event.raw.len() < MAX_EVENT);
}

#[test]
fn a_monstrous_cookie_device_or_name_hides_no_login_and_is_the_same_one_each_time() {
    let read = |long: &str| {
        let user = json!({"id": "u", "name": long, "email": format!("a@{long}"), "mobile": long});
        let session = json!({"td_cookie_id": long, "fingerprint": long});
        native(json!({"verb": "log-in", "ip": long, "user": user, "session": session})).expect("valid")
    };
    for length in [253, 70_000] {
        let (event, other) = (read(&"x".repeat(length)), read(&format!("{}y", "x".repeat(length - 1))));
        let cookie = event.device_id.clone().expect("a device");
        assert!(cookie.starts_with("xxx") && cookie.chars().count() <= MAX_ID, "{cookie}");
        assert_eq!(read(&"x".repeat(length)).device_id, Some(cookie.clone()));
        let user = event.user.expect("a user");
        assert_eq!((user.name.map(|name| name.len()), user.email, user.mobile), (Some(MAX_TEXT), None, None));
        assert!(event.raw.len() < MAX_EVENT);
        assert!(length > MAX_CLAIM || other.device_id != Some(cookie), "told apart by their ends");
    }
    let device = json!({"id": "x".repeat(201)});
    assert!(native(json!({"verb": "v", "device": device})).expect("valid").device_id.is_some());
}

#[test]
fn a_name_that_nobody_proved_is_of_any_length_and_an_id_of_the_application_is_not() {
    let of = |verb: &str, user: Value| native(json!({"verb": verb, "user": user}));
    let long = "x".repeat(201);
    let denied = of("log-in-denied", json!({"id": long})).expect("valid").user.expect("a user");
    assert!(denied.id.starts_with("xxx") && denied.id.chars().count() <= MAX_ID, "{}", denied.id);
    assert!(of("access", json!({"id": long, "authenticated": false})).is_ok());
    assert!(of("log-in", json!({"id": long})).is_err());
}

#[test]
fn thisdata_clients_oddities_are_all_taken() {
    let event = thisdata(json!({
        "verb": "log-in-denied", "ip": "1.2.3.4, 10.0.0.1", "user_agent": null,
        "user": {"id": 112_233, "name": "", "email": null, "nickname": "x"},
        "session": {"td_cookie_expected": "true", "td_cookie_id": "abc", "id": null},
        "device": {"id": null, "model": null}, "source": null, "something": "else"
    }))
    .expect("valid");
    let user = event.user.expect("user");
    assert_eq!((user.id.as_str(), user.name, user.authenticated), ("112233", None, false));
    assert_eq!(event.device_id.as_deref(), Some("abc"));
    assert!(event.device_expected);
    assert_eq!(event.address.map(|address| address.ip.to_string()).as_deref(), Some("1.2.3.4"));
}

#[test]
fn a_thisdata_event_without_a_user_is_anonymous() {
    for user in [json!(null), json!({}), json!({"id": "anonymous"}), json!({"name": "Eve"}), json!([])] {
        assert_eq!(
            thisdata(json!({"verb": "access", "ip": "1.2.3.4", "user": user})).expect("valid").user,
            None,
            "{user}"
        );
    }
}

#[test]
fn a_thisdata_user_of_the_wrong_kind_does_not_pass_for_nobody() {
    let with = |user: Value| thisdata(json!({"verb": "log-in", "ip": "1.2.3.4", "user": user}));
    for user in [json!("eve"), json!(7), json!(true), json!(["eve"])] {
        assert_eq!(faults(with(user.clone())), ["user must be an object"], "{user}");
    }
    for id in [json!(true), json!(false), json!({}), json!(["eve"])] {
        assert_eq!(faults(with(json!({"id": id}))), ["user.id must be text or a number"], "{id}");
    }
    assert_eq!(with(json!({"id": 7})).expect("valid").user.map(|user| user.id).as_deref(), Some("7"));
    assert_eq!(with(json!("")).expect("valid").user, None, "a blank is nobody");
}

#[test]
fn thisdata_needs_an_address_and_a_verb() {
    assert_eq!(faults(thisdata(json!({"verb": "log-in", "ip": ""}))), ["ip must not be blank"]);
    assert_eq!(faults(thisdata(json!({"ip": "1.2.3.4"}))), ["verb must not be blank"]);
}

#[test]
fn a_nul_is_replaced_because_postgresql_cannot_hold_it() {
    let event = native(json!({"verb": "a\u{0}b", "user": {"id": "x\u{0}"}})).expect("valid");
    assert_eq!(event.verb, "a\u{fffd}b");
    assert_eq!(event.user.map(|user| user.id).as_deref(), Some("x\u{fffd}"));
}

#[test]
fn what_would_show_text_in_another_order_or_break_a_line_is_replaced() {
    let name = "Eve \u{202e}htimS\r\nBcc: x";
    let event = native(json!({"verb": "log-in", "user": {"id": "1", "name": name}})).expect("valid");
    let user = event.user.expect("user");
    assert_eq!(user.name.as_deref(), Some("Eve \u{fffd}htimS\u{fffd}\u{fffd}Bcc: x"));
    let hebrew = json!({"verb": "log-in", "user": {"id": "1", "name": "חוה \u{200f}סמית"}});
    let user = native(hebrew).expect("valid").user.expect("user");
    assert_eq!(user.name.as_deref(), Some("חוה \u{200f}סמית"), "marks are part of how names are written");
}

#[test]
fn a_moment_is_a_date_with_a_time() {
    for text in ["2026-03-01", "10:00"] {
        let found = faults(native(json!({"verb": "log-in", "occurred_at": text})));
        assert_eq!(found, ["occurred_at must be an RFC 3339 time, as 2026-03-02T08:00:00Z"], "{text:?}");
    }
    for text in ["", " "] {
        let found = faults(native(json!({"verb": "log-in", "occurred_at": text})));
        assert_eq!(found, ["occurred_at must not be blank"]);
    }
    assert_eq!(native(json!({"verb": "log-in", "occurred_at": null})).expect("valid").occurred_at, None);
}

#[test]
fn what_was_sent_as_an_address_and_is_none_is_kept() {
    let event = native(json!({"verb": "log-in", "ip": format!("x{}", "y".repeat(5_000))})).expect("valid");
    assert_eq!(event.unreadable.map(|text| text.chars().count()), Some(address::MAX_UNREADABLE));
    let event = native(json!({"verb": "log-in", "ip": "1.2.3.4"})).expect("valid");
    assert_eq!((event.unreadable, event.address.is_some()), (None, true));
}
