//! Processes that die, end or hang: nothing is lost, nothing waits for another.

use porchlight_domain::time::MINUTE;
use porchlight_domain::webhook::DeliveryState;
use porchlight_domain::webhook::dispatch::Dispatcher;

use super::*;
use crate::support::receiver::Receiver;
use crate::support::{PATIENCE, eventually};

/// A receiver that takes this long to answer; returns its URL.
async fn slow(pause: Duration) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("address");
    let router = axum::Router::new().fallback(move || tokio::time::sleep(pause));
    tokio::spawn(async move {
        let _ = axum::serve(listener, router).await;
    });
    format!("http://{address}/hook")
}

on_both_engines! {
    async fn what_a_dead_process_had_claimed_is_delivered_once(fresh) {
        let outgoing = Outgoing::start(&fresh.db).await;
        let receiver = Receiver::start(|_| (200, String::new())).await;
        outgoing.endpoint(&receiver.url, Format::Standard).await;
        outgoing.publish(NOW).await;
        let waiting = store::waiting(&fresh.db, EndpointId(0), NOW).await.expect("waiting").waiting;
        let takes = Dispatcher::new(64).plan(&waiting, NOW).takes;
        assert_eq!(store::claim(&fresh.db, &takes, NOW).await.expect("claim").len(), 1);
        // It was another's: SQLite's only process takes it over at once; on PostgreSQL that one could be alive.
        sqlx::query("UPDATE delivery SET claimed_by = 900").execute(fresh.db.reader()).await.expect("another's");
        outgoing.send(NOW.plus(MINUTE)).await;
        outgoing.send(NOW.plus(2 * MINUTE)).await;
        assert_eq!(receiver.received().len(), 1);
        let sent = outgoing.only().await;
        assert_eq!((sent.delivery.state, sent.attempts.len()), (DeliveryState::Delivered, 1));
    }

    async fn what_is_on_its_way_at_the_end_is_recorded(fresh) {
        let outgoing = Outgoing::start(&fresh.db).await;
        outgoing.endpoint(&slow(Duration::from_millis(400)).await, Format::Standard).await;
        outgoing.publish(NOW).await;
        let steps = async {
            loop {
                outgoing.worker.step(NOW).await.expect("step");
            }
        };
        let cut: Result<(), _> = tokio::time::timeout(Duration::from_millis(200), steps).await;
        assert!(cut.is_err(), "the steps were waiting for the answer");
        assert_eq!(outgoing.only().await.delivery.state, DeliveryState::Pending);
        within(outgoing.worker.finish(NOW)).await.expect("finish");
        assert_eq!(outgoing.only().await.delivery.state, DeliveryState::Delivered);
    }

    async fn a_slow_endpoint_does_not_hold_up_another(fresh) {
        let outgoing = Outgoing { worker: worker(&fresh.db, &["127.0.0.0/8"], 15_000), ..Outgoing::start(&fresh.db).await };
        let hanging = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/", hanging.local_addr().expect("address"));
        outgoing.endpoint(&url, Format::Standard).await;
        for _ in 0..100 {
            outgoing.publish(NOW).await;
        }
        let quick = Receiver::start(|_| (200, String::new())).await;
        outgoing.endpoint(&quick.url, Format::Standard).await;
        for _ in 0..20 {
            outgoing.publish(NOW).await;
        }
        let began = std::time::Instant::now();
        let sending = async {
            loop {
                outgoing.worker.step(NOW).await.expect("step");
            }
        };
        let arrived = eventually(|| async { (quick.received().len() == 20).then_some(()) });
        tokio::select! {
            () = sending => {}
            () = arrived => {}
        }
        assert!(began.elapsed() < Duration::from_secs(10) && Duration::from_secs(10) < PATIENCE, "the hanging one ends at 15 s");
    }
}
