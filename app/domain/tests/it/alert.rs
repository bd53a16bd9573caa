//! Alerts: raised, joined, taken, closed, reopened, read.

use porchlight_domain::alert::store::*;
use porchlight_domain::alert::{Alert, AlertFilter, Counts, Resolution, State};
use porchlight_domain::db::Db;
use porchlight_domain::id::{AlertId, EventId, ProjectId};
use porchlight_domain::operator::{Actor, Role, store as operators};
use porchlight_domain::page::Paging;
use porchlight_domain::question::Answer;
use porchlight_domain::risk::Level;
use porchlight_domain::time::{HOUR, MINUTE};
use porchlight_domain::{Error, ledger, user};

use crate::event::{project, story};
use crate::support::NOW;

async fn raised(
    db: &Db,
    project: ProjectId,
    dedup_key: &str,
    score: f64,
    level: Level,
    event: i64,
) -> Raised {
    let mut tx = db.begin().await.expect("begin");
    let alert = Raise {
        project,
        user: None,
        event: Some(EventId(event)),
        kind: "login",
        dedup_key,
        title: "Somebody logged in",
        score,
        level,
    };
    let raised = raise(&mut tx, alert, NOW.plus(event * MINUTE)).await.expect("raise");
    tx.commit().await.expect("commit");
    raised
}

async fn read(db: &Db, project: ProjectId, id: AlertId) -> Alert {
    get(db, project, id).await.expect("get")
}

async fn ids(db: &Db, project: ProjectId, filter: &AlertFilter) -> Vec<AlertId> {
    list(db, project, filter, Paging::default())
        .await
        .expect("list")
        .rows
        .iter()
        .map(|alert| alert.id)
        .collect()
}

