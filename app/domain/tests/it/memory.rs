//! What a project's judgement remembers, over restarts and between processes.

use porchlight_domain::db::Db;
use porchlight_domain::id::ProjectId;
use porchlight_domain::risk::memory::Learned;
use porchlight_domain::risk::store::{mind, step};
use porchlight_domain::time::{DAY, HOUR};

use crate::event::{arrival, login, project, put};
use crate::support::{Fresh, NOW, postgres, sqlite};

async fn learned(db: &Db, shop: ProjectId) -> Learned {
    mind(db, shop, NOW).await.expect("mind").lock().memory.learned.clone()
}

async fn restarted(fresh: Fresh) {
    let shop = project(&fresh.db, "Shop").await;
    put(&fresh.db, &[arrival(shop, NOW, login("eve", "a")), arrival(shop, NOW, login("ben", "b"))]).await;
    let before = learned(&fresh.db, shop).await;
    assert_ne!(before, Learned::default(), "it learned");
    step(&fresh.db, NOW).await.expect("saved");
    fresh.db.close().await;
    let again = Db::connect(&fresh.url, [7; 32], NOW.plus(HOUR)).await.expect("started again");
    let found = mind(&again, shop, NOW.plus(HOUR)).await.expect("mind").lock().memory.learned.clone();
    assert_eq!(found, before);
    again.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_learned_is_there_after_a_restart_on_sqlite() {
    restarted(sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_learned_is_there_after_a_restart_on_postgres() {
    restarted(postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_two_replicas_learned_adds_up() {
    let fresh = postgres().await;
    let other = Db::connect(&fresh.url, [7; 32], NOW).await.expect("a second replica");
    let shop = project(&fresh.db, "Shop").await;
    put(&fresh.db, &[arrival(shop, NOW, login("eve", "a"))]).await;
    put(&other, &[arrival(shop, NOW.plus(DAY), login("ben", "b"))]).await;
    for db in [&fresh.db, &other, &fresh.db] {
        step(db, NOW.plus(DAY)).await.expect("saved and read");
    }
    let (one, two) = (learned(&fresh.db, shop).await, learned(&other, shop).await);
    assert_eq!(one, two, "both know what both learned");
    other.close().await;
    fresh.db.close().await;
}

/// The command line beside the server, or a second replica, while the first has had nothing to learn for an hour.
async fn a_second_process(fresh: Fresh) {
    let shop = project(&fresh.db, "Shop").await;
    put(&fresh.db, &[arrival(shop, NOW, login("eve", "a"))]).await;
    step(&fresh.db, NOW).await.expect("saved");
    step(&fresh.db, NOW.plus(HOUR)).await.expect("still here");
    let other = Db::connect(&fresh.url, [7; 32], NOW.plus(HOUR)).await.expect("a second process");
    let before = learned(&fresh.db, shop).await;
    let seen = mind(&other, shop, NOW.plus(HOUR)).await.expect("mind").lock().memory.learned.clone();
    assert_eq!(seen, before, "it knows what the first learned");
    step(&other, NOW.plus(HOUR)).await.expect("saved");
    step(&fresh.db, NOW.plus(HOUR)).await.expect("saved");
    assert_eq!(learned(&fresh.db, shop).await, before, "and nothing counts twice");
    other.close().await;
    fresh.db.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_quiet_process_learned_is_not_taken_over_on_sqlite() {
    a_second_process(sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_quiet_process_learned_is_not_taken_over_on_postgres() {
    a_second_process(postgres().await).await;
}
