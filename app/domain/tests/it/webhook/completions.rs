//! Recording what became of deliveries: once each, with what it means for the endpoint.

mod orders;

use porchlight_domain::Timestamp;
use porchlight_domain::signature::Secret;
use porchlight_domain::time::{HOUR, MINUTE, SECOND};
use porchlight_domain::webhook::health::Patience;
use porchlight_domain::webhook::schedule::Failed;
use porchlight_domain::webhook::store::{Completed, Completion};
use porchlight_domain::webhook::{
    Answer, DeliveryState, EndpointState, FoundReceipt, Policy, ReceiptStatus, SignatureStatus, schedule,
};

use super::*;
use crate::notice::digest::{mails, tell};

pub(super) fn answer(status: u16, body: &str) -> Answer {
    Answer { status: Some(status), body: body.into(), ..Answer::default() }
}

pub(super) fn ended(claimed: Claimed, answer: Answer, now: Timestamp) -> Completion {
    let secrets: Vec<Secret> = claimed.secrets.iter().map(|(_, secret)| secret.clone()).collect();
    let read = |order| FoundReceipt::read(&answer, claimed.message, order, &secrets, &claimed.policy, now);
    let receipt = claimed.revocation.map(read).unwrap_or_default();
    let signature =
        SignatureStatus { self_verified: true, receipt: receipt.status, ..SignatureStatus::default() };
    Completion {
        started_at: now,
        duration_us: 1_500,
        request_headers: Vec::new(),
        signature,
        receipt,
        claimed,
        answer,
    }
}

pub(super) async fn complete(db: &Db, ended: &[Completion], now: Timestamp) -> Completed {
    store::complete(db, ended, Patience::default(), now).await.expect("complete")
}

/// Claims the one delivery that is due and records this answer for it.
pub(super) async fn attempt(db: &Db, answer: Answer, now: Timestamp) -> Completed {
    let claimed = claim_at(db, now).await.pop().expect("due");
    complete(db, &[ended(claimed, answer, now)], now).await
}

/// A project with one endpoint and one message to it.
pub(super) async fn one_delivery(db: &Db) -> (ProjectId, Endpoint, DeliveryId) {
    let shop = project(db, "Shop").await;
    let hook = endpoint(db, shop, Format::Standard).await;
    publish(db, message(shop, MessageType::AlertOpened, None)).await;
    let id = deliveries(db, shop).await[0].id;
    (shop, hook, id)
}

