//! Orders to end sessions: the whole loop, contradictions, time limits, foreign hands.

mod feed;
mod limit;

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

/// Takes a receipt.
pub async fn receive(
    db: &Db,
    project: ProjectId,
    revocation: RevocationId,
    sessions: &[(&str, &str)],
    at: Timestamp,
) -> Result<Verdict> {
    let raw = body(sessions);
    let report = read(raw.as_bytes())?.expect("a receipt");
    let mut tx = db.begin().await?;
    let new = NewReceipt { revocation, delivery: None, via: Via::Post, signed: false, report, raw };
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
            "confirm_by": "2026-03-02T08:05:00.000Z", "receipt_url": url });
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
        assert_eq!(verdict, Verdict::Accepted { unknown: vec!["z".into()] });
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

    async fn the_same_receipt_again_changes_nothing_and_a_contradicting_one_is_recorded_not_believed(db) {
        let (shop, eve) = eve(db).await;
        let id = order(db, shop, eve, &["a", "b"]).await;
        receive(db, shop, id, &[("a", "revoked"), ("b", "already_ended")], NOW).await.expect("receipt");
        assert_eq!(receive(db, shop, id, &[("a", "revoked"), ("b", "already_ended")], NOW).await.expect("again"), Verdict::Repeated);
        assert!(matches!(receive(db, shop, id, &[("a", "already_ended")], NOW).await.expect("weaker"), Verdict::Accepted { .. }));
        for _ in 0..2 {
            let verdict = receive(db, shop, id, &[("b", "revoked"), ("a", "failed")], NOW).await.expect("receipt");
            assert_eq!(verdict, Verdict::Contradicts("a was revoked and is now failed".into()));
        }
        let read = dossier(db, shop, id).await;
        assert_eq!((read.revocation.state, read.receipts.len()), (Overall::Confirmed, 3));
        assert_eq!(states(&read), [("a", "confirmed"), ("b", "confirmed")]);
        assert_eq!(session::store::get(db, shop, "b", NOW).await.expect("get").state, State::Ended, "nothing of it was believed");
        assert_eq!(alerts(db, shop).await, ["revocation.contradicted"]);
    }

    async fn a_session_that_could_not_be_ended_is_an_alert(db) {
        let (shop, eve) = eve(db).await;
        let id = order(db, shop, eve, &["a"]).await;
        receive(db, shop, id, &[("a", "failed")], NOW).await.expect("receipt");
        let read = dossier(db, shop, id).await;
        assert_eq!((read.revocation.state, read.revocation.settled_at), (Overall::Refused, Some(NOW)));
        assert_eq!(alerts(db, shop).await, ["revocation.refused"]);
        assert_eq!(session::store::get(db, shop, "a", NOW).await.expect("get").state, State::Live);
    }

    async fn an_order_names_what_its_scope_says(db) {
        let (shop, eve) = eve(db).await;
        let bob = user(db, shop, "bob").await;
        see(db, &[event(db, shop, bob, "bobs", "log-in", NOW), event(db, shop, eve, "c", "log-out", NOW)]).await;
        let named = async |scope, sessions: &[&str]| {
            let id = give(db, ask(shop, eve, scope, &ids(sessions))).await.expect("request")?;
            Some(dossier(db, shop, id).await.revocation.sessions.into_iter().map(|session| session.id).collect::<Vec<_>>())
        };
        assert_eq!(named(Scope::All, &[]).await, Some(ids(&["a", "b"])), "live ones");
        assert_eq!(named(Scope::Others, &["a"]).await, Some(ids(&["b"])));
        assert_eq!(named(Scope::Others, &["a", "b"]).await, None);
        assert_eq!(named(Scope::Listed, &["a", "never-seen", "a", "bobs"]).await, Some(ids(&["a", "never-seen"])), "not another user's");
        assert_eq!(named(Scope::One, &["bobs"]).await, None);
        let unseen = session::store::get(db, shop, "never-seen", NOW).await.expect("get");
        assert_eq!((unseen.last_event_id, unseen.is_revoked()), (None, true));
        let bad = give(db, ask(shop, eve, Scope::Listed, &ids(&["a\0"]))).await;
        assert!(matches!(bad, Err(Error::Invalid(_))), "{bad:?}");
    }

    async fn another_projects_orders_and_users_are_not_found(db) {
        let (shop, eve) = eve(db).await;
        let other = crate::session::shop(db, "Other").await;
        let id = order(db, shop, eve, &["a"]).await;
        assert!(matches!(receive(db, other, id, &[("a", "revoked")], NOW).await, Err(Error::NotFound)));
        assert!(matches!(store::get(db, other, id).await, Err(Error::NotFound)));
        assert!(matches!(give(db, ask(other, eve, Scope::All, &[])).await, Err(Error::NotFound)));
        let listed = store::list(db, other, &RevocationFilter::default(), Paging::default()).await.expect("list");
        assert_eq!(listed.rows, []);
        let revoked = store::revoke_session(db, &Actor::System, other, "a", PUBLIC, NOW).await;
        assert!(matches!(revoked, Err(Error::NotFound)), "{revoked:?}");
        assert_eq!(dossier(db, shop, id).await.receipts, []);
    }

    async fn a_hand_orders_once_while_an_order_is_open_and_it_is_in_the_ledger(db) {
        let (shop, eve) = eve(db).await;
        let by = &Actor::System;
        let first = store::revoke_session(db, by, shop, "a", PUBLIC, NOW).await.expect("revoke");
        assert_eq!(store::revoke_session(db, by, shop, "a", PUBLIC, NOW).await.expect("again"), first);
        receive(db, shop, first, &[("a", "revoked")], NOW).await.expect("receipt");
        assert_ne!(store::revoke_session(db, by, shop, "a", PUBLIC, NOW).await.expect("anew"), first);
        let rest = store::revoke_sessions(db, by, shop, eve, &ids(&["a"]), PUBLIC, NOW).await.expect("others");
        let read = dossier(db, shop, rest).await;
        assert_eq!((read.revocation.scope, states(&read)), (Scope::Others, vec![("b", "requested")]));
        receive(db, shop, rest, &[("b", "revoked")], NOW).await.expect("receipt");
        let none = store::revoke_sessions(db, by, shop, eve, &[], PUBLIC, NOW).await;
        assert!(matches!(none, Err(Error::Conflict(_))), "{none:?}");
        let recorded = ledger::list(db, shop, Paging::default()).await.expect("ledger").rows;
        assert_eq!(recorded.iter().filter(|entry| entry.action == "revocation.requested").count(), 3);
        let open = RevocationFilter { open: true, ..RevocationFilter::default() };
        let open = store::list(db, shop, &open, Paging::default()).await.expect("list").rows;
        assert_eq!(open.len(), 1);
        assert_eq!(open[0].sessions[0].id, "a");
    }

    async fn two_hands_at_once_give_one_order(db) {
        let (shop, _) = eve(db).await;
        let revoke = || store::revoke_session(db, &Actor::System, shop, "a", PUBLIC, NOW);
        let (one, two, three) = tokio::join!(revoke(), revoke(), revoke());
        let one = one.expect("revoke");
        assert_eq!((two.expect("revoke"), three.expect("revoke")), (one, one));
        let listed = store::list(db, shop, &RevocationFilter::default(), Paging::default()).await.expect("list");
        assert_eq!(listed.rows.len(), 1);
    }

    async fn an_alert_ends_its_own_session_or_all_and_its_orders_name_it(db) {
        let (shop, other) = (crate::event::project(db, "Shop").await, crate::event::project(db, "Other").await);
        crate::event::story(db, shop).await;
        let page = alert::store::list(db, shop, &alert::AlertFilter::default(), Paging::default()).await;
        let id = page.expect("alerts").rows[0].id;
        let revoke = async |project, all| store::revoke_for_alert(db, &Actor::System, project, id, all, PUBLIC, NOW).await;
        assert!(matches!(revoke(other, false).await, Err(Error::NotFound)));
        let one = revoke(shop, false).await.expect("order");
        assert_eq!(revoke(shop, false).await.expect("order"), one, "it is open: a second click is no second order");
        let order = dossier(db, shop, one).await;
        assert_eq!((states(&order), order.revocation.alert_id), (vec![("stolen", "requested")], Some(id)));
        let all = dossier(db, shop, revoke(shop, true).await.expect("order")).await;
        assert_eq!((all.revocation.scope, all.revocation.sessions.len()), (Scope::All, 6));
        let filter = RevocationFilter { alert: Some(id), ..RevocationFilter::default() };
        assert_eq!(store::list(db, shop, &filter, Paging::default()).await.expect("list").rows.len(), 2);
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

    async fn an_order_takes_a_bounded_number_of_receipts(db) {
        let (shop, eve) = eve(db).await;
        let id = order(db, shop, eve, &["a"]).await;
        for n in 0..100 {
            receive(db, shop, id, &[(&format!("x{n}"), "revoked")], NOW).await.expect("receipt");
        }
        let more = receive(db, shop, id, &[("x100", "revoked")], NOW).await.expect("receipt");
        assert!(matches!(more, Verdict::Refused(_)), "{more:?}");
    }
}
