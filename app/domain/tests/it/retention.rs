//! What is too old goes, in small batches, and nothing else.

use porchlight_domain::alert::{self, AlertFilter, Resolution};
use porchlight_domain::db::Db;
use porchlight_domain::event::EventFilter;
use porchlight_domain::event::store::{count, days, list};
use porchlight_domain::id::ProjectId;
use porchlight_domain::inbound::store::{Arrival, receive, received};
use porchlight_domain::inbound::{InboundFilter, Scheme, Status};
use porchlight_domain::operator::Actor;
use porchlight_domain::page::Paging;
use porchlight_domain::project::{Settings, store::update};
use porchlight_domain::retention::store::{deleted_before, step};
use porchlight_domain::session::store::list_for_user;
use porchlight_domain::time::DAY;
use porchlight_domain::user::store::by_id;
use porchlight_domain::{Error, Timestamp, ledger};

use crate::event::{arrival, login, project, put, story};
use crate::inbound::{legacy, source};
use crate::support::NOW;

/// How many batches it takes until nothing is too old.
async fn forget(db: &Db, now: Timestamp) -> usize {
    let mut batches = 0;
    while step(db, now).await.expect("step") > 0 {
        batches += 1;
        assert!(batches < 20, "it comes to an end");
    }
    batches
}

async fn keep(db: &Db, shop: ProjectId, days: u32) {
    let settings =
        Settings { ask_users: true, session_idle_days: 1, keep_days: Some(days), ..Settings::default() };
    update(db, &Actor::System, shop, "Shop", settings, NOW).await.expect("settings");
}

async fn events(db: &Db, project: ProjectId) -> i64 {
    let counted = count(db, project, &EventFilter::default()).await.expect("count");
    let listed =
        list(db, project, &EventFilter::default(), Paging::new(None, Some(200))).await.expect("list");
    if listed.next.is_none() {
        assert_eq!(i64::try_from(listed.rows.len()).expect("few"), counted, "the count by days is the log's");
    }
    counted
}

async fn rows(db: &Db, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(db.reader()).await.expect("count")
}

