//! How long it takes until a session is known to be dead.

use porchlight_domain::latency::Latency;
use porchlight_domain::revocation::store::pace;

use super::*;

on_both! {
    async fn only_what_was_confirmed_is_timed_and_only_in_its_project(db) {
        let (shop, other) = (shop(db, "Shop").await, shop(db, "Other").await);
        let (eve, max) = (user(db, shop, "eve").await, user(db, other, "max").await);
        let seen = |project, user, id| event(db, project, user, id, "log-in", NOW);
        see(db, &[seen(shop, eve, "a"), seen(shop, eve, "b"), seen(other, max, "c")]).await;
        assert_eq!(pace(db, shop, NOW.plus(-DAY)).await.expect("pace"), None);
        let fast = order(db, shop, eve, &["a"]).await;
        order(db, shop, eve, &["b"]).await;
        let slow = order(db, other, max, &["c"]).await;
        receive(db, shop, fast, &[("a", "revoked")], NOW.plus(3 * SECOND)).await.expect("receipt");
        receive(db, other, slow, &[("c", "already_ended")], NOW.plus(90 * SECOND)).await.expect("receipt");
        let took = |seconds: i64| Some(Latency { times: 1, p50: seconds * SECOND, p95: seconds * SECOND });
        assert_eq!(pace(db, shop, NOW.plus(-DAY)).await.expect("pace"), took(3));
        assert_eq!(pace(db, other, NOW.plus(-DAY)).await.expect("pace"), took(90));
        assert_eq!(pace(db, shop, NOW.plus(DAY)).await.expect("pace"), None, "it was before");
    }
}
