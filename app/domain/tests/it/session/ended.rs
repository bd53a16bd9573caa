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
        assert!(ended.title.starts_with("Eve Smith used the account") && ended.title.ends_with("in a session after its log-out"), "{}", ended.title);
        assert_eq!(get(db, shop, "s", later(100)).await.expect("get").state, State::Ended);
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
