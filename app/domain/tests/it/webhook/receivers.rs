//! Who received an order, where, and what each of them did with it.

use porchlight_domain::id::{RevocationId, UserKey};
use porchlight_domain::revocation::store::{self as revocations, Request};
use porchlight_domain::revocation::{Dossier, Overall, Reason, Reception, Scope, State};
use porchlight_domain::time::{HOUR, SECOND};
use porchlight_domain::webhook::{Answer, DeliveryState, EndpointState, ONLY_LISTENS, Policy, ReceiptStatus};

use super::completions::{answer, complete, ended};
use super::*;

/// The one that only listens.
fn listens() -> Policy {
    Policy { observer: true, ..Policy::default() }
}

/// An order to end the session `s_1`, carried to an endpoint of each of these policies.
pub(super) async fn order(db: &Db, policies: Vec<Policy>) -> (ProjectId, RevocationId, Vec<Endpoint>) {
    let shop = project(db, "Shop").await;
    let mut endpoints = Vec::new();
    for (place, policy) in policies.into_iter().enumerate() {
        let new =
            NewEndpoint { url: format!("https://app.example/{place}"), policy, ..NewEndpoint::default() };
        endpoints.push(store::create(db, &Actor::System, shop, new, NOW).await.expect("endpoint").0);
    }
    let user = crate::session::user(db, shop, "u_42").await;
    let id = give(db, shop, user).await;
    (shop, id, endpoints)
}

async fn give(db: &Db, project: ProjectId, user: UserKey) -> RevocationId {
    let request = Request {
        project,
        user,
        scope: Scope::Listed,
        sessions: &["s_1".into()],
        reason: Reason { code: "operator.requested".into(), text: "test".into() },
        actor: &Actor::System,
        event: None,
        alert: None,
        question: None,
        public_url: "http://127.0.0.1:3000",
        thisdata: None,
    };
    let mut tx = db.begin().await.expect("begin");
    let id = revocations::request(&mut tx, request, NOW).await.expect("request").expect("an order");
    tx.commit().await.expect("commit");
    id
}

/// Each endpoint answers what is given for it.
pub(super) async fn answered(db: &Db, endpoints: &[Endpoint], answers: &[(u16, &str)], now: Timestamp) {
    for claimed in claim_at(db, now).await {
        let place = endpoints.iter().position(|one| one.id == claimed.endpoint).expect("one of them");
        let (status, body) = answers[place];
        complete(db, &[ended(claimed, answer(status, body), now)], now).await;
    }
}

pub(super) async fn dossier(db: &Db, project: ProjectId, id: RevocationId) -> Dossier {
    revocations::get(db, project, id).await.expect("order")
}

fn receptions(read: &Dossier) -> Vec<Reception> {
    read.receivers.iter().map(|one| one.reception).collect()
}

pub(super) fn receipt(outcome: &str) -> String {
    json!({ "receipt": { "sessions": [{ "id": "s_1", "outcome": outcome }] } }).to_string()
}

