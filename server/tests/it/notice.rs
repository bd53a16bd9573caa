//! Notices on their way out: a mail server that takes, refuses, hangs, or is not there.

use std::time::{Duration, Instant};

use porchlight_domain::db::Db;
use porchlight_domain::id::{NoticeId, ProjectId};
use porchlight_domain::notice::store::{NewNotice, enqueue, get};
use porchlight_domain::notice::{Body, Notice, State};
use porchlight_domain::project::Settings;
use porchlight_domain::time::{MINUTE, SECOND};
use porchlight_server::notify::{Notifier, step};
use porchlight_server::worker::Outcome;
use tokio_util::sync::CancellationToken;

use crate::support::mailbox::{Mailbox, Manner};
use crate::support::store::NOW;
use crate::support::{project, within};

async fn enqueued(db: &Db, project: ProjectId, recipient: &str) -> NoticeId {
    let body = Body { html: "<p>Grüße</p>".into(), text: "Hello\n.\n.dots\n".into() };
    let mut tx = db.begin().await.expect("begin");
    let notice = NewNotice { project, question: None, recipient, subject: "Was this you?", body: &body };
    let id = enqueue(&mut tx, notice, NOW).await.expect("enqueue");
    tx.commit().await.expect("commit");
    id
}

fn notifier(db: &Db, url: Option<&str>) -> Notifier {
    let notifier = Notifier::new(db.clone(), url, "Porchlight <watch@example.com>").expect("notifier");
    notifier.with_deadline(Duration::from_millis(400))
}

/// Sends one notice through this mail server; what became of it.
async fn tried(db: &Db, url: Option<&str>) -> Notice {
    let (shop, _) = project(db, "Shop", Settings::default()).await;
    let id = enqueued(db, shop, "eve@example.com").await;
    let notifier = notifier(db, url);
    assert_eq!(within(step(&notifier, NOW)).await.expect("step"), Outcome::Worked);
    let (notice, _) = get(db, shop, id).await.expect("notice");
    let due = (notice.state == State::Pending).then_some(notice.next_attempt_at);
    assert_eq!(step(&notifier, NOW).await.expect("step"), Outcome::Idle(due), "nothing more is due now");
    notice
}

