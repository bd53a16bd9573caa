//! Webhooks: endpoints and secrets, publishing, claiming.

mod about;
mod absent;
mod back;
mod claims;
mod completions;
mod deadlock;
mod endpoints;
mod health;
mod keys;
mod listed;
mod out;
mod probes;
mod publishing;
mod receivers;
mod replays;
mod search;
mod sent;
mod simulation;
mod takeover;
mod traffic;

use porchlight_domain::Timestamp;
use porchlight_domain::db::Db;
use porchlight_domain::id::{DeliveryId, EndpointId, ProjectId};
use porchlight_domain::operator::Actor;
use porchlight_domain::page::Paging;
use porchlight_domain::project::{Settings, store as projects};
use porchlight_domain::webhook::dispatch::{LANES, Take, Waiting};
use porchlight_domain::webhook::store::{self, Claimed};
use porchlight_domain::webhook::{
    Delivery, DeliveryFilter, Endpoint, EndpointChange, Format, MessageType, NewEndpoint, NewMessage,
};
use serde_json::{Value, json};

use crate::support::NOW;

/// A project to work in.
async fn project(db: &Db, name: &str) -> ProjectId {
    projects::create(db, &Actor::System, name, Settings::default(), NOW).await.expect("project").id
}

/// An endpoint with a generated secret.
async fn endpoint(db: &Db, project: ProjectId, format: Format) -> Endpoint {
    let new = NewEndpoint { url: "https://app.example/hook".into(), format, ..NewEndpoint::default() };
    store::create(db, &Actor::System, project, new, NOW).await.expect("endpoint").0
}

fn message(project: ProjectId, kind: MessageType, thisdata: Option<Value>) -> NewMessage {
    NewMessage {
        project,
        kind,
        user: None,
        event: None,
        alert: None,
        question: None,
        revocation: None,
        data: json!({ "user": { "id": "u_42", "name": "Zoë" } }),
        thisdata,
    }
}

async fn publish(db: &Db, message: NewMessage) {
    let mut tx = db.begin().await.expect("begin");
    store::publish(&mut tx, message, NOW).await.expect("publish");
    tx.commit().await.expect("commit");
}

async fn deliveries(db: &Db, project: ProjectId) -> Vec<Delivery> {
    let filter = DeliveryFilter::default();
    let paging = Paging::read(None, Some("200")).expect("paging");
    store::list_deliveries(db, project, filter, paging).await.expect("list").rows
}

/// Claims up to `count` of each lane of each endpoint that has something pending.
async fn claim_each(db: &Db, count: usize, now: Timestamp) -> Vec<Claimed> {
    let waiting = store::waiting(db, EndpointId(0), now).await.expect("waiting").waiting;
    let take = |one: &Waiting| Take { endpoint: one.endpoint, lanes: [count; LANES], canary: false };
    store::claim(db, &waiting.iter().map(take).collect::<Vec<_>>(), now).await.expect("claim")
}

async fn claim_at(db: &Db, now: Timestamp) -> Vec<Claimed> {
    claim_each(db, 64, now).await
}

async fn delivery(db: &Db, project: ProjectId, id: DeliveryId) -> Delivery {
    store::get_delivery(db, project, id).await.expect("delivery").delivery
}

async fn reread(db: &Db, project: ProjectId, id: EndpointId) -> Endpoint {
    store::get(db, project, id).await.expect("endpoint")
}
