//! What stands whatever else is said: what the user has denied, what was ordered to end, and what may be asked today.

use porchlight_domain::alert::{Resolution, Unasked, store as alerts};
use porchlight_domain::event::store::assess_only;
use porchlight_domain::revocation::store::revoke_session;
use porchlight_domain::risk::{Assessment, Decision};
use porchlight_domain::rule::store as rules;

use super::*;
use crate::rule::condition;

fn addressless(mut event: Value) -> Value {
    event["user"].as_object_mut().expect("object").remove("email");
    event
}

async fn verified(db: &Db, shop: ProjectId, at: Timestamp, event: Value) -> Assessment {
    assess_only(db, &arrival(shop, at, event), at).await.expect("judged")
}

on_both! {
    async fn an_alert_says_why_its_user_was_not_asked(db) {
        let (shop, quiet) = (project(db, "Shop").await, create(db, &Actor::System, "Quiet", Settings::default(), NOW).await.expect("project").id);
        for day in 0..6 {
            let home = |shop, user: &str| arrival(shop, NOW.plus((day - 7) * DAY), addressless(login(user, &format!("{user}-{day}"))));
            put(db, &[home(shop, "ann"), home(shop, "ben"), home(quiet, "ann")]).await;
        }
        let mut challenged = theft("ann", "c");
        (challenged["verb"], challenged["ip"], challenged["device"]["id"]) = (json!("log-in-challenge"), json!("1.90.1.1"), json!("other"));
        let said = async |shop, event| {
            put(db, &[arrival(shop, NOW, event)]).await;
            alerts::list(db, shop, &Default::default(), Paging::default()).await.expect("alerts").rows.remove(0).unasked
        };
        assert_eq!(said(shop, challenged).await, Some(Unasked::NoLogin));
        assert_eq!(said(shop, addressless(theft("ben", "s"))).await, Some(Unasked::NoAddress));
        assert_eq!(said(quiet, theft("ann", "s")).await, Some(Unasked::Off));
    }

    async fn no_rule_but_one_that_allows_lets_in_what_the_user_has_denied(db) {
        let shop = project(db, "Shop").await;
        story(db, shop).await;
        let alert = alerts::list(db, shop, &Default::default(), Paging::default()).await.expect("alerts").rows.remove(0);
        alerts::close(db, &Actor::System, shop, alert.id, Resolution::ConfirmedThreat, "", NOW).await.expect("close");
        let again = async || verified(db, shop, NOW.plus(HOUR), theft("eve", "again")).await.decision;
        assert_eq!(again().await, Decision::Block);
        for (effect, expected) in [
            ("evidence(+0.5)", Decision::Block),
            ("evidence(-9)", Decision::Block),
            ("challenge", Decision::Block),
            ("allow", Decision::Allow),
        ] {
            let rule = rules::create(db, &Actor::System, shop, condition("Beside it", "true", effect), NOW).await.expect("rule");
            assert_eq!(again().await, expected, "{effect}");
            rules::delete(db, &Actor::System, shop, rule.id, NOW).await.expect("gone");
        }
    }

    async fn what_goes_on_in_a_session_that_was_ordered_to_end_is_nobodys_habit(db) {
        let shop = project(db, "Shop").await;
        for day in 0..6 {
            put(db, &[arrival(shop, NOW.plus((day - 7) * DAY), login("eve", &format!("home-{day}")))]).await;
        }
        let with = |session: &str, verb: &str| {
            let mut body = login("eve", session);
            (body["verb"], body["device"]["id"]) = (json!(verb), json!("stolen"));
            body
        };
        let unknown = |judged: &Assessment| judged.reasons.iter().any(|reason| reason.code == "device.token.unknown");
        revoke_session(db, &Actor::System, shop, "home-5", "https://watch.example", NOW).await.expect("ordered");
        for day in 1..4 {
            let judged = put(db, &[arrival(shop, NOW.plus(day * DAY), with("home-5", "access"))]).await.remove(0).assessment;
            assert_eq!((judged.level, judged.decision, judged.score()), (Level::Red, Decision::Block, 1.0));
        }
        let login = verified(db, shop, NOW.plus(5 * DAY), with("new", "log-in")).await;
        assert!(unknown(&login), "{login:?}");
    }

    async fn an_order_stands_before_any_event_of_its_session_and_where_nothing_is_remembered_of_it(db) {
        let shop = project(db, "Shop").await;
        for day in 0..6 {
            put(db, &[arrival(shop, NOW.plus((day - 7) * DAY), login("eve", &format!("home-{day}")))]).await;
        }
        let mut tx = db.begin().await.expect("begin");
        sqlx::query("UPDATE session SET memory = $1 WHERE id = 'home-5'").bind(&[9_u8, 9][..]).execute(tx.conn()).await.expect("unreadable");
        tx.commit().await.expect("commit");
        let eve = user::store::by_id(db, shop, "eve").await.expect("eve").key;
        crate::revocation::order(db, shop, eve, &["unseen", "home-5"]).await;
        for session in ["unseen", "home-5"] {
            let mut own = login("eve", session);
            own["verb"] = json!("email-update");
            let mut nobodys = own.clone();
            nobodys.as_object_mut().expect("object").remove("user");
            for event in [nobodys, own] {
                let asked = verified(db, shop, NOW.plus(MINUTE), event.clone()).await;
                let recorded = put(db, &[arrival(shop, NOW.plus(MINUTE), event)]).await.remove(0).assessment;
                for judged in [asked, recorded] {
                    assert_eq!((judged.level, judged.decision), (Level::Red, Decision::Block), "{session}: {judged:?}");
                }
            }
        }
    }

    async fn verify_says_of_a_stranger_in_anothers_session_what_recording_says(db) {
        let shop = project(db, "Shop").await;
        put(db, &[arrival(shop, NOW, login("eve", "s"))]).await;
        let mut event = login("newcomer", "s");
        event["verb"] = json!("access");
        let asked = verified(db, shop, NOW.plus(MINUTE), event.clone()).await;
        let recorded = put(db, &[arrival(shop, NOW.plus(MINUTE), event)]).await.remove(0).assessment;
        assert_eq!((asked.level, &asked.reasons), (Level::Orange, &recorded.reasons));
        let nobody = json!({"verb": "email-update", "ip": "122.56.232.10", "session": {"id": "s"}});
        put(db, &[arrival(shop, NOW.plus(2 * MINUTE), json!({"verb": "log-out", "user": {"id": "eve"}, "session": {"id": "s"}}))]).await;
        let asked = verified(db, shop, NOW.plus(HOUR), nobody.clone()).await;
        let recorded = put(db, &[arrival(shop, NOW.plus(HOUR), nobody)]).await.remove(0).assessment;
        assert_eq!((asked.level, &asked.reasons), (Level::Orange, &recorded.reasons), "of nobody after the log-out");
    }

    async fn who_is_asked_twice_in_a_day_is_one_user(db) {
        let shop = project(db, "Shop").await;
        story(db, shop).await;
        let mut again = theft("eve", "again");
        (again["device"]["id"], again["user"]["email"]) = (json!("another"), json!("eve@example.com"));
        put(db, &[arrival(shop, NOW.plus(MINUTE), again)]).await;
        let asked: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM question").fetch_one(db.reader()).await.expect("count");
        let mind = porchlight_domain::risk::store::mind(db, shop, NOW).await.expect("mind");
        let counted = mind.lock().memory.learned.budget.now(None, NOW).asked;
        assert_eq!((asked, counted), (2, 1));
    }

    async fn who_is_asked_today_about_yesterday_is_counted_today(db) {
        let settings = Settings { ask_users: true, ask_a_day: Some(2), ..Settings::default() };
        let shop = create(db, &Actor::System, "Shop", settings, NOW).await.expect("project").id;
        let users: Vec<_> = (0..8).map(|number| format!("user-{number}")).collect();
        for day in 0..6 {
            let home = |user: &String| arrival(shop, NOW.plus((day - 9) * DAY), login(user, &format!("{user}-{day}")));
            put(db, &users.iter().map(home).collect::<Vec<_>>()).await;
        }
        let midnight = Timestamp(NOW.0 - NOW.0.rem_euclid(DAY));
        for (number, user) in users.iter().enumerate() {
            let mut stolen = arrival(shop, midnight.plus(MINUTE), theft(user, &format!("stolen-{user}")));
            if number > 3 {
                stolen.observation.at = midnight.plus(-HOUR);
            }
            put(db, &[stolen]).await;
        }
        let asked: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM question").fetch_one(db.reader()).await.expect("count");
        assert_eq!(asked, 2);
        let told = alerts::list(db, shop, &Default::default(), Paging::default()).await.expect("alerts").rows;
        let unasked: Vec<_> = told.iter().rev().map(|alert| alert.unasked).collect();
        assert_eq!((&unasked[..2], &unasked[2..]), (&[None; 2][..], &[Some(Unasked::Allowance); 6][..]));
    }
}
