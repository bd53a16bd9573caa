//! What an endpoint's page says of its traffic.

use porchlight_domain::latency::Latency;
use porchlight_domain::time::{DAY, HOUR};
use porchlight_domain::webhook::{Answer, Phase, Phases, Traffic};

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
        let sent = deliveries(db, shop).await.remove(0).id;
        for _ in 0..2 {
            store::resend(db, &Actor::System, shop, sent, NOW.plus(HOUR)).await.expect("sent again");
            attempt(db, answer(204, ""), NOW.plus(HOUR)).await;
        }
        let sent_again = of(NOW.plus(HOUR)).await;
        assert_eq!((sent_again.attempts, sent_again.failed, sent_again.error_rate()), (4, 1, Some(0.25)), "what is sent again by hand is no error");
        assert_eq!(store::latency(db, other, hook).await.expect("latency"), None, "another project's endpoint");
        assert!(store::traffic(db, other, NOW).await.expect("traffic").is_empty());

        publish(db, message(shop, MessageType::AlertOpened, None)).await;
        let later = of(NOW.plus(2 * DAY)).await;
        assert_eq!((later.attempts, later.waiting), (0, 1));
    }

    async fn the_last_signature_is_the_last_attempt_s_whatever_waits_behind_it(db) {
        let (shop, other) = (project(db, "Shop").await, project(db, "Other").await);
        let hook = endpoint(db, shop, Format::Standard).await.id;
        assert_eq!(store::last_signature(db, shop, hook).await.expect("read"), None);
        publish(db, message(shop, MessageType::AlertOpened, None)).await;
        attempt(db, answer(500, ""), NOW).await;
        publish(db, message(shop, MessageType::AlertOpened, None)).await;
        let first = deliveries(db, shop).await.remove(1).signature;
        assert!(first.is_some());
        assert_eq!(store::last_signature(db, shop, hook).await.expect("read"), first);
        assert_eq!(store::last_signature(db, other, hook).await.expect("read"), None, "another project's endpoint");
    }

    async fn where_the_time_of_an_attempt_went_is_kept_with_it_and_summed_up_for_its_endpoint(db) {
        let shop = project(db, "Shop").await;
        let hook = endpoint(db, shop, Format::Standard).await.id;
        let fresh = Phases { dns_us: Some(400), connect_us: Some(900), wait_us: Some(2_000), body_us: Some(30) };
        let reused = Phases { wait_us: Some(1_000), body_us: Some(10), ..Phases::default() };
        for phases in [fresh, reused, Phases::default()] {
            publish(db, message(shop, MessageType::AlertOpened, None)).await;
            attempt(db, Answer { phases, ..answer(204, "") }, NOW).await;
        }
        let mut kept = Vec::new();
        for one in deliveries(db, shop).await {
            kept.push(store::get_delivery(db, shop, one.id).await.expect("delivery").attempts[0].phases);
        }
        assert_eq!(kept, [Phases::default(), reused, fresh]);
        let all = store::phase_latency(db, shop, hook).await.expect("phases");
        let told: Vec<_> = all.phases.iter().map(|(phase, of)| (*phase, of.p50, of.p95)).collect();
        let expected = [(Phase::Dns, 400, 400), (Phase::Connect, 900, 900), (Phase::Wait, 1_000, 2_000), (Phase::Body, 10, 30)];
        assert_eq!((told, all.reused, all.times), (expected.to_vec(), 1, 2));
        let other = project(db, "Other").await;
        assert_eq!(store::phase_latency(db, other, hook).await.expect("phases").times, 0, "another project's endpoint");
    }
}
