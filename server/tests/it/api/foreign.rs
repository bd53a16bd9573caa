//! Another project's key: it sees nothing of ours and changes nothing of it.

use super::*;
use crate::support::{Caller, eventually};

/// One of everything, by the noun in its path.
pub(super) async fn one_of_everything(server: &TestServer) -> Vec<(&'static str, String)> {
    let app = server.app();
    let endpoint = json!({"url": "https://shop.example/hook"});
    let endpoint = app.post("/api/v1/endpoints", &endpoint).await.expect(201)["id"].clone();
    for n in 0..5 {
        app.post("/api/v1/events", &login(&format!("s-{n}"), true)).await.expect(200);
    }
    let theft = app.post("/api/v1/events", &login("s-thief", false)).await.expect(200);
    assert_eq!(theft["level"], "red", "{theft}");
    let alert = app.get("/api/v1/alerts").await.expect(200)["rows"][0]["id"].clone();
    app.post("/api/v1/sessions/s-0/revoke", &json!({})).await;
    let revocation = app.get("/api/v1/revocations").await.expect(200)["rows"][0]["id"].clone();
    let delivery = app.get("/api/v1/deliveries").await.expect(200)["rows"][0]["id"].clone();
    let rule = json!({"name": "Tor", "effect": "challenge", "condition": "network.tor"});
    let rule = app.post("/api/v1/rules", &rule).await.expect(201)["id"].clone();
    let source = app.post("/api/v1/sources", &json!({"name": "Fraud desk"})).await.expect(201);
    let hook = format!("/hooks/{}", source["slug"].as_str().expect("slug"));
    assert_eq!(app.post(&hook, &json!({})).await.expect(401)["status"], "missing");
    let inbound = app.get("/api/v1/inbound").await.expect(200)["rows"][0]["id"].clone();
    let recover = format!("/api/v1/endpoints/{}/recover", endpoint.as_str().expect("id"));
    let replay = app.post(&recover, &body("recover")).await.expect(202)["id"].clone();
    let ended = || async {
        let job = app.get(&format!("/api/v1/replays/{}", replay.as_str().expect("id"))).await.expect(200);
        (job["state"] == "done").then_some(())
    };
    eventually(ended).await;
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    vec![
        ("events", text(&theft["id"])),
        ("users", "eve".to_owned()),
        ("sessions", "s-thief".to_owned()),
        ("alerts", text(&alert)),
        ("endpoints", text(&endpoint)),
        ("deliveries", text(&delivery)),
        ("revocations", text(&revocation)),
        ("replays", text(&replay)),
        ("rules", text(&rule)),
        ("sources", text(&source["id"])),
        ("inbound", text(&inbound)),
    ]
}

/// Bodies of the calls that want one.
fn body(path: &str) -> Value {
    match path.rsplit('/').next() {
        Some("close") => json!({"resolution": "false_alarm"}),
        Some("probes") => json!({"kind": "ready"}),
        Some("recover") => json!({"since": "2026-01-01T00:00:00Z"}),
        Some("receipt") => json!({"sessions": [{"id": "s-0", "outcome": "revoked"}]}),
        Some("{id}") if path.contains("/sources/") => json!({"name": "Theirs"}),
        Some("{id}") => json!({"description": "Theirs"}),
        _ => json!({}),
    }
}

/// All that our project's lists and things say now.
async fn everything(server: &TestServer, ours: &[(&str, String)]) -> Vec<Value> {
    let mut all = Vec::new();
    for (noun, id) in ours {
        let mut seen = server.app().get(&format!("/api/v1/{noun}/{id}")).await.expect(200);
        if *noun == "deliveries" {
            // The worker is trying it meanwhile.
            seen = seen["id"].clone();
        }
        if let Some(endpoint) = seen.as_object_mut() {
            // So does what it says of the receiver.
            for moving in ["failing_since", "attempts", "latency", "phases", "signature"] {
                endpoint.remove(moving);
            }
        }
        all.push(seen);
    }
    all
}

on_both! {
    async fn another_projects_ids_are_not_found_and_nothing_of_it_changes(server) {
        let ours = one_of_everything(server).await;
        let before = everything(server, &ours).await;
        let (_, other) = server.other_project().await;
        let mut tried = 0;
        for Operation { path, method, public } in operations(server).await {
            if public || !path.contains("{id}") {
                continue;
            }
            let noun = path.trim_start_matches("/api/v1/").split('/').next().expect("noun");
            let (_, id) = ours
                .iter()
                .find(|(ours, _)| *ours == noun)
                .unwrap_or_else(|| panic!("nothing of {noun} is tried"));
            let call = path.replace("{id}", id);
            let answer = other
                .send(&method, &call, &[("content-type", "application/json")], body(&path).to_string())
                .await;
            assert_eq!(answer.problem(404)["type"], "/problems/not-found", "{method} {path}");
            tried += 1;
        }
        assert!(tried > 12, "only {tried} operations");
        assert_eq!(everything(server, &ours).await, before);
    }

    async fn another_projects_lists_are_empty(server) {
        one_of_everything(server).await;
        let (_, other) = server.other_project().await;
        for Operation { path, method, .. } in operations(server).await {
            if method == "GET" && !path.contains('{') && !path.ends_with("/stream") && !["/times", "/verbs", "/weights"].iter().any(|end| path.ends_with(end)) {
                let rows =
                    |page: Value| page["rows"].as_array().unwrap_or_else(|| panic!("{path}: {page}")).len();
                assert!(rows(server.app().get(&path).await.expect(200)) > 0, "{path}");
                assert_eq!(rows(other.get(&path).await.expect(200)), 0, "{path}");
            }
        }
        for query in [
            "events?user_id=eve",
            "events?session_id=s-thief",
            "events?ip=101.80.0.0/16",
            "users?search=eve",
            "alerts?user_id=eve",
            "revocations?user_id=eve",
            "deliveries?user_id=eve",
        ] {
            let (ours, theirs) = (server.app(), &other);
            let rows = async |app: &Caller| app.get(&format!("/api/v1/{query}")).await.expect(200)["rows"].clone();
            assert_ne!(rows(&ours).await, json!([]), "{query}");
            assert_eq!(rows(theirs).await, json!([]), "{query}");
        }
    }
}
