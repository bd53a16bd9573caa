//! Sessions that are used after their own log-out.

use porchlight_domain::event::store::Arrival;
use porchlight_domain::id::ProjectId;
use porchlight_domain::risk::Assessment;

use super::*;

fn does(project: ProjectId, verb: &str, at: Timestamp) -> Arrival {
    let mut body = login("eve", "s");
    body["verb"] = json!(verb);
    arrival(project, at, body)
}

fn told(judged: &Assessment) -> bool {
    judged.reasons.iter().any(|reason| reason.code == "session.ended")
}

async fn alerts(db: &Db, project: ProjectId) -> Vec<alert::Alert> {
    alert::store::list(db, project, &AlertFilter::default(), Paging::default()).await.expect("alerts").rows
}

on_both! {
    async fn a_session_that_is_used_after_its_log_out_is_told_in_one_alert_whatever_operators_want_to_know(db) {
        let red = Settings { alert_level: Level::Red, ..Settings::default() };
        let shop = project::store::create(db, &Actor::System, "Shop", red, NOW).await.expect("project").id;
        put(db, &[does(shop, "log-in", NOW), does(shop, "access", later(5)), does(shop, "log-out", later(60))]).await;
        let quiet = put(db, &[does(shop, "access", later(60).plus(GRACE)), does(shop, "access", later(50))]).await;
        assert!(!quiet.iter().any(|one| told(&one.assessment)), "a page was loading, and one event came late");
        let asked = porchlight_domain::event::store::assess_only(db, &does(shop, "access", later(90)), later(90)).await.expect("judged");
        assert!(told(&asked) && asked.level == Level::Orange, "{asked:?}");
        let judged = put(db, &[does(shop, "access", later(90)), does(shop, "email-update", later(95))]).await;
        assert!(judged.iter().all(|one| told(&one.assessment)));
        let found = alerts(db, shop).await;
        let [ended] = &found[..] else { panic!("{found:?}") };
        assert_eq!((ended.kind.as_str(), ended.user.as_ref().map(|user| user.id.as_str())), ("session.ended", Some("eve")));
        assert!(ended.title.starts_with("Eve Smith changed the e-mail address") && ended.title.ends_with("in a session after its log-out"), "{}", ended.title);
        assert_eq!(get(db, shop, "s", later(100)).await.expect("get").state, State::Ended);
    }

    async fn who_leaves_the_users_name_out_after_the_log_out_is_told_as_theirs_and_a_public_page_is_not(db) {
        let shop = crate::event::project(db, "Shop").await;
        put(db, &[does(shop, "log-in", NOW), does(shop, "log-out", later(60))]).await;
        let nobody = |verb: &str, at| arrival(shop, at, json!({ "verb": verb, "ip": "122.56.232.10", "session": { "id": "s" } }));
        let read = put(db, &[nobody("access", later(90))]).await;
        assert!(!told(&read[0].assessment), "applications go on with a session for whoever reads on");
        let judged = put(db, &[nobody("email-update", later(95)), nobody("data-export", later(96))]).await;
        assert!(judged.iter().all(|one| told(&one.assessment) && one.assessment.level == Level::Orange), "{judged:?}");
        let found = alerts(db, shop).await;
        let [ended] = &found[..] else { panic!("{found:?}") };
        assert_eq!((ended.kind.as_str(), ended.user.as_ref().map(|user| user.id.as_str()), ended.events), ("session.ended", Some("eve"), 2));
        assert_eq!(ended.title, "Eve Smith's session s is in use after its log-out");
        put(db, &[does(shop, "email-update", later(99))]).await;
        assert_eq!(alerts(db, shop).await.len(), 1, "with the name it is the same");
    }

    async fn nobodys_event_in_a_session_that_was_ordered_to_end_joins_the_alert_behind_the_order(db) {
        let shop = crate::event::project(db, "Shop").await;
        story(db, shop).await;
        let token = crate::question::token_of(db, shop).await;
        crate::question::say(db, &token, porchlight_domain::question::Answer::No, later(60)).await.expect("answer");
        let before = alerts(db, shop).await;
        let nobody = json!({ "verb": "payout-update", "ip": "1.80.1.9", "session": { "id": "stolen" } });
        let judged = put(db, &[arrival(shop, later(90), nobody)]).await;
        assert_eq!(judged[0].assessment.decision.as_str(), "block");
        let after = alerts(db, shop).await;
        assert_eq!((after.len(), after[0].events), (before.len(), before[0].events + 1));
    }

    async fn a_new_login_under_the_same_id_begins_anew_though_what_follows_it_came_first(db) {
        let shop = crate::event::project(db, "Shop").await;
        put(db, &[does(shop, "log-in", NOW), does(shop, "log-out", later(60))]).await;
        put(db, &[does(shop, "log-in", later(120)), does(shop, "access", later(130))]).await;
        assert_eq!(alerts(db, shop).await.len(), 0);
        put(db, &[does(shop, "log-out", later(140))]).await;
        // Within the time that clients need to send an event.
        put(db, &[does(shop, "access", later(143))]).await;
        put(db, &[does(shop, "log-in", later(142))]).await;
        let judged = put(db, &[does(shop, "access", later(200))]).await;
        assert!(!told(&judged[0].assessment));
        assert_eq!(get(db, shop, "s", later(200)).await.expect("get").state, State::Live);
        assert_eq!(alerts(db, shop).await.len(), 0);
    }

    async fn a_log_out_that_comes_late_does_not_end_the_session_that_began_since(db) {
        let shop = crate::event::project(db, "Shop").await;
        put(db, &[does(shop, "log-in", NOW), does(shop, "log-in", later(120))]).await;
        let judged = put(db, &[does(shop, "log-out", later(60)), does(shop, "access", later(180))]).await;
        assert!(!told(&judged[1].assessment), "{judged:?}");
        let again = put(db, &[does(shop, "access", later(240))]).await;
        assert!(!told(&again[0].assessment));
    }
}
