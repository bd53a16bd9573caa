//! Events whose transaction failed: they come again, are counted once, and open the alert that they would have opened.

use porchlight_domain::Error;
use porchlight_domain::alert::{WAVE, store as alerts};
use porchlight_domain::db::Engine;
use porchlight_domain::risk::store::mind;

use super::*;

/// Wrong second factors, one a minute.
fn wrong_factors(shop: ProjectId, minutes: std::ops::Range<i64>) -> Vec<Arrival> {
    let wrong = |minute: i64| {
        let mut body = theft("eve", "in");
        body["verb"] = json!("authentication-challenge-fail");
        arrival(shop, NOW.plus(minute * MINUTE), body)
    };
    minutes.map(wrong).collect()
}

/// One whose id is known already, with another body: nothing of its group is written.
async fn spoilt(db: &Db, shop: ProjectId) -> Arrival {
    let named = |session: &str| {
        let mut body = login("ben", session);
        body["id"] = json!("once");
        arrival(shop, NOW, body)
    };
    put(db, &[named("a")]).await;
    named("b")
}

async fn run(db: &Db, statements: &[&'static str]) {
    let mut tx = db.begin().await.expect("begin");
    for sql in statements {
        sqlx::query(*sql).execute(tx.conn()).await.expect("run");
    }
    tx.commit().await.expect("commit");
}

/// Records while the database takes no events, as when its disk is full.
async fn fail(db: &Db, group: &[Arrival]) {
    match db.engine() {
        Engine::Sqlite => {
            run(db, &["CREATE TRIGGER full BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'full'); END"])
                .await
        }
        Engine::Postgres => {
            let refuse = "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''full''; END'";
            run(
                db,
                &[
                    refuse,
                    "CREATE TRIGGER full_disk BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION refuse()",
                ],
            )
            .await;
        }
    }
    let failed = record(db, group, "https://watch.example", NOW).await;
    assert!(matches!(failed, Err(Error::Database(_))), "{failed:?}");
    match db.engine() {
        Engine::Sqlite => run(db, &["DROP TRIGGER full"]).await,
        Engine::Postgres => run(db, &["DROP TRIGGER full_disk ON event"]).await,
    }
}

async fn waves(db: &Db, shop: ProjectId) -> usize {
    let page = alerts::list(db, shop, &Default::default(), Paging::default()).await.expect("alerts");
    page.rows.iter().filter(|alert| alert.kind == WAVE).count()
}

on_both! {
    async fn what_stands_beside_a_conflict_is_not_learned_at_all(db) {
        let shop = project(db, "Shop").await;
        let spoilt = spoilt(db, shop).await;
        let learned = async || mind(db, shop, NOW).await.expect("mind").lock().memory.learned.clone();
        let before = learned().await;
        for minute in [0, 100, 200] {
            let mut group = wrong_factors(shop, minute..minute + 9);
            group.push(spoilt.clone());
            let refused = record(db, &group, "https://watch.example", NOW).await;
            assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
        }
        let twice = |session: &str| arrival(shop, NOW, json!({"id": "twice", "verb": "log-in", "user": {"id": "ann"}, "session": {"id": session}}));
        let refused = record(db, &[twice("a"), twice("b")], "https://watch.example", NOW).await;
        assert!(matches!(refused, Err(Error::Conflict(_))), "within one group, too");
        assert_eq!(learned().await, before);
        put(db, &wrong_factors(shop, 300..302)).await;
        assert_eq!(waves(db, shop).await, 0, "two wrong second factors, not twenty-nine");
    }

    async fn what_comes_again_opens_the_alert_that_was_not_written(db) {
        let shop = project(db, "Shop").await;
        let group = wrong_factors(shop, 0..10);
        fail(db, &group).await;
        assert_eq!(waves(db, shop).await, 0);
        put(db, &group).await;
        assert_eq!(waves(db, shop).await, 1, "the tenth opens it");
        put(db, &wrong_factors(shop, 10..14)).await;
        assert_eq!(waves(db, shop).await, 1, "and no further one");
    }

    async fn where_it_never_comes_again_the_next_attempt_opens_the_alert(db) {
        let shop = project(db, "Shop").await;
        let group = wrong_factors(shop, 0..10);
        fail(db, &group).await;
        put(db, &wrong_factors(shop, 10..11)).await;
        assert_eq!(waves(db, shop).await, 1);
        put(db, &group).await;
        assert_eq!(waves(db, shop).await, 1, "what comes again after all joins no second one");
    }

    async fn what_fails_again_and_again_is_counted_once(db) {
        let shop = project(db, "Shop").await;
        let group = wrong_factors(shop, 0..4);
        let budget = async || mind(db, shop, NOW).await.expect("mind").lock().memory.learned.clone();
        for _ in 0..20 {
            fail(db, &group).await;
        }
        let before = budget().await;
        put(db, &group).await;
        assert_eq!(budget().await, before, "it was learned when it was judged first");
        assert_eq!(waves(db, shop).await, 0, "four wrong second factors, not eighty");
        put(db, &wrong_factors(shop, 4..10)).await;
        assert_eq!(waves(db, shop).await, 1, "ten");
    }

    async fn who_was_not_asked_after_all_uses_up_no_budget(db) {
        let settings = Settings { ask_users: true, ask_a_day: Some(2), ..Settings::default() };
        let shop = create(db, &Actor::System, "Shop", settings, NOW).await.expect("project").id;
        for day in 0..6 {
            put(db, &[arrival(shop, NOW.plus((day - 7) * DAY), login("eve", &format!("home-{day}")))]).await;
        }
        let stolen = arrival(shop, NOW.plus(MINUTE), theft("eve", "stolen"));
        for _ in 0..5 {
            fail(db, std::slice::from_ref(&stolen)).await;
        }
        put(db, &[stolen]).await;
        let asked: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM question").fetch_one(db.reader()).await.expect("count");
        assert_eq!(asked, 1);
    }
}
