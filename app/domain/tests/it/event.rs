//! Recording and reading the audit log.

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
use porchlight_domain::time::{DAY, HOUR};
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
        place: Some(place),
        network: Some(network),
        agent: Default::default(),
        event,
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

    async fn filters_narrow_and_pages_join_without_gap_or_repeat(db) {
        let shop = project(db, "Shop").await;
        let arrivals: Vec<_> = (0..75_i64)
            .map(|n| {
                let mut event = login(&format!("u{}", n % 3), &format!("s{n}"));
                event["verb"] = json!(["log-in", "access", "log-out"][usize::try_from(n % 3).expect("small")]);
                arrival(shop, NOW.plus(n / 5), event)
            })
            .collect();
        put(db, &arrivals).await;
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let page = list(db, shop, &EventFilter::default(), Paging::new(cursor.as_deref(), Some(10))).await.expect("list");
            seen.extend(page.rows.iter().map(|event| (event.occurred_at, event.id)));
            cursor = page.next;
            if cursor.is_none() { break }
        }
        assert_eq!(seen.len(), 75);
        assert!(seen.is_sorted_by(|a, b| a > b));
        for (filter, expected) in [
            (EventFilter { verbs: vec!["access".into()], ..Default::default() }, 25),
            (EventFilter { verbs: vec!["access".into(), "log-out".into()], ..Default::default() }, 50),
            (EventFilter { user_id: Some("u1".into()), ..Default::default() }, 25),
            (EventFilter { user_id: Some("nobody".into()), ..Default::default() }, 0),
            (EventFilter { session_id: Some("s7".into()), ..Default::default() }, 1),
            (EventFilter { ip: Some("122.56.232.10".into()), country: Some("NZ".into()), ..Default::default() }, 75),
            (EventFilter { level: Some(Level::Red), ..Default::default() }, 0),
            (EventFilter { since: Some(NOW.plus(10)), until: Some(NOW.plus(12)), ..Default::default() }, 10),
        ] {
            assert_eq!(count(db, shop, &filter).await.expect("count"), expected, "{filter:?}");
            let rows = page_by_offset(db, shop, &filter, 200, 0).await.expect("page");
            assert_eq!(i64::try_from(rows.len()).expect("few"), expected, "{filter:?}");
        }
    }

    async fn an_offset_skips_the_newest_and_the_rest_is_in_order(db) {
        let shop = project(db, "Shop").await;
        let arrivals: Vec<_> = (0..9).map(|n| arrival(shop, NOW.plus(n / 2), login("eve", &format!("s{n}")))).collect();
        put(db, &arrivals).await;
        let sessions = async |offset| {
            let rows = page_by_offset(db, shop, &EventFilter::default(), 4, offset).await.expect("page");
            rows.into_iter().filter_map(|row| row.event.session_id).collect::<Vec<_>>()
        };
        assert_eq!(sessions(0).await, ["s8", "s7", "s6", "s5"]);
        assert_eq!(sessions(6).await, ["s2", "s1", "s0"]);
        assert!(sessions(9).await.is_empty());
    }

    async fn a_foreign_projects_event_is_not_found(db) {
        let (shop, other) = (project(db, "Shop").await, project(db, "Other").await);
        let id = put(db, &[arrival(shop, NOW, login("eve", "s1"))]).await[0].id;
        assert!(get(db, shop, id).await.is_ok());
        assert!(matches!(get(db, other, id).await, Err(porchlight_domain::Error::NotFound)));
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

    async fn an_event_knows_its_users_events_before_and_after(db) {
        let shop = project(db, "Shop").await;
        let mut ids = Vec::new();
        for (minute, user) in [(0, "eve"), (1, "bob"), (2, "eve"), (2, "eve"), (3, "eve")] {
            let event = arrival(shop, NOW.plus(minute * HOUR / 60), login(user, "s"));
            ids.push(put(db, &[event]).await[0].id);
        }
        let around = async |id| neighbours(db, shop, &get(db, shop, id).await.expect("event").event).await.expect("neighbours");
        let first = around(ids[0]).await;
        assert_eq!((first.before, first.after), (None, Some(ids[2])));
        let same_time = around(ids[3]).await;
        assert_eq!((same_time.before, same_time.after), (Some(ids[2]), Some(ids[4])));
        let alone = around(ids[1]).await;
        assert_eq!((alone.before, alone.after), (None, None));
    }

    async fn the_overview_counts_what_happened(db) {
        let shop = project(db, "Shop").await;
        story(db, shop).await;
        let totals = totals(db, shop, NOW.plus(-DAY)).await.expect("totals");
        assert_eq!((totals.active_users, totals.red), (1, 1));
        let days = days(db, shop, 30, NOW).await.expect("days");
        assert_eq!((days.len(), days[29].events, days[29].unusual), (30, 1, 1));
        assert_eq!(days.iter().map(|day| day.events).sum::<i64>(), 6);
        let new = user::store::new_daily(db, shop, 30, NOW).await.expect("new users");
        assert_eq!((new.len(), new[23], new.iter().sum::<i64>()), (30, 1, 1), "Eve was first seen six days ago");
        assert_eq!(user::store::new_daily(db, shop, 6, NOW).await.expect("new users"), [0; 6]);
    }
}

async fn version(db: &Db, key: i64) -> i64 {
    sqlx::query_scalar("SELECT version FROM profile WHERE user_key = $1")
        .bind(key)
        .fetch_one(db.reader())
        .await
        .expect("profile")
}
