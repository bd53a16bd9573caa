//! Webhooks of other systems at `/hooks/{source}`.

use porchlight_domain::inbound::store::{create, received};
use porchlight_domain::inbound::{InboundFilter, NewSource, Scheme};
use porchlight_domain::operator::Actor;
use porchlight_domain::page::Paging;
use porchlight_domain::signature::sign_standard;
use porchlight_domain::time::{HOUR, SECOND};
use porchlight_server::clock;
use serde_json::json;

use super::log_in;
use crate::support::TestServer;

on_both! {
    async fn a_signed_order_is_obeyed_once_and_what_is_not_signed_is_401(server) {
        log_in(server, "eve", "s_1").await;
        let told = json!({ "verb": "access", "ip": "192.0.2.7", "user": { "id": "eve", "email": "eve@example.com" } });
        server.app().post("/api/v1/events", &told).await.expect(200);
        let new = NewSource { name: "Gateway".into(), scheme: Scheme::Standard, hmac: None, secret: None };
        let (source, secret) = create(&server.db, &Actor::System, server.project, new, clock::now()).await.expect("source");
        let path = format!("/hooks/{}", source.slug);
        let data = json!({ "user": { "id": "eve" }, "sessions": [{ "id": "s_1" }] });
        let body = json!({ "type": "session.revocation.requested", "data": data }).to_string();
        let seconds = clock::now().seconds();
        let signature = sign_standard(&secret, "msg_1", seconds, body.as_bytes());
        let seconds = seconds.to_string();
        let headers = [("webhook-id", "msg_1"), ("webhook-timestamp", seconds.as_str()), ("webhook-signature", &signature)];

        let missing = server.stranger().send("POST", &path, &[], body.clone()).await.expect(401);
        assert_eq!(missing["status"], "missing");
        let invalid = server.stranger().send("POST", &path, &headers, body.replace("s_1", "s_2")).await.expect(401);
        assert_eq!((&invalid["status"], &invalid["revocation_id"]), (&json!("invalid"), &json!(null)));
        let valid = server.stranger().send("POST", &path, &headers, body.clone()).await.expect(200);
        assert_eq!(valid["status"], "valid", "{valid}");
        let session = server.app().get("/api/v1/sessions/s_1").await.expect(200);
        assert_eq!((&session["revoked"], &session["revocation_id"]), (&json!(true), &valid["revocation_id"]));
        let again = server.stranger().send("POST", &path, &headers, body).await.expect(200);
        assert_eq!((&again["status"], &again["revocation_id"]), (&json!("replayed"), &valid["revocation_id"]));
        assert_eq!(recorded(server).await, 4);

        let order = valid["revocation_id"].as_str().expect("order");
        let got = server.app().get(&format!("/api/v1/inbound?revocation={order}")).await.expect(200);
        let got = server.app().get(&format!("/api/v1/inbound/{}", got["rows"][0]["id"].as_str().expect("id"))).await.expect(200);
        let asked = (&got["asked"]["user_id"], &got["asked"]["scope"], &got["asked"]["sessions"], got["asked"]["user"].is_string());
        assert_eq!(asked, (&json!("eve"), &json!("listed"), &json!(["s_1"]), true));
        let (day, minute) = (24 * HOUR, 60 * SECOND);
        let (before, after) = (clock::now().plus(-minute), clock::now().plus(minute));
        for (query, count) in [
            (format!("revocation={order}"), 1),
            ("user_id=eve".into(), 1),
            ("user_id=bob".into(), 0),
            ("user_id=Eve%40Example.com".into(), 1),
            ("user_id=bob%40example.com".into(), 0),
            ("session_id=s_1".into(), 1),
            ("session_id=s_2".into(), 0),
            (format!("since={before}&until={after}"), 4),
            (format!("until={before}"), 0),
            ("outcome=obeyed".into(), 1),
            ("outcome=could_not".into(), 0),
            (format!("status=missing&since={}", clock::now().plus(-day)), 1),
        ] {
            let found = server.app().get(&format!("/api/v1/inbound?{query}")).await.expect(200);
            assert_eq!(found["rows"].as_array().map(Vec::len), Some(count), "{query}");
        }
        for (query, field) in [("since=yesterday", "since"), ("until=x", "until"), ("revocation=rev_1", "revocation"), ("outcome=done", "outcome")] {
            assert_eq!(server.app().get(&format!("/api/v1/inbound?{query}")).await.named_fields(), [field]);
        }
        for (query, count) in [("session_id=s_1", 1), ("session_id=s_2", 0), ("user_id=eve&since=2026-01-01", 1), ("until=2026-01-01", 0)] {
            let found = server.app().get(&format!("/api/v1/revocations?{query}")).await.expect(200);
            assert_eq!(found["rows"].as_array().map(Vec::len), Some(count), "{query}");
        }
        let fields = server.app().get("/api/v1/revocations?after=0&session_id=s_1&since=2026-01-01").await.named_fields();
        assert_eq!(fields, ["session_id", "since"], "a poll is not narrowed");
    }

    async fn whatever_else_is_sent_there_is_refused_in_words(server) {
        let (secret, path) = legacy_source(server).await;
        server.stranger().post("/hooks/ffffffffffffffffffffffffffffffff", &json!({})).await.problem(404);
        server.stranger().post("/hooks/a%00b", &json!({})).await.problem(404);
        server.stranger().send("POST", &path, &[], vec![0_u8; 1_100_000]).await.problem(413);
        assert_eq!(recorded(server).await, 0, "none of it was stored");
        assert_eq!(server.stranger().send("POST", &path, &[("x-signature", "zz")], "x").await.expect(401)["status"], "invalid");
        let signature = porchlight_domain::signature::sign_legacy(&secret, b"\xff\0 not json");
        let odd = server.stranger().send("POST", &path, &[("x-signature", &signature)], *b"\xff\0 not json").await.expect(422);
        assert_eq!((&odd["status"], &odd["reason"]), (&json!("valid"), &json!("the body is not JSON")));
        let early = json!({ "was_user": false, "user": { "id": "nobody" } }).to_string();
        let signature = porchlight_domain::signature::sign_legacy(&secret, early.as_bytes());
        let told = server.stranger().send("POST", &path, &[("x-signature", &signature)], early).await.expect(409);
        assert_eq!((&told["status"], &told["reason"]), (&json!("valid"), &json!("no such user is known")), "to be sent again");
        assert_eq!(server.stranger().get(&path).await.status, 405);
    }

    async fn what_cannot_be_obeyed_is_422_and_judged_anew_when_it_comes_again(server) {
        log_in(server, "eve", "keep").await;
        let (secret, path) = legacy_source(server).await;
        let post = async |body: serde_json::Value| {
            let body = body.to_string();
            let signature = porchlight_domain::signature::sign_legacy(&secret, body.as_bytes());
            server.stranger().send("POST", &path, &[("x-signature", &signature)], body).await
        };
        let order = |user: &str, scope: &str, sessions: &[&str]| {
            let data = json!({ "user": { "id": user }, "scope": scope, "sessions": sessions });
            json!({ "type": "session.revocation.requested", "data": data })
        };
        let misspelt = post(order("eve", "Others", &["keep"])).await.expect(422);
        assert_eq!(misspelt["outcome"], "could_not");
        assert_eq!(misspelt["reason"], "its scope is not known: it must be one, listed, others or all");
        let text = post(json!({ "was_user": "false", "user": { "id": "eve" } })).await.expect(422);
        assert_eq!(text["reason"], "its was_user must be true, false or null, and no text");
        assert_eq!(server.app().get("/api/v1/sessions/keep").await.expect(200)["revoked"], false, "it stays");
        assert_eq!(post(json!({ "was_user": null })).await.expect(200)["outcome"], "nothing_asked");

        log_in(server, "bob", "taken").await;
        let early = order("eve", "listed", &["taken"]);
        for _ in 0..2 {
            assert_eq!(post(early.clone()).await.expect(422)["reason"], "the user has no such session");
        }
        assert_eq!(recorded(server).await, 4, "one record of it, however often it comes");
        let alerts = server.app().get("/api/v1/alerts").await.expect(200);
        let rows = alerts["rows"].as_array().expect("alerts");
        let told: Vec<_> = rows.iter().map(|alert| (alert["kind"].as_str(), alert["title"].as_str())).collect();
        let title = |reason: &str| format!("Gateway wants sessions ended, and that could not be done: {reason}");
        let [newest, ..] = told.as_slice() else { panic!("{alerts}") };
        assert_eq!(*newest, (Some("inbound.could_not"), Some(title("the user has no such session").as_str())));
        let failed = server.app().get("/api/v1/inbound?outcome=could_not").await.expect(200);
        assert_eq!((told.len(), failed["rows"].as_array().map(Vec::len)), (3, Some(3)), "one for each reason");
        log_in(server, "eve", "taken").await;
        assert_eq!(post(early.clone()).await.expect(200)["outcome"], "obeyed");
        let revoked = async |session: &str| server.app().get(&format!("/api/v1/sessions/{session}")).await.expect(200)["revoked"].clone();
        assert_eq!((revoked("keep").await, revoked("taken").await), (json!(false), json!(true)));
        assert_eq!(post(early).await.expect(200)["status"], "replayed");
    }

    async fn where_none_but_those_that_stay_live_there_is_nothing_to_do_and_nobody_is_woken(server) {
        log_in(server, "eve", "keep").await;
        let (secret, path) = legacy_source(server).await;
        let data = json!({ "user": { "id": "eve" }, "scope": "others", "sessions": ["keep"] });
        let body = json!({ "type": "session.revocation.requested", "data": data }).to_string();
        let signature = porchlight_domain::signature::sign_legacy(&secret, body.as_bytes());
        let answer = server.stranger().send("POST", &path, &[("x-signature", &signature)], body).await.expect(200);
        let told = (&answer["outcome"], &answer["reason"], &answer["revocation_id"]);
        let words = "nothing is to end: no other session of the user is known to live";
        assert_eq!(told, (&json!("obeyed"), &json!(words), &json!(null)));
        assert_eq!(server.app().get("/api/v1/alerts").await.expect(200)["rows"], json!([]));
    }
}

/// A source that signs as ThisData did: its secret, and where it sends to.
pub(super) async fn legacy_source(server: &TestServer) -> (porchlight_domain::signature::Secret, String) {
    let new = NewSource {
        name: "Gateway".into(),
        scheme: Scheme::ThisData,
        hmac: None,
        secret: Some("hello".into()),
    };
    let (source, secret) =
        create(&server.db, &Actor::System, server.project, new, clock::now()).await.expect("source");
    (secret, format!("/hooks/{}", source.slug))
}

async fn recorded(server: &TestServer) -> usize {
    let page = received(&server.db, server.project, &InboundFilter::default(), Paging::default()).await;
    page.expect("received").rows.len()
}
