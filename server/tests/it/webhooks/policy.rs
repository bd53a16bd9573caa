//! An endpoint's own delivery policy and its breaker, on real receivers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use porchlight_domain::time::{MINUTE, SECOND};
use porchlight_domain::webhook::{EndpointChange, Policy};

use super::*;
use crate::support::TestServer;
use crate::support::receiver::Receiver;

async fn set(outgoing: &Outgoing, endpoint: EndpointId, policy: Policy) {
    let change = EndpointChange { policy: Some(policy), ..EndpointChange::default() };
    let actor = Actor::System;
    store::update(&outgoing.db, &actor, outgoing.project, endpoint, change, NOW).await.expect("policy");
}

on_both_engines! {
    async fn an_endpoint_s_own_timeout_and_schedule_hold(fresh) {
        let outgoing = Outgoing { worker: worker(&fresh.db, &["127.0.0.0/8"], 30_000), ..Outgoing::start(&fresh.db).await };
        let hanging = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/", hanging.local_addr().expect("address"));
        let (id, _) = outgoing.endpoint(&url, Format::Standard).await;
        set(&outgoing, id, Policy { timeout_seconds: Some(1), retry_after_seconds: Some(vec![100]), ..Policy::default() }).await;
        outgoing.publish(NOW).await;
        outgoing.send(NOW).await;
        let sent = outgoing.only().await.delivery;
        assert_eq!(sent.last_error.as_deref(), Some("no whole answer within 1 s"));
        let wait = sent.next_attempt_at.expect("a retry").since(NOW);
        assert!((80 * SECOND..=125 * SECOND).contains(&wait), "{wait}");
    }

    async fn an_open_breaker_sends_nothing_then_one_and_its_success_lets_all_go(fresh) {
        let outgoing = Outgoing::start(&fresh.db).await;
        let healthy = Arc::new(AtomicUsize::new(0));
        let health = healthy.clone();
        let receiver = Receiver::start(move |_| (if health.load(Ordering::Relaxed) == 0 { 500 } else { 200 }, String::new())).await;
        outgoing.endpoint(&receiver.url, Format::Standard).await;
        for _ in 0..30 {
            outgoing.publish(NOW).await;
        }
        outgoing.send(NOW).await;
        let tried = receiver.received().len();
        assert!((10..=14).contains(&tried), "{tried}: no more than what was on its way as the breaker opened");
        outgoing.send(NOW.plus(SECOND)).await;
        assert_eq!(receiver.received().len(), tried, "open");
        outgoing.send(NOW.plus(7 * SECOND)).await;
        assert_eq!(receiver.received().len(), tried + 1, "one canary");
        healthy.store(1, Ordering::Relaxed);
        outgoing.send(NOW.plus(20 * MINUTE)).await;
        assert_eq!(receiver.received().len(), tried + 1 + 30);
    }
}

on_both! {
    async fn a_policy_is_set_shown_replaced_and_refused_by_its_field(server) {
        let url = "https://app.example/hook";
        let policy = json!({ "timeout_seconds": 20, "max_per_second": 5, "ordered_per_user": true, "retry_after_seconds": [10, 60] });
        let made = server.app().post("/api/v1/endpoints", &json!({ "url": url, "policy": policy })).await.expect(201);
        assert_eq!(made["policy"], policy);
        let path = format!("/api/v1/endpoints/{}", made["id"].as_str().expect("id"));
        let patch = |body: serde_json::Value| {
            let path = path.clone();
            async move { patched(server, &path, body).await }
        };
        assert_eq!(patch(json!({ "description": "x" })).await.expect(200)["policy"], policy, "left as it was");
        let short = json!({ "concurrency": 2 });
        assert_eq!(patch(json!({ "policy": short })).await.expect(200)["policy"], short, "replaced as a whole");
        for (policy, field) in [
            (json!({ "timeout_seconds": 31 }), "policy.timeout_seconds"),
            (json!({ "max_per_second": 0 }), "policy.max_per_second"),
            (json!({ "retry_after_seconds": [0] }), "policy.retry_after_seconds[0]"),
            (json!({ "max_age_seconds": 1 }), "policy.max_age_seconds"),
            (json!({ "retries": 1 }), "policy.retries"),
        ] {
            assert_eq!(patch(json!({ "policy": policy })).await.named_fields(), [field], "{policy}");
        }
        assert_eq!(server.app().get(&path).await.expect(200)["policy"], short);
    }
}

async fn patched(server: &TestServer, path: &str, body: serde_json::Value) -> crate::support::Answer {
    server.app().send("PATCH", path, &[("content-type", "application/json")], body.to_string()).await
}
