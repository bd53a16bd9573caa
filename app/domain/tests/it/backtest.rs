//! Back-tests: asked for, played once, stored; and profiles learned anew from the log.

mod rebuilt;

use std::future::ready;

use porchlight_domain::backtest::store::*;
use porchlight_domain::backtest::{Draft, RuleChange, State};
use porchlight_domain::db::Db;
use porchlight_domain::id::{BacktestId, ProjectId};
use porchlight_domain::operator::Actor;
use porchlight_domain::rule::{Effect, Mode, NewRule};
use porchlight_domain::time::{DAY, HOUR, MINUTE};
use porchlight_domain::{Error, Timestamp};
use serde_json::json;
use sqlx::Row;

use crate::event::{arrival, login, project, put, theft};
use crate::support::NOW;

fn rule(name: &str, effect: Effect, condition: &str) -> NewRule {
    NewRule {
        name: name.into(),
        description: String::new(),
        effect,
        condition: Some(condition.into()),
        target: None,
        filters: Vec::new(),
        source: None,
        verbs: Vec::new(),
        priority: 0,
        expires_at: None,
        mode: Mode::Enforce,
    }
}

fn draft(project_from: Timestamp) -> Draft {
    let rule = rule("Not from there", Effect::Allow, "place.country == \"CN\"");
    let rules = vec![RuleChange::Write { rule: Box::new(rule) }];
    Draft { rules, ..Draft::of(project_from, project_from.plus(60 * DAY)) }
}

/// Ten users log in at home for ten days; a thief as two of them on the eleventh.
async fn log(db: &Db, project: ProjectId) {
    for day in 0..10 {
        let at = NOW.plus((day - 20) * DAY);
        let logins: Vec<_> = (0..10)
            .map(|user| {
                arrival(
                    project,
                    at.plus(user * MINUTE),
                    login(&format!("u{user}"), &format!("s{day}-{user}")),
                )
            })
            .collect();
        put(db, &logins).await;
    }
    let at = NOW.plus(-9 * DAY);
    put(db, &[arrival(project, at, theft("u1", "x1")), arrival(project, at.plus(HOUR), theft("u2", "x2"))])
        .await;
}

async fn rows(db: &Db, sql: &'static str) -> i64 {
    sqlx::query(sql).fetch_one(db.reader()).await.expect("count").try_get(0).expect("number")
}

