//! The weights of the evidence: refits to answers, what they leave in the ledger and on events, and the way back.

use porchlight_domain::Timestamp;
use porchlight_domain::db::Db;
use porchlight_domain::id::ProjectId;
use porchlight_domain::ledger;
use porchlight_domain::operator::Actor;
use porchlight_domain::risk::calibration::{Refusal, loses};
use porchlight_domain::risk::store::{labels, refit, reset, standing};
use porchlight_domain::risk::{Calibration, Level};
use porchlight_domain::time::{DAY, HOUR};
use serde_json::{Value, json};

use crate::event::{arrival, login, project, put, story, theft};
use crate::support::NOW;

/// What was answered in a trial: of half of the logins that they came from a data centre's thieves, of the others that it
/// was a new phone. Each with its evidence.
const ANSWERS: &str = include_str!("../../src/risk/calibration/tests/answers.csv");
const ANSWERED: usize = 64;

/// What an older version made of such answers: thieves were green.
const BLINDED: &str = r#"{"calibration":{"alpha":0.442,"beta":-1.429,"pi":[0.684,0.138,0.119,0.059],"prior":-3.3},
    "loss":[3.3664,0.5154],"labels":64}"#;

/// A shop with one thief's alert, to which all these answers were given.
async fn answered(db: &Db) -> ProjectId {
    let shop = project(db, "Shop").await;
    story(db, shop).await;
    let one = |number| arrival(shop, NOW, login("ann", &format!("asked-{number}")));
    let asked = put(db, &(0..ANSWERED).map(one).collect::<Vec<_>>()).await;
    let mut tx = db.begin().await.expect("begin");
    for ((login, line), number) in asked.iter().zip(ANSWERS.lines()).zip(1_000_i64..) {
        let (answer, numbers) = line.split_once(',').expect("an answer");
        let numbers: Vec<f64> = numbers.split(',').map(|number| number.parse().expect("a number")).collect();
        let sums = json!({ "hypotheses": numbers[..4], "common": numbers[4] });
        sqlx::query("UPDATE event SET detail = $1 WHERE id = $2")
            .bind(json!({ "account": { "sums": sums } }).to_string())
            .bind(login.id.0)
            .execute(tx.conn())
            .await
            .expect("evidence");
        sqlx::query(
            "INSERT INTO question (id, project_id, alert_id, user_key, event_id, token_hash, asked_at, expires_at, answer) \
             SELECT $1, project_id, id, user_key, $2, $3, 0, 0, $4 FROM alert WHERE project_id = $5",
        )
        .bind(number)
        .bind(login.id.0)
        .bind(format!("token {number}"))
        .bind(answer)
        .bind(shop.0)
        .execute(tx.conn())
        .await
        .expect("an answer");
    }
    tx.commit().await.expect("commit");
    shop
}

/// Weights that an older version refitted are in force.
async fn blind(db: &Db, shop: ProjectId) {
    let mut tx = db.begin().await.expect("begin");
    sqlx::query(
        "INSERT INTO calibration (id, project_id, state, fit, fitted_at) VALUES ($1, $2, '{}', $3, 0)",
    )
    .bind(tx.next_id(NOW.plus(HOUR)))
    .bind(shop.0)
    .bind(BLINDED)
    .execute(tx.conn())
    .await
    .expect("weights");
    tx.commit().await.expect("commit");
}

async fn told(db: &Db, shop: ProjectId, action: &str) -> Option<Value> {
    let entry = ledger::newest(db, shop, action).await.expect("ledger");
    entry.map(|entry| json!({ "actor": entry.actor, "subject": entry.subject, "detail": entry.detail }))
}

async fn version_on_the_next_event(db: &Db, shop: ProjectId, at: Timestamp) -> Value {
    let judged = put(db, &[arrival(shop, at, login("ann", "next"))]).await.remove(0).assessment;
    serde_json::to_value(judged.account).expect("JSON")["weights"].clone()
}

