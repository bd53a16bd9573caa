//! What the server owes when it dies: the mail and the webhooks of an event that was answered go out after the restart.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use porchlight_domain::db::Db;
use porchlight_domain::page::Paging;
use porchlight_domain::project::store::by_name;
use porchlight_domain::time::MINUTE;
use porchlight_domain::webhook::store::list_deliveries;
use porchlight_domain::webhook::{DeliveryFilter, DeliveryState};
use porchlight_server::clock;
use porchlight_server::notify::{Notifier, step};
use porchlight_server::webhooks::{Client, Limits, Worker};
use porchlight_server::worker::until_idle;
use serde_json::{Value, json};

use crate::support::geo::{AUCKLAND, BEIJING};
use crate::support::mailbox::{Mailbox, Manner};
use crate::support::program::Program;
use crate::support::receiver::Receiver;
use crate::support::{Caller, at};

const DAY: i64 = 86_400;

fn login(session: &str, ip: &str, when: i64) -> Value {
    json!({
        "verb": "log-in", "ip": ip, "device": {"id": ip}, "user_agent": format!("Browser-of-{ip}/1.0"), "occurred_at": at(when),
        "session": {"id": session}, "user": {"id": "eve", "email": "eve@example.com"},
    })
}

on_both_engines! {
    async fn a_kill_right_after_the_answer_loses_no_mail_and_no_webhook(fresh) {
        // Nothing can be handed over before the kill: the application is out of order, the mail server turns everybody away.
        let status = Arc::new(AtomicU16::new(503));
        let answers = status.clone();
        let receiver = Receiver::start(move |_| (answers.load(Ordering::Relaxed), String::new())).await;
        let closed = Mailbox::open(Manner::Greets("421 closed")).await;
        let program = Program::new(fresh).await;
        program.run(&["project", "create", "--name", "Shop", "--ask-users"], "").await;
        let key = program.run(&["key", "create", "--project", "Shop"], "").await;
        let serving = program.serve(&["--smtp-url", &closed.url, "--webhook-allow", "127.0.0.0/8"]).await;
        let app = Caller::new(serving.address).with("authorization", &format!("Bearer {key}"));
        app.post("/api/v1/endpoints", &json!({"url": receiver.url})).await.expect(201);
        let home: Vec<_> = (0..6).map(|n| login(&format!("s-{n}"), AUCKLAND, (n - 7) * DAY)).collect();
        app.post("/api/v1/events", &json!(home)).await.expect(200);
        let judged = app.post("/api/v1/events", &login("s-thief", BEIJING, 0)).await.expect(200);
        serving.kill();
        assert_eq!(judged["level"], "red", "{judged}");

        status.store(200, Ordering::Relaxed);
        let mailbox = Mailbox::open(Manner::Takes).await;
        let later = clock::now().plus(10 * MINUTE);
        let db = Db::connect(&program.fresh.url, [7; 32], later).await.expect("the dead server's database");
        let notifier = Notifier::new(db.clone(), Some(&mailbox.url), "Porchlight <watch@example.com>")
            .expect("notifier");
        until_idle(later, |now| step(&notifier, now)).await.expect("mails");
        let limits = Limits { allow: vec!["127.0.0.0/8".parse().expect("range")], ..Limits::default() };
        let client = Client::new(limits).expect("client");
        let sender = Worker::new(db.clone(), client);
        until_idle(later, |now| sender.step(now)).await.expect("webhooks");
        let mails = mailbox.mails();
        assert!(mails.len() == 1 && mails[0].contains("To: eve@example.com"), "{mails:?}");
        let taken: Vec<_> = receiver.received().into_iter().map(|one| one.json()["type"].clone()).collect();
        assert!(!taken.is_empty() && taken.iter().all(|kind| kind == "alert.opened"), "{taken:?}");
        let project = by_name(&db, "Shop").await.expect("project").id;
        let page = list_deliveries(&db, project, DeliveryFilter::default(), Paging::default())
            .await
            .expect("deliveries");
        assert_eq!((page.rows.len(), page.rows[0].state), (1, DeliveryState::Delivered));
        db.close().await;
    }
}
