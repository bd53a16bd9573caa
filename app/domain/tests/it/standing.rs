//! How alarming users and sessions are until somebody vouches for them.

use porchlight_domain::Timestamp;
use porchlight_domain::agent::Agent;
use porchlight_domain::alert::{AlertFilter, Resolution, UNCONFIRMED, store as alerts};
use porchlight_domain::db::Db;
use porchlight_domain::event::parse::{self, Dialect};
use porchlight_domain::event::store::Arrival;
use porchlight_domain::id::ProjectId;
use porchlight_domain::operator::Actor;
use porchlight_domain::page::Paging;
use porchlight_domain::question::Answer;
use porchlight_domain::revocation::store::{overdue, revoke_session};
use porchlight_domain::risk::Level;
use porchlight_domain::session::store as sessions;
use porchlight_domain::time::{DAY, HOUR, MINUTE, SECOND};
use porchlight_domain::user::{User, store as users};
use serde_json::{Value, json};

use crate::event::{arrival, login, project, put, story, theft};
use crate::question::{say, token_of};
use crate::support::NOW;

/// A red login at night, and the user's own, green one an hour later.
async fn night(db: &Db, name: &str) -> ProjectId {
    let shop = project(db, name).await;
    story(db, shop).await;
    put(db, &[arrival(shop, NOW.plus(HOUR), login("eve", "own"))]).await;
    shop
}

async fn eve(db: &Db, shop: ProjectId) -> User {
    users::by_id(db, shop, "eve").await.expect("eve")
}

async fn session(db: &Db, shop: ProjectId, id: &str) -> Level {
    sessions::get(db, shop, id, NOW.plus(HOUR)).await.expect("session").level
}

async fn close(db: &Db, shop: ProjectId, resolution: Resolution) {
    let page = alerts::list(db, shop, &AlertFilter::default(), Paging::default()).await.expect("alerts");
    let (id, at) = (page.rows[0].id, NOW.plus(2 * HOUR));
    alerts::close(db, &Actor::System, shop, id, resolution, "", at).await.expect("close");
}

/// As a client of ThisData's sends it.
fn thisdata(project: ProjectId, at: Timestamp, event: &Value) -> Arrival {
    let mut seen = arrival(project, at, theft("eve", "none"));
    seen.observation.event = parse::event(event, Dialect::ThisData, "", at).expect("a valid event");
    seen
}