on_both! {
    async fn only_what_is_older_than_a_project_keeps_goes(db) {
        let (shop, other) = (project(db, "Shop").await, project(db, "Other").await);
        for place in [shop, other] {
            let old: Vec<_> = (0..5).map(|day| arrival(place, NOW.plus((day - 9) * DAY), login("eve", &format!("s{day}")))).collect();
            put(db, &old).await;
        }
        assert_eq!(forget(db, NOW).await, 0, "all is kept until somebody says otherwise");
        keep(db, shop, 7).await;
        assert_eq!(deleted_before(db, shop).await.expect("beginning"), None, "nothing yet");
        assert_eq!(forget(db, NOW).await, 1);
        let before = Timestamp(NOW.0.div_euclid(DAY) * DAY).plus(-7 * DAY);
        assert_eq!(deleted_before(db, shop).await.expect("beginning"), Some(before));
        assert_eq!(deleted_before(db, other).await.expect("beginning"), None);
        assert_eq!((events(db, shop).await, events(db, other).await), (3, 5));
        let eve = by_id(db, shop, "eve").await.expect("eve");
        let sessions = list_for_user(db, shop, eve.key, None, Paging::default(), NOW).await.expect("sessions").rows;
        let mut sessions: Vec<_> = sessions.into_iter().map(|session| session.id).collect();
        sessions.sort();
        assert_eq!((sessions, eve.events), (vec!["s2".to_owned(), "s3".into(), "s4".into()], 5), "the user stays");
        let days = days(db, shop, 30, NOW).await.expect("days");
        assert_eq!(days.iter().map(|day| day.events).sum::<i64>(), 3);
    }

    async fn a_session_goes_with_its_last_event_alone(db) {
        let shop = project(db, "Shop").await;
        put(db, &[arrival(shop, NOW.plus(-9 * DAY), login("eve", "long")), arrival(shop, NOW, login("eve", "long"))]).await;
        keep(db, shop, 7).await;
        forget(db, NOW).await;
        let eve = by_id(db, shop, "eve").await.expect("eve");
        let sessions = list_for_user(db, shop, eve.key, None, Paging::default(), NOW).await.expect("sessions").rows;
        assert_eq!((sessions.len(), events(db, shop).await), (1, 1));
    }

    async fn an_open_alert_keeps_its_events_and_a_closed_one_goes_with_all_that_came_of_it(db) {
        let shop = project(db, "Shop").await;
        story(db, shop).await;
        keep(db, shop, 7).await;
        let later = NOW.plus(20 * DAY);
        forget(db, later).await;
        let alerts = alert::store::list(db, shop, &AlertFilter::default(), Paging::default()).await.expect("alerts").rows;
        assert_eq!((alerts.len(), events(db, shop).await), (1, 1), "the alert and its event");
        alert::store::close(db, &Actor::System, shop, alerts[0].id, Resolution::ConfirmedThreat, "", NOW).await.expect("close");
        forget(db, later).await;
        assert_eq!(events(db, shop).await, 0);
        for left in ["SELECT COUNT(*) FROM alert", "SELECT COUNT(*) FROM question", "SELECT COUNT(*) FROM message", "SELECT COUNT(*) FROM session"] {
            assert_eq!(rows(db, left).await, 0, "{left}");
        }
    }

    async fn an_inbound_webhook_s_content_goes_and_the_same_one_is_a_replay_all_the_same(db) {
        let shop = project(db, "Shop").await;
        let source = source(db, shop, Scheme::ThisData).await;
        let body = br#"{"version":1,"was_user":false,"user":{"id":"eve"}}"#;
        assert_eq!(legacy(db, &source, body).await.status, Status::Valid);
        let forged = Arrival { slug: &source.slug, headers: &[], body, public_url: "https://watch.example" };
        assert_eq!(receive(db, &forged, NOW).await.expect("receive").status, Status::Missing);
        keep(db, shop, 7).await;
        assert_eq!(forget(db, NOW.plus(7 * DAY)).await, 0, "not yet");
        assert_eq!(forget(db, NOW.plus(9 * DAY)).await, 1);
        let rows = received(db, shop, &InboundFilter::default(), Paging::default()).await.expect("received").rows;
        let [left] = &rows[..] else { panic!("{rows:?}") };
        assert_eq!((left.status, left.headers.len(), left.body.as_str()), (Status::Valid, 0, ""));
        assert_eq!(legacy(db, &source, body).await.status, Status::Replayed, "what it asked for is not done again");
        assert_eq!(legacy(db, &source, b"{}").await.status, Status::Valid);
    }

    async fn the_ledger_says_once_a_day_what_went_and_batches_are_small(db) {
        let shop = project(db, "Shop").await;
        for day in 0..5 {
            let old: Vec<_> = (0..100).map(|n| arrival(shop, NOW.plus((day - 30) * DAY + n), login("eve", &format!("s{day}-{n}")))).collect();
            put(db, &old).await;
        }
        keep(db, shop, 7).await;
        assert_eq!(forget(db, NOW).await, 3, "two hundred at a time");
        let said = ledger::list(db, shop, Paging::default()).await.expect("ledger").rows;
        let said: Vec<_> = said.iter().filter(|entry| entry.action == "events.expired").collect();
        assert_eq!(said.len(), 1);
        assert_eq!((said[0].detail["events"].as_i64(), said[0].detail["keep_days"].as_i64()), (Some(500), Some(7)));
    }

    async fn events_are_kept_at_least_as_long_as_sessions_live(db) {
        let shop = project(db, "Shop").await;
        let settings = Settings { session_idle_days: 30, keep_days: Some(29), ..Settings::default() };
        let refused = update(db, &Actor::System, shop, "Shop", settings, NOW).await;
        assert!(matches!(&refused, Err(Error::Invalid(fields)) if fields[0].field == "keep_days"), "{refused:?}");
    }
}
