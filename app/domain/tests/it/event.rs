//! Recording and reading the audit log.

mod crowded;
mod judged;
mod passed;
mod reading;
mod stands;
mod stolen;
mod undone;
mod unnamed;
mod waves;

use std::sync::Arc;

use porchlight_domain::Timestamp;
use porchlight_domain::db::Db;
use porchlight_domain::event::parse::{self, Dialect};
use porchlight_domain::event::store::*;
use porchlight_domain::event::{EventFilter, Observation, Recorded};
use porchlight_domain::id::ProjectId;
use porchlight_domain::operator::Actor;
use porchlight_domain::page::Paging;
use porchlight_domain::place::{Network, Place};
use porchlight_domain::project::{Settings, store::create};
use porchlight_domain::risk::Level;
use porchlight_domain::time::{DAY, HOUR, MINUTE};
use porchlight_domain::user;
use serde_json::{Value, json};

use crate::support::NOW;

pub const CHROME: &str =
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/128.0.0.0 Safari/537.36";

pub async fn project(db: &Db, name: &str) -> ProjectId {
    let settings = Settings { ask_users: true, ..Settings::default() };
    create(db, &Actor::System, name, settings, NOW).await.expect("project").id
}

/// An arrival at `at`, from New Zealand unless the event says `"from": "CN"`.
pub fn arrival(project: ProjectId, at: Timestamp, mut event: Value) -> Arrival {
    let from = event.as_object_mut().and_then(|event| event.remove("from"));
    let abroad = from.is_some();
    let event = parse::event(&event, Dialect::Native, "", at).expect("a valid event");
    let (country, name, asn) = if abroad { ("CN", "China", 4134) } else { ("NZ", "New Zealand", 9500) };
    let place = Place { country: Some(country.into()), country_name: Some(name.into()), ..Place::default() };
    let network = Network { asn: Some(asn), name: Some(format!("AS {asn}")), ..Network::default() };
    let seen = Observation {
        at: event.occurred_at.unwrap_or(at),
        received_at: at,
        is_history: false,
        place: Some(place),
        network: Some(network),
        event,
        ..Observation::default()
    };
    Arrival { project, observation: seen }
}

pub fn login(user: &str, session: &str) -> Value {
    json!({"verb": "log-in", "ip": "122.56.232.10", "user_agent": CHROME, "device": {"id": "home"},
        "user": {"id": user, "name": "Eve Smith", "email": "eve@example.com"}, "session": {"id": session}})
}

pub fn theft(user: &str, session: &str) -> Value {
    json!({"verb": "log-in", "ip": "1.80.1.9", "user_agent": "curl/8", "device": {"id": "thief"}, "from": "CN",
        "user": {"id": user, "name": "Eve", "email": "thief@example.com"}, "session": {"id": session}})
}

pub async fn put(db: &Db, arrivals: &[Arrival]) -> Vec<Recorded> {
    record(db, arrivals, "https://watch.example", NOW).await.expect("record")
}

/// Five logins from home on five days, then the thief's.
pub async fn story(db: &Db, project: ProjectId) -> Recorded {
    for day in 0..5 {
        put(db, &[arrival(project, NOW.plus((day - 6) * DAY), login("eve", &format!("home-{day}")))]).await;
    }
    put(db, &[arrival(project, NOW, theft("eve", "stolen"))]).await.remove(0)
}

