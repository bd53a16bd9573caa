//! What a thief's sessions go on to do: before the user has answered, and after.

use porchlight_domain::Timestamp;
use porchlight_domain::agent::{Agent, DeviceClass};
use porchlight_domain::alert::{AlertFilter, Resolution, store as alerts};
use porchlight_domain::db::Db;
use porchlight_domain::event::store::{Arrival, assess_only};
use porchlight_domain::id::ProjectId;
use porchlight_domain::operator::Actor;
use porchlight_domain::page::Paging;
use porchlight_domain::question::Answer;
use porchlight_domain::risk::{Assessment, Decision, Level};
use porchlight_domain::time::SECOND;
use serde_json::{Value, json};
use sqlx::Row;

use super::{arrival, login, project, put, story, theft};
use crate::support::NOW;

/// What the thief does in one of their sessions, each with a fresh device token.
pub(super) fn act(session: &str, verb: &str) -> Value {
    let mut act = theft("eve", session);
    (act["verb"], act["device"]["id"]) = (json!(verb), json!(format!("thief-{session}")));
    act
}

fn at(second: i64) -> Timestamp {
    NOW.plus(second * SECOND)
}

pub(super) async fn put_one(db: &Db, shop: ProjectId, second: i64, event: Value) -> Assessment {
    put(db, &[arrival(shop, at(second), event)]).await.remove(0).assessment
}

/// The titles that receivers were told of alerts, oldest first.
pub(super) async fn told(db: &Db) -> Vec<String> {
    let sql = "SELECT body FROM message WHERE type = 'alert.opened' ORDER BY id";
    let rows = sqlx::query(sql).fetch_all(db.reader()).await.expect("messages");
    let title = |row: &sqlx::any::AnyRow| {
        let body: Value = serde_json::from_slice(row.get::<&[u8], _>("body")).expect("JSON");
        body["data"]["alert"]["title"].as_str().expect("a title").to_owned()
    };
    rows.iter().map(title).collect()
}

