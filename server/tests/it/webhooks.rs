//! Webhooks as they leave: real receivers on loopback, good, bad and hostile.

mod api;
mod crash;
mod hostile;
mod order;
mod phases;
mod policy;
mod probes;
mod rebinding;
mod recover;
mod replicas;
mod shown;
mod signed;

use std::time::Duration;

use porchlight_domain::Timestamp;
use porchlight_domain::db::Db;
use porchlight_domain::id::{EndpointId, ProjectId};
use porchlight_domain::operator::Actor;
use porchlight_domain::page::Paging;
use porchlight_domain::project::{Settings, store as projects};
use porchlight_domain::signature::Secret;
use porchlight_domain::webhook::store;
use porchlight_domain::webhook::{
    Delivery, DeliveryDetail, DeliveryFilter, Format, MessageType, NewEndpoint, NewMessage,
};
use porchlight_server::webhooks::{Client, Limits, Worker};
use porchlight_server::worker::until_idle;
use serde_json::json;

use crate::support::store::NOW;
use crate::support::within;

/// A project with endpoints, and the worker that serves them.
struct Outgoing {
    db: Db,
    project: ProjectId,
    worker: Worker,
}

impl Outgoing {
    /// With a worker that may send to loopback and waits a second for an answer.
    async fn start(db: &Db) -> Self {
        let settings = Settings::default();
        let made = projects::create(db, &Actor::System, "Shop", settings, NOW).await.expect("project");
        Self { db: db.clone(), project: made.id, worker: worker(db, &["127.0.0.0/8"], 1_000) }
    }

    async fn endpoint(&self, url: &str, format: Format) -> (EndpointId, Secret) {
        let new = NewEndpoint { url: url.to_owned(), format, ..NewEndpoint::default() };
        let made = store::create(&self.db, &Actor::System, self.project, new, NOW).await.expect("endpoint");
        (made.0.id, made.1)
    }

    async fn publish(&self, at: Timestamp) {
        let message = NewMessage {
            project: self.project,
            kind: MessageType::AlertOpened,
            user: None,
            event: None,
            alert: None,
            question: None,
            revocation: None,
            data: json!({ "user": { "id": "u_42", "name": "Zoë" } }),
            thisdata: Some(
                json!({ "version": 1, "was_user": null, "user": { "id": "u_42", "name": "Zoë" } }),
            ),
        };
        let mut tx = self.db.begin().await.expect("begin");
        store::publish(&mut tx, message, at).await.expect("publish");
        tx.commit().await.expect("commit");
    }

    /// Sends until nothing is due at `now`.
    async fn send(&self, now: Timestamp) {
        within(until_idle(now, |now| self.worker.step(now))).await.expect("steps");
    }

    async fn deliveries(&self) -> Vec<Delivery> {
        let filter = DeliveryFilter::default();
        store::list_deliveries(&self.db, self.project, filter, Paging::default()).await.expect("list").rows
    }

    /// The only delivery with its attempts.
    async fn only(&self) -> DeliveryDetail {
        let all = self.deliveries().await;
        assert_eq!(all.len(), 1);
        store::get_delivery(&self.db, self.project, all[0].id).await.expect("detail")
    }

    /// Publishes one message to `url` and sends it once.
    async fn once(&self, url: &str) -> DeliveryDetail {
        self.endpoint(url, Format::Standard).await;
        self.publish(NOW).await;
        self.send(NOW).await;
        self.only().await
    }
}

fn worker(db: &Db, allow: &[&str], deadline_ms: u64) -> Worker {
    let allow = allow.iter().map(|net| net.parse().expect("net")).collect();
    let limits = Limits { allow, deadline: Duration::from_millis(deadline_ms) };
    Worker::new(db.clone(), Client::new(limits).expect("client"))
}