on_both! {
    async fn a_success_is_recorded_once_with_its_attempt(db) {
        let (shop, _, id) = one_delivery(db).await;
        assert_eq!(attempt(db, answer(204, "said a\0b"), NOW).await, Completed { recorded: 1, discarded: 0 });
        let detail = store::get_delivery(db, shop, id).await.expect("detail");
        let delivery = &detail.delivery;
        assert_eq!((delivery.state, delivery.attempts, delivery.last_status), (DeliveryState::Delivered, 1, Some(204)));
        assert_eq!((delivery.delivered_at, delivery.next_attempt_at, &delivery.last_error), (Some(NOW), None, &None));
        assert!(delivery.signature.as_ref().is_some_and(|signature| signature.self_verified));
        assert_eq!(detail.attempts.len(), 1);
        assert_eq!((detail.attempts[0].number, detail.attempts[0].response_body.as_str()), (1, "said a\u{fffd}b"));
        assert!(detail.body.starts_with(r#"{"type":"alert.opened""#));
        assert!(claim_at(db, NOW.plus(48 * HOUR)).await.is_empty());
    }

    async fn a_failure_is_tried_again_by_the_schedule_until_it_ends(db) {
        let (shop, hook, id) = one_delivery(db).await;
        let mut now = NOW;
        for number in 1..=schedule::ATTEMPTS {
            attempt(db, answer(500, "boom"), now).await;
            let delivery = delivery(db, shop, id).await;
            assert_eq!((delivery.attempts, delivery.last_error.as_deref()), (number, Some("answered 500")));
            let failed = Failed { delivery: id, created_at: NOW, attempts: number, retry_after: None };
            let expected = schedule::next_attempt(&Policy::default(), failed, now);
            assert_eq!(delivery.next_attempt_at, expected);
            now = expected.unwrap_or(now);
        }
        assert_eq!(delivery(db, shop, id).await.state, DeliveryState::Failed);
        assert_eq!(reread(db, shop, hook.id).await.failing_since, Some(NOW));
        assert_eq!(store::get_delivery(db, shop, id).await.expect("detail").attempts.len(), schedule::ATTEMPTS as usize);
        store::resend(db, &Actor::System, shop, id, now).await.expect("resend");
        attempt(db, answer(200, ""), now).await;
        assert_eq!(delivery(db, shop, id).await.state, DeliveryState::Delivered);
        assert_eq!(reread(db, shop, hook.id).await.failing_since, None);
    }

    async fn a_receiver_can_ask_for_a_later_retry(db) {
        let (shop, _, id) = one_delivery(db).await;
        let asked = Answer { headers: vec![("retry-after".into(), "600".into())], ..answer(429, "") };
        attempt(db, asked, NOW).await;
        assert_eq!(delivery(db, shop, id).await.next_attempt_at, Some(NOW.plus(10 * MINUTE)));
    }

    async fn whoever_lost_its_lease_records_nothing(db) {
        let (shop, _, id) = one_delivery(db).await;
        let slow = claim_at(db, NOW).await.pop().expect("claimed");
        let later = NOW.plus(MINUTE);
        let quick = claim_at(db, later).await.pop().expect("claimed again");
        let recorded = complete(db, &[ended(quick, answer(200, ""), later)], later).await;
        assert_eq!(recorded, Completed { recorded: 1, discarded: 0 });
        let recorded = complete(db, &[ended(slow, answer(500, ""), later)], later).await;
        assert_eq!(recorded, Completed { recorded: 0, discarded: 1 });
        let detail = store::get_delivery(db, shop, id).await.expect("detail");
        assert_eq!((detail.delivery.state, detail.attempts.len()), (DeliveryState::Delivered, 1));
    }

    async fn many_that_end_together_are_recorded_once_each_also_when_told_twice(db) {
        let (shop, hook, _) = one_delivery(db).await;
        for _ in 0..149 {
            publish(db, message(shop, MessageType::AlertOpened, None)).await;
        }
        let claimed = claim_each(db, 200, NOW).await;
        let all: Vec<_> = (0..).zip(claimed).map(|(n, one)| ended(one, answer(if n % 3 == 0 { 500 } else { 200 }, ""), NOW)).collect();
        assert_eq!(complete(db, &all, NOW).await, Completed { recorded: 150, discarded: 0 });
        assert_eq!(complete(db, &all, NOW).await, Completed { recorded: 0, discarded: 150 });
        let states = |state| DeliveryFilter { state: Some(state), ..DeliveryFilter::default() };
        let paging = Paging::read(None, Some("200")).expect("paging");
        let count = |state| async move { store::list_deliveries(db, shop, states(state), paging).await.expect("list").rows.len() };
        assert_eq!((count(DeliveryState::Delivered).await, count(DeliveryState::Pending).await), (100, 50));
        assert_eq!(reread(db, shop, hook.id).await.failing_since, None, "the last of them was a success");
    }

    async fn gone_disables_the_endpoint_and_keeps_what_is_pending_for_it(db) {
        let (shop, hook, id) = one_delivery(db).await;
        tell(db, shop, &["ops@example.com"]).await;
        let gone = claim_at(db, NOW).await.pop().expect("claimed");
        publish(db, message(shop, MessageType::AlertOpened, None)).await;
        complete(db, &[ended(gone, answer(410, ""), NOW)], NOW).await;
        let disabled = reread(db, shop, hook.id).await;
        assert_eq!((disabled.state, disabled.state_reason.as_deref()), (EndpointState::Disabled, Some("answered 410 Gone")));
        let states: Vec<_> = deliveries(db, shop).await.iter().map(|one| (one.id == id, one.state)).collect();
        assert_eq!(states, [(false, DeliveryState::Pending), (true, DeliveryState::Failed)]);
        let recorded = porchlight_domain::ledger::list(db, shop, Paging::default()).await.expect("ledger").rows;
        assert_eq!((recorded[0].action.as_str(), recorded[0].actor.as_str()), ("endpoint.disabled", "system"));
        assert_eq!(mails(db, shop, NOW).await[0].1, format!("[Shop] The endpoint {} gets nothing more", hook.url));
        assert!(claim_at(db, NOW.plus(HOUR)).await.is_empty(), "held");
        let enable = EndpointChange { state: Some(EndpointState::Active), ..EndpointChange::default() };
        store::update(db, &Actor::System, shop, hook.id, enable, NOW).await.expect("enable");
        assert_eq!(claim_at(db, NOW).await.len(), 1, "sent once it is enabled");
    }

    async fn what_fails_while_its_endpoint_is_paused_waits_for_the_resume(db) {
        let (shop, hook, id) = one_delivery(db).await;
        let flying = claim_at(db, NOW).await.pop().expect("claimed");
        let pause = EndpointChange { state: Some(EndpointState::Paused), ..EndpointChange::default() };
        store::update(db, &Actor::System, shop, hook.id, pause, NOW).await.expect("pause");
        complete(db, &[ended(flying, answer(503, ""), NOW)], NOW).await;
        let held = delivery(db, shop, id).await;
        assert_eq!((held.state, held.next_attempt_at), (DeliveryState::Pending, None));
    }
}
