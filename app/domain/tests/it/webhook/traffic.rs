//! What an endpoint's page says of its traffic.

use porchlight_domain::latency::Latency;
use porchlight_domain::time::{DAY, HOUR};
use porchlight_domain::webhook::Traffic;

use super::completions::{answer, attempt};
use super::*;

on_both! {
    async fn errors_are_of_the_last_day_and_what_waits_is_counted_whenever_it_came(db) {
        let (shop, other) = (project(db, "Shop").await, project(db, "Other").await);
        let hook = endpoint(db, shop, Format::Standard).await.id;
        let of = async |at| store::traffic(db, shop, at).await.expect("traffic").remove(&hook).unwrap_or_default();
        assert_eq!((of(NOW).await, store::latency(db, shop, hook).await.expect("latency")), (Traffic::default(), None));

        publish(db, message(shop, MessageType::AlertOpened, None)).await;
        attempt(db, answer(500, ""), NOW).await;
        let failed = of(NOW.plus(HOUR)).await;
        assert_eq!((failed.deliveries, failed.attempts, failed.delivered, failed.waiting), (1, 1, 0, 1));
        attempt(db, answer(204, ""), NOW.plus(HOUR)).await;
        let mended = of(NOW.plus(HOUR)).await;
        assert_eq!((mended.error_rate(), mended.waiting), (Some(0.5), 0));
        let timed = store::latency(db, shop, hook).await.expect("latency");
        assert_eq!(timed, Some(Latency { times: 2, p50: 1_500, p95: 1_500 }));
        assert_eq!(store::latency(db, other, hook).await.expect("latency"), None, "another project's endpoint");
        assert!(store::traffic(db, other, NOW).await.expect("traffic").is_empty());

        publish(db, message(shop, MessageType::AlertOpened, None)).await;
        let later = of(NOW.plus(2 * DAY)).await;
        assert_eq!((later.attempts, later.waiting), (0, 1));
    }
}
