//! Which sessions a "no" ends: all that the thief has, none that is the user's own.

use porchlight_domain::alert::{Resolution, store as alerts};
use porchlight_domain::db::Db;
use porchlight_domain::id::ProjectId;
use porchlight_domain::operator::Actor;
use porchlight_domain::page::Paging;
use porchlight_domain::project::{Settings, store as projects};
use porchlight_domain::question::Answer;
use porchlight_domain::revocation::store as revocations;
use porchlight_domain::revocation::{Revocation, RevocationFilter};
use porchlight_domain::risk::Level;
use porchlight_domain::time::{DAY, HOUR, MINUTE};
use serde_json::{Value, json};

use super::{URL, alert, asked, messages, say, token_of};
use crate::event::{arrival, login, project, put, story, theft};
use crate::support::NOW;

async fn orders(db: &Db, project: ProjectId) -> Vec<Revocation> {
    let all = RevocationFilter::default();
    revocations::list(db, project, &all, Paging::default()).await.expect("orders").rows
}

fn ids(order: &Revocation) -> Vec<&str> {
    order.sessions.iter().map(|session| session.id.as_str()).collect()
}

fn without(mut event: Value, key: &str) -> Value {
    event.as_object_mut().expect("object").remove(key);
    event
}

fn doing(verb: &str, mut event: Value) -> Value {
    event["verb"] = json!(verb);
    event
}

