//! Claiming: each delivery to one worker at a time, a fair share to each endpoint.

use std::collections::HashSet;

use porchlight_domain::time::{MINUTE, SECOND};

use super::*;

on_both! {
    async fn what_is_claimed_is_nobody_else_s_until_the_lease_runs_out(db) {
        let shop = project(db, "Shop").await;
        endpoint(db, shop, Format::Standard).await;
        publish(db, message(shop, MessageType::AlertOpened, None)).await;
        let first = claim_at(db, NOW).await;
        assert_eq!((first.len(), first[0].attempt), (1, 1));
        assert!(claim_at(db, NOW.plus(59 * SECOND)).await.is_empty());
        let second = claim_at(db, NOW.plus(MINUTE)).await;
        assert_eq!(second[0].delivery, first[0].delivery);
        assert_ne!(second[0].claim, first[0].claim);
    }

    async fn workers_that_claim_at_once_never_share_a_delivery(db) {
        let shop = project(db, "Shop").await;
        for _ in 0..8 {
            endpoint(db, shop, Format::Standard).await;
        }
        for _ in 0..10 {
            publish(db, message(shop, MessageType::AlertOpened, None)).await;
        }
        let workers = (0..8).map(|_| {
            let db = db.clone();
            tokio::spawn(async move {
                let mut mine = Vec::new();
                for _ in 0..4 {
                    mine.extend(store::claim(&db, 10, 3, &[], NOW).await.expect("claim").iter().map(|one| one.delivery));
                }
                mine
            })
        });
        let mut all = Vec::new();
        for worker in workers.collect::<Vec<_>>() {
            all.extend(worker.await.expect("worker"));
        }
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len(), "no delivery twice");
        while let Some(more) = Some(claim_at(db, NOW).await).filter(|more| !more.is_empty()) {
            all.extend(more.iter().map(|one| one.delivery));
        }
        assert_eq!(all.len(), 80, "none left behind");
    }

    async fn no_endpoint_takes_more_than_its_share_and_busy_ones_nothing(db) {
        let shop = project(db, "Shop").await;
        let (flooded, quiet) = (endpoint(db, shop, Format::Standard).await, project(db, "Other").await);
        let other = endpoint(db, quiet, Format::Standard).await;
        for _ in 0..20 {
            publish(db, message(shop, MessageType::AlertOpened, None)).await;
        }
        publish(db, message(quiet, MessageType::AlertOpened, None)).await;
        let claimed = store::claim(db, 64, 5, &[], NOW).await.expect("claim");
        let of = |endpoint: &Endpoint| claimed.iter().filter(|one| one.endpoint == endpoint.id).count();
        assert_eq!((of(&flooded), of(&other)), (5, 1));
        assert!(store::claim(db, 64, 5, &[flooded.id], NOW).await.expect("claim").is_empty());
        assert_eq!(store::claim(db, 2, 5, &[other.id], NOW).await.expect("claim").len(), 2, "the limit holds");
    }

    async fn a_secret_that_does_not_open_stops_only_its_own_endpoint(db) {
        let shop = project(db, "Shop").await;
        let broken = endpoint(db, shop, Format::Standard).await;
        let whole = endpoint(db, shop, Format::Standard).await;
        sqlx::query("UPDATE endpoint_secret SET sealed = $1 WHERE endpoint_id = $2")
            .bind(vec![1_u8; 60])
            .bind(broken.id.0)
            .execute(db.reader())
            .await
            .expect("break");
        publish(db, message(shop, MessageType::AlertOpened, None)).await;
        let claimed = claim_at(db, NOW).await;
        let secrets = |endpoint: &Endpoint| {
            claimed.iter().find(|one| one.endpoint == endpoint.id).expect("claimed").secrets.len()
        };
        assert_eq!((secrets(&broken), secrets(&whole)), (0, 1));
    }

    async fn the_next_due_time_looks_past_what_is_claimed(db) {
        let shop = project(db, "Shop").await;
        endpoint(db, shop, Format::Standard).await;
        assert_eq!(store::next_due(db, NOW).await.expect("due"), None);
        publish(db, message(shop, MessageType::AlertOpened, None)).await;
        assert_eq!(store::next_due(db, NOW).await.expect("due"), Some(NOW));
        claim_at(db, NOW).await;
        assert_eq!(store::next_due(db, NOW).await.expect("due"), None);
    }
}
