//! What must not be lost: among many alerts, beside a rule's own, under older news.

use porchlight_domain::alert::store as alerts;
use porchlight_domain::alert::{Alert, AlertFilter, Resolution};
use porchlight_domain::rule::store as rules;
use porchlight_domain::time::SECOND;

use super::*;
use crate::rule::condition;

async fn all(db: &Db, shop: ProjectId) -> Vec<Alert> {
    let page = Paging::new(None, Some(100));
    let mut rows = alerts::list(db, shop, &AlertFilter::default(), page).await.expect("alerts").rows;
    rows.sort_by_key(|alert| alert.id);
    rows
}

/// A login of somebody who has the password and shows another device each time.
async fn with_device(db: &Db, shop: ProjectId, n: i64) {
    let mut event = theft("eve", &format!("s{n}"));
    event["device"]["id"] = json!(format!("fresh-{n}"));
    put(db, &[arrival(shop, NOW.plus(n * SECOND), event)]).await;
}

on_both! {
    async fn whoever_has_one_password_cannot_bury_all_other_alerts(db) {
        let shop = project(db, "Shop").await;
        for day in 0..6 {
            put(db, &[arrival(shop, NOW.plus((day - 7) * DAY), login("eve", &format!("home-{day}")))]).await;
        }
        for n in 0..40 {
            with_device(db, shop, n).await;
        }
        let found = all(db, shop).await;
        assert_eq!((found.len(), found[8].events), (9, 32));
        assert_eq!(found[8].title, "Eve Smith logged in from further networks, or on further devices, that are unusual");
        let mut then = theft("eve", "s30");
        (then["device"]["id"], then["verb"]) = (json!("fresh-30"), json!("password-update"));
        put(db, &[arrival(shop, NOW.plus(50 * SECOND), then)]).await;
        let told = &all(db, shop).await[8];
        assert!(told.title.ends_with("; then changed the password") && told.events == 33, "{told:?}");
        for alert in &found {
            alerts::close(db, &Actor::System, shop, alert.id, Resolution::Inconclusive, "", NOW.plus(MINUTE)).await.expect("closed");
        }
        with_device(db, shop, 90).await;
        assert_eq!(all(db, shop).await.len(), 10, "whoever works through them sees the next one by itself");
    }

    async fn a_no_to_all_further_ones_denies_nothing_that_is_not_like_them(db) {
        let shop = project(db, "Shop").await;
        for day in 0..6 {
            put(db, &[arrival(shop, NOW.plus((day - 7) * DAY), login("eve", &format!("home-{day}")))]).await;
        }
        for n in 0..12 {
            with_device(db, shop, n).await;
        }
        let further = all(db, shop).await[8].clone();
        let mut tx = db.begin().await.expect("begin");
        sqlx::query("INSERT INTO question (id, project_id, alert_id, user_key, event_id, token_hash, asked_at, expires_at, answer, answered_at) \
             VALUES (1, $1, $2, $3, $4, 'none', $5, $5, 'no', $5)")
            .bind(shop.0).bind(further.id.0).bind(further.user.as_ref().expect("eve").key.0).bind(further.event_id.expect("event").0).bind(NOW.0)
            .execute(tx.conn()).await.expect("a no");
        tx.commit().await.expect("commit");
        let mut laptop = theft("eve", "laptop");
        (laptop["device"]["id"], laptop["ip"]) = (json!("new laptop"), json!("1.66.1.1"));
        put(db, &[arrival(shop, NOW.plus(60 * SECOND), laptop)]).await;
        assert!(all(db, shop).await.iter().all(|alert| alert.kind != "login.repeat"));
    }

    async fn what_the_user_does_at_home_is_of_no_crowded_alert_and_a_theft_has_its_own(db) {
        let shop = project(db, "Shop").await;
        for day in 0..6 {
            put(db, &[arrival(shop, NOW.plus((day - 7) * DAY), login("eve", &format!("home-{day}")))]).await;
        }
        for n in 0..12 {
            with_device(db, shop, n).await;
        }
        for (second, verb) in [(20, "log-in"), (30, "authentication-challenge-pass"), (40, "password-update")] {
            let mut event = login("eve", "own");
            event["verb"] = json!(verb);
            put(db, &[arrival(shop, NOW.plus(second * SECOND), event)]).await;
        }
        assert_eq!((all(db, shop).await.len(), all(db, shop).await[8].events), (9, 4), "at home");
        let mut stolen = theft("eve", "own");
        stolen["verb"] = json!("access");
        put(db, &[arrival(shop, NOW.plus(50 * SECOND), stolen)]).await;
        let found = all(db, shop).await;
        assert_eq!(found.len(), 10, "{found:?}");
        assert!(found[9].title.contains("session"), "{found:?}");
    }

    async fn a_rule_that_reports_a_change_leaves_the_logins_alert_its_news(db) {
        let shop = project(db, "Shop").await;
        rules::create(db, &Actor::System, shop, condition("Changes", "event.verb == 'email-update'", "notify"), NOW).await.expect("rule");
        story(db, shop).await;
        for (second, verb) in [(1, "authentication-challenge-pass"), (2, "email-update")] {
            let mut event = theft("eve", "stolen");
            event["verb"] = json!(verb);
            put(db, &[arrival(shop, NOW.plus(second * SECOND), event)]).await;
        }
        let found = all(db, shop).await;
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].title.ends_with("; then passed a challenge, changed the e-mail address"), "{found:?}");
        assert_eq!((found[0].events, found[1].kind.as_str()), (3, "rule"));
    }

    async fn what_is_known_of_a_user_is_the_latest_whatever_comes_late(db) {
        let shop = project(db, "Shop").await;
        let with = |mail: &str, at| {
            let mut event = login("eve", "s");
            event["user"]["email"] = json!(mail);
            arrival(shop, at, event)
        };
        let mail = async || user::store::by_id(db, shop, "eve").await.expect("eve").email;
        put(db, &[with("old@example.com", NOW.plus(-300 * DAY)), with("new@example.com", NOW)]).await;
        put(db, &[with("older@example.com", NOW.plus(-200 * DAY))]).await;
        assert_eq!(mail().await.as_deref(), Some("new@example.com"));
        put(db, &[with("newer@example.com", NOW.plus(-HOUR))]).await;
        assert_eq!(mail().await.as_deref(), Some("newer@example.com"), "events of one day overtake each other");
    }
}
