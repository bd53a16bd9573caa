//! The weights of the evidence: refits to answers, what they leave in the ledger and on events, and the way back.

use porchlight_domain::Timestamp;
use porchlight_domain::db::Db;
use porchlight_domain::id::ProjectId;
use porchlight_domain::ledger;
use porchlight_domain::operator::Actor;
use porchlight_domain::place::Place;
use porchlight_domain::project::{Settings, store as projects};
use porchlight_domain::question::Answer;
use porchlight_domain::risk::calibration::{Refusal, loses};
use porchlight_domain::risk::store::{labels, refit, reset, standing};
use porchlight_domain::risk::{Calibration, Level};
use porchlight_domain::time::{DAY, HOUR};
use serde_json::{Value, json};

use crate::event::{arrival, login, project, put, theft};
use crate::question::{say, token_of};
use crate::support::NOW;

const USERS: usize = 64;

/// What an older version made of such answers: thieves were green.
const BLINDED: &str = r#"{"calibration":{"alpha":0.442,"beta":-1.429,"pi":[0.684,0.138,0.119,0.059],"prior":-3.3},
    "loss":[3.3664,0.5154],"labels":64}"#;

async fn histories(db: &Db, shop: ProjectId, users: &[String]) {
    for day in 0..5 {
        let at = NOW.plus((day - 25) * DAY);
        let arrivals: Vec<_> =
            users.iter().map(|user| arrival(shop, at, login(user, &format!("{user}-{day}")))).collect();
        put(db, &arrivals).await;
    }
}

/// A login from far away, on a device of its own.
fn strange(user: &str, number: usize) -> Value {
    let mut event = theft(user, &format!("strange-{user}"));
    (event["ip"], event["device"]) = (json!(format!("1.{number}.1.9")), json!({"id": format!("new-{user}")}));
    event
}

/// 64 users are asked about such logins: of half of them it was a thief, the others had gone there.
async fn answered(db: &Db, shop: ProjectId) {
    let users: Vec<_> = (0..USERS).map(|number| format!("user-{number}")).collect();
    histories(db, shop, &users).await;
    let mut tokens = Vec::new();
    for (number, user) in users.iter().enumerate() {
        // Not at once: what is new for many at once is expected.
        let at = NOW.plus((number as i64 - 64) * 6 * HOUR);
        let judged = put(db, &[arrival(shop, at, strange(user, number))]).await.remove(0);
        assert!(judged.assessment.level > Level::Green);
        tokens.push(token_of(db, shop).await);
    }
    for (number, token) in tokens.iter().enumerate() {
        let answer = if number % 2 == 0 { Answer::No } else { Answer::Yes };
        say(db, token, answer, NOW.plus(HOUR)).await.expect("answer");
    }
}

async fn told(db: &Db, shop: ProjectId, action: &str) -> Option<Value> {
    let entry = ledger::newest(db, shop, action).await.expect("ledger");
    entry.map(|entry| json!({ "actor": entry.actor, "subject": entry.subject, "detail": entry.detail }))
}

async fn version_on_the_next_event(db: &Db, shop: ProjectId, at: Timestamp) -> Value {
    let judged = put(db, &[arrival(shop, at, login("user-1", "next"))]).await.remove(0).assessment;
    serde_json::to_value(judged.account).expect("JSON")["weights"].clone()
}

on_both! {
    async fn a_refit_is_told_and_named_lets_no_thief_go_and_is_taken_back(db) {
        let shop = project(db, "Shop").await;
        let watchful = Settings { ask_users: true, alert_level: Level::Orange, ..Settings::default() };
        projects::update(db, &Actor::System, shop, "Shop", watchful, NOW).await.expect("settings");
        answered(db, shop).await;
        assert_eq!(labels(db, shop).await.expect("labels").len(), USERS);
        let later = NOW.plus(2 * HOUR);
        let done = refit(db, &Actor::Cli, shop, later).await.expect("refit");
        let fit = done.came.expect("kept");
        assert!(fit.loss.1 <= fit.loss.0 && (fit.labels, fit.denied) == (USERS, USERS / 2), "{fit:?}");
        assert_eq!(standing(db, shop).await.expect("standing"), done.after);
        let line = told(db, shop, "calibration.refitted").await.expect("a line");
        assert_eq!((&line["actor"], &line["subject"]), (&json!("cli"), &json!(shop.to_string())));
        let detail = &line["detail"];
        assert_eq!((&detail["before"]["alpha"], &detail["labels"]), (&json!(1.0), &json!(USERS)));
        assert_eq!(detail["after"]["alpha"], json!(fit.calibration.alpha));
        assert!(detail["after"]["pi"].is_array() && detail["log_loss"]["after"].is_number(), "{detail}");
        assert_eq!(version_on_the_next_event(db, shop, later).await, json!(done.after.version));

        let victims: Vec<_> = (0..3).map(|number| format!("victim-{number}")).collect();
        histories(db, shop, &victims).await;
        for (number, user) in victims.iter().enumerate() {
            let mut thief = arrival(shop, later, strange(user, 200 + number));
            let elsewhere = ["BR", "AR", "ES"].get(number).map(|country| (*country).to_owned());
            thief.observation.place = Some(Place { country: elsewhere, ..Place::default() });
            let judged = put(db, &[thief]).await.remove(0).assessment;
            assert!(judged.level > Level::Green, "{judged:?}");
        }

        let was = reset(db, &Actor::Cli, shop, later.plus(HOUR)).await.expect("reset");
        assert_eq!((was, standing(db, shop).await.expect("standing").calibration), (done.after, Calibration::SHIPPED));
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

    async fn weights_of_an_older_version_that_let_thieves_go_are_taken_back_at_night(db) {
        let shop = project(db, "Shop").await;
        let mut tx = db.begin().await.expect("begin");
        sqlx::query("INSERT INTO calibration (id, project_id, state, fit, fitted_at) VALUES (7, $1, '{}', $2, 0)")
            .bind(shop.0)
            .bind(BLINDED)
            .execute(tx.conn())
            .await
            .expect("weights");
        tx.commit().await.expect("commit");
        let done = refit(db, &Actor::System, shop, NOW).await.expect("refit");
        assert!(loses(&done.before.calibration, &[], Level::Red) > 0);
        assert_eq!((done.came, done.after.calibration), (Err(Refusal::TooFew(0)), Calibration::SHIPPED));
        let line = told(db, shop, "calibration.reset").await.expect("a line");
        assert_eq!((&line["actor"], &line["detail"]["before"]["alpha"]), (&json!("system"), &json!(0.442)));
    }
}
