//! The outbox of notices: claimed once, retried, given up, held, sent again.

pub mod digest;

use porchlight_domain::alert::{AlertFilter, store as alerts};
use porchlight_domain::db::Db;
use porchlight_domain::id::{NoticeId, ProjectId};
use porchlight_domain::notice::store::*;
use porchlight_domain::notice::{Body, Notice, State};
use porchlight_domain::operator::Actor;
use porchlight_domain::page::Paging;
use porchlight_domain::question::{Answer, store as questions};
use porchlight_domain::time::{DAY, HOUR, MINUTE, SECOND};
use porchlight_domain::{Error, Timestamp, ledger};

use crate::event::{project, story};
use crate::support::NOW;

async fn enqueued(db: &Db, project: ProjectId, text: &str, now: Timestamp) -> NoticeId {
    let body = Body { html: format!("<p>{text}</p>"), text: text.to_owned() };
    let mut tx = db.begin().await.expect("begin");
    let notice =
        NewNotice { project, question: None, recipient: "eve@example.com", subject: "Hello", body: &body };
    let id = enqueue(&mut tx, notice, now).await.expect("enqueue");
    tx.commit().await.expect("commit");
    id
}

async fn read(db: &Db, project: ProjectId, id: NoticeId) -> Notice {
    get(db, project, id).await.expect("get").0
}

async fn only(db: &Db, now: Timestamp) -> Claimed {
    let mut claimed = claim(db, now).await.expect("claim");
    assert_eq!(claimed.len(), 1);
    claimed.remove(0)
}