on_both! {
    async fn whoever_only_listens_acknowledges_nothing_and_confirms_nothing(db) {
        let (shop, id, endpoints) = order(db, vec![listens()]).await;
        let claimed = claim_at(db, NOW).await.pop().expect("it gets the message");
        let body = String::from_utf8(claimed.body.clone()).expect("text");
        let told: serde_json::Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!((&told["data"]["revocation_id"], told["data"].get("receipt_url")), (&json!(id), None), "{body}");
        complete(db, &[ended(claimed, answer(200, &receipt("revoked")), NOW)], NOW).await;
        let read = dossier(db, shop, id).await;
        assert_eq!((read.revocation.state, read.revocation.delivered_at), (Overall::Requested, None));
        assert_eq!(read.revocation.stuck.as_deref(), Some("no endpoint that ends sessions takes it"));
        assert_eq!(read.receipts[0].verdict, format!("refused: {ONLY_LISTENS}"));
        assert_eq!((receptions(&read), read.receivers[0].endpoint_id), (vec![Reception::Observed], endpoints[0].id));
        let sent = store::get_delivery(db, shop, read.deliveries[0]).await.expect("delivery");
        assert_eq!((sent.body.as_str(), sent.delivery.state), (body.as_str(), DeliveryState::Delivered), "as it was sent");
    }

    async fn an_order_that_nobody_confirms_goes_once_more_but_not_to_whoever_only_listens(db) {
        let (shop, id, endpoints) = order(db, vec![listens(), Policy::default()]).await;
        assert_eq!(dossier(db, shop, id).await.revocation.stuck, None, "one of them ends sessions");
        answered(db, &endpoints, &[(200, "OK"), (200, "OK")], NOW).await;
        let read = dossier(db, shop, id).await;
        assert_eq!((receptions(&read), read.revocation.state), (vec![Reception::Observed, Reception::Acknowledged], Overall::Acknowledged));
        let limit = read.revocation.confirm_by;
        assert_eq!(revocations::overdue(db, limit).await.expect("overdue"), 1);
        let again = claim_at(db, limit).await.into_iter().filter(|one| one.revocation.is_some());
        assert_eq!(again.map(|one| one.endpoint).collect::<Vec<_>>(), [endpoints[1].id]);
    }

    async fn an_order_is_stuck_while_no_endpoint_that_ends_sessions_is_enabled(db) {
        let (shop, id, endpoints) = order(db, vec![Policy::default()]).await;
        let stuck = async || {
            let listed = revocations::list(db, shop, &Default::default(), Paging::default()).await.expect("list");
            assert_eq!(listed.rows[0].stuck, dossier(db, shop, id).await.revocation.stuck);
            listed.rows[0].stuck.is_some()
        };
        let set = async |state| {
            let change = EndpointChange { state: Some(state), ..EndpointChange::default() };
            store::update(db, &Actor::System, shop, endpoints[0].id, change, NOW).await.expect("change");
        };
        assert!(!stuck().await);
        set(porchlight_domain::webhook::EndpointState::Paused).await;
        assert!(stuck().await, "it gets it when somebody resumes it, and not before");
        set(porchlight_domain::webhook::EndpointState::Active).await;
        assert!(!stuck().await);
        set(porchlight_domain::webhook::EndpointState::Disabled).await;
        assert!(stuck().await);
        revocations::fetched(db, shop, 1, NOW).await.expect("fetched");
        assert!(!stuck().await, "an application fetched it");
    }

    async fn of_two_receivers_one_sees_which_has_not_answered(db) {
        let (shop, id, endpoints) = order(db, vec![Policy::default(), Policy::default(), Policy::default()]).await;
        assert_eq!(receptions(&dossier(db, shop, id).await), [Reception::Waiting; 3]);
        let done = receipt("revoked");
        answered(db, &endpoints, &[(200, &done), (202, ""), (500, "boom")], NOW).await;
        let read = dossier(db, shop, id).await;
        assert_eq!(receptions(&read), [Reception::Answered, Reception::Acknowledged, Reception::Failing]);
        assert_eq!(read.receipts[0].endpoint_id, Some(endpoints[0].id));
        let first = &read.receivers[0];
        assert_eq!((first.receipt_id, first.verdict.as_deref()), (Some(read.receipts[0].id), Some("accepted")));
        assert_eq!((read.receivers[1].receipt_id, read.receivers[1].delivered_at), (None, Some(NOW)));
        assert_eq!((read.receivers[2].last_error.as_deref(), read.receivers[2].delivered_at), (Some("answered 500"), None));
    }

    async fn one_endpoint_that_wants_signed_receipts_is_enough_for_all(db) {
        let strict = Policy { signed_receipts: true, ..Policy::default() };
        let (_, id, endpoints) = order(db, vec![Policy::default(), strict.clone()]).await;
        let signers = store::order_signers(db, id, NOW).await.expect("signers").expect("a message");
        assert!(signers.must_sign);
        let of: Vec<_> = signers.signers.iter().map(|one| (one.endpoint, one.observer)).collect();
        assert_eq!(of.len(), 2);
        assert!(endpoints.iter().all(|one| of.contains(&(one.id, false))), "{of:?}");
    }

    async fn what_whoever_only_listens_wants_signed_binds_nobody(db) {
        let strict = Policy { signed_receipts: true, ..listens() };
        let (_, id, _) = order(db, vec![Policy::default(), strict]).await;
        let signers = store::order_signers(db, id, NOW).await.expect("signers").expect("a message");
        assert!(!signers.must_sign);
        assert_eq!(signers.signers.iter().filter(|one| one.observer).count(), 1);
    }

    async fn an_attempt_tells_where_it_went_also_when_its_endpoint_is_elsewhere_now(db) {
        let (shop, id, endpoints) = order(db, vec![Policy::default()]).await;
        answered(db, &endpoints, &[(500, "")], NOW).await;
        let change = EndpointChange { url: Some("https://new.example/hook".into()), ..EndpointChange::default() };
        store::update(db, &Actor::System, shop, endpoints[0].id, change, NOW).await.expect("change");
        answered(db, &endpoints, &[(200, "OK")], NOW.plus(60 * SECOND)).await;
        let sent = store::get_delivery(db, shop, dossier(db, shop, id).await.deliveries[0]).await.expect("delivery");
        let urls: Vec<_> = sent.attempts.iter().map(|one| one.url.as_deref()).collect();
        assert_eq!(urls, [Some("https://app.example/0"), Some("https://new.example/hook")]);
        assert_eq!(sent.delivery.url, "https://new.example/hook");
    }

    async fn a_delivery_tells_what_was_made_of_its_receipt(db) {
        let (shop, id, endpoints) = order(db, vec![Policy::default()]).await;
        let foreign = receipt("revoked").replace("s_1", "s_2");
        answered(db, &endpoints, &[(200, &foreign)], NOW).await;
        let sent = store::get_delivery(db, shop, dossier(db, shop, id).await.deliveries[0]).await.expect("delivery");
        let signature = sent.delivery.signature.expect("signature");
        assert_eq!((signature.receipt, signature.is_unbelieved()), (ReceiptStatus::Unsigned, true));
        assert_eq!(signature.verdict.as_deref(), Some("refused: the receipt names no session of this order"));
        assert_eq!(sent.attempts[0].signature, signature);
        store::resend(db, &Actor::System, shop, sent.delivery.id, NOW).await.expect("resend");
        let done = receipt("revoked");
        answered(db, &endpoints, &[(200, &done)], NOW).await;
        let sent = store::get_delivery(db, shop, sent.delivery.id).await.expect("delivery");
        let signature = sent.delivery.signature.expect("signature");
        assert_eq!((signature.verdict.as_deref(), signature.is_unbelieved()), (Some("accepted"), false));
        assert_eq!(dossier(db, shop, id).await.revocation.sessions[0].state.as_str(), "confirmed");
        assert_ne!(dossier(db, shop, id).await.revocation.sessions[0].state, State::Acknowledged);
    }

    async fn an_order_whose_only_receiver_is_paused_or_disabled_by_itself_says_so(db) {
        let shop = project(db, "Shop").await;
        let endpoints = [endpoint(db, shop, Format::Standard).await];
        let turn = async |state| {
            let change = EndpointChange { state: Some(state), ..EndpointChange::default() };
            store::update(db, &Actor::System, shop, endpoints[0].id, change, NOW).await.expect("turn");
        };
        turn(EndpointState::Paused).await;
        let user = crate::session::user(db, shop, "u_42").await;
        let id = give(db, shop, user).await;
        let read = dossier(db, shop, id).await;
        let held = "paused: nothing is sent to it before it is resumed";
        assert_eq!(read.revocation.stuck.as_deref(), Some(format!("app.example/hook is {held}").as_str()));
        let receiver = &read.receivers[0];
        assert_eq!((receiver.reception, receiver.held.as_deref(), receiver.next_attempt_at), (Reception::Held, Some(held), None));
        assert_eq!(revocations::redeliver(db, &Actor::System, shop, id, NOW).await.expect("redeliver"), 0);

        turn(EndpointState::Active).await;
        let read = dossier(db, shop, id).await;
        assert_eq!((&read.revocation.stuck, read.receivers[0].next_attempt_at), (&None, Some(NOW)));
        publish(db, message(shop, MessageType::AlertOpened, None)).await;
        let claimed = claim_at(db, NOW).await;
        let (other, mine): (Vec<_>, Vec<_>) = claimed.into_iter().partition(|one| one.revocation != Some(id));
        complete(db, &[ended(mine.into_iter().next().expect("it"), answer(500, ""), NOW)], NOW).await;
        complete(db, &[ended(other.into_iter().next().expect("the other"), answer(410, ""), NOW)], NOW).await;
        let read = dossier(db, shop, id).await;
        let held = "disabled (answered 410 Gone): nothing is sent to it before it is enabled";
        assert_eq!((read.receivers[0].reception, read.receivers[0].held.as_deref()), (Reception::Held, Some(held)));
        assert_eq!(read.revocation.stuck.as_deref(), Some(format!("app.example/hook is {held}").as_str()));
    }

    async fn an_order_to_an_endpoint_on_hold_says_why_and_is_tried_at_its_limit_at_the_latest(db) {
        let (shop, id, _) = order(db, vec![Policy::default(), listens()]).await;
        let busy = || Answer { headers: vec![("retry-after".into(), "3600".into())], ..answer(429, "") };
        for claimed in claim_at(db, NOW).await {
            complete(db, &[ended(claimed, busy(), NOW)], NOW).await;
        }
        let read = dossier(db, shop, id).await;
        let [ends, listens] = &read.receivers[..] else { panic!("two: {read:?}") };
        assert_eq!((ends.reception, ends.next_attempt_at), (Reception::Failing, Some(read.revocation.confirm_by)));
        let said = "on hold: it said that it has too much to do (429, 502, 503 or 504)";
        assert_eq!(ends.held.as_deref(), Some(said));
        assert_eq!(read.revocation.stuck, Some(format!("app.example/0 is {said}")));
        assert!(listens.next_attempt_at.is_some_and(|at| at.since(NOW) >= HOUR), "it is not sent it again at the limit");
    }
}