on_both! {
    async fn the_same_thing_joins_its_open_alert_and_raises_it(db) {
        let shop = project(db, "Shop").await;
        let first = raised(db, shop, "a", 0.8, Level::Orange, 1).await;
        let joined = raised(db, shop, "a", 0.95, Level::Red, 2).await;
        let weaker = raised(db, shop, "a", 0.6, Level::Orange, 3).await;
        assert_eq!((first.opened, joined.opened, weaker.opened), (true, false, false));
        assert_eq!((joined.id, weaker.id), (first.id, first.id));
        let alert = read(db, shop, first.id).await;
        assert_eq!((alert.events, alert.score, alert.level), (3, 0.95, Level::Red));
        assert_eq!((alert.event_id, alert.last_event_at), (Some(EventId(1)), NOW.plus(3 * MINUTE)));
        assert!(alert.id.0 < 1 << 53);
    }

    async fn what_is_not_closed_is_counted_by_kind(db) {
        let shop = project(db, "Shop").await;
        let first = raised(db, shop, "a", 0.9, Level::Red, 1).await;
        raised(db, shop, "b", 0.9, Level::Red, 2).await;
        close(db, &Actor::System, shop, first.id, Resolution::FalseAlarm, "", NOW).await.expect("close");
        let open = porchlight_domain::db::open_alerts(db).await.expect("open");
        let counts: Vec<_> = open.iter().filter(|(_, many)| *many > 0).map(|(kind, many)| (kind.as_str(), *many)).collect();
        assert_eq!((counts, open.len()), (vec![("login", 1)], porchlight_domain::alert::KINDS.len()));
    }

    async fn another_key_or_project_or_a_closed_alert_is_not_joined(db) {
        let (shop, other) = (project(db, "Shop").await, project(db, "Other").await);
        let first = raised(db, shop, "a", 0.9, Level::Red, 1).await;
        assert!(raised(db, shop, "b", 0.9, Level::Red, 2).await.opened);
        assert!(raised(db, other, "a", 0.9, Level::Red, 3).await.opened);
        close(db, &Actor::System, shop, first.id, Resolution::FalseAlarm, "", NOW).await.expect("close");
        let anew = raised(db, shop, "a", 0.9, Level::Red, 4).await;
        assert!(anew.opened && anew.id != first.id);
        acknowledge(db, &Actor::System, shop, anew.id, NOW).await.expect("acknowledge");
        assert!(!raised(db, shop, "a", 0.9, Level::Red, 5).await.opened, "an acknowledged alert is still open to its like");
    }

    async fn an_operator_takes_notes_closes_and_reopens_and_the_ledger_has_it_all(db) {
        let shop = project(db, "Shop").await;
        let ann = operators::create(db, &Actor::System, "ann@example.com", "Ann", "correct horse battery", Role::Analyst, NOW).await.expect("ann");
        let (by_ann, id) = (Actor::Operator(ann.id), raised(db, shop, "a", 0.9, Level::Red, 1).await.id);
        acknowledge(db, &by_ann, shop, id, NOW.plus(HOUR)).await.expect("acknowledge");
        note(db, &by_ann, shop, id, " called Eve ", NOW).await.expect("note");
        let taken = read(db, shop, id).await;
        assert_eq!((taken.state, taken.acknowledged_by.as_deref()), (State::Acknowledged, Some("Ann")));
        assert_eq!((taken.acknowledged_at, taken.note.as_deref()), (Some(NOW.plus(HOUR)), Some("called Eve")));
        close(db, &by_ann, shop, id, Resolution::Expected, " ", NOW.plus(2 * HOUR)).await.expect("close");
        let closed = read(db, shop, id).await;
        assert_eq!((closed.state, closed.resolution), (State::Closed, Some(Resolution::Expected)));
        assert_eq!((closed.closed_by.as_deref(), closed.closed_at), (Some("Ann"), Some(NOW.plus(2 * HOUR))));
        assert_eq!(closed.note.as_deref(), Some("called Eve"), "a blank note on closing leaves the one that is there");
        reopen(db, &by_ann, shop, id, NOW).await.expect("reopen");
        let open = read(db, shop, id).await;
        assert_eq!((open.state, open.resolution, open.closed_at, open.closed_by), (State::Open, None, None, None));
        assert_eq!((open.acknowledged_at, open.acknowledged_by), (None, None));
        let entries = ledger::list(db, shop, Paging::default()).await.expect("ledger").rows;
        let did: Vec<_> = entries.iter().filter(|e| e.actor == by_ann.to_string()).map(|e| e.action.as_str()).collect();
        assert_eq!(did, ["alert.reopened", "alert.closed", "alert.noted", "alert.acknowledged"]);
    }

    async fn a_move_that_the_state_forbids_changes_nothing(db) {
        let shop = project(db, "Shop").await;
        let id = raised(db, shop, "a", 0.9, Level::Red, 1).await.id;
        assert!(matches!(reopen(db, &Actor::System, shop, id, NOW).await, Err(Error::Conflict(_))));
        close(db, &Actor::System, shop, id, Resolution::FalseAlarm, "", NOW).await.expect("close");
        let before = read(db, shop, id).await;
        assert!(matches!(acknowledge(db, &Actor::System, shop, id, NOW).await, Err(Error::Conflict(_))));
        let again = close(db, &Actor::System, shop, id, Resolution::ConfirmedThreat, "", NOW).await;
        assert!(matches!(again, Err(Error::Conflict(_))));
        assert_eq!(read(db, shop, id).await, before);
        raised(db, shop, "a", 0.9, Level::Red, 2).await;
        let anew = reopen(db, &Actor::System, shop, id, NOW).await;
        assert!(matches!(&anew, Err(Error::Conflict(text)) if text.contains("newer")), "{anew:?}");
    }

    async fn two_operators_cannot_both_be_first(db) {
        let shop = project(db, "Shop").await;
        let id = raised(db, shop, "a", 0.9, Level::Red, 1).await.id;
        let take = || acknowledge(db, &Actor::System, shop, id, NOW);
        let (one, two, three) = tokio::join!(take(), take(), take());
        let won = [&one, &two, &three].iter().filter(|result| result.is_ok()).count();
        assert_eq!(won, 1, "{one:?} {two:?} {three:?}");
    }

    async fn another_projects_alert_can_neither_be_read_nor_changed(db) {
        let (shop, other) = (project(db, "Shop").await, project(db, "Other").await);
        let id = raised(db, shop, "a", 0.9, Level::Red, 1).await.id;
        let by = Actor::System;
        assert!(matches!(get(db, other, id).await, Err(Error::NotFound)));
        assert!(matches!(acknowledge(db, &by, other, id, NOW).await, Err(Error::NotFound)));
        assert!(matches!(close(db, &by, other, id, Resolution::Expected, "", NOW).await, Err(Error::NotFound)));
        assert!(matches!(note(db, &by, other, id, "x", NOW).await, Err(Error::NotFound)));
        assert!(matches!(reopen(db, &by, other, id, NOW).await, Err(Error::NotFound)));
        assert_eq!(read(db, shop, id).await.state, State::Open);
        assert!(ids(db, other, &AlertFilter::default()).await.is_empty());
        assert_eq!(counts(db, other).await.expect("counts"), Counts::default());
    }

    async fn a_list_is_filtered_and_counted_and_its_pages_join(db) {
        let shop = project(db, "Shop").await;
        let mut all = Vec::new();
        for n in 0..7 {
            let level = if n % 2 == 0 { Level::Red } else { Level::Orange };
            all.insert(0, raised(db, shop, &format!("k{n}"), 0.9, level, n).await.id);
        }
        acknowledge(db, &Actor::System, shop, all[0], NOW).await.expect("acknowledge");
        close(db, &Actor::System, shop, all[1], Resolution::ConfirmedThreat, "", NOW).await.expect("close");
        close(db, &Actor::System, shop, all[2], Resolution::FalseAlarm, "", NOW).await.expect("close");
        let expected = Counts { open: 4, acknowledged: 1, closed: 2, confirmed_threats: 1 };
        assert_eq!(counts(db, shop).await.expect("counts"), expected);
        assert_eq!(ids(db, shop, &AlertFilter::default()).await, all);
        let of = |state| AlertFilter { state: Some(state), ..AlertFilter::default() };
        assert_eq!(ids(db, shop, &of(State::Closed)).await, all[1..3]);
        let of_kind = |kind: &str| AlertFilter { kind: Some(kind.into()), ..of(State::Open) };
        assert_eq!(ids(db, shop, &of_kind("login")).await, ids(db, shop, &of(State::Open)).await);
        assert!(ids(db, shop, &of_kind("wave")).await.is_empty());
        let denied = AlertFilter { answer: Some(Answer::No), ..AlertFilter::default() };
        assert!(ids(db, shop, &denied).await.is_empty(), "nobody has said no");
        let red = AlertFilter { level: Some(Level::Red), ..of(State::Open) };
        assert_eq!(ids(db, shop, &red).await, [all[4], all[6]]);
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let page = list(db, shop, &AlertFilter::default(), Paging::new(cursor.as_deref(), Some(3))).await.expect("list");
            seen.extend(page.rows.iter().map(|alert| alert.id));
            cursor = page.next;
            if cursor.is_none() { break }
        }
        assert_eq!(seen, all);
    }

    async fn many_are_taken_or_closed_at_once_and_those_in_the_wrong_state_are_left(db) {
        let (shop, other) = (project(db, "Shop").await, project(db, "Other").await);
        let mut all = Vec::new();
        for (project, key) in [(shop, "a"), (shop, "b"), (shop, "c"), (other, "d")] {
            all.push(raised(db, project, key, 0.9, Level::Red, 1).await.id);
        }
        let by = Actor::System;
        close(db, &by, shop, all[2], Resolution::Expected, "mine", NOW).await.expect("close");
        let taken = acknowledge_each(db, &by, shop, &all, NOW).await.expect("acknowledge");
        assert_eq!((taken.done, taken.left), (2, 2), "one is closed, one is another project's");
        let closed = close_each(db, &by, shop, &all, Resolution::ConfirmedThreat, NOW).await.expect("close");
        assert_eq!((closed.done, closed.left), (2, 2));
        assert_eq!(read(db, shop, all[2]).await.resolution, Some(Resolution::Expected));
        assert_eq!(read(db, other, all[3]).await.state, State::Open);
        assert_eq!(threats(db, shop, NOW).await.expect("threats"), 2);
        assert_eq!(threats(db, shop, NOW.plus(HOUR)).await.expect("threats"), 0, "they opened before");
        let opened = opened_daily(db, shop, 2, NOW.plus(24 * HOUR)).await.expect("daily");
        assert_eq!(opened, [3, 0]);
    }

    async fn a_stolen_login_opens_an_alert_that_says_so_and_names_its_user_and_question(db) {
        let shop = project(db, "Shop").await;
        let judged = story(db, shop).await;
        let eve = user::store::by_id(db, shop, "eve").await.expect("eve");
        let of_eve = AlertFilter { user: Some(eve.key), ..AlertFilter::default() };
        let page = list(db, shop, &of_eve, Paging::default()).await.expect("list");
        let alert = page.rows.first().expect("one alert");
        assert!(alert.title.starts_with("Eve Smith logged in from China, a new country"), "{}", alert.title);
        assert!(alert.title.contains("on a new device"), "{}", alert.title);
        assert_eq!((alert.event_id, alert.user.as_ref().map(|user| user.id.as_str())), (Some(judged.id), Some("eve")));
        let question = alert.question.as_ref().expect("a question");
        assert_eq!((question.alert_id, question.event_id, question.user, question.answer), (alert.id, judged.id, eve.key, None));
        let by_name = AlertFilter { user_id: Some("eve".into()), ..AlertFilter::default() };
        assert_eq!(ids(db, shop, &by_name).await, [alert.id]);
        let nobody = AlertFilter { user_id: Some("bob".into()), ..AlertFilter::default() };
        assert!(ids(db, shop, &nobody).await.is_empty());
    }
}