on_both! {
    async fn a_refit_is_told_and_named_lets_no_thief_go_and_is_taken_back(db) {
        let shop = answered(db).await;
        assert_eq!(labels(db, shop).await.expect("labels").len(), ANSWERED);
        let later = NOW.plus(2 * HOUR);
        let done = refit(db, &Actor::Cli, shop, later).await.expect("refit");
        let fit = done.came.expect("kept");
        assert!(fit.loss.1 <= fit.loss.0 && (fit.labels, fit.denied) == (ANSWERED, ANSWERED / 2), "{fit:?}");
        assert_eq!(standing(db, shop).await.expect("standing"), done.after);
        let line = told(db, shop, "calibration.refitted").await.expect("a line");
        assert_eq!((&line["actor"], &line["subject"]), (&json!("cli"), &json!(shop.to_string())));
        let detail = &line["detail"];
        assert_eq!((&detail["before"]["alpha"], &detail["labels"]), (&json!(1.0), &json!(ANSWERED)));
        assert_eq!(detail["after"]["alpha"], json!(fit.calibration.alpha));
        assert!(detail["after"]["pi"].is_array() && detail["log_loss"]["after"].is_number(), "{detail}");
        assert_eq!(version_on_the_next_event(db, shop, later).await, json!(done.after.version));

        let thief = put(db, &[arrival(shop, later, theft("ann", "stolen-2"))]).await.remove(0).assessment;
        assert_eq!(thief.level, Level::Red, "{thief:?}");

        let was = reset(db, &Actor::Cli, shop, later.plus(HOUR)).await.expect("reset");
        let now = standing(db, shop).await.expect("standing");
        assert_eq!((was, now.calibration, now.taken_back), (done.after, Calibration::SHIPPED, true));
        let line = told(db, shop, "calibration.reset").await.expect("a line");
        assert_eq!(line["detail"]["before"]["alpha"], json!(fit.calibration.alpha));
        assert_eq!(version_on_the_next_event(db, shop, later.plus(HOUR)).await, Value::Null);
        let at_night = refit(db, &Actor::System, shop, later.plus(DAY)).await.expect("refit");
        assert_eq!((at_night.came, at_night.after.fit), (Err(Refusal::TakenBack), None));
        let shipped = reset(db, &Actor::Cli, shop, later.plus(2 * HOUR)).await.expect("reset");
        assert_eq!(shipped.calibration, Calibration::SHIPPED);
    }

    async fn a_refused_refit_is_told_when_somebody_asked_for_it(db) {
        let shop = project(db, "Shop").await;
        let at_night = refit(db, &Actor::System, shop, NOW).await.expect("refit");
        assert_eq!((at_night.came, at_night.after), (Err(Refusal::TooFew(0)), at_night.before));
        assert_eq!(told(db, shop, "calibration.refused").await, None);
        refit(db, &Actor::Cli, shop, NOW).await.expect("refit");
        let line = told(db, shop, "calibration.refused").await.expect("a line");
        assert_eq!(line["detail"]["reason"], json!("0 answers, 50 are needed"));
    }

    async fn weights_that_let_thieves_go_are_taken_back_whoever_asks_and_the_nights_go_on(db) {
        for actor in [Actor::System, Actor::Cli] {
            let shop = project(db, &format!("Shop of {actor}")).await;
            blind(db, shop).await;
            let done = refit(db, &actor, shop, NOW).await.expect("refit");
            assert!(loses(&done.before.calibration, &[], Level::Red) > 0);
            assert_eq!((done.came, done.after.calibration), (Err(Refusal::TooFew(0)), Calibration::SHIPPED));
            let line = told(db, shop, "calibration.reset").await.expect("a line");
            assert_eq!((&line["actor"], &line["detail"]["before"]["alpha"]), (&json!(actor.to_string()), &json!(0.442)));
            assert!(!standing(db, shop).await.expect("standing").taken_back, "by no hand");
            let at_night = refit(db, &Actor::System, shop, NOW.plus(DAY)).await.expect("refit");
            assert_eq!(at_night.came, Err(Refusal::TooFew(0)), "it is tried");
            blind(db, shop).await;
            reset(db, &actor, shop, NOW.plus(DAY)).await.expect("reset");
            assert!(standing(db, shop).await.expect("standing").taken_back);
        }
    }
}
