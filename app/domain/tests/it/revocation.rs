//! Orders to end sessions: the whole loop, contradictions, time limits, foreign hands.

mod again;
mod contradictions;
mod feed;
mod figures;
mod limit;
mod objections;
mod orders;
mod receipts;
mod whole;

use porchlight_domain::db::Db;
use porchlight_domain::id::{DeliveryId, ProjectId, RevocationId, UserKey};
use porchlight_domain::operator::Actor;
use porchlight_domain::page::Paging;
use porchlight_domain::revocation::receipt::{NewReceipt, Verdict, read};
use porchlight_domain::revocation::store::{self, Request, next_due, overdue};
use porchlight_domain::revocation::{Dossier, Overall, Reason, RevocationFilter, Scope, Via};
use porchlight_domain::session::{self, State};
use porchlight_domain::time::{DAY, HOUR, SECOND};
use porchlight_domain::{Error, Result, Timestamp, alert, ledger};
use serde_json::{Value, json};

use crate::session::{event, see, shop, user};
use crate::support::NOW;

const PUBLIC: &str = "https://watch.example";
/// When the default project stops to wait for a receipt.
const LIMIT: Timestamp = NOW.plus(300 * SECOND);

fn ask<'a>(project: ProjectId, user: UserKey, scope: Scope, sessions: &'a [String]) -> Request<'a> {
    let reason = Reason { code: "user.reported".into(), text: "It was not me".into() };
    let (actor, public_url) = (&Actor::System, PUBLIC);
    Request {
        project,
        user,
        scope,
        sessions,
        reason,
        actor,
        event: None,
        alert: None,
        question: None,
        public_url,
        thisdata: None,
    }
}

async fn give(db: &Db, request: Request<'_>) -> Result<Option<RevocationId>> {
    let mut tx = db.begin().await?;
    let id = store::request(&mut tx, request, NOW).await?;
    tx.commit().await?;
    Ok(id)
}

fn ids(sessions: &[&str]) -> Vec<String> {
    sessions.iter().map(|id| (*id).to_owned()).collect()
}

/// Orders listed sessions ended.
pub async fn order(db: &Db, project: ProjectId, user: UserKey, sessions: &[&str]) -> RevocationId {
    give(db, ask(project, user, Scope::Listed, &ids(sessions)))
        .await
        .expect("request")
        .expect("something to end")
}

fn body(sessions: &[(&str, &str)]) -> String {
    let sessions: Vec<_> = sessions
        .iter()
        .map(|(id, outcome)| json!({ "id": id, "outcome": outcome, "until": "2026-03-02T09:00:00Z" }))
        .collect();
    json!({ "receipt": { "sessions": sessions } }).to_string()
}

/// A receipt in the answer to a delivery.
fn answered(revocation: RevocationId, delivery: DeliveryId, sessions: &[(&str, &str)]) -> NewReceipt {
    let raw = body(sessions);
    let report = read(raw.as_bytes(), NOW).expect("read").expect("a receipt");
    NewReceipt {
        revocation,
        delivery: Some(delivery),
        endpoint: None,
        via: Via::Answer,
        signed: true,
        report,
        raw,
    }
}

/// Takes a receipt.
pub async fn receive(
    db: &Db,
    project: ProjectId,
    revocation: RevocationId,
    sessions: &[(&str, &str)],
    at: Timestamp,
) -> Result<Verdict> {
    let raw = body(sessions);
    let report = read(raw.as_bytes(), at)?.expect("a receipt");
    let mut tx = db.begin().await?;
    let new =
        NewReceipt { revocation, delivery: None, endpoint: None, via: Via::Post, signed: false, report, raw };
    let verdict = store::receipt(&mut tx, project, new, at).await?;
    tx.commit().await?;
    Ok(verdict)
}

async fn dossier(db: &Db, project: ProjectId, id: RevocationId) -> Dossier {
    store::get(db, project, id).await.expect("get")
}

fn states(dossier: &Dossier) -> Vec<(&str, &str)> {
    dossier.revocation.sessions.iter().map(|session| (session.id.as_str(), session.state.as_str())).collect()
}

async fn outbox(db: &Db, project: ProjectId) -> Vec<(String, Value)> {
    let rows: Vec<(String, Vec<u8>)> =
        sqlx::query_as("SELECT type, body FROM message WHERE project_id = $1 ORDER BY id")
            .bind(project.0)
            .fetch_all(db.reader())
            .await
            .expect("messages");
    rows.into_iter().map(|(kind, body)| (kind, serde_json::from_slice(&body).expect("json"))).collect()
}

async fn alerts(db: &Db, project: ProjectId) -> Vec<String> {
    let page = alert::store::list(db, project, &alert::AlertFilter::default(), Paging::default())
        .await
        .expect("alerts");
    page.rows.into_iter().map(|alert| alert.kind).collect()
}

/// Eve with two live sessions.
async fn eve(db: &Db) -> (ProjectId, UserKey) {
    let shop = shop(db, "Shop").await;
    let eve = user(db, shop, "eve").await;
    see(db, &[event(db, shop, eve, "a", "log-in", NOW), event(db, shop, eve, "b", "log-in", NOW)]).await;
    (shop, eve)
}

