//! What a project's judgement remembers, over restarts and between processes.

use porchlight_domain::alert::{AlertFilter, store as alerts};
use porchlight_domain::backtest::store::rebuild;
use porchlight_domain::db::{Db, Engine};
use porchlight_domain::id::ProjectId;
use porchlight_domain::page::Paging;
use porchlight_domain::risk::Decision;
use porchlight_domain::risk::crowd::Incident;
use porchlight_domain::risk::memory::Learned;
use porchlight_domain::risk::store::{mind, step};
use porchlight_domain::time::{DAY, HOUR, MINUTE, SECOND};
use serde_json::json;
use sqlx::AssertSqlSafe;

use crate::event::{arrival, login, project, put, theft};
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

/// Guesses at many accounts from many networks.
async fn guesses(db: &Db, shop: ProjectId, numbers: std::ops::Range<i64>) {
    for n in numbers {
        let mut guess = theft(&format!("leaked-{n}"), "none");
        (guess["verb"], guess["ip"]) = (json!("log-in-denied"), json!(format!("1.80.{}.9", n % 50)));
        put(db, &[arrival(shop, NOW.plus(n * SECOND), guess)]).await;
    }
}

async fn waves(db: &Db, shop: ProjectId) -> Vec<Incident> {
    mind(db, shop, NOW.plus(HOUR)).await.expect("mind").lock().memory.crowd.incidents().to_vec()
}

async fn counted_on(fresh: Fresh) {
    let shop = project(&fresh.db, "Shop").await;
    guesses(&fresh.db, shop, 0..200).await;
    let before = waves(&fresh.db, shop).await;
    assert_eq!(before.len(), 1, "{before:?}");
    step(&fresh.db, NOW.plus(HOUR)).await.expect("saved");
    fresh.db.close().await;
    let again = Db::connect(&fresh.url, [7; 32], NOW.plus(HOUR)).await.expect("started again");
    assert_eq!(waves(&again, shop).await, before);
    guesses(&again, shop, 200..210).await;
    let after = waves(&again, shop).await;
    assert_eq!((after.len(), after[0].attempts), (1, before[0].attempts + 10), "the same wave goes on");
    let opened =
        alerts::list(&again, shop, &AlertFilter::default(), Paging::default()).await.expect("alerts");
    assert_eq!(opened.rows.len(), 1, "it is told once");
    again.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_are_counted_on_after_a_restart_on_sqlite() {
    counted_on(sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_are_counted_on_after_a_restart_on_postgres() {
    counted_on(postgres().await).await;
}

/// A process that only looks takes over the part of one that has ended, and ends itself.
async fn counted_on_in_between(fresh: Fresh) {
    let shop = project(&fresh.db, "Shop").await;
    guesses(&fresh.db, shop, 0..200).await;
    let before = waves(&fresh.db, shop).await;
    step(&fresh.db, NOW.plus(HOUR)).await.expect("saved");
    fresh.db.close().await;
    for minute in [80, 100] {
        let at = NOW.plus(minute * MINUTE);
        let again = Db::connect(&fresh.url, [7; 32], at).await.expect("started again");
        let found = mind(&again, shop, at).await.expect("mind").lock().memory.crowd.incidents().to_vec();
        assert_eq!((before.len(), &found), (1, &before), "{minute}");
        rebuild(&again, shop, at, |_| {}).await.expect("rebuilt");
        again.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_are_counted_on_whoever_started_in_between_on_sqlite() {
    counted_on_in_between(sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_are_counted_on_whoever_started_in_between_on_postgres() {
    counted_on_in_between(postgres().await).await;
}

async fn run(db: &Db, statement: String) {
    let mut tx = db.begin().await.expect("begin");
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(tx.conn()).await.expect("statement");
    tx.commit().await.expect("commit");
}

/// No part of this project can be written.
async fn refuse(db: &Db, shop: ProjectId) {
    let shop = shop.0;
    run(
        db,
        match db.engine() {
            Engine::Sqlite => format!(
                "CREATE TRIGGER refused BEFORE INSERT ON memory WHEN NEW.project_id = {shop} \
                 BEGIN SELECT RAISE(ABORT, 'full'); END"
            ),
            Engine::Postgres => format!(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''full''; END'; \
                 CREATE TRIGGER refused BEFORE INSERT ON memory FOR EACH ROW WHEN (NEW.project_id = {shop}) \
                 EXECUTE FUNCTION refuse()"
            ),
        },
    )
    .await;
}

on_both! {
    async fn what_could_not_be_saved_is_saved_with_the_next_step_and_hinders_no_other_project(db) {
        let shops = [project(db, "Shop").await, project(db, "Other").await, project(db, "Third").await];
        for shop in shops {
            put(db, &[arrival(shop, NOW, login("eve", "a"))]).await;
        }
        let saved = async || {
            let sql = "SELECT COUNT(*) FROM memory";
            sqlx::query_scalar::<_, i64>(sql).fetch_one(db.reader()).await.expect("count")
        };
        let before = saved().await;
        refuse(db, shops[0]).await;
        assert!(step(db, NOW).await.is_err());
        assert_eq!(saved().await - before, 2, "of the others");
        let drop = if db.engine() == Engine::Sqlite { "DROP TRIGGER refused" } else { "DROP TRIGGER refused ON memory" };
        run(db, drop.to_owned()).await;
        step(db, NOW.plus(MINUTE)).await.expect("saved");
        assert_eq!(saved().await - before, 3, "without a new event");
    }
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

/// A login that one process challenged, and of which another heard that it was right.
async fn vouched(fresh: Fresh) {
    let shop = project(&fresh.db, "Shop").await;
    for day in 0..5 {
        put(&fresh.db, &[arrival(shop, NOW.plus((day - 6) * DAY), login("eve", &format!("home-{day}")))])
            .await;
    }
    let told = put(&fresh.db, &[arrival(shop, NOW, theft("eve", "abroad"))]).await.remove(0).assessment;
    assert_eq!(told.decision, Decision::Challenge);
    step(&fresh.db, NOW).await.expect("saved");
    let other = Db::connect(&fresh.url, [7; 32], NOW).await.expect("a second process");
    let mut pass = theft("eve", "abroad");
    pass["verb"] = json!("authentication-challenge-pass");
    let before = learned(&other, shop).await.budget;
    let mut heard = Vec::new();
    for minute in 1..4 {
        let at = NOW.plus(minute * MINUTE);
        put(&other, &[arrival(shop, at, pass.clone())]).await;
        for db in [&other, &fresh.db, &other] {
            step(db, at).await.expect("saved and read");
        }
        heard.push(learned(&other, shop).await.budget);
        assert_eq!(learned(&fresh.db, shop).await.budget, heard[0], "both know it");
    }
    assert_ne!(heard[0], before, "it counts as an honest one");
    assert!(heard.iter().all(|budget| *budget == heard[0]), "once");
    other.close().await;
    fresh.db.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_challenged_elsewhere_is_vouched_for_once_on_sqlite() {
    vouched(sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_challenged_elsewhere_is_vouched_for_once_on_postgres() {
    vouched(postgres().await).await;
}