on_both! {
    async fn what_a_thief_does_in_a_session_that_was_ordered_to_end_is_told_too_and_anew_once_its_alert_is_closed(db) {
        let shop = project(db, "Shop").await;
        story(db, shop).await;
        put_one(db, shop, 0, act("s", "log-in")).await;
        let token = crate::question::token_of(db, shop).await;
        crate::question::say(db, &token, Answer::No, at(5)).await.expect("answer");
        let before = told(db).await;
        let login = before.last().expect("the login was told").clone();
        for (second, verb) in [(10, "access"), (20, "email-update"), (30, "email-update")] {
            put_one(db, shop, second, act("s", verb)).await;
        }
        let mut nobody = act("s", "payout-update");
        nobody.as_object_mut().expect("object").remove("user");
        put_one(db, shop, 40, nobody).await;
        let mail = format!("{login}; then changed the e-mail address");
        let money = format!("{mail}, changed where money goes");
        assert_eq!(told(db).await[before.len()..], [mail, money.clone()]);
        let found = alerts::list(db, shop, &AlertFilter::default(), Paging::default()).await.expect("alerts").rows;
        let alert = found.iter().find(|alert| alert.title == money).expect("the alert");
        alerts::close(db, &Actor::System, shop, alert.id, Resolution::ConfirmedThreat, "", at(50)).await.expect("close");
        put_one(db, shop, 60, act("s", "password-update")).await;
        let after = alerts::list(db, shop, &AlertFilter::default(), Paging::default()).await.expect("alerts").rows;
        assert_eq!(after.len(), found.len() + 1, "what goes on after it was closed is news");
        assert!(told(db).await.last().is_some_and(|title| title.contains("changed the password")), "{:?}", told(db).await);
    }

    async fn what_a_thief_does_after_the_login_is_told_once_and_stands_in_the_title(db) {
        let shop = project(db, "Shop").await;
        story(db, shop).await;
        put_one(db, shop, 0, act("s", "log-in")).await;
        let before = told(db).await;
        let first = before.last().expect("the login was told").clone();
        for (second, verb) in [(10, "access"), (20, "email-update"), (30, "password-update"), (40, "email-update"), (50, "data-export"), (60, "data-export")] {
            put_one(db, shop, second, act("s", verb)).await;
        }
        let mail = format!("{first}; then changed the e-mail address");
        let password = format!("{mail}, changed the password");
        let all = format!("{password}, exported data");
        assert_eq!(told(db).await[before.len()..], [mail, password, all.clone()]);
        let found = alerts::list(db, shop, &AlertFilter::default(), Paging::default()).await.expect("alerts").rows;
        assert_eq!((found[0].title.as_str(), found[0].events), (all.as_str(), 7));
    }

    async fn that_a_thief_got_in_after_a_challenge_is_told_and_stands_in_the_title(db) {
        let shop = project(db, "Shop").await;
        story(db, shop).await;
        let before = told(db).await.len();
        let tries = (1..=12).map(|n| (n * 5, "authentication-challenge-fail"));
        let then = [(70, "authentication-challenge-pass"), (80, "log-in"), (90, "access"), (100, "log-in"), (110, "email-update")];
        for (second, verb) in [(0, "log-in-challenge")].into_iter().chain(tries).chain(then) {
            put_one(db, shop, second, act("s", verb)).await;
        }
        let all = told(db).await;
        let of_login: Vec<_> = all[before..].iter().filter(|title| !title.starts_with("The second factor")).collect();
        let first = of_login[0];
        assert!(first.starts_with("Eve Smith was challenged at login from China"), "{first}");
        let guessed = format!("{first}; then passed a challenge");
        let entered = format!("{guessed}, logged in");
        let changed = format!("{entered}, changed the e-mail address");
        assert_eq!(of_login[1..], [&guessed, &entered, &changed]);
        let found = alerts::list(db, shop, &AlertFilter::default(), Paging::default()).await.expect("alerts").rows;
        assert!(found.iter().any(|alert| alert.title == changed), "{found:?}");
    }

    async fn that_a_password_was_reset_is_told_and_that_somebody_got_in_with_the_new_one(db) {
        let shop = project(db, "Shop").await;
        story(db, shop).await;
        let before = told(db).await.len();
        for (second, verb) in [(0, "password-reset-request"), (30, "password-reset"), (60, "log-in")] {
            put_one(db, shop, second, act("s", verb)).await;
        }
        let all = told(db).await;
        let first = &all[before];
        assert!(first.starts_with("Eve Smith asked for a password reset from China"), "{first}");
        let reset = format!("{first}; then reset the password");
        assert_eq!(all[before + 1..], [reset.clone(), format!("{reset}, logged in")]);
    }

    async fn an_alert_of_a_session_after_its_log_out_names_where_the_thief_is(db) {
        let shop = project(db, "Shop").await;
        story(db, shop).await;
        let own = |verb: &str| {
            let mut own = login("eve", "mine");
            own["verb"] = json!(verb);
            own
        };
        for (second, verb) in [(0, "log-in"), (600, "log-out"), (660, "access")] {
            put_one(db, shop, second, own(verb)).await;
        }
        let title = async || {
            let found = alerts::list(db, shop, &AlertFilter::default(), Paging::default()).await.expect("alerts").rows;
            found.into_iter().find(|alert| alert.kind == "session.ended").expect("an alert").title
        };
        assert_eq!(title().await, "Eve Smith used the account from New Zealand, in a session after its log-out");
        assert_eq!(put_one(db, shop, 720, act("mine", "access")).await.level, Level::Red);
        let risen = title().await;
        assert!(risen.starts_with("Eve Smith used the account from China"), "{risen}");
        assert_eq!(told(db).await.last(), Some(&risen));
    }

    async fn who_acts_in_anothers_session_is_told_however_familiar_they_are(db) {
        let shop = project(db, "Shop").await;
        for day in 0..5 {
            for user in ["ann", "bob"] {
                let own = login(user, &format!("{user}-{day}"));
                put(db, &[arrival(shop, at((day - 6) * 86_400), own)]).await;
            }
        }
        let of = |user: &str, verb: &str| {
            let mut event = login(user, "s");
            event["verb"] = json!(verb);
            event
        };
        assert_eq!(put_one(db, shop, 0, of("ann", "log-in")).await.level, Level::Green);
        assert_eq!(put_one(db, shop, 60, of("bob", "log-in")).await.level, Level::Green, "a shared computer");
        let acts = put_one(db, shop, 120, of("ann", "access")).await;
        assert!(acts.level >= Level::Orange && acts.reasons[0].code == "session.user.changed", "{acts:?}");
        assert_eq!(put_one(db, shop, 130, of("bob", "access")).await.level, Level::Green, "it is theirs");
    }

    async fn what_an_account_is_taken_over_with_is_challenged_each_time_while_the_login_awaits_an_answer(db) {
        let shop = project(db, "Shop").await;
        story(db, shop).await;
        assert_eq!(put_one(db, shop, 0, act("s", "log-in")).await.level, Level::Red);
        let first = put_one(db, shop, 10, act("s", "payout-update")).await;
        assert_eq!((first.level, first.decision), (Level::Red, Decision::Challenge));
        let again = put_one(db, shop, 20, act("s", "payout-update")).await;
        assert_eq!((again.level, again.decision), (Level::Red, Decision::Challenge));
        assert!(again.is_awaited(), "told once");
        for verb in ["access", "transfer-money"] {
            let asked = arrival(shop, at(25), act("s", verb));
            assert_eq!(assess_only(db, &asked, at(25)).await.expect("verify").decision, Decision::Challenge);
            let goes_on = put_one(db, shop, 30, act("s", verb)).await;
            assert!(goes_on.level == Level::Red && goes_on.is_awaited(), "{goes_on:?}");
        }
        put_one(db, shop, 40, act("s", "authentication-challenge-pass")).await;
        assert_eq!(put_one(db, shop, 50, act("s", "payout-update")).await.decision, Decision::Allow, "they proved it");
    }

    async fn verify_knows_the_session_as_track_does(db) {
        let shop = project(db, "Shop").await;
        story(db, shop).await;
        put_one(db, shop, 0, act("s", "log-in")).await;
        let asked = arrival(shop, at(10), act("s", "email-update"));
        let told = assess_only(db, &asked, at(10)).await.expect("verify");
        assert_eq!(told.level, Level::Red, "{told:?}");
        let tracked = put(db, &[asked]).await.remove(0).assessment;
        assert_eq!((tracked.probability, tracked.decision), (told.probability, told.decision));
    }

    async fn a_stolen_session_has_one_alert_that_names_the_newcomer_and_its_owner_goes_on(db) {
        let shop = project(db, "Shop").await;
        story(db, shop).await;
        let found = async || alerts::list(db, shop, &AlertFilter::default(), Paging::default()).await.expect("alerts").rows;
        let before = found().await.len();
        let on = |second, event, system: &str| {
            let mut arrival = arrival(shop, at(second), event);
            let (browser, os) = (Some("Chrome".to_owned()), Some(system.to_owned()));
            arrival.observation.agent = Agent { browser, os, class: DeviceClass::Desktop, ..Agent::default() };
            arrival
        };
        let own = |second, verb: &str| {
            let mut own = login("eve", "mine");
            own["verb"] = json!(verb);
            on(second, own, "macOS")
        };
        let stolen = |second| {
            let mut stolen = act("mine", "access");
            stolen["device"]["id"] = json!("home");
            on(second, stolen, "Linux")
        };
        let judged = async |arrival: Arrival| put(db, &[arrival]).await.remove(0).assessment;
        assert_eq!(judged(own(0, "log-in")).await.level, Level::Green);
        assert_eq!(judged(stolen(10)).await.level, Level::Red);
        for second in [20, 30, 40] {
            let owner = judged(own(second, "access")).await;
            assert_eq!((owner.level, owner.decision), (Level::Green, Decision::Allow), "{owner:?}");
            let thief = judged(stolen(second + 5)).await;
            assert_eq!((thief.level, thief.decision), (Level::Red, Decision::Challenge), "{thief:?}");
        }
        let after = found().await;
        assert_eq!(after.len(), before + 1);
        assert_eq!(after[0].title, "Eve Smith used the account from China, in a session that moved to another client");
        let expected = Resolution::Expected;
        alerts::close(db, &Actor::System, shop, after[0].id, expected, "", at(60)).await.expect("close");
        assert_eq!(judged(stolen(70)).await.level, Level::Green, "the operator vouched for it");
    }

    async fn once_the_user_denied_one_session_the_thiefs_others_are_red_in_all_they_do(db) {
        let shop = project(db, "Shop").await;
        story(db, shop).await;
        put_one(db, shop, 0, act("one", "log-in")).await;
        put_one(db, shop, 60, act("two", "log-in")).await;
        let found = alerts::list(db, shop, &AlertFilter::default(), Paging::default()).await.expect("alerts").rows;
        let threat = Resolution::ConfirmedThreat;
        alerts::close(db, &Actor::System, shop, found[0].id, threat, "", at(90)).await.expect("close");
        for verb in ["email-update", "password-update", "data-export", "access"] {
            let judged = put_one(db, shop, 120, act("two", verb)).await;
            assert!(judged.level == Level::Red && judged.decision != Decision::Allow, "{verb}: {judged:?}");
        }
    }
}
