//! How long orders take, as it is counted: each stretch when it ends, once.

use metrics_exporter_prometheus::PrometheusBuilder;
use porchlight_domain::revocation::store::{fetched, get};
use porchlight_server::revocations::measure;

use super::*;

/// How often each stretch was counted: to the delivery, from there to the confirmation, from the answer to it.
fn counted(counts: &str) -> [u64; 3] {
    ["answer_to_delivered", "delivered_to_confirmed", "answer_to_confirmed"]
        .map(|stretch| figure(counts, "count", stretch) as u64)
}

/// A stretch's `count`, or its `sum` in seconds.
pub(crate) fn figure(metrics: &str, which: &str, stretch: &str) -> f64 {
    let name = format!("porchlight_revocation_seconds_{which}{{stretch=\"{stretch}\"}} ");
    let line = metrics.lines().find_map(|line| line.strip_prefix(&name));
    line.map_or(0.0, |figure| figure.parse().expect("a number"))
}

on_both! {
    async fn a_stretch_is_counted_when_it_ends_also_of_an_order_that_nobody_confirms(server) {
        let recorder = PrometheusBuilder::new().build_recorder();
        let counts = recorder.handle();
        let _here = metrics::set_default_local_recorder(&recorder);
        log_in(server, "eve", "s_1").await;
        let order = server.app().post("/api/v1/sessions/s_1/revoke", &json!({})).await.expect(202);
        let id = order["id"].as_str().expect("id").parse().expect("id");
        let measured = async |at| measure(&server.db, server.project, id, at).await.expect("measured");
        measured(clock::now()).await;
        assert_eq!(counted(&counts.render()), [0, 0, 0]);
        let now = clock::now();
        assert_eq!(fetched(&server.db, server.project, 1, now).await.expect("fetched"), [id]);
        measured(now).await;
        assert_eq!(counted(&counts.render()), [1, 0, 0]);
        assert!(fetched(&server.db, server.project, 1, clock::now()).await.expect("again").is_empty());
        measured(clock::now()).await;
        assert_eq!(counted(&counts.render()), [1, 0, 0]);

        let path = format!("/api/v1/revocations/{}", order["id"].as_str().expect("id"));
        server.app().post(&format!("{path}/receipt"), &receipt(&[("s_1", "revoked")])).await.expect(200);
        let settled = get(&server.db, server.project, id).await.expect("order").revocation.settled_at;
        measured(settled.expect("settled")).await;
        assert_eq!(counted(&counts.render()), [1, 1, 1], "the delivery is not counted again");
    }

    async fn a_webhook_s_delivery_is_counted_when_it_is_told(server, "--webhook-allow", "127.0.0.0/8") {
        let receiver = Receiver::start(|_| (200, String::new())).await;
        server.app().post("/api/v1/endpoints", &json!({ "url": receiver.url })).await.expect(201);
        log_in(server, "eve", "s_1").await;
        let before = counted(&server.stranger().get("/metrics").await.text)[0];
        server.app().post("/api/v1/sessions/s_1/revoke", &json!({})).await.expect(202);
        receiver.wait_for(is_order).await;
        // Other tests of this process are counted as well.
        eventually(async || (counted(&server.stranger().get("/metrics").await.text)[0] > before).then_some(())).await;
    }
}