on_both! {
    async fn a_body_is_sealed_at_rest_and_opens_for_its_project_alone(db) {
        let (shop, other) = (project(db, "Shop").await, project(db, "Other").await);
        let id = enqueued(db, shop, "the secret link", NOW).await;
        let (notice, body) = get(db, shop, id).await.expect("get");
        assert_eq!((notice.state, body.text.as_str()), (State::Pending, "the secret link"));
        let stored: Vec<u8> = sqlx::query_scalar("SELECT body FROM notice").fetch_one(db.reader()).await.expect("body");
        assert!(!stored.windows(6).any(|part| part == b"secret"));
        assert!(matches!(get(db, other, id).await, Err(Error::NotFound)));
        assert!(list(db, other, None, Paging::default()).await.expect("list").rows.is_empty());
        assert!(matches!(resend(db, &Actor::System, other, id, NOW).await, Err(Error::NotFound)));
    }

    async fn what_is_claimed_is_nobody_elses_until_the_lease_ends(db) {
        let shop = project(db, "Shop").await;
        let id = enqueued(db, shop, "hello", NOW).await;
        assert_eq!(next_due(db).await.expect("due"), Some(NOW));
        let first = only(db, NOW).await;
        assert_eq!((first.notice.id, first.notice.attempts), (id, 1));
        assert_eq!(first.body.as_ref().map(|body| body.text.as_str()), Ok("hello"));
        assert!(claim(db, NOW.plus(MINUTE)).await.expect("claim").is_empty());
        assert_eq!(next_due(db).await.expect("due"), Some(NOW.plus(2 * MINUTE)));
        let second = only(db, NOW.plus(2 * MINUTE)).await;
        assert_eq!(second.notice.attempts, 2, "the lost claim was a try");
        assert!(!sent(db, &first, NOW).await.expect("sent"), "the lost claim reports nothing");
        assert_eq!(read(db, shop, id).await.state, State::Pending);
        assert!(sent(db, &second, NOW.plus(3 * MINUTE)).await.expect("sent"));
        let notice = read(db, shop, id).await;
        assert_eq!((notice.state, notice.sent_at), (State::Sent, Some(NOW.plus(3 * MINUTE))));
        assert_eq!(sent_daily(db, shop, 2, NOW).await.expect("daily"), [0, 1]);
        assert!(!failed(db, &second, "late", false, NOW).await.expect("failed"), "what is settled stays settled");
        assert_eq!(next_due(db).await.expect("due"), None);
    }

    async fn several_workers_claim_every_notice_once(db) {
        let shop = project(db, "Shop").await;
        for n in 0..40 {
            enqueued(db, shop, &n.to_string(), NOW.plus(n)).await;
        }
        let take = || claim(db, NOW.plus(SECOND));
        let (one, two, three, four) = tokio::join!(take(), take(), take(), take());
        let mut ids: Vec<_> = [one, two, three, four].into_iter().flat_map(|c| c.expect("claim")).map(|c| c.notice.id).collect();
        ids.extend(claim(db, NOW.plus(SECOND)).await.expect("claim").iter().map(|c| c.notice.id));
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!((all, ids.len()), (40, 40));
    }

    async fn a_failure_is_retried_ever_later_and_given_up_after_a_day(db) {
        let shop = project(db, "Shop").await;
        let id = enqueued(db, shop, "hello", NOW).await;
        let mut now = NOW;
        let mut waits = Vec::new();
        while let Some(due) = next_due(db).await.expect("due") {
            waits.push(due.since(now) / MINUTE);
            now = due;
            assert!(failed(db, &only(db, now).await, "connection\r\nrefused", false, now).await.expect("failed"));
        }
        assert_eq!(waits, [0, 1, 5, 30, 120, 360, 900]);
        let notice = read(db, shop, id).await;
        assert_eq!((notice.state, notice.attempts, notice.last_error.as_deref()), (State::Failed, 7, Some("connectionrefused")));
    }

    async fn a_permanent_failure_is_not_retried_and_its_error_is_bounded(db) {
        let shop = project(db, "Shop").await;
        let id = enqueued(db, shop, "hello", NOW).await;
        failed(db, &only(db, NOW).await, &"ü".repeat(10_000), true, NOW).await.expect("failed");
        let notice = read(db, shop, id).await;
        assert_eq!((notice.state, notice.last_error.map(|error| error.chars().count())), (State::Failed, Some(500)));
        assert_eq!(next_due(db).await.expect("due"), None);
    }

    async fn what_was_held_or_failed_can_be_sent_again_with_a_line_in_the_ledger(db) {
        let shop = project(db, "Shop").await;
        let id = enqueued(db, shop, "hello", NOW).await;
        let waiting = resend(db, &Actor::System, shop, id, NOW).await;
        assert!(matches!(waiting, Err(Error::Conflict(_))), "{waiting:?}");
        held(db, &only(db, NOW).await, NOW).await.expect("held");
        assert_eq!(read(db, shop, id).await.state, State::Held);
        assert!(claim(db, NOW.plus(DAY)).await.expect("claim").is_empty(), "what is held waits for a person");
        resend(db, &Actor::System, shop, id, NOW.plus(HOUR)).await.expect("resend");
        let again = only(db, NOW.plus(HOUR)).await;
        assert_eq!((again.notice.id, again.notice.attempts), (id, 1), "its tries start again");
        let entries = ledger::list(db, shop, Paging::default()).await.expect("ledger").rows;
        assert_eq!((entries[0].action.as_str(), entries[0].subject.as_str()), ("notice.resent", id.to_string().as_str()));
    }

    async fn a_question_that_cannot_be_answered_is_not_sent_again(db) {
        let shop = project(db, "Shop").await;
        story(db, shop).await;
        let notice = only(db, NOW).await;
        let alert = alerts::list(db, shop, &AlertFilter::default(), Paging::default()).await.expect("alerts").rows[0].id;
        assert_eq!((notice.notice.alert_id, read(db, shop, notice.notice.id).await.alert_id), (Some(alert), Some(alert)));
        sent(db, &notice, NOW).await.expect("sent");
        let late = resend(db, &Actor::System, shop, notice.notice.id, NOW.plus(7 * DAY)).await;
        assert!(matches!(&late, Err(Error::Conflict(text)) if text.contains("expired")), "{late:?}");
        let token = crate::question::token_of(db, shop).await;
        questions::answer(db, &token, Answer::Yes, "1.2.3.4", "https://watch.example", NOW).await.expect("answer");
        let answered = resend(db, &Actor::System, shop, notice.notice.id, NOW).await;
        assert!(matches!(&answered, Err(Error::Conflict(text)) if text.contains("answered")), "{answered:?}");
    }

    async fn a_list_is_filtered_by_state_and_its_pages_join(db) {
        let shop = project(db, "Shop").await;
        let mut ids = Vec::new();
        for n in 0..5 {
            ids.insert(0, enqueued(db, shop, "hello", NOW.plus(n)).await);
        }
        held(db, &claim(db, NOW).await.expect("claim")[0], NOW).await.expect("held");
        let first = list(db, shop, None, Paging::new(None, Some(3))).await.expect("list");
        let second = list(db, shop, None, Paging::new(first.next.as_deref(), Some(3))).await.expect("list");
        let seen: Vec<_> = first.rows.iter().chain(&second.rows).map(|notice| notice.id).collect();
        assert_eq!((seen, second.next), (ids.clone(), None));
        let held = list(db, shop, Some(State::Held), Paging::default()).await.expect("list");
        assert_eq!(held.rows.iter().map(|notice| notice.id).collect::<Vec<_>>(), [ids[4]]);
    }
}
