//! What the API tells of an endpoint beside its settings, and the ends of its secrets.

use serde_json::Value;

use super::*;
use crate::support::receiver::Receiver;
use crate::support::{TestServer, eventually};

const ENDPOINTS: &str = "/api/v1/endpoints";

fn path(endpoint: &Value, rest: &str) -> String {
    format!("{ENDPOINTS}/{}{rest}", endpoint["id"].as_str().expect("id"))
}

async fn read(server: &TestServer, endpoint: &Value) -> Value {
    server.app().get(&path(endpoint, "")).await.expect(200)
}

on_both! {
    async fn an_endpoint_tells_what_its_receiver_has_shown_how_it_is_signed_and_how_long_it_takes(server, "--webhook-allow", "127.0.0.0/8") {
        let receiver = Receiver::start(|_| (204, String::new())).await;
        let created = server.app().post(ENDPOINTS, &json!({ "url": receiver.url })).await.expect(201);
        let before = read(server, &created).await;
        assert_eq!(before["trust"], json!({ "enforces": null, "ready": null }));
        assert_eq!((&before["signature"], &before["latency"], &before["phases"]), (&json!(null), &json!(null), &json!([])));
        server.app().post(&path(&created, "/probes"), &json!({ "kind": "enforce" })).await.expect(202);
        let shown = eventually(async || {
            let trust = read(server, &created).await["trust"].clone();
            (!trust["enforces"].is_null()).then_some(trust)
        })
        .await;
        assert_eq!(shown["enforces"]["verdict"], "accepted", "it accepts whatever comes: {shown}");
        assert_eq!(server.app().get(ENDPOINTS).await.expect(200)["rows"][0]["trust"], shown);

        let sent = server.app().post(&path(&created, "/test"), &json!({})).await.expect(202);
        let delivery = format!("/api/v1/deliveries/{}", sent["delivery"].as_str().expect("id"));
        let delivery = eventually(async || {
            let delivery = server.app().get(&delivery).await.expect(200);
            (delivery["state"] == "delivered").then_some(delivery)
        })
        .await;
        assert_eq!(delivery["trust"], shown);
        assert_eq!((&delivery["tries"][0]["format"], &delivery["tries"][0]["observer"]), (&json!("standard"), &json!(false)));
        let after = read(server, &created).await;
        assert_eq!((&after["signature"]["self_verified"], &after["latency"]["times"]), (&json!(true), &json!(1)));
        assert!(after["latency"]["p95_us"].as_i64().is_some_and(|us| us > 0), "{after}");
        assert!(after["phases"].as_array().is_some_and(|phases| phases.iter().any(|one| one["phase"] == "wait")), "{after}");
        assert_eq!((&after["deliveries"], &after["delivered"], &after["attempts"]), (&json!(1), &json!(1), &json!(1)));
    }

    async fn the_secret_before_is_retired_and_the_newest_is_not(server) {
        let created = server.app().post(ENDPOINTS, &json!({ "url": "https://app.example/hook" })).await.expect(201);
        server.app().post(&path(&created, "/secrets"), &json!({})).await.expect(201);
        let secrets = read(server, &created).await["secrets"].clone();
        let of = |place: usize| path(&created, &format!("/secrets/{}", secrets[place]["id"].as_str().expect("id")));
        server.app().delete(&of(0)).await.problem(409);
        assert_eq!(server.app().delete(&of(1)).await.status, 204);
        assert_eq!(read(server, &created).await["secrets"], json!([secrets[0]]));
        server.app().delete(&of(1)).await.problem(404);
        let other = server.app().post(ENDPOINTS, &json!({ "url": "https://app.example/other" })).await.expect(201);
        let foreign = path(&other, &format!("/secrets/{}", secrets[0]["id"].as_str().expect("id")));
        server.app().delete(&foreign).await.problem(404);
    }

    async fn a_signing_key_is_changed_with_the_overlap_that_is_asked_for(server) {
        let created = server.app().post(ENDPOINTS, &json!({ "url": "https://app.example/hook" })).await.expect(201);
        let keys = path(&created, "/keys");
        for wrong in [json!({ "overlap_hours": 169 }), json!({ "overlap_hours": -1 })] {
            assert_eq!(server.app().post(&keys, &wrong).await.named_fields(), ["overlap_hours"], "{wrong}");
        }
        server.app().post(&keys, &json!({})).await.expect(201);
        let live = async || read(server, &created).await["secrets"].as_array().map(Vec::len);
        assert_eq!(live().await, Some(2), "the shared secret and the key");
        server.app().post(&keys, &json!({ "overlap_hours": 1 })).await.expect(201);
        assert_eq!(live().await, Some(3), "both keys sign");
        server.app().post(&keys, &json!({ "overlap_hours": 0 })).await.expect(201);
        assert_eq!(live().await, Some(2), "at once: the newest alone");
    }
}
