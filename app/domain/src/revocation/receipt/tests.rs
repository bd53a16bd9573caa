//! How receipts are read.

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
    let facts: Vec<_> = report.sessions.iter().map(|session| (session.id.as_str(), session.fact)).collect();
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
fn a_receipt_of_an_order_that_names_no_session_has_one_outcome() {
    for rest in ["", r#","sessions":[]"#] {
        let body = format!(r#"{{"receipt":{{"outcome":"revoked","detail":"3 of them"{rest}}}}}"#);
        let report = read(body.as_bytes(), NOW).expect("read").expect("there");
        let detail = Some("3 of them".to_owned());
        let whole = Reported { id: WHOLE.into(), fact: Fact::Died(Outcome::Revoked), detail };
        assert_eq!((report.revocation, report.sessions), (None, vec![whole]));
    }
}

#[test]
fn what_looks_like_a_receipt_and_is_none_is_told_why() {
    let told = |body: &str, packed| near_miss(body.as_bytes(), packed).unwrap_or_default();
    for body in [
        r#"{"sessions":[{"id":"s","outcome":"revoked"}]}"#,
        r#"{"revocation_id":"rev_1","outcome":"revoked"}"#,
        r#"[{"id":"s","outcome":"revoked"}]"#,
    ] {
        assert!(told(body, None).contains("not wrapped"), "{body}");
    }
    assert!(told("{'receipt': {}}", None).contains("is not JSON (key must be a string"));
    assert!(told("\u{1f}\u{8b}", Some("gzip")).contains("packed (gzip)"));
    for body in ["", "OK", "{\"ok\":true}", "[]", "<html></html>", r#"{"sessions":[{"id":"s"}]}"#] {
        assert_eq!(told(body, None), "", "{body}");
    }
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
        (r#"{"receipt":{"sessions":[{"id":"","outcome":"revoked"}]}}"#, "receipt.sessions[0].id"),
        (r#"{"receipt":{"outcome":"gone"}}"#, "receipt.outcome"),
        (r#"{"receipt":{"outcome":"deferred"}}"#, "receipt.until"),
        (r#"{"receipt":{"outcome":"revoked","sessions":"all"}}"#, "receipt.sessions"),
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
