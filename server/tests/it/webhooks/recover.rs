//! Recovering an endpoint and resending a selection, on the whole server.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use serde_json::Value;

use super::*;
use crate::support::receiver::Receiver;
use crate::support::{TestServer, eventually};

/// Waits until the job ended.
async fn ended(server: &TestServer, job: &Value) -> Value {
    let path = format!("/api/v1/replays/{}", job["id"].as_str().expect("id"));
    eventually(|| async {
        let job = server.app().get(&path).await.expect(200);
        (job["state"] != "running").then_some(job)
    })
    .await
}

on_both! {
    async fn what_failed_since_a_date_is_counted_and_recovered_and_a_selection_sent_again(server, "--webhook-allow", "127.0.0.0/8") {
        let status = Arc::new(AtomicU16::new(400));
        let answers = status.clone();
        let receiver = Receiver::start(move |_| (answers.load(Ordering::Relaxed), String::new())).await;
        let policy = json!({ "retry_after_seconds": [] });
        let made = server.app().post("/api/v1/endpoints", &json!({ "url": receiver.url, "policy": policy })).await.expect(201);
        let endpoint = format!("/api/v1/endpoints/{}", made["id"].as_str().expect("id"));
        for _ in 0..3 {
            server.app().post(&format!("{endpoint}/test"), &json!({})).await.expect(202);
        }
        let rows = || async { server.app().get("/api/v1/deliveries").await.expect(200)["rows"].clone() };
        let states = |rows: &Value, state: &str| rows.as_array().expect("rows").iter().filter(|row| row["state"] == state).count();
        eventually(|| async { (states(&rows().await, "failed") == 3).then_some(()) }).await;
        status.store(200, Ordering::Relaxed);

        let since = "2026-01-01T00:00:00Z";
        let recover = format!("{endpoint}/recover");
        let counted = server.app().post(&recover, &json!({ "since": since, "dry_run": true })).await.expect(200);
        assert_eq!(counted, json!({ "count": 3 }));
        let job = server.app().post(&recover, &json!({ "since": since })).await.expect(202);
        let done = ended(server, &job).await;
        assert_eq!((&done["state"], &done["total"], &done["made"]), (&json!("done"), &json!(3), &json!(3)));
        eventually(|| async { (states(&rows().await, "delivered") == 3).then_some(()) }).await;
        assert_eq!(receiver.received().len(), 6);

        let delivered = rows().await[0]["id"].clone();
        let job = server.app().post("/api/v1/deliveries/resend", &json!({ "deliveries": [delivered] })).await.expect(202);
        assert_eq!(ended(server, &job).await["made"], 1);
        eventually(|| async { (receiver.received().len() == 7).then_some(()) }).await;
        let all = server.app().get("/api/v1/replays").await.expect(200);
        assert_eq!((all["rows"].as_array().expect("rows").len(), &all["rows"][0]["id"]), (2, &job["id"]));
        let again = format!("/api/v1/replays/{}/cancel", job["id"].as_str().expect("id"));
        server.app().post(&again, &json!({})).await.problem(409);
    }

    async fn what_is_wrong_with_a_bulk_resend_is_refused_by_its_field(server) {
        let made = server.app().post("/api/v1/endpoints", &json!({ "url": "https://app.example/hook" })).await.expect(201);
        let recover = format!("/api/v1/endpoints/{}/recover", made["id"].as_str().expect("id"));
        let since = "2026-01-01T00:00:00Z";
        for (body, field) in [
            (json!({}), "since"),
            (json!({ "since": "yesterday" }), "since"),
            (json!({ "since": "2999-01-01T00:00:00Z" }), "since"),
            (json!({ "since": "2999-01-01T00:00:00Z", "dry_run": true }), "since"),
            (json!({ "since": since, "until": "2025-01-01T00:00:00Z" }), "until"),
            (json!({ "since": since, "type": "nonsense" }), "type"),
            (json!({ "since": since, "rate": 0 }), "rate"),
            (json!({ "since": since, "colour": "red" }), "colour"),
        ] {
            assert_eq!(server.app().post(&recover, &body).await.named_fields(), [field], "{body}");
        }
        for (body, field) in [
            (json!({ "deliveries": [] }), "deliveries"),
            (json!({ "deliveries": vec!["dlv_0000000000000"; 1_001] }), "deliveries"),
            (json!({ "deliveries": ["dlv_0000000000000", "evt_0000000000000"] }), "deliveries[1]"),
            (json!({ "deliveries": ["dlv_0000000000001"] }), "deliveries[0]"),
            (json!({ "deliveries": ["dlv_0000000000001"], "dry_run": true }), "deliveries[0]"),
        ] {
            assert_eq!(server.app().post("/api/v1/deliveries/resend", &body).await.named_fields(), [field]);
        }
    }
}
