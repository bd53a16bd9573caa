//! Replicas that die: what they had on its way is somebody else's at once, and their late records count for nothing.

use porchlight_domain::replica::{Beat, store as replicas};
use porchlight_domain::webhook::store::Completed;

use super::completions::{answer, complete, ended, one_delivery};
use super::*;

on_both! {
    async fn a_buried_replica_s_deliveries_are_claimed_at_once_and_its_late_record_discarded(db) {
        one_delivery(db).await;
        replicas::beat(db, false).await.expect("beat");
        let slow = claim_at(db, NOW).await.pop().expect("claimed");
        assert!(claim_at(db, NOW).await.is_empty());
        let own = Beat { replica: db.replica(), count: 1, draining: false };
        assert_eq!(replicas::bury(db, own).await.expect("bury"), 1);
        assert_eq!(replicas::bury(db, own).await.expect("bury"), 0, "once");
        let quick = claim_at(db, NOW).await.pop().expect("claimed again");
        assert_eq!(quick.delivery, slow.delivery);
        assert_eq!(complete(db, &[ended(slow, answer(200, ""), NOW)], NOW).await, Completed { recorded: 0, discarded: 1 });
        assert_eq!(complete(db, &[ended(quick, answer(200, ""), NOW)], NOW).await, Completed { recorded: 1, discarded: 0 });
    }

    async fn a_replica_whose_beat_went_on_is_not_buried(db) {
        one_delivery(db).await;
        for _ in 0..2 {
            replicas::beat(db, false).await.expect("beat");
        }
        claim_at(db, NOW).await;
        assert_eq!(replicas::bury(db, Beat { replica: db.replica(), count: 1, draining: false }).await.expect("bury"), 0);
        assert!(claim_at(db, NOW).await.is_empty());
    }

    async fn replicas_see_each_other_s_beats_until_they_end(db) {
        sqlx::query("INSERT INTO replica (id, started_at, beat) VALUES (900, 0, 5), (901, 0, 0)").execute(db.reader()).await.expect("others");
        assert_eq!(replicas::beat(db, false).await.expect("beat"), [Beat { replica: 900, count: 5, draining: false }]);
        replicas::end(db).await.expect("end");
        let beating: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM replica WHERE beat > 0").fetch_one(db.reader()).await.expect("count");
        assert_eq!(beating, 1);
    }
}
