//! Applications that send no session: what is done after a login is weighed with it all the same.

use porchlight_domain::alert::store as alerts;
use porchlight_domain::risk::Assessment;

use super::*;

async fn at_home(db: &Db, name: &str) -> ProjectId {
    let shop = project(db, name).await;
    for day in 0..6 {
        put(db, &[arrival(shop, NOW.plus((day - 7) * DAY), nameless(login("eve", "-")))]).await;
    }
    shop
}

fn nameless(mut event: Value) -> Value {
    event.as_object_mut().expect("object").remove("session");
    event
}

fn does(mut event: Value, verb: &str) -> Value {
    event["verb"] = json!(verb);
    event
}

/// A login, and what is done within three minutes of it.
async fn takeover(db: &Db, shop: ProjectId, base: &Value) -> Vec<Assessment> {
    let verbs = ["log-in", "email-update", "password-update", "payout-update"];
    let mut judged = Vec::new();
    for (minute, verb) in (0..).zip(verbs) {
        let arrival = arrival(shop, NOW.plus(minute * MINUTE), does(base.clone(), verb));
        judged.push(put(db, &[arrival]).await.remove(0).assessment);
    }
    judged
}

fn codes(judged: &Assessment) -> Vec<&str> {
    judged.reasons.iter().map(|reason| reason.code.as_str()).collect()
}

on_both! {
    async fn what_a_thief_does_after_a_login_is_judged_as_if_it_named_a_session(db) {
        let (one, other) = (at_home(db, "Named").await, at_home(db, "Unnamed").await);
        let mut body = login("eve", "s");
        (body["ip"], body["device"]["id"]) = (json!("122.56.9.10"), json!("new"));
        let named = takeover(db, one, &body).await;
        let unnamed = takeover(db, other, &nameless(body)).await;
        for (named, unnamed) in named.iter().zip(&unnamed) {
            assert_eq!((named.level, codes(named)), (unnamed.level, codes(unnamed)));
        }
        assert_eq!(unnamed.last().map(|last| last.level), Some(Level::Red), "{unnamed:?}");
        let told = alerts::list(db, other, &Default::default(), Paging::default()).await.expect("alerts").rows;
        assert!(told.iter().any(|alert| alert.title.contains("changed where money goes")), "{told:?}");
    }

    async fn a_user_at_home_is_no_news_and_another_devices_deeds_are_not_of_this_login(db) {
        let shop = at_home(db, "Shop").await;
        let mut thief = login("eve", "-");
        (thief["ip"], thief["device"]["id"]) = (json!("122.56.9.10"), json!("new"));
        let evil = put(db, &[arrival(shop, NOW, nameless(thief))]).await.remove(0).assessment;
        assert!(evil.level < Level::Red, "{evil:?}");
        let home = |verb: &str, minute: i64| arrival(shop, NOW.plus(minute * MINUTE), nameless(does(login("eve", "-"), verb)));
        let judged = put(db, &[home("log-in", 1), home("access", 2), home("data-export", 200), home("log-out", 201)]).await;
        assert!(judged.iter().all(|one| one.assessment.level == Level::Green), "{judged:?}");
    }
}
