//! The API of endpoints and deliveries, on the whole server.

use porchlight_server::clock;
use serde_json::Value;

use super::*;
use crate::support::receiver::Receiver;
use crate::support::{TestServer, eventually};

const ENDPOINTS: &str = "/api/v1/endpoints";

/// Creates an endpoint for `url`; what was answered.
async fn create(server: &TestServer, url: &str) -> Value {
    server.app().post(ENDPOINTS, &json!({ "url": url })).await.expect(201)
}

fn path(endpoint: &Value, rest: &str) -> String {
    format!("{ENDPOINTS}/{}{rest}", endpoint["id"].as_str().expect("id"))
}

async fn patch(server: &TestServer, path: &str, body: Value) -> crate::support::Answer {
    server.app().patch(path, &body).await
}

on_both! {
    async fn a_secret_is_shown_at_creation_and_never_again(server) {
        let created = create(server, "https://app.example/hook").await;
        let secret = created["secret"].as_str().expect("secret");
        assert!(secret.starts_with("whsec_"));
        assert_eq!((&created["format"], &created["state"]), (&json!("standard"), &json!("active")));
        let (one, all) = (server.app().get(&path(&created, "")).await, server.app().get(ENDPOINTS).await);
        assert!(!one.text.contains(secret) && !all.text.contains(secret));
        let hint = one.expect(200)["secrets"][0]["hint"].as_str().expect("hint").to_owned();
        assert!(secret.starts_with(hint.trim_end_matches('…')));
        assert_eq!(all.expect(200)["rows"][0]["id"], created["id"]);
        let rotated = server.app().post(&path(&created, "/secrets"), &json!({ "overlap_hours": 1 })).await.expect(201);
        assert_ne!(rotated["secret"], created["secret"]);
        let both = server.app().get(&path(&created, "")).await.expect(200)["secrets"].clone();
        assert_eq!((both[0]["expires_at"].is_null(), both[1]["expires_at"].is_string()), (true, true));
    }

    async fn what_is_wrong_is_refused_by_its_field(server) {
        let cases = [
            (json!({ "url": "ftp://app.example" }), "url"),
            (json!({ "url": "https://u:p@app.example" }), "url"),
            (json!({ "url": "https://app.example", "format": "soap" }), "format"),
            (json!({ "url": "https://app.example", "types": ["alert.opened", "nonsense"] }), "types[1]"),
            (json!({ "url": "https://app.example", "secret": "fifteen-letters" }), "secret"),
            (json!({ "url": "http://10.0.0.1/x" }), "url"),
            (json!({ "url": "http://169.254.169.254/" }), "url"),
            (json!({ "url": "http://[::1]/" }), "url"),
            (json!({}), "url"),
            (json!({ "url": 1 }), "url"),
            (json!({ "url": "https://app.example", "description": "a\u{0}" }), "description"),
            (json!({ "url": "https://app.example", "types": [1] }), "types[0]"),
            (json!({ "url": "https://app.example", "colour": "red" }), "colour"),
            (json!([]), "body"),
        ];
        for (body, field) in cases {
            assert_eq!(server.app().post(ENDPOINTS, &body).await.named_fields(), [field], "{body}");
        }
        let created = create(server, "https://app.example/hook").await;
        let inside = patch(server, &path(&created, ""), json!({ "url": "http://10.0.0.1/x" })).await;
        let told = inside.problem(422)["detail"].to_string();
        assert!(told.contains("which is private") && told.contains("WEBHOOK_ALLOW"), "{told}");
        assert_eq!(patch(server, &path(&created, ""), json!({ "state": "asleep" })).await.named_fields(), ["state"]);
        let rotate = server.app().post(&path(&created, "/secrets"), &json!({ "overlap_hours": 1000 })).await;
        assert_eq!(rotate.named_fields(), ["overlap_hours"]);
        for query in ["state=lost", "type=nonsense", "endpoint=ep_x", "revocation=1", "alert=x", "text=x"] {
            let refused = server.app().get(&format!("/api/v1/deliveries?{query}")).await;
            assert_eq!(refused.named_fields(), [query.split('=').next().expect("field")]);
        }
    }

    async fn a_stranger_and_another_project_see_and_change_nothing(server) {
        let created = create(server, "https://app.example/hook").await;
        let delivery = server.app().post(&path(&created, "/test"), &json!({})).await.expect(202)["delivery"].clone();
        let delivery = format!("/api/v1/deliveries/{}", delivery.as_str().expect("id"));
        let (_, other) = server.other_project().await;
        for (method, path) in [
            ("GET", path(&created, "")),
            ("PATCH", path(&created, "")),
            ("DELETE", path(&created, "")),
            ("POST", path(&created, "/test")),
            ("POST", path(&created, "/secrets")),
            ("GET", delivery.clone()),
            ("POST", format!("{delivery}/resend")),
        ] {
            let body = if method == "PATCH" { "{}" } else { "" };
            server.stranger().send(method, &path, &[], body).await.problem(401);
            other.send(method, &path, &[], body).await.problem(404);
        }
        for path in [ENDPOINTS, "/api/v1/deliveries"] {
            server.stranger().get(path).await.problem(401);
            assert_eq!(other.get(path).await.expect(200)["rows"], json!([]));
        }
        server.app().get(&path(&created, "")).await.expect(200);
    }

    async fn a_test_arrives_and_its_delivery_tells_everything(server, "--webhook-allow", "127.0.0.0/8") {
        let receiver = Receiver::start(|_| (200, r#"{"ok":true}"#.into())).await;
        let created = create(server, &receiver.url).await;
        let test = server.app().post(&path(&created, "/test"), &json!({})).await.expect(202);
        let path = format!("/api/v1/deliveries/{}", test["delivery"].as_str().expect("id"));
        let delivered = || async {
            let read = server.app().get(&path).await.expect(200);
            (read["state"] == "delivered").then_some(read)
        };
        let read = eventually(delivered).await;
        assert_eq!(receiver.received()[0].json()["type"], "endpoint.test");
        assert_eq!(read["body"].as_str().expect("body").as_bytes(), &receiver.received()[0].body[..]);
        assert_eq!((&read["signature"]["self_verified"], &read["signature"]["schemes"]), (&json!(true), &json!(["v1"])));
        let tried = &read["tries"][0];
        assert_eq!((&tried["status"], &tried["response_body"]), (&json!(200), &json!(r#"{"ok":true}"#)));
        let phases = &tried["phases"];
        assert!(phases["connect_us"].is_i64() && phases["wait_us"].is_i64() && phases["dns_us"].is_null(), "{phases}");
        for (text, found) in [("endpoint.TEST", 1), ("%22ok%22:true", 1), ("nobody", 0)] {
            let rows = server.app().get(&format!("/api/v1/deliveries?text={text}")).await.expect(200)["rows"].clone();
            assert_eq!(rows.as_array().map(Vec::len), Some(found), "{text}");
        }
        server.app().post(&format!("{path}/resend"), &json!({})).await.expect(202);
        eventually(|| async { (receiver.received().len() == 2).then_some(()) }).await;
        assert_eq!(receiver.received()[0].header("webhook-id"), receiver.received()[1].header("webhook-id"));
    }

    async fn a_loopback_receiver_is_refused_unless_allowed(server) {
        let receiver = Receiver::start(|_| (200, String::new())).await;
        let told = server.app().post(ENDPOINTS, &json!({ "url": receiver.url })).await.problem(422);
        assert!(told["detail"].as_str().is_some_and(|text| text.contains("WEBHOOK_ALLOW")), "{told}");
        // Made while the installation allowed it.
        let new = NewEndpoint { url: receiver.url.clone(), ..NewEndpoint::default() };
        let made = store::create(&server.db, &Actor::System, server.project, new, clock::now()).await;
        let path = format!("{ENDPOINTS}/{}/test", made.expect("endpoint").0.id);
        server.app().post(&path, &json!({})).await.expect(202);
        let refused = || async {
            let rows = server.app().get("/api/v1/deliveries").await.expect(200)["rows"].clone();
            rows[0]["last_error"].as_str().map(str::to_owned)
        };
        let error = eventually(refused).await;
        assert!(error.starts_with("refused by policy: 127.0.0.1 is loopback"), "{error}");
        assert!(receiver.received().is_empty());
    }

    async fn a_test_is_sent_to_a_paused_endpoint(server, "--webhook-allow", "127.0.0.0/8") {
        let receiver = Receiver::start(|_| (200, String::new())).await;
        let created = create(server, &receiver.url).await;
        patch(server, &path(&created, ""), json!({ "state": "paused" })).await.expect(200);
        let test = server.app().post(&path(&created, "/test"), &json!({})).await.expect(202);
        assert_eq!(receiver.wait_for(|_| true).await.json()["type"], "endpoint.test");
        let path = format!("/api/v1/deliveries/{}", test["delivery"].as_str().expect("id"));
        eventually(|| async { (server.app().get(&path).await.expect(200)["state"] == "delivered").then_some(()) }).await;
    }

    async fn a_paused_endpoint_is_resumed_and_a_deleted_one_is_gone(server) {
        let created = create(server, "https://app.example/hook").await;
        let paused = patch(server, &path(&created, ""), json!({ "state": "paused", "description": "for now" })).await.expect(200);
        assert_eq!((&paused["state"], &paused["description"]), (&json!("paused"), &json!("for now")));
        patch(server, &path(&created, ""), json!({ "state": "disabled" })).await.expect(200);
        server.app().post(&path(&created, "/test"), &json!({})).await.problem(409);
        let resumed = patch(server, &path(&created, ""), json!({ "state": "active" })).await.expect(200);
        assert_eq!((&resumed["state"], &resumed["description"]), (&json!("active"), &json!("for now")));
        assert_eq!(server.app().delete(&path(&created, "")).await.status, 204);
        server.app().get(&path(&created, "")).await.problem(404);
    }
}