on_both! {
    async fn a_green_login_makes_nobody_forget_the_red_one_before_it(db) {
        let shop = night(db, "Shop").await;
        let user = eve(db, shop).await;
        assert_eq!((user.level, user.level_at, user.last_seen_at), (Level::Red, Some(NOW), NOW.plus(HOUR)));
        let listed = users::list(db, shop, None, Paging::default()).await.expect("users").rows;
        assert_eq!((&listed, users::search(db, shop, "ev", None, Paging::default()).await.expect("users").rows), (&vec![user.clone()], vec![user.clone()]));
        assert_eq!((session(db, shop, "stolen").await, session(db, shop, "own").await), (Level::Red, Level::Green));
        let of_user = sessions::list_for_user(db, shop, user.key, None, Paging::default(), NOW).await.expect("sessions");
        assert_eq!(of_user.rows.iter().filter(|one| one.level == Level::Red).count(), 1);
        put(db, &[arrival(shop, NOW.plus(31 * DAY), login("eve", "later"))]).await;
        let later = eve(db, shop).await;
        assert_eq!((later.level, later.level_at), (Level::Green, None), "after a month");
    }

    async fn a_red_event_that_comes_late_is_not_hidden_by_what_came_before_it(db) {
        let shop = project(db, "Shop").await;
        for day in (1..6).rev() {
            put(db, &[arrival(shop, NOW.plus(-day * DAY), login("eve", "own"))]).await;
        }
        let mut late = theft("eve", "stolen");
        late["occurred_at"] = json!(NOW.plus(-DAY - HOUR));
        put(db, &[arrival(shop, NOW, late)]).await;
        assert_eq!((eve(db, shop).await.level, session(db, shop, "stolen").await), (Level::Red, Level::Red));
    }

    async fn a_yes_settles_what_was_told_and_a_no_does_not(db) {
        for (said, expected) in [(Answer::Yes, Level::Green), (Answer::No, Level::Red)] {
            let shop = night(db, &format!("Shop {said:?}")).await;
            say(db, &token_of(db, shop).await, said, NOW.plus(2 * HOUR)).await.expect("answer");
            assert_eq!((eve(db, shop).await.level, session(db, shop, "stolen").await), (expected, expected), "{said:?}");
        }
    }

    async fn closing_an_alert_settles_what_it_vouches_for_and_opening_it_again_does_not(db) {
        for resolution in Resolution::ALL {
            let shop = night(db, &format!("Shop {resolution:?}")).await;
            close(db, shop, resolution).await;
            let expected = match resolution {
                Resolution::ConfirmedThreat | Resolution::Inconclusive => Level::Red,
                _ => Level::Green,
            };
            assert_eq!((eve(db, shop).await.level, session(db, shop, "stolen").await), (expected, expected), "{resolution:?}");
            let page = alerts::list(db, shop, &AlertFilter::default(), Paging::default()).await.expect("alerts");
            alerts::reopen(db, &Actor::System, shop, page.rows[0].id, NOW.plus(3 * HOUR)).await.expect("reopen");
            assert_eq!((eve(db, shop).await.level, session(db, shop, "stolen").await), (Level::Red, Level::Red), "{resolution:?}");
        }
    }

    async fn closing_an_alert_about_an_order_settles_nothing_of_the_thief_whose_session_it_is_about(db) {
        for resolution in [Resolution::Expected, Resolution::FalseAlarm] {
            let shop = night(db, &format!("Shop {resolution:?}")).await;
            say(db, &token_of(db, shop).await, Answer::No, NOW.plus(HOUR)).await.expect("answer");
            assert_eq!(overdue(db, NOW.plus(HOUR + 10 * MINUTE)).await.expect("overdue"), 1);
            let newest = alerts::list(db, shop, &AlertFilter::default(), Paging::default()).await.expect("alerts").rows.remove(0);
            assert_eq!((newest.kind.as_str(), newest.event_id.is_some()), (UNCONFIRMED, true), "the thief's event");
            close(db, shop, resolution).await;
            assert_eq!((eve(db, shop).await.level, session(db, shop, "stolen").await), (Level::Red, Level::Red), "{resolution:?}");
        }
    }

    async fn a_passed_challenge_settles_its_own_session(db) {
        let shop = night(db, "Shop").await;
        let act = |verb: &str, session: &str| {
            let mut act = theft("eve", session);
            act["verb"] = json!(verb);
            act
        };
        let mut other = act("log-in", "other");
        (other["device"]["id"], other["ip"]) = (json!("another"), json!("1.80.77.9"));
        put(db, &[arrival(shop, NOW.plus(MINUTE), other)]).await;
        put(db, &[arrival(shop, NOW.plus(2 * MINUTE), act("authentication-challenge-pass", "stolen"))]).await;
        assert_eq!((session(db, shop, "stolen").await, session(db, shop, "other").await), (Level::Green, Level::Red));
        assert_eq!(eve(db, shop).await.level_at, Some(NOW.plus(MINUTE)), "the other one stands");
    }

    async fn clicks_in_a_session_that_was_ordered_to_end_are_told_by_the_order_and_what_is_unusual_beside_it_stands(db) {
        let shop = project(db, "Shop").await;
        let own = |verb: &str, at: Timestamp, system: &str| {
            let mut event = login("eve", "own");
            event["verb"] = json!(verb);
            let mut arrival = arrival(shop, at, event);
            arrival.observation.agent = Agent { browser: Some("Chrome".into()), os: Some(system.into()), ..Agent::default() };
            arrival
        };
        for day in 0..5 {
            put(db, &[own("log-in", NOW.plus((day - 6) * DAY), "macOS")]).await;
        }
        revoke_session(db, &Actor::System, shop, "own", "https://watch.example", NOW).await.expect("ordered");
        let clicks = async |minute: i64, system: &str| {
            let told = put(db, &[own("access", NOW.plus(minute * MINUTE), system)]).await.remove(0).assessment;
            assert_eq!(told.level, Level::Red, "the event itself");
        };
        clicks(1, "macOS").await;
        assert_eq!((eve(db, shop).await.level, session(db, shop, "own").await), (Level::Green, Level::Green));
        put(db, &[arrival(shop, NOW.plus(2 * MINUTE), theft("eve", "stolen"))]).await;
        clicks(3, "macOS").await;
        close(db, shop, Resolution::ConfirmedByUser).await;
        assert_eq!(eve(db, shop).await.level, Level::Green, "counted anew");
        clicks(200, "Linux").await;
        assert!(eve(db, shop).await.level > Level::Green && session(db, shop, "own").await > Level::Green);
    }

    async fn a_second_factor_that_was_guessed_settles_neither_its_session_nor_its_user(db) {
        let shop = night(db, "Shop").await;
        let act = |minute: i64, verb: &str| {
            let mut act = theft("eve", "stolen");
            act["verb"] = json!(verb);
            arrival(shop, NOW.plus(minute * MINUTE), act)
        };
        put(db, &(61..91).map(|minute| act(minute, "authentication-challenge-fail")).collect::<Vec<_>>()).await;
        put(db, &[act(91, "authentication-challenge-pass")]).await;
        assert_eq!((eve(db, shop).await.level, session(db, shop, "stolen").await), (Level::Red, Level::Red));
        put(db, &[act(200, "authentication-challenge-pass")]).await;
        assert_eq!(
            (eve(db, shop).await.level, session(db, shop, "stolen").await),
            (Level::Green, Level::Green),
            "one that was not guessed speaks for all of it, the guessed one as well"
        );
    }

    async fn a_login_begins_a_session_anew(db) {
        let shop = night(db, "Shop").await;
        put(db, &[arrival(shop, NOW.plus(2 * HOUR), login("eve", "stolen"))]).await;
        assert_eq!(session(db, shop, "stolen").await, Level::Green);
    }

    async fn a_red_login_that_is_the_last_one_is_settled_by_who_vouches_for_it(db) {
        for resolution in [Resolution::ConfirmedByUser, Resolution::Inconclusive] {
            let shop = project(db, &format!("Shop {resolution:?}")).await;
            story(db, shop).await;
            close(db, shop, resolution).await;
            let expected = if resolution == Resolution::Inconclusive { (Level::Red, Some(NOW)) } else { (Level::Green, None) };
            let user = eve(db, shop).await;
            assert_eq!((user.level, user.level_at), expected, "{resolution:?}");
        }
    }

    async fn however_many_attempts_fail_a_red_login_stands(db) {
        for said in [json!("log-in-denied"), json!("log-in")] {
            let shop = project(db, &format!("Shop {said}")).await;
            story(db, shop).await;
            // The flag as text, as some clients send it.
            let mut guess = theft("eve", "none");
            (guess["verb"], guess["user"]["authenticated"]) = (said, json!("false"));
            let all: Vec<_> = (1..2_100).map(|n| thisdata(shop, NOW.plus(n * SECOND), &guess)).collect();
            for some in all.chunks(500) {
                put(db, some).await;
            }
            let mut pass = login("eve", "own");
            pass["verb"] = json!("authentication-challenge-pass");
            put(db, &[arrival(shop, NOW.plus(HOUR), pass)]).await;
            let user = eve(db, shop).await;
            assert_eq!((user.level, user.level_at), (Level::Red, Some(NOW)));
            assert_eq!(session(db, shop, "stolen").await, Level::Red);
        }
    }

    async fn what_failed_or_was_only_said_is_nothing_of_the_users(db) {
        let shop = project(db, "Shop").await;
        for day in 0..5 {
            put(db, &[arrival(shop, NOW.plus((day - 6) * DAY), login("eve", "own"))]).await;
        }
        for n in 0..60 {
            let mut guess = theft("eve", "none");
            guess["verb"] = json!("log-in-denied");
            put(db, &[arrival(shop, NOW.plus(n * MINUTE), guess)]).await;
        }
        let mut own = login("eve", "own");
        own["verb"] = json!("access");
        put(db, &[arrival(shop, NOW.plus(2 * HOUR), own)]).await;
        assert_eq!(eve(db, shop).await.level, Level::Green);
    }
}
