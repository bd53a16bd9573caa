//! Sessions: what events do to them, and the ones that live on after they were reported dead.

use porchlight_domain::alert::AlertFilter;
use porchlight_domain::db::Db;
use porchlight_domain::event::EventUser;
use porchlight_domain::id::{EventId, ProjectId, UserKey};
use porchlight_domain::operator::Actor;
use porchlight_domain::page::Paging;
use porchlight_domain::project::{self, Settings};
use porchlight_domain::revocation::store::{self as revocations, revoke_sessions};
use porchlight_domain::revocation::{Outcome, Step};
use porchlight_domain::session::store::{GRACE, get, list_for_user, seen};
use porchlight_domain::session::{Contradiction, Seen, SessionDetail, State};
use porchlight_domain::time::{DAY, MINUTE, SECOND};
use porchlight_domain::user::store::by_id;
use porchlight_domain::{Error, Timestamp, alert};
use serde_json::json;

use crate::event::{arrival, login, put};
use crate::revocation::{order, receive};
use crate::support::NOW;

/// A project.
pub async fn shop(db: &Db, name: &str) -> ProjectId {
    project::store::create(db, &Actor::System, name, Settings::default(), NOW).await.expect("project").id
}

/// A user of a project.
pub async fn user(db: &Db, project: ProjectId, id: &str) -> UserKey {
    let key = db.next_id(NOW);
    let mut tx = db.begin().await.expect("begin");
    sqlx::query("INSERT INTO end_user (key, project_id, id, name, first_seen_at, last_seen_at, events, level) VALUES ($1, $2, $3, $4, $5, $5, 0, 0)")
        .bind(key)
        .bind(project.0)
        .bind(id)
        .bind(format!("Name of {id}"))
        .bind(NOW.0)
        .execute(tx.conn())
        .await
        .expect("insert");
    tx.commit().await.expect("commit");
    UserKey(key)
}

/// An event of a session.
pub fn event(db: &Db, project: ProjectId, user: UserKey, session: &str, verb: &str, at: Timestamp) -> Seen {
    Seen {
        project,
        session_id: session.to_owned(),
        user_key: user,
        event_id: EventId(db.next_id(at)),
        verb: verb.to_owned(),
        at,
        memory: None,
        detail: SessionDetail {
            ip: Some("192.0.2.1".into()),
            place: Some("Auckland, NZ".into()),
            ..SessionDetail::default()
        },
    }
}

fn known(eve: UserKey) -> EventUser {
    EventUser { key: eve, id: "eve".into(), name: Some("Name of eve".into()) }
}

/// Records events.
pub async fn see(db: &Db, events: &[Seen]) -> Vec<Contradiction> {
    let mut tx = db.begin().await.expect("begin");
    let found = seen(&mut tx, events, &[], NOW).await.expect("seen");
    tx.commit().await.expect("commit");
    found
}

fn later(seconds: i64) -> Timestamp {
    NOW.plus(seconds * SECOND)
}