on_both! {
    async fn the_sixth_login_from_another_country_and_device_is_red_with_reasons_and_opens_an_alert(db) {
        let shop = project(db, "Shop").await;
        let judged = story(db, shop).await;
        assert_eq!(judged.assessment.level, Level::Red, "{judged:?}");
        assert!(judged.assessment.reasons.iter().any(|r| r.text == "China is a new country"), "{judged:?}");
        let page = list(db, shop, &EventFilter::default(), Paging::default()).await.expect("list");
        assert_eq!(page.rows.len(), 6);
        assert!(page.rows[0].alert_id.is_some());
        assert!(page.rows[1..].iter().all(|event| event.alert_id.is_none() && event.level == Level::Green));
    }

    async fn a_thief_who_sends_another_email_does_not_replace_the_known_one(db) {
        let shop = project(db, "Shop").await;
        story(db, shop).await;
        let eve = user::store::by_id(db, shop, "eve").await.expect("eve");
        assert_eq!((eve.email.as_deref(), eve.name.as_deref()), (Some("eve@example.com"), Some("Eve Smith")));
        assert_eq!((eve.events, eve.level), (6, Level::Red));
        let unclosed = porchlight_domain::alert::store::unclosed(db, shop, eve.key).await.expect("unclosed");
        assert_eq!((unclosed.number, unclosed.level), (1, Level::Red));
        let notices = porchlight_domain::notice::store::list(db, shop, None, Paging::default()).await.expect("notices");
        assert_eq!(notices.rows.iter().map(|notice| notice.recipient.as_str()).collect::<Vec<_>>(), ["eve@example.com"]);
    }

    async fn a_repeated_id_stores_nothing_and_gets_its_first_answer(db) {
        let shop = project(db, "Shop").await;
        let mut event = login("eve", "s1");
        event["id"] = json!("once");
        let first = put(db, &[arrival(shop, NOW, event.clone()), arrival(shop, NOW, event.clone())]).await;
        assert_eq!((first[0].repeated, first[1].repeated, first[0].id), (false, true, first[1].id));
        let again = put(db, &[arrival(shop, NOW.plus(HOUR), event.clone())]).await;
        assert_eq!((again[0].repeated, again[0].id), (true, first[0].id));
        assert_eq!(count(db, shop, &EventFilter::default()).await.expect("count"), 1);
        let other = project(db, "Other").await;
        assert!(!put(db, &[arrival(other, NOW, event)]).await[0].repeated, "ids are a project's own");
    }

    async fn one_large_group_comes_to_the_same_as_its_events_one_by_one(db) {
        let (together, singly) = (project(db, "Together").await, project(db, "Singly").await);
        let mut events: Vec<Value> = (0..150).map(|n| login(&format!("user {}", n % 40), &format!("s{n}"))).collect();
        events[3]["id"] = json!("once");
        events.push(events[3].clone());
        events.push(theft("user 7", "stolen"));
        let at = |n: usize| NOW.plus((n as i64 - 200) * HOUR / 10);
        let all = |project| events.iter().enumerate().map(move |(n, event)| arrival(project, at(n), event.clone()));
        let group = put(db, &all(together).collect::<Vec<_>>()).await;
        let mut one_by_one = Vec::new();
        for arrival in all(singly) {
            one_by_one.extend(put(db, &[arrival]).await);
        }
        assert_eq!((group[150].repeated, group[150].id), (true, group[3].id), "the id comes again in another part");
        for (group, single) in group.iter().zip(&one_by_one) {
            assert_eq!((&group.assessment, group.repeated), (&single.assessment, single.repeated));
        }
        for project in [together, singly] {
            let page = list(db, project, &EventFilter::default(), Paging::default()).await.expect("list");
            assert_eq!(count(db, project, &EventFilter::default()).await.expect("count"), 151);
            assert_eq!(page.rows[0].alert_id.is_some(), group[151].assessment.level >= Level::Orange);
        }
    }

    async fn a_group_of_any_size_is_stored_whole_and_once(db) {
        let shop = project(db, "Shop").await;
        let mut sent = 0;
        for size in [1, 2, 3, 5, 17, 31, 33, 65, 129, 257] {
            let one = |n: usize| login(&format!("user {}", sent + n), &format!("s-{}", sent + n));
            let group: Vec<_> = (0..size).map(|n| arrival(shop, NOW, one(n))).collect();
            assert_eq!(put(db, &group).await.len(), size);
            sent += size;
        }
        assert_eq!(count(db, shop, &EventFilter::default()).await.expect("count"), 543);
        assert_eq!(days(db, shop, 1, NOW).await.expect("days")[0].events, 543);
        for table in ["end_user", "session", "profile"] {
            let sql = format!("SELECT COUNT(*) FROM {table}");
            let rows: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(db.reader()).await.expect("rows");
            assert_eq!(rows, 543, "{table}");
        }
        let last = user::store::by_id(db, shop, "user 542").await.expect("the last of all");
        assert_eq!(last.events, 1);
    }

    async fn another_users_session_id_is_told_in_one_group_or_two_and_only_a_login_takes_it_over(db) {
        let told = |recorded: &Recorded| recorded.assessment.reasons.iter().any(|reason| reason.code == "session.user.changed");
        let of = |user: &str, verb: &str, minute: i64, project| {
            let mut event = login(user, "s");
            event["verb"] = json!(verb);
            arrival(project, NOW.plus(minute * MINUTE), event)
        };
        for (in_one_group, name) in [(true, "Together"), (false, "Singly")] {
            let shop = project(db, name).await;
            let events = [
                of("ann", "log-in", 0, shop), of("mallory", "access", 1, shop), of("ann", "access", 2, shop),
                of("mallory", "log-in", 3, shop), of("mallory", "access", 4, shop), of("mallory", "log-out", 5, shop),
                of("ann", "log-in", 6, shop),
            ];
            let mut recorded = Vec::new();
            for group in events.chunks(if in_one_group { events.len() } else { 1 }) {
                recorded.extend(put(db, group).await);
            }
            assert_eq!(recorded.iter().map(told).collect::<Vec<_>>(), [false, true, false, true, false, false, false], "{recorded:?}");
            let owner = porchlight_domain::session::store::get(db, shop, "s", NOW).await.expect("session").user.id;
            assert_eq!(owner, "ann", "the last to log in");
        }
    }

    async fn what_was_committed_is_there_after_the_log_went_into_the_file(db) {
        let shop = project(db, "Shop").await;
        put(db, &[arrival(shop, NOW, login("eve", "s1"))]).await;
        db.checkpoint().await.expect("checkpoint");
        put(db, &[arrival(shop, NOW, login("eve", "s2"))]).await;
        assert_eq!(count(db, shop, &EventFilter::default()).await.expect("count"), 2);
    }

    async fn imported_history_alarms_nobody(db) {
        let shop = project(db, "Shop").await;
        story(db, shop).await;
        let mut old = theft("eve", "old");
        old["occurred_at"] = json!(NOW.plus(-2 * DAY));
        old["ip"] = json!("1.80.9.9");
        old["device"]["id"] = json!("another");
        let judged = put(db, &[arrival(shop, NOW, old)]).await.remove(0);
        let event = get(db, shop, judged.id).await.expect("event").event;
        assert_eq!((event.level, event.alert_id), (Level::Red, None));
    }

    async fn verify_answers_as_track_would_and_teaches_nothing(db) {
        let shop = project(db, "Shop").await;
        for day in 0..5 {
            put(db, &[arrival(shop, NOW.plus((day - 6) * DAY), login("eve", "s"))]).await;
        }
        let first = assess_only(db, &arrival(shop, NOW, theft("eve", "x")), NOW).await.expect("verify");
        let second = assess_only(db, &arrival(shop, NOW, theft("eve", "x")), NOW).await.expect("verify");
        assert_eq!((first.level, &first), (Level::Red, &second));
        assert_eq!(count(db, shop, &EventFilter::default()).await.expect("count"), 5);
    }

    async fn many_writers_at_once_lose_no_event_and_no_lesson(db) {
        let shop = project(db, "Shop").await;
        let db = Arc::new(db.clone());
        let writers: Vec<_> = (0..8)
            .map(|writer| {
                let db = db.clone();
                tokio::spawn(async move {
                    for n in 0..10 {
                        let users = ["eve".to_owned(), format!("user-{writer}")];
                        let batch: Vec<_> = users.iter().map(|u| arrival(shop, NOW.plus(n), login(u, &format!("{u}-{writer}-{n}")))).collect();
                        record(&db, &batch, "https://watch.example", NOW).await.expect("record");
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.expect("writer");
        }
        let eve = user::store::by_id(&db, shop, "eve").await.expect("eve");
        assert_eq!(eve.events, 80);
        assert_eq!(count(&db, shop, &EventFilter::default()).await.expect("count"), 160);
        assert_eq!(version(&db, eve.key.0).await, 80, "each event's lesson is in the profile");
    }
}

async fn version(db: &Db, key: i64) -> i64 {
    sqlx::query_scalar("SELECT version FROM profile WHERE user_key = $1")
        .bind(key)
        .fetch_one(db.reader())
        .await
        .expect("profile")
}