on_both! {
    async fn a_no_ends_every_session_of_the_thief_and_none_of_the_users(db) {
        let (shop, token) = asked(db).await;
        put(db, &[arrival(shop, NOW.plus(MINUTE), theft("eve", "stolen-2"))]).await;
        let mut elsewhere = doing("access", theft("eve", "stolen-3"));
        elsewhere["ip"] = json!("203.0.113.200");
        put(db, &[arrival(shop, NOW.plus(2 * MINUTE), elsewhere)]).await;
        put(db, &[arrival(shop, NOW.plus(3 * MINUTE), doing("access", theft("eve", "home-4")))]).await;
        assert_eq!(alert(db, shop).await.events, 3, "the second login joined, and the request that awaits the same word");
        assert!(say(db, &token, Answer::No, NOW.plus(HOUR)).await.expect("answer"));
        let orders = orders(db, shop).await;
        let thief = ["home-4", "stolen", "stolen-2", "stolen-3"];
        assert_eq!((orders.len(), orders[0].scope.as_str(), ids(&orders[0])), (1, "listed", thief.to_vec()));
        let order = messages(db).await.into_iter().find(|m| m.0 == "session.revocation.requested").expect("an order");
        let flat = order.2.expect("the flattened body");
        assert_eq!(flat["sessions"], json!(thief.map(|id| json!({ "id": id }))));
        assert_eq!((&flat["scope"], &flat["was_user"], &flat["sessions"]), (&json!("listed"), &json!(false), &order.1["sessions"]));
    }

    async fn a_no_ends_the_thiefs_other_windows_and_what_else_was_red_that_day_but_none_that_began_as_usual_or_was_vouched_for(db) {
        let (shop, token) = asked(db).await;
        let window = |session: &str, device: &str, ip: &str, after: i64| {
            let mut event = theft("eve", session);
            (event["device"]["id"], event["ip"]) = (json!(device), json!(ip));
            arrival(shop, NOW.plus(after), event)
        };
        let mut stranger = window("stranger", "window-5", "203.0.113.9", 3 * MINUTE);
        stranger.observation.network = None;
        let red = put(db, &[
            window("second", "window-2", "1.80.1.9", MINUTE),
            window("neighbour", "window-3", "1.80.1.77", 2 * MINUTE),
            window("late", "window-4", "1.80.1.9", DAY + HOUR),
            stranger,
        ])
        .await;
        assert!(red.iter().all(|one| one.assessment.level > Level::Green), "{red:?}");
        put(db, &[window("vouched", "window-6", "1.80.1.9", 4 * MINUTE)]).await;
        let vouched = alert(db, shop).await;
        alerts::close(db, &Actor::System, shop, vouched.id, Resolution::Expected, "", NOW.plus(HOUR)).await.expect("close");
        let mut usual = login("eve", "usual");
        usual["ip"] = json!("1.80.1.9");
        let usual = arrival(shop, NOW.plus(5 * MINUTE), usual);
        put(db, &[usual]).await;
        let mut tx = db.begin().await.expect("begin");
        sqlx::query("UPDATE event SET level = 0 WHERE session_id = 'usual'").execute(tx.conn()).await.expect("green");
        tx.commit().await.expect("commit");
        say(db, &token, Answer::No, NOW.plus(DAY + 2 * HOUR)).await.expect("answer");
        assert_eq!(ids(&orders(db, shop).await[0]), ["neighbour", "second", "stolen", "stranger"]);
    }

    async fn without_a_token_the_network_and_the_client_tell_the_thiefs_sessions(db) {
        let shop = project(db, "Shop").await;
        let orange = Settings { ask_users: true, alert_level: Level::Orange, ..Settings::default() };
        projects::update(db, &Actor::System, shop, "Shop", orange, NOW).await.expect("settings");
        for day in 0..5 {
            put(db, &[arrival(shop, NOW.plus((day - 6) * DAY), without(login("eve", &format!("home-{day}")), "device"))]).await;
        }
        put(db, &[arrival(shop, NOW.plus(7 * HOUR), without(theft("eve", "stolen"), "device"))]).await;
        let near = |session: &str, ip: &str| {
            let mut event = doing("access", without(theft("eve", session), "device"));
            event["ip"] = json!(ip);
            arrival(shop, NOW.plus(7 * HOUR + MINUTE), event)
        };
        // Of another provider, so that it joins no alert of theirs.
        let mut stranger = near("stranger", "1.80.2.9");
        stranger.observation.network = None;
        put(db, &[near("neighbour", "1.80.1.77"), stranger]).await;
        let token = token_of(db, shop).await;
        say(db, &token, Answer::No, NOW.plus(8 * HOUR)).await.expect("answer");
        assert_eq!(ids(&orders(db, shop).await[0]), ["neighbour", "stolen"]);
    }

    async fn a_session_that_has_ended_or_belongs_to_somebody_else_is_left_alone(db) {
        let (shop, token) = asked(db).await;
        put(db, &[arrival(shop, NOW.plus(MINUTE), theft("eve", "over"))]).await;
        put(db, &[arrival(shop, NOW.plus(2 * MINUTE), doing("log-out", theft("eve", "over")))]).await;
        put(db, &[arrival(shop, NOW.plus(3 * MINUTE), theft("bob", "bobs"))]).await;
        say(db, &token, Answer::No, NOW.plus(HOUR)).await.expect("answer");
        let orders = orders(db, shop).await;
        assert_eq!((orders.len(), orders[0].scope.as_str(), ids(&orders[0])), (1, "one", vec!["stolen"]));
    }

    async fn what_an_order_ends_already_is_not_ordered_twice(db) {
        let shop = project(db, "Shop").await;
        story(db, shop).await;
        let token = token_of(db, shop).await;
        let by_hand = revocations::revoke_session(db, &Actor::System, shop, "stolen", URL, NOW).await.expect("order");
        assert!(say(db, &token, Answer::No, NOW.plus(MINUTE)).await.expect("answer"), "it is being ended");
        assert_eq!(orders(db, shop).await.iter().map(|order| order.id).collect::<Vec<_>>(), [by_hand]);
        let told = messages(db).await.pop().expect("a message");
        assert_eq!(told.2.map(|body| body["was_user"].clone()), Some(json!(false)), "told by the answer itself");
    }

    async fn a_project_can_end_all_sessions_on_a_no(db) {
        let (shop, token) = asked(db).await;
        let settings = Settings { revoke_all_on_no: true, ask_users: true, ..Settings::default() };
        projects::update(db, &Actor::System, shop, "Shop", settings, NOW).await.expect("settings");
        say(db, &token, Answer::No, NOW).await.expect("answer");
        let order = messages(db).await.into_iter().find(|m| m.0 == "session.revocation.requested").expect("an order");
        let sessions = order.1["sessions"].as_array().expect("sessions").len();
        assert_eq!((order.1["scope"].as_str(), sessions), (Some("all"), 6));
    }

    async fn without_a_session_a_no_is_told_and_nothing_is_ordered(db) {
        let shop = project(db, "Shop").await;
        for day in 0..5 {
            put(db, &[arrival(shop, NOW.plus((day - 6) * DAY), login("eve", "home"))]).await;
        }
        let mut nameless = theft("eve", "");
        nameless.as_object_mut().expect("object").remove("session");
        put(db, &[arrival(shop, NOW, nameless)]).await;
        let token = token_of(db, shop).await;
        assert!(!say(db, &token, Answer::No, NOW).await.expect("answer"));
        let all = messages(db).await;
        let last = all.last().expect("a message");
        assert_eq!((last.0.as_str(), last.2.as_ref().map(|body| body["was_user"].clone())), ("question.answered", Some(json!(false))));
    }
}
