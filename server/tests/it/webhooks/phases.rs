//! Where the time of an attempt went, as the client measures it.

use porchlight_domain::webhook::Phases;

use super::*;
use crate::support::receiver::Receiver;

/// The phases of each attempt, the oldest first.
async fn phases(outgoing: &Outgoing) -> Vec<Phases> {
    let mut all = Vec::new();
    for one in outgoing.deliveries().await.into_iter().rev() {
        let detail = store::get_delivery(&outgoing.db, outgoing.project, one.id).await.expect("detail");
        all.extend(detail.attempts.into_iter().map(|attempt| (attempt.phases, attempt.duration_us)));
    }
    for (phases, duration) in &all {
        let sum: i64 = phases.each().into_iter().filter_map(|(_, us)| us).sum();
        assert!(sum <= *duration, "{phases:?} within {duration} µs");
    }
    all.into_iter().map(|(phases, _)| phases).collect()
}

on_both_engines! {
    async fn the_first_attempt_looks_up_and_connects_and_the_next_reuses_the_connection(fresh) {
        let mut outgoing = Outgoing::start(&fresh.db).await;
        outgoing.worker = worker(&fresh.db, &["127.0.0.0/8", "::1/128"], 1_000);
        let receiver = Receiver::start(|_| (200, "OK".into())).await;
        outgoing.endpoint(&receiver.url.replace("127.0.0.1", "localhost"), Format::Standard).await;
        for _ in 0..2 {
            outgoing.publish(NOW).await;
            outgoing.send(NOW).await;
        }
        let all = phases(&outgoing).await;
        assert!(all[0].dns_us.is_some() && all[0].connect_us.is_some() && all[0].wait_us.is_some(), "{all:?}");
        assert!(all[0].body_us.is_some() && !all[0].is_reused(), "{all:?}");
        assert!(all[1].is_reused() && all[1].dns_us.is_none() && all[1].body_us.is_some(), "{all:?}");
    }

    async fn a_slow_answer_is_told_from_a_slow_connection(fresh) {
        let outgoing = Outgoing::start(&fresh.db).await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/", listener.local_addr().expect("address"));
        // It takes the connection and says nothing.
        let silent = tokio::spawn(async move {
            let mut taken = Vec::new();
            while let Ok((stream, _)) = listener.accept().await {
                taken.push(stream);
            }
        });
        let waited = outgoing.once(&url).await.attempts[0].phases;
        silent.abort();
        assert!(waited.connect_us.is_some_and(|us| us < 900_000) && waited.wait_us.is_some_and(|us| us > 900_000), "{waited:?}");
        assert_eq!((waited.dns_us, waited.body_us), (None, None), "an address needs no look-up, and nothing came");
    }

    async fn where_nobody_listens_there_is_no_waiting(fresh) {
        let outgoing = Outgoing::start(&fresh.db).await;
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("address");
        let refused = outgoing.once(&format!("http://{nobody}/")).await.attempts[0].phases;
        assert!(refused.connect_us.is_some() && refused.wait_us.is_none(), "{refused:?}");
    }

    async fn what_is_refused_without_a_packet_has_no_phases(fresh) {
        let forbidden = Outgoing::start(&fresh.db).await.once("http://10.0.0.1/").await.attempts[0].phases;
        assert!(forbidden.is_unknown(), "{forbidden:?}");
    }
}