on_both! {
    async fn a_login_begins_a_session_events_move_it_on_and_a_log_out_ends_it(db) {
        let shop = shop(db, "Shop").await;
        let eve = user(db, shop, "eve").await;
        see(db, &[event(db, shop, eve, "s", "log-in", NOW)]).await;
        let begun = get(db, shop, "s", NOW).await.expect("get");
        assert_eq!((begun.state, begun.started_at, begun.last_seen_at), (State::Live, NOW, NOW));
        assert_eq!((begun.user.id.as_str(), begun.is_revoked()), ("eve", false));
        let moved = event(db, shop, eve, "s", "access", later(60));
        see(db, std::slice::from_ref(&moved)).await;
        see(db, &[event(db, shop, eve, "s", "access", later(30))]).await;
        let read = get(db, shop, "s", NOW).await.expect("get");
        assert_eq!((read.started_at, read.last_seen_at, read.last_event_id), (NOW, later(60), Some(moved.event_id)));
        see(db, &[event(db, shop, eve, "s", "log-out", later(90))]).await;
        see(db, &[event(db, shop, eve, "s", "access", later(91))]).await;
        let ended = get(db, shop, "s", NOW).await.expect("get");
        assert_eq!((ended.state, ended.ended_at, ended.last_seen_at), (State::Ended, Some(later(90)), later(91)));
        see(db, &[event(db, shop, eve, "s", "log-in", later(120))]).await;
        let again = get(db, shop, "s", NOW).await.expect("get");
        assert_eq!((again.state, again.started_at, again.ended_at), (State::Live, later(120), None));
    }

    async fn a_late_event_takes_nothing_back(db) {
        let shop = shop(db, "Shop").await;
        let eve = user(db, shop, "eve").await;
        see(db, &[event(db, shop, eve, "s", "log-in", later(100))]).await;
        see(db, &[event(db, shop, eve, "s", "log-out", later(50)), event(db, shop, eve, "t", "log-out", later(50))]).await;
        assert_eq!(get(db, shop, "s", NOW).await.expect("get").state, State::Live, "it ended before this login");
        see(db, &[event(db, shop, eve, "s", "log-in", later(10))]).await;
        assert_eq!(get(db, shop, "s", NOW).await.expect("get").started_at, later(100));
        assert_eq!(get(db, shop, "t", NOW).await.expect("get").state, State::Ended);
    }

    async fn the_latest_login_takes_a_session_over_within_its_project_alone(db) {
        let (shop, other) = (shop(db, "Shop").await, shop(db, "Other").await);
        let (eve, bob, eve_elsewhere) = (user(db, shop, "eve").await, user(db, shop, "bob").await, user(db, other, "eve").await);
        see(db, &[event(db, shop, eve, "s", "log-in", NOW), event(db, other, eve_elsewhere, "s", "log-in", NOW)]).await;
        see(db, &[event(db, shop, bob, "s", "log-out", later(1))]).await;
        assert_eq!(get(db, shop, "s", NOW).await.expect("get").state, State::Live, "somebody else cannot end it");
        see(db, &[event(db, shop, bob, "s", "log-in", later(2))]).await;
        assert_eq!(get(db, shop, "s", NOW).await.expect("get").user.key, bob);
        assert_eq!(get(db, other, "s", NOW).await.expect("get").user.key, eve_elsewhere);
        assert!(matches!(get(db, shop, "nothing", NOW).await, Err(Error::NotFound)));
        assert!(matches!(get(db, shop, "a\0b", NOW).await, Err(Error::NotFound)));
    }

    async fn a_batch_of_a_thousand_sessions_is_recorded_whole(db) {
        let shop = shop(db, "Shop").await;
        let eve = user(db, shop, "eve").await;
        let mut batch: Vec<_> = (0..1_000).map(|n| event(db, shop, eve, &format!("s{n}"), "log-in", later(n))).collect();
        batch.extend((0..7).map(|n| event(db, shop, eve, &format!("s{n}"), "log-out", later(n + 1))));
        assert_eq!(see(db, &batch).await, []);
        let live = list_for_user(db, shop, eve, Some(State::Live), Paging::new(None, Some(200)), NOW).await.expect("list");
        assert_eq!((live.rows.len(), live.rows[0].id.as_str(), live.next.is_some()), (200, "s999", true));
        let ended = list_for_user(db, shop, eve, Some(State::Ended), Paging::default(), NOW).await.expect("list");
        assert_eq!(ended.rows.len(), 7);
        let mut all = 0;
        let mut cursor = None;
        loop {
            let page = list_for_user(db, shop, eve, None, Paging::new(cursor.as_deref(), Some(200)), NOW).await.expect("list");
            all += page.rows.len();
            let Some(next) = page.next else { break };
            cursor = Some(next);
        }
        assert_eq!(all, 1_000);
    }

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
        let expected = Contradiction { project: shop, revocation: id, user: known(eve), session: "s".into(), event: zombie.event_id, at: zombie.at };
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

    async fn a_session_that_was_not_seen_for_the_projects_limit_is_idle_until_its_next_event(db) {
        let shop = shop(db, "Shop").await;
        let settings = Settings { session_idle_days: 7, ..Settings::default() };
        project::store::update(db, &Actor::System, shop, "Shop", settings, NOW).await.expect("settings");
        let eve = user(db, shop, "eve").await;
        let old = NOW.plus(-7 * DAY);
        see(db, &[event(db, shop, eve, "old", "log-in", old), event(db, shop, eve, "new", "log-in", old.plus(1))]).await;
        see(db, &[event(db, shop, eve, "out", "log-in", old), event(db, shop, eve, "out", "log-out", old.plus(1))]).await;
        let of = async |state, now| {
            let page = list_for_user(db, shop, eve, state, Paging::default(), now).await.expect("list");
            page.rows.into_iter().map(|session| (session.id, session.state)).collect::<Vec<_>>()
        };
        assert_eq!(of(Some(State::Live), NOW).await, [("new".to_owned(), State::Live)]);
        assert_eq!(of(Some(State::Idle), NOW).await, [("old".to_owned(), State::Idle)]);
        assert_eq!(of(Some(State::Ended), NOW).await, [("out".to_owned(), State::Ended)]);
        assert_eq!(of(None, NOW).await.len(), 3);
        assert_eq!(get(db, shop, "old", NOW).await.expect("get").state, State::Idle);
        let order = revoke_sessions(db, &Actor::System, shop, eve, &[], "https://watch.example", NOW).await.expect("order");
        let ordered = revocations::get(db, shop, order).await.expect("order").revocation.sessions;
        assert_eq!(ordered.iter().map(|session| session.id.as_str()).collect::<Vec<_>>(), ["new"]);
        let all = revoke_sessions(db, &Actor::System, shop, eve, &[], "https://watch.example", later(1)).await;
        assert!(matches!(&all, Err(Error::Conflict(_))), "nothing lives any more: {all:?}");
        see(db, &[event(db, shop, eve, "old", "access", later(2))]).await;
        assert_eq!(get(db, shop, "old", later(2)).await.expect("get").state, State::Live);
    }
}
