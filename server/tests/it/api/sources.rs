//! `/api/v1/sources` and `/api/v1/inbound`: other systems are let in, heard, and sent away.

use porchlight_domain::signature::{Secret, sign_standard};
use porchlight_server::clock;

use super::*;
use crate::support::Answer;

const SOURCES: &str = "/api/v1/sources";

async fn create(server: &TestServer, body: Value) -> Value {
    server.app().post(SOURCES, &body).await.expect(201)
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("{field}: {value}"))
}

/// Sends a ping as the source would, signed with `secret`.
async fn ping(server: &TestServer, source: &Value, secret: &str, id: &str) -> Answer {
    let (secret, now, body) =
        (Secret::typed(secret).expect("secret"), clock::now().seconds(), r#"{"type":"ping"}"#);
    let (signature, now) = (sign_standard(&secret, id, now, body.as_bytes()), now.to_string());
    let headers = [("webhook-id", id), ("webhook-timestamp", &now), ("webhook-signature", &signature)];
    server.stranger().send("POST", &format!("/hooks/{}", text(source, "slug")), &headers, body).await
}

on_both! {
    async fn a_sources_secret_is_shown_at_creation_and_never_again(server) {
        let made = create(server, json!({"name": "Fraud desk"})).await;
        let secret = text(&made, "secret");
        assert!(secret.starts_with("whsec_"), "{made}");
        assert_eq!((&made["name"], &made["scheme"]), (&json!("Fraud desk"), &json!("standard")));
        assert_eq!(made["url"], format!("http://{}/hooks/{}", server.address, text(&made, "slug")));
        assert_eq!(ping(server, &made, secret, "msg_1").await.expect(200)["status"], "valid");

        let mut shown = made.clone();
        shown.as_object_mut().expect("object").remove("secret");
        let one = server.app().get(&format!("{SOURCES}/{}", text(&made, "id"))).await.expect(200);
        assert_eq!(one, shown);
        assert!(secret.starts_with(text(&one, "hint").trim_end_matches('…')), "{one}");
        create(server, json!({"name": "Archive", "scheme": "thisdata", "secret": "hello-world"})).await;
        let all = server.app().get(SOURCES).await.expect(200);
        assert_eq!((&all["rows"][0]["scheme"], &all["rows"][1], &all["next"]), (&json!("thisdata"), &shown, &json!(null)));
        assert!(!all.to_string().contains("hello-world"), "{all}");
    }

    async fn a_deleted_source_is_heard_no_more(server) {
        let made = create(server, json!({"name": "Fraud desk"})).await;
        ping(server, &made, text(&made, "secret"), "msg_1").await.expect(200);
        let path = format!("{SOURCES}/{}", text(&made, "id"));
        assert_eq!(server.app().delete(&path).await.status, 204);
        server.app().get(&path).await.problem(404);
        server.app().delete(&path).await.problem(404);
        ping(server, &made, text(&made, "secret"), "msg_2").await.problem(404);
        assert_eq!(server.app().get("/api/v1/inbound").await.expect(200)["rows"], json!([]), "what came from it is gone too");
        let changes = porchlight_domain::ledger::list(&server.db, server.project, Default::default()).await.expect("ledger").rows;
        let changes: Vec<_> = changes.iter().map(|one| (one.action.as_str(), one.actor.split(':').next())).collect();
        assert_eq!(changes[..2], [("source.deleted", Some("key")), ("source.created", Some("key"))]);
    }

    async fn what_came_is_read_page_by_page_and_by_its_source_and_status(server) {
        let (one, other) = (create(server, json!({"name": "One"})).await, create(server, json!({"name": "Other"})).await);
        for id in ["msg_1", "msg_2", "msg_3"] {
            ping(server, &one, text(&one, "secret"), id).await.expect(200);
        }
        ping(server, &other, "another-secret", "msg_4").await.expect(401);
        let list = async |query: String| server.app().get(&format!("/api/v1/inbound?{query}")).await.expect(200);
        let ids = |page: &Value| -> Vec<String> {
            page["rows"].as_array().expect("rows").iter().map(|row| text(row, "webhook_id").to_owned()).collect()
        };
        let source = format!("source={}", text(&one, "id"));
        let first = list(format!("{source}&limit=2")).await;
        let second = list(format!("{source}&limit=2&cursor={}", text(&first, "next"))).await;
        assert_eq!((ids(&first), ids(&second)), (vec!["msg_3".into(), "msg_2".into()], vec!["msg_1".to_owned()]));
        assert_eq!((&second["next"], &first["rows"][0]["source_id"]), (&json!(null), &one["id"]));
        let bad = list("status=invalid".to_owned()).await;
        assert_eq!((ids(&bad), &bad["rows"][0]["source_id"]), (vec!["msg_4".to_owned()], &other["id"]));
        assert_eq!(ids(&list(format!("{source}&status=invalid")).await), Vec::<String>::new());
        let path = format!("/api/v1/inbound/{}", text(&bad["rows"][0], "id"));
        let mut whole = bad["rows"][0].clone();
        whole["asked"] = json!(null);
        assert_eq!(server.app().get(&path).await.expect(200), whole);
        server.app().get("/api/v1/inbound/in_0000000000000").await.problem(404);
        for (query, field) in [("source=nonsense", "source"), ("status=fine", "status")] {
            assert_eq!(server.app().get(&format!("/api/v1/inbound?{query}")).await.named_fields(), [field]);
        }
    }

    async fn a_source_that_signs_in_its_own_way_is_set_up_rotated_and_counted(server) {
        let hmac = json!({"header": "X-Hub-Signature-256", "algorithm": "sha256", "encoding": "hex", "prefix": "sha256="});
        let made = create(server, json!({"name": "Git", "scheme": "hmac", "hmac": hmac, "secret": "sixteen-letters!"})).await;
        assert_eq!((&made["hmac"]["header"], &made["hmac"]["signed"]), (&json!("x-hub-signature-256"), &json!("{body}")));
        let path = format!("{SOURCES}/{}", text(&made, "id"));
        let hook = format!("/hooks/{}", text(&made, "slug"));
        let sent = "sha256=fc89d57fcfba2563f6c5b6a9dafb79f10b3a7bbd8acb3bb57a0a0d4ab2a1df17";
        let answer = server.stranger().send("POST", &hook, &[("x-hub-signature-256", sent)], "{}").await;
        assert_eq!(answer.expect(401)["status"], "invalid");
        let rotated = server.app().post(&format!("{path}/secrets"), &json!({"overlap_hours": 1})).await.expect(201);
        assert!(text(&rotated, "secret").starts_with("whsec_") && rotated["url"] == made["url"], "{rotated}");
        let secrets = server.app().get(&format!("{path}/secrets")).await.expect(200);
        assert_eq!((secrets["rows"].as_array().map(Vec::len), &secrets["rows"][0]["expires_at"]), (Some(2), &json!(null)));
        for (body, field) in [(json!({"overlap_hours": 169}), "overlap_hours"), (json!({"secret": "short"}), "secret")] {
            assert_eq!(server.app().post(&format!("{path}/secrets"), &body).await.named_fields(), [field]);
        }
        crate::support::eventually(async || {
            let tally = server.app().get(&format!("{path}/tally")).await.expect(200)["rows"].clone();
            (tally == json!([{"source_id": made["id"], "status": "invalid", "count": 1}])).then_some(())
        }).await;
    }

    async fn a_source_is_changed_field_by_field(server) {
        let hmac = json!({"header": "x-signature", "algorithm": "sha256", "encoding": "hex"});
        let made = create(server, json!({"name": "Git", "scheme": "hmac", "hmac": hmac, "secret": "sixteen-letters!"})).await;
        let path = format!("{SOURCES}/{}", text(&made, "id"));
        let patch = async |path: &str, body: Value| server.app().patch(path, &body).await;
        let renamed = patch(&path, json!({"name": "Forge"})).await.expect(200);
        assert_eq!((&renamed["name"], &renamed["hmac"], &renamed["url"]), (&json!("Forge"), &made["hmac"], &made["url"]));
        let changed = patch(&path, json!({"hmac": {"header": "X-Hub", "algorithm": "sha512", "encoding": "base64", "prefix": "v1="}})).await.expect(200);
        assert_eq!((&changed["name"], &changed["hmac"]["header"], &changed["hmac"]["prefix"]), (&json!("Forge"), &json!("x-hub"), &json!("v1=")));
        assert_eq!(server.app().get(&path).await.expect(200), changed);
        assert!(changed.get("secret").is_none(), "{changed}");
        for (body, field) in [
            (json!({"name": " "}), "name"),
            (json!({"scheme": "standard"}), "scheme"),
            (json!({"hmac": {"header": "x-hub"}}), "hmac.algorithm"),
            (json!({"hmac": {"header": "x-hub", "algorithm": "sha256", "encoding": "hex", "signed": "{nonce}"}}), "hmac.signed"),
        ] {
            assert_eq!(patch(&path, body.clone()).await.named_fields(), [field], "{body}");
        }
        let standard = create(server, json!({"name": "Fraud desk"})).await;
        let body = json!({"hmac": {"header": "x-hub", "algorithm": "sha256", "encoding": "hex"}});
        assert_eq!(patch(&format!("{SOURCES}/{}", text(&standard, "id")), body).await.named_fields(), ["hmac"]);
        patch(&format!("{SOURCES}/1"), json!({"name": "x"})).await.problem(404);
        assert_eq!(server.app().get(&path).await.expect(200), changed);
    }

    async fn what_is_wrong_with_a_source_is_refused_by_its_field(server) {
        let hmac = |field: &str, value: Value| {
            let mut hmac = json!({"header": "x-signature", "algorithm": "sha256", "encoding": "hex"});
            hmac[field] = value;
            json!({"name": "Git", "scheme": "hmac", "hmac": hmac})
        };
        for (body, field) in [
            (hmac("header", json!("x y")), "hmac.header"),
            (hmac("signed", json!("{nonce}")), "hmac.signed"),
            (hmac("id", json!({"in": "header", "name": "x-id"})), "hmac.id"),
            (hmac("tolerance_seconds", json!(1)), "hmac.tolerance_seconds"),
            (json!({"name": "Git", "scheme": "hmac"}), "hmac"),
            (json!({"name": " "}), "name"),
            (json!({"name": "x".repeat(101)}), "name"),
            (json!({"name": "Fraud desk", "scheme": "soap"}), "scheme"),
            (json!({"name": "Fraud desk", "secret": "four"}), "secret"),
            (json!({}), "name"),
            (json!({"name": 1}), "name"),
            (json!({"name": "Fraud\u{0}desk"}), "name"),
            (json!({"name": "Fraud desk", "colour": "red"}), "colour"),
            (json!([]), "body"),
        ] {
            assert_eq!(server.app().post(SOURCES, &body).await.named_fields(), [field], "{body}");
        }
        assert_eq!(server.app().get(SOURCES).await.expect(200)["rows"], json!([]));
    }
}
