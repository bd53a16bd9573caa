//! Wake-ups between replicas: a commit here wakes a worker there.

use std::time::Duration;

use porchlight_domain::db::{Db, Queue, relay};
use tokio::time::timeout;

use crate::support::{NOW, postgres};

async fn commit(db: &Db, queue: Queue) {
    let mut tx = db.begin().await.expect("begin");
    tx.wake(queue);
    tx.commit().await.expect("commit");
}

async fn is_woken(db: &Db, queue: Queue, within: Duration) -> bool {
    timeout(within, db.wakes().woken(queue)).await.is_ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_of_one_replica_wakes_the_other_s_worker_of_that_queue() {
    let fresh = postgres().await;
    let other = Db::connect(&fresh.url, [7; 32], NOW).await.expect("another replica");
    let relays = [fresh.db.clone(), other.clone()].map(|db| tokio::spawn(async move { relay(&db).await }));
    // Each worker is woken once as its replica begins to listen.
    for db in [&fresh.db, &other] {
        for queue in [Queue::Deliveries, Queue::Notices, Queue::Learning] {
            assert!(is_woken(db, queue, Duration::from_secs(20)).await, "it listens");
        }
    }
    for _ in 0..3 {
        // The first and the last.
        for queue in [Queue::Deliveries, Queue::Learning] {
            commit(&fresh.db, queue).await;
            assert!(is_woken(&other, queue, Duration::from_secs(20)).await, "{queue:?}");
        }
    }
    assert!(!is_woken(&other, Queue::Notices, Duration::from_millis(50)).await, "only what was written");
    relays.iter().for_each(tokio::task::JoinHandle::abort);
    other.close().await;
    fresh.db.close().await;
}
