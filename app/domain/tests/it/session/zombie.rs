//! Sessions that were reported dead, or were to die, and act.

use porchlight_domain::revocation::{Outcome, Step};

use super::*;

on_both! {
    async fn a_session_that_was_reported_dead_and_acts_contradicts_its_order_once(db) {
        let shop = shop(db, "Shop").await;
        let eve = user(db, shop, "eve").await;
        see(db, &[event(db, shop, eve, "s", "log-in", NOW), event(db, shop, eve, "t", "log-in", NOW)]).await;
        let id = order(db, shop, eve, &["s", "t"]).await;
        let alive = event(db, shop, eve, "s", "access", later(1));
        assert_eq!(see(db, &[alive]).await, [], "nothing was claimed yet");
        receive(db, shop, id, &[("s", "revoked"), ("t", "revoked")], later(10)).await.expect("receipt");
        let in_flight = event(db, shop, eve, "s", "access", later(10).plus(GRACE));
        let log_out = event(db, shop, eve, "t", "log-out", later(60));
        assert_eq!(see(db, &[in_flight, log_out]).await, [], "it was under way; a log-out is how sessions die");
        let zombie = event(db, shop, eve, "s", "access", later(60));
        let expected = Contradiction { project: shop, revocation: id, user: known(eve), session: "s".into(), said: Outcome::Revoked, event: zombie.event_id, at: zombie.at };
        assert_eq!(see(db, std::slice::from_ref(&zombie)).await, [expected]);
        let session = get(db, shop, "s", NOW).await.expect("get");
        assert_eq!((session.state, session.is_revoked()), (State::Live, true));
        assert_eq!(session.order.map(|order| order.state.as_str()), Some("contradicted"));
        let dossier = revocations::get(db, shop, id).await.expect("dossier");
        assert_eq!([0, 1].map(|place: usize| dossier.revocation.sessions[place].said), [Some(Outcome::Revoked), None]);
        assert_eq!(dossier.steps.last().and_then(Step::seen_alive), Some(zombie.event_id));
        assert_eq!(see(db, &[event(db, shop, eve, "s", "access", later(70))]).await, [], "told once");
        assert_eq!(get(db, shop, "t", NOW).await.expect("get").state, State::Revoked);
    }

    async fn a_dead_session_in_an_event_that_names_no_user_is_a_zombie_too(db) {
        let (shop, other) = (crate::event::project(db, "Shop").await, crate::event::project(db, "Other").await);
        let access = |project, session: &str, at| arrival(project, at, json!({ "verb": "access", "ip": "122.56.232.10", "session": { "id": session } }));
        put(db, &[arrival(shop, NOW, login("eve", "s")), arrival(other, NOW, login("eve", "s"))]).await;
        let eve = by_id(db, shop, "eve").await.expect("eve").key;
        let id = order(db, shop, eve, &["s"]).await;
        receive(db, shop, id, &[("s", "revoked")], later(10)).await.expect("receipt");
        let alerts = async || alert::store::list(db, shop, &AlertFilter::default(), Paging::default()).await.expect("alerts").rows;
        put(db, &[access(shop, "s", later(10)), access(other, "s", later(60)), access(shop, "t", later(60))]).await;
        assert_eq!(alerts().await.len(), 0, "under way, elsewhere, another session");
        put(db, &[access(shop, "s", later(60)), access(shop, "s", later(61))]).await;
        let found = alerts().await;
        let [zombie] = &found[..] else { panic!("{found:?}") };
        assert_eq!((zombie.kind.as_str(), zombie.user.as_ref().map(|user| user.id.as_str())), ("session.zombie", Some("eve")));
        assert_eq!(zombie.title, "Eve Smith's session s is in use although it was reported as revoked");
        assert_eq!(get(db, shop, "s", NOW).await.expect("get").order.map(|order| order.state.as_str()), Some("contradicted"));
    }

    async fn a_zombie_s_alert_says_what_was_said_of_the_session(db) {
        let shop = crate::event::project(db, "Shop").await;
        put(db, &[arrival(shop, NOW, login("eve", "s"))]).await;
        let eve = by_id(db, shop, "eve").await.expect("eve").key;
        let id = order(db, shop, eve, &["s"]).await;
        receive(db, shop, id, &[("s", "not_found")], later(10)).await.expect("receipt");
        let mut access = login("eve", "s");
        access["verb"] = json!("access");
        put(db, &[arrival(shop, later(60), access)]).await;
        let found = alert::store::list(db, shop, &AlertFilter::default(), Paging::default()).await.expect("alerts").rows;
        assert_eq!(found[0].title, "Eve Smith's session s is in use although it was reported as not found");
    }

    async fn what_goes_on_in_a_session_that_was_ordered_to_end_is_answered_by_block(db) {
        let shop = crate::event::project(db, "Shop").await;
        put(db, &[arrival(shop, NOW, login("eve", "s"))]).await;
        let eve = by_id(db, shop, "eve").await.expect("eve").key;
        order(db, shop, eve, &["s"]).await;
        let mut access = login("eve", "s");
        access["verb"] = json!("access");
        let told = |judged: &porchlight_domain::risk::Assessment| (judged.decision.as_str(), judged.reasons.iter().any(|reason| reason.code == "session.revoked"));
        let asked = porchlight_domain::event::store::assess_only(db, &arrival(shop, later(5), access.clone()), later(5)).await.expect("judged");
        assert_eq!(told(&asked), ("block", true));
        let judged = put(db, &[arrival(shop, later(6), access.clone()), arrival(shop, later(7), login("eve", "s")), arrival(shop, later(8), access)]).await;
        assert_eq!(judged.iter().map(|one| told(&one.assessment)).collect::<Vec<_>>(), [("block", true), ("allow", false), ("allow", false)]);
        revocations::revoke_sessions(db, &Actor::System, shop, eve, &[], "http://localhost", later(15)).await.expect("order");
        let nobody = json!({ "verb": "payout-update", "session": { "id": "s" } });
        for other in [nobody, login("mallory", "s")] {
            let mut other = other;
            other["verb"] = json!("payout-update");
            let judged = put(db, &[arrival(shop, later(20), other)]).await;
            assert_eq!(told(&judged[0].assessment), ("block", true), "whoever they say that they are");
        }
    }

    async fn what_follows_a_new_login_is_no_zombie_for_want_of_a_user(db) {
        let shop = crate::event::project(db, "Shop").await;
        put(db, &[arrival(shop, NOW, login("eve", "s"))]).await;
        let eve = by_id(db, shop, "eve").await.expect("eve").key;
        let id = order(db, shop, eve, &["s"]).await;
        receive(db, shop, id, &[("s", "revoked")], later(10)).await.expect("receipt");
        let access = |at| arrival(shop, at, json!({ "verb": "access", "session": { "id": "s" } }));
        put(db, &[arrival(shop, later(60), login("eve", "s")), access(later(61))]).await;
        put(db, &[access(later(70))]).await;
        assert_eq!(get(db, shop, "s", NOW).await.expect("get").order, None);
        let found = alert::store::list(db, shop, &AlertFilter::default(), Paging::default()).await.expect("alerts").rows;
        assert_eq!(found.len(), 0, "{found:?}");
    }

    async fn a_new_login_under_an_old_session_id_is_no_zombie(db) {
        let shop = shop(db, "Shop").await;
        let eve = user(db, shop, "eve").await;
        see(db, &[event(db, shop, eve, "s", "log-in", NOW)]).await;
        let id = order(db, shop, eve, &["s"]).await;
        receive(db, shop, id, &[("s", "revoked")], later(10)).await.expect("receipt");
        assert!(get(db, shop, "s", NOW).await.expect("get").is_revoked());
        let again = [event(db, shop, eve, "s", "log-in", later(60)), event(db, shop, eve, "s", "access", later(61))];
        assert_eq!(see(db, &again).await, []);
        assert_eq!(see(db, &[event(db, shop, eve, "s", "access", NOW.plus(2 * MINUTE))]).await, []);
        let session = get(db, shop, "s", NOW).await.expect("get");
        assert_eq!((session.state, session.is_revoked()), (State::Live, false));
    }
}