on_both_engines! {
    async fn a_mail_goes_out_with_both_its_parts(fresh) {
        let mailbox = Mailbox::open(Manner::Takes).await;
        let notice = tried(&fresh.db, Some(&mailbox.url)).await;
        assert_eq!((notice.state, notice.sent_at, notice.attempts), (State::Sent, Some(NOW), 1));
        let mail = mailbox.mails().remove(0);
        for part in ["From: Porchlight <watch@example.com>", "To: eve@example.com", "Subject: Was this you?",
            "text/plain", "text/html", "\r\n.\r\n.dots\r\n", &format!("Message-ID: <{}@example.com>", notice.id)] {
            assert!(mail.contains(part), "{part} is missing in {mail}");
        }
    }

    async fn without_a_mail_server_a_notice_is_held(fresh) {
        let notice = tried(&fresh.db, None).await;
        assert_eq!((notice.state, notice.last_error), (State::Held, None));
    }

    async fn a_server_that_is_not_there_is_tried_again(fresh) {
        let notice = tried(&fresh.db, Some("smtp://127.0.0.1:1")).await;
        assert_eq!((notice.state, notice.next_attempt_at), (State::Pending, NOW.plus(MINUTE)));
        assert!(notice.last_error.is_some_and(|error| error.to_lowercase().contains("refused")));
    }

    async fn while_the_server_is_away_one_mail_tries_it_and_the_others_keep_their_tries(fresh) {
        let (db, notifier) = (&fresh.db, notifier(&fresh.db, Some("smtp://127.0.0.1:1")));
        let (shop, _) = project(db, "Shop", Settings::default()).await;
        enqueued(db, shop, "eve@example.com").await;
        assert_eq!(within(step(&notifier, NOW)).await.expect("step"), Outcome::Worked);
        let mut waiting = Vec::new();
        for number in 0..40 {
            waiting.push(enqueued(db, shop, &format!("user{number}@example.com")).await);
        }
        let retry = NOW.plus(5 * SECOND);
        assert_eq!(step(&notifier, NOW.plus(SECOND)).await.expect("step"), Outcome::Idle(Some(retry)));
        assert_eq!(within(step(&notifier, retry)).await.expect("step"), Outcome::Worked);
        let again = step(&notifier, retry).await.expect("step");
        assert!(matches!(again, Outcome::Idle(Some(at)) if at > retry), "{again:?}");
        let mut tried = 0;
        for id in waiting {
            tried += get(db, shop, id).await.expect("notice").0.attempts;
        }
        assert_eq!(tried, 1);
    }

    async fn a_server_that_turns_everybody_away_is_tried_again(fresh) {
        let mailbox = Mailbox::open(Manner::Greets("554 go away")).await;
        let notice = tried(&fresh.db, Some(&mailbox.url)).await;
        assert_eq!(notice.state, State::Pending);
        assert!(notice.last_error.is_some_and(|error| error.contains("go away")));
    }

    async fn a_refused_recipient_is_not_tried_again(fresh) {
        let mailbox = Mailbox::open(Manner::Refuses("550 nobody of that name")).await;
        let notice = tried(&fresh.db, Some(&mailbox.url)).await;
        assert_eq!(notice.state, State::Failed);
        assert!(notice.last_error.is_some_and(|error| error.contains("nobody of that name")));
    }

    async fn a_refusal_for_now_is_tried_again(fresh) {
        let mailbox = Mailbox::open(Manner::Refuses("451 later")).await;
        assert_eq!(tried(&fresh.db, Some(&mailbox.url)).await.state, State::Pending);
    }

    async fn a_missing_password_is_our_fault_and_not_the_mails(fresh) {
        let mailbox = Mailbox::open(Manner::Refuses("530 authentication required")).await;
        assert_eq!(tried(&fresh.db, Some(&mailbox.url)).await.state, State::Pending);
    }

    async fn an_address_that_is_none_fails_without_a_try_on_the_wire(fresh) {
        let mailbox = Mailbox::open(Manner::Takes).await;
        let (shop, _) = project(&fresh.db, "Shop", Settings::default()).await;
        let id = enqueued(&fresh.db, shop, "eve@example.com\r\nBcc: all@example.com").await;
        step(&notifier(&fresh.db, Some(&mailbox.url)), NOW).await.expect("step");
        assert_eq!(get(&fresh.db, shop, id).await.expect("notice").0.state, State::Failed);
        assert!(mailbox.mails().is_empty());
    }

    async fn a_server_that_hangs_costs_one_deadline_for_the_whole_batch(fresh) {
        let mailbox = Mailbox::open(Manner::Hangs).await;
        let (shop, _) = project(&fresh.db, "Shop", Settings::default()).await;
        let mut ids = Vec::new();
        for _ in 0..16 {
            ids.push(enqueued(&fresh.db, shop, "eve@example.com").await);
        }
        let began = Instant::now();
        within(step(&notifier(&fresh.db, Some(&mailbox.url)), NOW)).await.expect("step");
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
        for id in ids {
            let (notice, _) = get(&fresh.db, shop, id).await.expect("notice");
            assert_eq!((notice.state, notice.next_attempt_at), (State::Pending, NOW.plus(MINUTE)));
            assert!(notice.last_error.is_some_and(|error| error.contains("did not finish")));
        }
    }

    async fn a_server_that_hangs_does_not_keep_the_process_from_its_end(fresh) {
        let mailbox = Mailbox::open(Manner::Hangs).await;
        let (shop, _) = project(&fresh.db, "Shop", Settings::default()).await;
        let id = enqueued(&fresh.db, shop, "eve@example.com").await;
        let stop = CancellationToken::new();
        stop.cancel();
        let patient = notifier(&fresh.db, Some(&mailbox.url)).with_deadline(Duration::from_secs(3_600));
        within(step(&patient.until(stop, Duration::from_millis(50)), NOW)).await.expect("step");
        let (notice, _) = get(&fresh.db, shop, id).await.expect("notice");
        assert_eq!(notice.state, State::Pending, "the next process tries again");
        assert!(notice.last_error.is_some_and(|error| error.contains("told to end")));
    }

    async fn a_mail_that_may_have_been_taken_is_sent_again_under_the_same_message_id(fresh) {
        let forgetful = Mailbox::open(Manner::HangsAfterMail).await;
        let notice = tried(&fresh.db, Some(&forgetful.url)).await;
        assert_eq!(notice.state, State::Pending);
        let mailbox = Mailbox::open(Manner::Takes).await;
        step(&notifier(&fresh.db, Some(&mailbox.url)), NOW.plus(MINUTE)).await.expect("step");
        let (first, second) = (forgetful.mails().remove(0), mailbox.mails().remove(0));
        let line = |mail: &str, name: &str| mail.lines().find(|line| line.starts_with(name)).map(str::to_owned);
        assert!(line(&first, "Message-ID: <ntc_").is_some(), "{first}");
        assert_eq!(line(&first, "Message-ID:"), line(&second, "Message-ID:"));
        assert_eq!(line(&first, "Date:"), line(&second, "Date:"));
    }
}

#[test]
fn what_is_taken_for_an_address_the_mailer_takes_too() {
    for mail in [
        "a@b.c",
        "ann+ops@shop.example",
        "o'neil@example.com",
        "ops@localhost",
        "x_y-z@sub.example.co",
        "a@münchen.example",
    ] {
        let checked = porchlight_domain::operator::checked_email("mail", mail).expect(mail);
        assert!(checked.parse::<lettre::Address>().is_ok(), "{mail}");
    }
}
