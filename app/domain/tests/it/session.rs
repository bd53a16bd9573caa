//! Sessions: what events do to them, and the ones that live on after they were reported dead.

mod ended;
mod zombie;

use porchlight_domain::alert::AlertFilter;
use porchlight_domain::db::Db;
use porchlight_domain::event::EventUser;
use porchlight_domain::id::{EventId, ProjectId, UserKey};
use porchlight_domain::operator::Actor;
use porchlight_domain::page::Paging;
use porchlight_domain::project::{self, Settings};
use porchlight_domain::revocation::store::{self as revocations, revoke_sessions};
use porchlight_domain::risk::Level;
use porchlight_domain::session::GRACE;
use porchlight_domain::session::store::{began, get, list_for_user, seen};
use porchlight_domain::session::{Contradiction, Seen, SessionDetail, State};
use porchlight_domain::time::{DAY, MINUTE, SECOND};
use porchlight_domain::user::store::by_id;
use porchlight_domain::{Error, Timestamp, alert};
use serde_json::json;

use crate::event::{arrival, login, put, story};
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
    sqlx::query("INSERT INTO end_user (key, project_id, id, name, first_seen_at, last_seen_at, events) VALUES ($1, $2, $3, $4, $5, $5, 0)")
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
        level: Level::Green,
        vouches: false,
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
    async fn a_live_session_knows_how_alarming_the_login_was_that_began_it(db) {
        let (mine, other) = (shop(db, "Shop").await, shop(db, "Other").await);
        story(db, mine).await;
        put(db, &[arrival(mine, NOW.plus(MINUTE), login("bob", "bobs"))]).await;
        let eve = by_id(db, mine, "eve").await.expect("eve").key;
        let logins = began(db, mine, eve).await.expect("logins");
        let levels: Vec<_> = logins.iter().map(|(id, login)| (id.as_str(), login.level, login.alert.is_some())).collect();
        let home = ["home-0", "home-1", "home-2", "home-3", "home-4"].map(|id| (id, Level::Green, false));
        assert_eq!(levels, [home.as_slice(), &[("stolen", Level::Red, true)]].concat());
        assert!(began(db, other, eve).await.expect("none").is_empty());
    }

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

    async fn sessions_that_only_an_order_or_its_receipt_named_are_all_listed(db) {
        let shop = shop(db, "Shop").await;
        let eve = user(db, shop, "eve").await;
        see(db, &[event(db, shop, eve, "seen", "log-in", later(1))]).await;
        let names: Vec<String> = (0..120).map(|number| format!("s{number:03}")).collect();
        let id = order(db, shop, eve, &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let listed = revocations::revoke_listed(db, &Actor::System, shop, eve, &["more".into(), "still".into()], "http://localhost", NOW).await;
        listed.expect("order");
        let (mut all, mut cursor) = (Vec::new(), None);
        loop {
            let page = list_for_user(db, shop, eve, Some(State::Live), Paging::new(cursor.as_deref(), Some(50)), NOW).await.expect("list");
            all.extend(page.rows.into_iter().map(|session| session.id));
            let Some(next) = page.next else { break };
            cursor = Some(next);
        }
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 123, "each once, wherever a page ends");
        let ended: Vec<_> = names.iter().map(|name| (name.as_str(), "revoked")).collect();
        receive(db, shop, id, &ended, later(2)).await.expect("receipt");
        assert_eq!(get(db, shop, "s119", later(2)).await.expect("get").state, State::Revoked, "none began after its order");
    }

    async fn all_of_a_users_sessions_are_ordered_ended_however_many_there_are(db) {
        let shop = shop(db, "Shop").await;
        let eve = user(db, shop, "eve").await;
        let batch: Vec<_> = (0..1_050).map(|n| event(db, shop, eve, &format!("s{n}"), "log-in", later(n))).collect();
        see(db, &batch).await;
        let keep = ["s7".to_owned()];
        revocations::revoke_sessions(db, &Actor::System, shop, eve, &keep, "http://localhost", NOW).await.expect("orders");
        let sql = "SELECT COUNT(*) AS sessions FROM revocation_session GROUP BY revocation_id ORDER BY sessions";
        let orders: Vec<i64> = sqlx::query_scalar(sql).fetch_all(db.reader()).await.expect("orders");
        assert_eq!(orders, [49, 1_000]);
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
        let all = revoke_sessions(db, &Actor::System, shop, eve, &["new".to_owned()], "https://watch.example", later(1)).await;
        assert!(matches!(&all, Err(Error::Conflict(_))), "nothing lives any more: {all:?}");
        see(db, &[event(db, shop, eve, "old", "access", later(2))]).await;
        assert_eq!(get(db, shop, "old", later(2)).await.expect("get").state, State::Live);
    }
}