on_both! {
    async fn a_draft_is_played_against_the_stored_log_and_changes_nothing(db) {
        let shop = project(db, "Shop").await;
        log(db, shop).await;
        let other = project(db, "Other").await;
        put(db, &[arrival(other, NOW.plus(-9 * DAY), theft("u9", "y"))]).await;
        let (alerts, events) = (rows(db, "SELECT COUNT(*) FROM alert").await, rows(db, "SELECT COUNT(*) FROM event").await);
        let mut told = Vec::new();
        let outcome = run(db, shop, &draft(NOW.plus(-15 * DAY)), NOW, |at| { told.push(at); ready(Ok(true)) })
            .await.expect("run").expect("outcome");
        assert_eq!((outcome.warm_up, outcome.events, outcome.logins), (50, 52, 52), "of this project alone");
        assert_eq!((outcome.before.alerts, outcome.after.alerts), (2, 0));
        assert_eq!((outcome.alerts_vanish, outcome.mails_vanish, outcome.touched), (2, 2, 2));
        assert_eq!(outcome.examples[0].rules, ["Not from there"]);
        assert_eq!(told.last().map(Told::share), Some(1.0));
        assert_eq!(rows(db, "SELECT COUNT(*) FROM alert").await, alerts);
        assert_eq!(rows(db, "SELECT COUNT(*) FROM event").await, events);
        assert_eq!(rows(db, "SELECT COUNT(*) FROM rule").await, 0);
    }

    async fn a_replay_that_is_told_to_stop_has_no_outcome(db) {
        let shop = project(db, "Shop").await;
        log(db, shop).await;
        let stopped = run(db, shop, &draft(NOW.plus(-15 * DAY)), NOW, |_| ready(Ok(false))).await.expect("run");
        assert_eq!(stopped, None);
    }

    async fn a_replay_judges_as_the_live_log_did(db) {
        let shop = project(db, "Shop").await;
        log(db, shop).await;
        let live = rows(db, "SELECT COUNT(*) FROM alert WHERE kind = 'login'").await;
        let outcome = run(db, shop, &draft(NOW.plus(-30 * DAY)), NOW, |_| ready(Ok(true))).await.expect("run").expect("outcome");
        assert_eq!(outcome.before.alerts, u64::try_from(live).expect("count"));
    }

    async fn late_events_are_counted_as_the_live_log_did_and_imported_ones_as_if_they_had_been_live(db) {
        let shop = project(db, "Shop").await;
        log(db, shop).await;
        let late = |user: &str, is_history| {
            let mut late = arrival(shop, NOW.plus(-8 * DAY), theft(user, user));
            (late.observation.received_at, late.observation.is_history) = (NOW.plus(-5 * DAY), is_history);
            late
        };
        put(db, &[late("u3", false), late("u4", true)]).await;
        assert_eq!(rows(db, "SELECT COUNT(*) FROM alert WHERE kind = 'login'").await, 2);
        let outcome = run(db, shop, &draft(NOW.plus(-30 * DAY)), NOW, |_| ready(Ok(true))).await.expect("run").expect("outcome");
        assert_eq!(outcome.before.alerts, 3, "the two of the log, and the imported one");
    }

    async fn a_session_and_what_only_the_body_says_are_replayed(db) {
        let shop = project(db, "Shop").await;
        log(db, shop).await;
        let mut failed = login("u3", "f");
        failed["user"]["authenticated"] = json!(false);
        put(db, &[arrival(shop, NOW.plus(-8 * DAY), failed)]).await;
        let outcome = run(db, shop, &draft(NOW.plus(-8 * DAY)), NOW, |_| ready(Ok(true))).await.expect("run").expect("outcome");
        assert_eq!((outcome.events, outcome.logins), (1, 0), "not authenticated: no login");
    }

    async fn a_run_waits_is_claimed_once_and_keeps_its_outcome(db) {
        let shop = project(db, "Shop").await;
        log(db, shop).await;
        let id = create(db, &Actor::System, shop, draft(NOW.plus(-15 * DAY)), NOW).await.expect("run");
        let waiting = get(db, shop, id).await.expect("run");
        assert_eq!((waiting.state, waiting.label.as_str()), (State::Waiting, "rule “Not from there”"));
        let claimed = claim(db, NOW).await.expect("claim").expect("a run");
        assert_eq!((claimed.id, claimed.project, &claimed.draft), (id, shop, &waiting.draft));
        assert_eq!(claim(db, NOW).await.expect("claim"), None, "somebody plays it");
        assert!(progress(db, id, 0.5, NOW.plus(MINUTE)).await.expect("progress"));
        assert_eq!(claim(db, NOW.plus(2 * MINUTE + 1)).await.expect("claim"), None, "its player is alive");
        assert_eq!(claim(db, NOW.plus(4 * MINUTE)).await.expect("claim").map(|run| run.id), Some(id), "and is gone");
        let outcome = run(db, shop, &claimed.draft, NOW, |_| ready(Ok(true))).await.expect("run").expect("outcome");
        finish(db, id, Ok(&outcome), NOW.plus(HOUR)).await.expect("finish");
        let done = get(db, shop, id).await.expect("run");
        assert_eq!((done.state, done.finished_at), (State::Done, Some(NOW.plus(HOUR))));
        let kept = done.outcome.expect("outcome");
        assert_eq!((kept.before, kept.after, &kept.rules), (outcome.before, outcome.after, &outcome.rules));
        assert_eq!(kept.examples.len(), outcome.examples.len());
        let listed: Vec<_> = list(db, shop).await.expect("list").into_iter().map(|run| (run.id, run.state, run.outcome)).collect();
        assert_eq!(listed, [(id, State::Done, None)], "what came out is read by itself");
    }

    async fn two_that_claim_at_once_get_different_runs(db) {
        let shop = project(db, "Shop").await;
        for _ in 0..4 {
            create(db, &Actor::System, shop, draft(NOW), NOW).await.expect("run");
        }
        let claims = futures::future::join_all((0..8).map(|_| claim(db, NOW))).await;
        let mut taken: Vec<BacktestId> =
            claims.into_iter().filter_map(|claim| claim.expect("claim")).map(|run| run.id).collect();
        // One that came late goes without; it asks again.
        while let Some(run) = claim(db, NOW).await.expect("claim") {
            taken.push(run.id);
        }
        taken.sort_unstable();
        taken.dedup();
        assert_eq!(taken.len(), 4);
    }

    async fn a_cancelled_run_stays_so_and_others_cannot_see_it(db) {
        let shop = project(db, "Shop").await;
        let other = project(db, "Other").await;
        let id = create(db, &Actor::System, shop, draft(NOW), NOW).await.expect("run");
        assert!(matches!(get(db, other, id).await, Err(Error::NotFound)));
        assert!(cancel(db, &Actor::System, other, id, NOW).await.is_err());
        claim(db, NOW).await.expect("claim").expect("a run");
        cancel(db, &Actor::System, shop, id, NOW).await.expect("cancel");
        assert!(!progress(db, id, 0.5, NOW).await.expect("progress"), "its player learns of it");
        finish(db, id, Err("late"), NOW).await.expect("finish");
        let run = get(db, shop, id).await.expect("run");
        assert_eq!((run.state, run.error), (State::Cancelled, None));
        assert!(matches!(cancel(db, &Actor::System, shop, id, NOW).await, Err(Error::Conflict(_))));
    }

    async fn only_so_many_wait_and_a_broken_draft_is_refused(db) {
        let shop = project(db, "Shop").await;
        let empty = Draft::of(NOW, NOW.plus(DAY));
        assert!(matches!(create(db, &Actor::System, shop, empty, NOW).await, Err(Error::Invalid(_))));
        for _ in 0..5 {
            create(db, &Actor::System, shop, draft(NOW), NOW).await.expect("run");
        }
        assert!(matches!(create(db, &Actor::System, shop, draft(NOW), NOW).await, Err(Error::Conflict(_))));
    }

    async fn an_event_of_which_much_was_said_is_read_whole(db) {
        let shop = project(db, "Shop").await;
        for day in 0..5 {
            put(db, &[arrival(shop, NOW.plus((day - 6) * DAY), login("u1", "home"))]).await;
        }
        let mut odd = arrival(shop, NOW, theft("u1", "x"));
        let city = &format!(r#"B","reasons":[{{}},"reasons":[{}"#, "x".repeat(600));
        odd.observation.place.as_mut().expect("place").city = Some(city.into());
        put(db, &[odd]).await;
        assert!(rows(db, "SELECT CAST(MAX(LENGTH(detail)) AS BIGINT) FROM event").await >= 1_000);
        let mut log = Log::open(db, shop, NOW, NOW.plus(1)).await.expect("log");
        let lines = log.next().await.expect("page");
        let place = lines[0].seen.place.as_ref().expect("place");
        let network = lines[0].seen.network.as_ref().expect("network");
        assert_eq!((lines.len(), place.city.as_deref(), network.asn), (1, Some(city.as_str()), Some(4134)));
        assert!(log.next().await.expect("page").is_empty());
    }
}
