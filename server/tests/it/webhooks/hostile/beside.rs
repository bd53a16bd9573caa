//! All bad receivers at once: a healthy endpoint beside them waits for none, and each of them is named.

use std::collections::BTreeMap;
use std::time::Instant;

use super::*;
use crate::support::eventually;

const MESSAGES: usize = 20;
/// How long the worker waits for an answer.
const DEADLINE: Duration = Duration::from_secs(8);

/// One receiver of each kind, and what is said of it.
async fn all() -> Vec<(String, &'static str)> {
    let second = Duration::from_secs(1);
    let ok = b"HTTP/1.1 200 OK\r\n\r\n";
    let headers = "x-a: b\r\n".repeat(1_000).leak().as_bytes();
    let (slow, invalid) = ("no whole answer within 8 s", "the answer is not valid HTTP");
    vec![
        (raw(silent).await, slow),
        (without_end(b"", b"H", second).await, slow),
        (without_end(ok, b"x", second).await, slow),
        (without_end(ok, &[b'x'; 64 * 1024], Duration::ZERO).await, "the answer is larger than 256 KiB"),
        (without_end(b"HTTP/1.1 200 OK\r\n", headers, Duration::ZERO).await, invalid),
        (saying(b"\x16\x03\x01 is not HTTP").await, invalid),
        (saying(b"HTTP/1.1 307 x\r\nlocation: /hook\r\ncontent-length: 0\r\n\r\n").await, "answered 307"),
        (saying(b"HTTP/1.1 500 x\r\ncontent-length: 0\r\n\r\n").await, "answered 500"),
        (saying(b"").await, invalid),
    ]
}

on_both_engines! {
    async fn none_of_them_stalls_a_healthy_endpoint_and_each_is_named(fresh) {
        let worker = worker(&fresh.db, &["127.0.0.0/8"], DEADLINE.as_millis().try_into().expect("few"));
        let outgoing = Outgoing { worker, ..Outgoing::start(&fresh.db).await };
        let bad = all().await;
        for (url, _) in &bad {
            outgoing.endpoint(url, Format::Standard).await;
        }
        let healthy = Receiver::start(|_| (200, String::new())).await;
        outgoing.endpoint(&healthy.url, Format::Standard).await;
        for _ in 0..MESSAGES {
            outgoing.publish(NOW).await;
        }
        let began = Instant::now();
        let sending = async {
            loop {
                outgoing.worker.step(NOW).await.expect("step");
            }
        };
        let told = async {
            eventually(|| async { (healthy.received().len() == MESSAGES).then_some(()) }).await;
            assert!(began.elapsed() < DEADLINE, "the slowest of the others ends after {DEADLINE:?}");
            eventually(|| errors(&outgoing, bad.len())).await
        };
        let errors = tokio::select! {
            () = sending => BTreeMap::new(),
            errors = told => errors,
        };
        for (url, expected) in bad {
            assert!(errors[&url].starts_with(expected), "{url}: {:?}, expected {expected:?}", errors[&url]);
        }
        assert_eq!(healthy.received().len(), MESSAGES, "once each");
    }
}

/// What was said of an attempt at each endpoint, as soon as `count` of them have one.
async fn errors(outgoing: &Outgoing, count: usize) -> Option<BTreeMap<String, String>> {
    let paging = Paging { limit: 200, ..Paging::default() };
    let all = store::list_deliveries(&outgoing.db, outgoing.project, DeliveryFilter::default(), paging).await;
    let all = all.expect("list").rows;
    let errors: BTreeMap<_, _> = all.into_iter().filter_map(|one| Some((one.url, one.last_error?))).collect();
    (errors.len() == count).then_some(errors)
}
