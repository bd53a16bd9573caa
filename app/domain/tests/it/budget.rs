//! A budget of challenges under attack: thieves do not use it up, and who was challenged stays challenged.

use porchlight_domain::Timestamp;
use porchlight_domain::db::Db;
use porchlight_domain::id::ProjectId;
use porchlight_domain::operator::Actor;
use porchlight_domain::project::{Settings, store as projects};
use porchlight_domain::question::Answer;
use porchlight_domain::risk::{Assessment, Decision, Level};
use porchlight_domain::time::{DAY, HOUR, MINUTE};
use serde_json::{Value, json};

use crate::event::{arrival, login, project, put, theft};
use crate::question::{say, token_of};
use crate::support::NOW;

const USERS: usize = 20;
const DAYS: i64 = 20;

/// Twenty users who log in each day, and a budget of one challenge in a hundred.
async fn shop(db: &Db) -> ProjectId {
    let shop = project(db, "Shop").await;
    let budget = Settings { ask_users: true, challenge_per_10_000: Some(100), ..Settings::default() };
    projects::update(db, &Actor::System, shop, "Shop", budget, NOW).await.expect("settings");
    for day in 0..DAYS {
        let at = NOW.plus((day - DAYS) * DAY);
        let one = |user| arrival(shop, at, login(&format!("user-{user}"), &format!("home-{user}-{day}")));
        put(db, &(0..USERS).map(one).collect::<Vec<_>>()).await;
    }
    shop
}

/// What the thief of this number does, in a session of this name.
fn stolen(number: usize, session: &str, verb: &str) -> Value {
    let mut event = theft(&format!("user-{}", number % USERS), &format!("{session}-{number}"));
    event["verb"] = json!(verb);
    (event["ip"], event["device"]) =
        (json!(format!("1.{number}.1.9")), json!({"id": format!("evil-{number}")}));
    event
}

async fn judged(db: &Db, shop: ProjectId, at: Timestamp, event: Value) -> Assessment {
    put(db, &[arrival(shop, at, event)]).await.remove(0).assessment
}

on_both! {
    async fn a_thief_who_was_challenged_is_challenged_again_whatever_came_since(db) {
        let shop = shop(db).await;
        for number in 0..60 {
            let at = NOW.plus(number as i64 * MINUTE);
            let judged = judged(db, shop, at, stolen(number, "evil", "log-in")).await;
            assert_eq!((judged.level, judged.decision), (Level::Red, Decision::Challenge), "{number}");
        }
        let later = NOW.plus(2 * HOUR);
        for (session, verb) in [("evil", "access"), ("evil", "email-update"), ("again", "log-in")] {
            let judged = judged(db, shop, later, stolen(0, session, verb)).await;
            assert_eq!((judged.level, judged.decision), (Level::Red, Decision::Challenge), "{verb}");
        }
        let honest = judged(db, shop, later, login("user-1", "evening")).await;
        assert_eq!((honest.level, honest.decision), (Level::Green, Decision::Allow));
    }

    async fn whom_their_user_vouches_for_is_challenged_no_more(db) {
        let shop = shop(db).await;
        assert_eq!(judged(db, shop, NOW, stolen(0, "mine", "log-in")).await.decision, Decision::Challenge);
        say(db, &token_of(db, shop).await, Answer::Yes, NOW.plus(HOUR)).await.expect("answer");
        for (session, verb) in [("mine", "access"), ("next", "log-in")] {
            let judged = judged(db, shop, NOW.plus(2 * HOUR), stolen(0, session, verb)).await;
            assert_eq!((judged.level, judged.decision), (Level::Green, Decision::Allow), "{verb}");
        }
    }

    async fn what_a_budget_challenges_says_how_rare_it_is_or_that_its_like_was_challenged_before(db) {
        let shop = shop(db).await;
        let first = judged(db, shop, NOW, stolen(1, "first", "log-in")).await;
        let why = first.account.budget.expect("the budget is why");
        assert!(first.decision == Decision::Challenge && why.one_in > 20.0 && !why.again, "{why:?}");
        let again = judged(db, shop, NOW.plus(MINUTE), stolen(1, "again", "log-in")).await;
        assert!(again.account.budget.is_some_and(|why| why.again), "{:?}", again.account.budget);
        let home = judged(db, shop, NOW.plus(HOUR), login("user-2", "home")).await;
        assert_eq!((home.decision, home.account.budget), (Decision::Allow, None));
        let mind = porchlight_domain::risk::store::mind(db, shop, NOW).await.expect("mind");
        let now = mind.lock().memory.learned.budget.now(Some(0.01), NOW);
        assert!(now.challenged_from.is_some() && now.rarity.is_some_and(|rarity| rarity.starts_with("1 in ")));
    }
}