on_both! {
    async fn an_order_goes_from_requested_to_confirmed_and_the_session_is_dead(db) {
        let (shop, eve) = eve(db).await;
        let id = order(db, shop, eve, &["a"]).await;
        let (kind, message) = outbox(db, shop).await.remove(0);
        assert_eq!((kind.as_str(), &message["type"]), ("session.revocation.requested", &json!("session.revocation.requested")));
        let url = message["data"]["receipt_url"].as_str().expect("url").to_owned();
        let expected = json!({ "revocation_id": id, "user": { "id": "eve" }, "sessions": [{ "id": "a" }], "scope": "listed",
            "reason": { "code": "user.reported", "text": "It was not me" }, "initiated_by": "rule",
            "requested_at": NOW, "confirm_by": "2026-03-02T08:05:00.000Z", "receipt_url": url });
        assert_eq!(message["data"], expected);
        let token = url.strip_prefix("https://watch.example/receipts/").expect("url");
        assert_eq!(store::by_receipt_token(db, token).await.expect("token"), (shop, id));
        assert!(matches!(store::by_receipt_token(db, "rct_guess").await, Err(Error::NotFound)));

        let mut tx = db.begin().await.expect("begin");
        store::delivered(&mut tx, id, DeliveryId(7), NOW).await.expect("delivered");
        tx.commit().await.expect("commit");
        assert_eq!(dossier(db, shop, id).await.revocation.state, Overall::Delivered);
        let mut tx = db.begin().await.expect("begin");
        store::acknowledged(&mut tx, id, DeliveryId(7), NOW).await.expect("acknowledged");
        tx.commit().await.expect("commit");
        let read = dossier(db, shop, id).await;
        assert_eq!((read.revocation.state, read.revocation.settled_at), (Overall::Acknowledged, None));
        assert_eq!(session::store::get(db, shop, "a", NOW).await.expect("get").state, State::Live, "a bare 200 says nothing");

        let verdict = receive(db, shop, id, &[("a", "revoked"), ("z", "revoked")], NOW.plus(SECOND)).await.expect("receipt");
        assert_eq!(verdict, Verdict::Accepted { unknown: vec!["z".into()], late: vec![] });
        let read = dossier(db, shop, id).await;
        assert_eq!((read.revocation.state, read.revocation.settled_at), (Overall::Confirmed, Some(NOW.plus(SECOND))));
        assert_eq!(read.receipts[0].verdict, "accepted; not of this order: z");
        assert_eq!(read.steps.iter().map(|step| step.state.as_str()).collect::<Vec<_>>(), ["requested", "delivered", "acknowledged", "confirmed"]);
        let ended = session::store::get(db, shop, "a", NOW).await.expect("get");
        assert_eq!((ended.state, ended.is_revoked(), ended.ended_at), (State::Revoked, true, Some(NOW.plus(SECOND))));
        assert!(matches!(session::store::get(db, shop, "z", NOW).await, Err(Error::NotFound)));
        assert_eq!(next_due(db).await.expect("due"), None);
        assert_eq!((overdue(db, LIMIT.plus(DAY)).await.expect("overdue"), alerts(db, shop).await), (0, vec![]));
    }

    async fn what_ended_without_a_confirmation_is_counted(db) {
        let (shop, eve) = eve(db).await;
        let (a, b) = (order(db, shop, eve, &["a"]).await, order(db, shop, eve, &["b"]).await);
        receive(db, shop, a, &[("a", "revoked")], NOW).await.expect("receipt");
        assert_eq!(store::failures(db, shop, NOW).await.expect("failures"), 0, "one is confirmed, one is awaited");
        receive(db, shop, b, &[("b", "failed")], NOW).await.expect("receipt");
        assert_eq!(store::failures(db, shop, NOW).await.expect("failures"), 1);
        assert_eq!(store::failures(db, shop, NOW.plus(1)).await.expect("failures"), 0, "given before");
    }

    async fn a_thisdata_body_carries_the_order_at_its_top_level(db) {
        let (shop, eve) = eve(db).await;
        let flat = json!({ "version": 1, "was_user": false, "user": { "id": "eve" } });
        let sessions = ids(&["a"]);
        let request = Request { thisdata: Some(flat), ..ask(shop, eve, Scope::One, &sessions) };
        let id = give(db, request).await.expect("request").expect("order");
        let body: Vec<u8> = sqlx::query_scalar("SELECT thisdata_body FROM message WHERE revocation_id = $1")
            .bind(id.0)
            .fetch_one(db.reader())
            .await
            .expect("message");
        let body: Value = serde_json::from_slice(&body).expect("json");
        assert_eq!((&body["was_user"], &body["revocation_id"], &body["sessions"]), (&json!(false), &json!(id), &json!([{ "id": "a" }])));
        assert_eq!(body["confirm_by"], json!(LIMIT));
    }
}
