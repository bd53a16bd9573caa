//! Profiles learned anew from the log: by the same words as live.

use porchlight_domain::alert::{AlertFilter, Resolution, store as alerts};
use std::future::ready;

use porchlight_domain::backtest::store::{rebuild, run};
use porchlight_domain::db::Db;
use porchlight_domain::event::store::assess_only;
use porchlight_domain::operator::Actor;
use porchlight_domain::page::Paging;
use porchlight_domain::profile::store::{unfreeze, usual};
use porchlight_domain::question::Answer;
use porchlight_domain::revocation::store::{revoke_session, revoke_sessions};
use porchlight_domain::risk::{Decision, Level};
use porchlight_domain::rule::{Effect, NewRule, store as rules};
use porchlight_domain::time::{DAY, HOUR, MINUTE};
use porchlight_domain::user::store::by_id;
use serde_json::{Value, json};
use sqlx::Row;

use super::{draft, log, rows, rule};
use crate::event::{arrival, login, project, put, story, theft};
use crate::question::{say, token_of};
use crate::support::NOW;

async fn states(db: &Db) -> Vec<(i64, Vec<u8>)> {
    let rows =
        sqlx::query("SELECT user_key, state FROM profile ORDER BY user_key").fetch_all(db.reader()).await;
    let state = |row: &sqlx::any::AnyRow| (row.try_get(0).expect("key"), row.try_get(1).expect("state"));
    rows.expect("profiles").iter().map(state).collect()
}

/// A theft by somebody who takes nobody else's account: on another device, from another network.
fn own_thief(user: &str, session: &str) -> Value {
    let mut theft = theft(user, &format!("{user}-{session}"));
    theft["device"]["id"] = json!(format!("{user}'s thief"));
    theft["ip"] = json!(format!("1.80.{}.9", user.as_bytes()[0]));
    theft
}

