//! Signed webhooks of other systems whose bodies are not what they should be: recorded with the reason, obeyed in nothing.

use porchlight_domain::inbound::store::{create, received};
use porchlight_domain::inbound::{InboundFilter, NewSource, Scheme};
use porchlight_domain::signature::sign_standard;
use porchlight_server::clock;

use super::*;

fn order(data: &str) -> Vec<u8> {
    format!(r#"{{"type":"session.revocation.requested","data":{data}}}"#).into()
}

on_both! {
    async fn a_body_that_is_no_order_is_recorded_with_the_reason_and_ends_nothing(server) {
        let new = NewSource { name: "Gateway".into(), scheme: Scheme::Standard, hmac: None, secret: None };
        let made = create(&server.db, &Actor::System, server.project, new, clock::now()).await;
        let (source, secret) = made.expect("source");
        let bodies: Vec<(Vec<u8>, &str)> = vec![
            (b"".into(), "the body is not JSON"),
            (b"\0".into(), "the body is not JSON"),
            (b"\xff\xfe\0{\0}".into(), "the body is not JSON"),
            ([&[0xef_u8, 0xbb, 0xbf][..], &order("{}")].concat(), "the body is not JSON"),
            (b"\x1f\x8b\x08\0\0\0\0\0".into(), "the body is not JSON"),
            (b"<xml/>".into(), "the body is not JSON"),
            (b"type=session.revocation.requested&user=eve".into(), "the body is not JSON"),
            (b"{\"type\":\"session.revocation.requested\"".into(), "the body is not JSON"),
            ("[".repeat(500_000).into(), "the body is not JSON"),
            ("{\"a\":".repeat(100_000).into(), "the body is not JSON"),
            (b"[]".into(), "it asks for nothing"),
            (b"null".into(), "it asks for nothing"),
            (b"1e999999".into(), "the body is not JSON"),
            (order("7"), "it names no user"),
            (order(r#"{"user":{"id":["eve"]},"sessions":[{"id":"s_1"}]}"#), "it names no user"),
            (order(r#"{"user":{"id":"eve"},"sessions":"s_1"}"#), "it names no sessions"),
            (order(r#"{"user":{"id":"eve"},"sessions":[{"id":{}}]}"#), "it names a session that cannot be one"),
        ];
        let login = json!({ "verb": "log-in", "ip": "192.0.2.7", "user": { "id": "eve" }, "session": { "id": "s_1" } });
        server.app().post("/api/v1/events", &login).await.expect(200);
        let path = format!("/hooks/{}", source.slug);
        for (number, (body, reason)) in bodies.iter().enumerate() {
            let (id, seconds) = (format!("msg_{number}"), clock::now().seconds());
            let signature = sign_standard(&secret, &id, seconds, body);
            let seconds = seconds.to_string();
            let headers = [("webhook-id", id.as_str()), ("webhook-timestamp", &seconds), ("webhook-signature", &signature)];
            let taken = server.stranger().send("POST", &path, &headers, body.clone()).await;
            let taken = taken.expect(if reason.starts_with("it asks for nothing") { 200 } else { 422 });
            assert_eq!((&taken["status"], &taken["reason"], &taken["revocation_id"]), (&json!("valid"), &json!(reason), &json!(null)), "{number}");
        }
        let recorded = received(&server.db, server.project, &InboundFilter::default(), Paging::default()).await;
        assert_eq!(recorded.expect("received").rows.len(), bodies.len());
        assert_eq!(server.app().get("/api/v1/sessions/s_1").await.expect(200)["revoked"], false);
        assert_eq!(server.app().get("/api/v1/revocations").await.expect(200)["rows"], json!([]));
    }
}