on_both! {
    async fn what_operators_said_is_learned_anew_too(db) {
        let shop = project(db, "Shop").await;
        for (day, user) in (0..5).flat_map(|day| ["zoe", "bea", "ida"].map(|user| (day, user))) {
            put(db, &[arrival(shop, NOW.plus((day - 9) * DAY), login(user, &format!("{user}-{day}")))]).await;
        }
        for user in ["zoe", "bea", "ida"] {
            put(db, &[arrival(shop, NOW.plus(-2 * DAY), own_thief(user, "stolen"))]).await;
        }
        let found = alerts::list(db, shop, &AlertFilter::default(), Paging::default()).await.expect("alerts").rows;
        let of = |user: &str| found.iter().find(|alert| alert.user.as_ref().is_some_and(|one| one.id == user)).expect("an alert");
        let at = NOW.plus(-DAY);
        for (user, resolution) in [("zoe", Resolution::Expected), ("bea", Resolution::ConfirmedThreat), ("ida", Resolution::ConfirmedThreat)] {
            alerts::close(db, &Actor::System, shop, of(user).id, resolution, "", at).await.expect("close");
        }
        let ida = of("ida").user.as_ref().expect("a user").key;
        unfreeze(db, &Actor::System, shop, ida, at.plus(HOUR)).await.expect("ida learns again");
        let live = states(db).await;
        rebuild(db, shop, NOW, |_| {}).await.expect("rebuild");
        assert_eq!(states(db).await, live);
        let verify = async |user: &str| {
            assess_only(db, &arrival(shop, NOW, own_thief(user, "again")), NOW).await.expect("verify")
        };
        assert_eq!(verify("zoe").await.level, Level::Green, "vouched for");
        assert_eq!(verify("bea").await.decision, Decision::Block, "a thief that an operator knew");
        let frozen = async |user| usual(db, shop, user, NOW).await.expect("usual").frozen.is_some();
        assert_eq!((frozen(of("bea").user.as_ref().expect("a user").key).await, frozen(ida).await), (true, false));
    }

    async fn a_no_to_a_thief_who_was_there_again_unlearns_all_of_it_live_and_anew(db) {
        let shop = project(db, "Shop").await;
        story(db, shop).await;
        let mut pass = theft("eve", "stolen");
        pass["verb"] = json!("authentication-challenge-pass");
        put(db, &[arrival(shop, NOW.plus(MINUTE), pass)]).await;
        for day in 1..3 {
            let again = put(db, &[arrival(shop, NOW.plus(day * DAY), theft("eve", &format!("again {day}")))]).await;
            assert_eq!(again[0].assessment.level, Level::Green, "the challenge vouched for it: {again:?}");
        }
        let said = NOW.plus(2 * DAY + HOUR);
        say(db, &token_of(db, shop).await, Answer::No, said).await.expect("answer");
        let live = states(db).await;
        let verify = async |user: &str| {
            let next = theft(user, "next");
            assess_only(db, &arrival(shop, said, next), said).await.expect("verify")
        };
        let eves = verify("eve").await;
        assert_eq!((eves.level, eves.decision), (Level::Red, Decision::Block), "{eves:?}");
        let bens = verify("ben").await;
        assert!(bens.reasons.iter().any(|reason| reason.code == "user.reported.elsewhere"), "{bens:?}");
        rebuild(db, shop, said, |_| {}).await.expect("rebuild");
        assert_eq!(states(db).await, live);
    }

    async fn profiles_are_learned_anew_as_the_log_taught_them(db) {
        let shop = project(db, "Shop").await;
        log(db, shop).await;
        porchlight_domain::risk::store::step(db, NOW).await.expect("save");
        let live = states(db).await;
        sqlx::query("UPDATE profile SET state = state, version = 7").execute(db.reader()).await.expect("update");
        sqlx::query("DELETE FROM profile WHERE user_key = (SELECT MIN(user_key) FROM profile)")
            .execute(db.reader()).await.expect("delete");
        let rebuilt = rebuild(db, shop, NOW, |_| {}).await.expect("rebuild");
        assert_eq!((rebuilt.events, rebuilt.users), (102, 10));
        assert_eq!(states(db).await, live);
        assert_eq!(rows(db, "SELECT COUNT(*) FROM profile WHERE version = 8").await, 9, "caches see that it changed");
        assert_eq!(rows(db, "SELECT COUNT(*) FROM memory").await, 1);
    }

    async fn a_rule_that_has_expired_does_not_come_to_life_again(db) {
        let shop = project(db, "Shop").await;
        log(db, shop).await;
        let live = states(db).await;
        let until = NOW.plus(-DAY);
        let incident = NewRule { expires_at: Some(until), ..rule("Incident", Effect::Block, "place.country == \"NZ\"") };
        rules::create(db, &Actor::System, shop, incident, until.plus(-DAY)).await.expect("rule");
        let blocked = async |now| {
            let outcome = run(db, shop, &draft(NOW.plus(-30 * DAY)), now, |_| ready(Ok(true))).await.expect("run").expect("outcome");
            (outcome.before.blocked, outcome.after.blocked)
        };
        assert_eq!((blocked(until.plus(-1)).await, blocked(until).await), ((100, 100), (0, 0)));
        rebuild(db, shop, NOW, |_| {}).await.expect("rebuild");
        assert_eq!(states(db).await, live, "all that it would have blocked is known");
    }

    async fn what_goes_on_in_a_session_that_was_ordered_to_end_is_nobodys_habit_anew_either(db) {
        let shop = project(db, "Shop").await;
        let at = |minute| NOW.plus(-9 * DAY + minute * MINUTE);
        let own = |user: &str| format!("{user}'s");
        let done = |user: &str, verb: &str, ip: &str, minute: i64| {
            let mut event = login(user, &own(user));
            (event["verb"], event["ip"]) = (json!(verb), json!(ip));
            arrival(shop, at(minute), event)
        };
        for (day, user) in (0..5).flat_map(|day| ["zoe", "ida"].map(|user| (day, user))) {
            put(db, &[arrival(shop, NOW.plus((day - 20) * DAY), login(user, &own(user)))]).await;
        }
        let home = "122.56.232.10";
        put(db, &[done("zoe", "log-in", home, 0), done("ida", "log-in", home, 0), done("ida", "log-out", home, 5)]).await;
        let by = &Actor::System;
        revoke_session(db, by, shop, &own("zoe"), "https://watch.example", at(10)).await.expect("order");
        let ida = by_id(db, shop, "ida").await.expect("ida").key;
        revoke_sessions(db, by, shop, ida, &[], "https://watch.example", at(10)).await.expect("order for the whole user");
        assert_eq!(rows(db, "SELECT COUNT(*) FROM revocation_session WHERE session_id = ''").await, 1);
        put(db, &[done("zoe", "access", "122.56.232.77", 60), done("ida", "access", "122.56.232.78", 60)]).await;
        put(db, &[done("zoe", "log-in", home, 90), done("zoe", "access", "122.56.232.79", 91)]).await;
        let live = states(db).await;
        rebuild(db, shop, NOW, |_| {}).await.expect("rebuild");
        assert_eq!(states(db).await, live);
        let outcome = run(db, shop, &draft(NOW.plus(-30 * DAY)), NOW, |_| ready(Ok(true))).await.expect("run").expect("outcome");
        assert_eq!((outcome.before.blocked, outcome.after.blocked), (2, 2), "until the next login");
    }
}
