//! "Not here" from one receiver, when nobody is left who may have the session, or who could say so.

use porchlight_domain::id::RevocationId;
use porchlight_domain::revocation::{Outcome, Overall, State, Withheld, store as revocations};
use porchlight_domain::time::SECOND;
use porchlight_domain::webhook::{DeliveryState, EndpointState, Policy};
use porchlight_domain::{alert, session};

use super::completions::{answer, complete, ended};
use super::receivers::{answered, dossier, order, receipt};
use super::*;

/// The order's delivery to an endpoint.
async fn carried(db: &Db, shop: ProjectId, id: RevocationId, endpoint: EndpointId) -> DeliveryId {
    let read = dossier(db, shop, id).await;
    read.receivers.iter().find(|one| one.endpoint_id == endpoint).expect("receiver").delivery_id
}

const DEAD: State = State::Confirmed { outcome: Outcome::NotFound };

/// Tried once only.
pub(super) fn once() -> Policy {
    Policy { retry_after_seconds: Some(Vec::new()), ..Policy::default() }
}

/// An order that the first of two endpoints does not know, while the second answers 500.
pub(super) async fn one_lacks_it(db: &Db, second: Policy) -> (ProjectId, RevocationId, Vec<Endpoint>) {
    let (shop, id, endpoints) = order(db, vec![Policy::default(), second]).await;
    let lacks = receipt("not_found");
    answered(db, &endpoints, &[(200, &lacks), (500, "boom")], NOW).await;
    (shop, id, endpoints)
}

async fn entries(db: &Db, shop: ProjectId) -> usize {
    porchlight_domain::ledger::list(db, shop, Paging::default()).await.expect("ledger").rows.len()
}

pub(super) async fn change(db: &Db, shop: ProjectId, endpoint: EndpointId, change: EndpointChange) {
    store::update(db, &Actor::System, shop, endpoint, change, NOW).await.expect("change");
}

async fn withheld(db: &Db, shop: ProjectId, id: RevocationId) -> Option<Withheld> {
    let listed = revocations::list(db, shop, &Default::default(), Paging::default()).await.expect("list");
    let read = dossier(db, shop, id).await.revocation.sessions[0].withheld.clone();
    assert_eq!(listed.rows[0].sessions[0].withheld, read, "the list says the same");
    read
}

/// Its session is dead, at once, and the history says why.
async fn is_settled(db: &Db, shop: ProjectId, id: RevocationId, because: String) {
    let read = dossier(db, shop, id).await;
    assert_eq!((read.revocation.sessions[0].state, read.revocation.settled_at), (DEAD, Some(NOW)));
    let last = read.steps.last().expect("steps");
    assert_eq!((last.state.as_str(), last.cause.clone()), ("confirmed", because));
    assert_eq!(
        session::store::get(db, shop, "s_1", NOW).await.expect("session").state,
        session::State::Ended
    );
}

on_both! {
    async fn while_another_may_have_it_the_order_says_in_words_who_is_waited_for(db) {
        let (shop, id, endpoints) = order(db, vec![Policy::default(), Policy::default()]).await;
        assert_eq!(withheld(db, shop, id).await, None);
        let named = EndpointChange { description: Some("App B".into()), ..EndpointChange::default() };
        change(db, shop, endpoints[1].id, named).await;
        let lacks = receipt("not_found");
        answered(db, &endpoints, &[(200, &lacks), (500, "boom")], NOW).await;
        let told = withheld(db, shop, id).await.expect("withheld");
        assert_eq!(told.words, "app.example/0 does not know this session; waiting for App B");
        let ids = |of: &[porchlight_domain::revocation::Party]| of.iter().map(|one| one.endpoint_id).collect::<Vec<_>>();
        assert_eq!((ids(&told.said_by), ids(&told.waiting_for)), (vec![Some(endpoints[0].id)], vec![Some(endpoints[1].id)]));
        let limit = dossier(db, shop, id).await.revocation.confirm_by;
        revocations::overdue(db, limit).await.expect("overdue");
        let told = withheld(db, shop, id).await.expect("withheld");
        assert_eq!(told.words, "app.example/0 does not know this session; nothing was heard of App B");
        let ended = receipt("revoked");
        answered(db, &endpoints, &[(200, &lacks), (200, &ended)], limit).await;
        assert_eq!(withheld(db, shop, id).await, None, "it is dead");
    }

    async fn what_one_lacks_is_dead_as_soon_as_the_other_is_deleted(db) {
        let (shop, id, endpoints) = one_lacks_it(db, Policy::default()).await;
        store::delete(db, &Actor::System, shop, endpoints[1].id, NOW).await.expect("deleted");
        is_settled(db, shop, id, format!("endpoint {} was deleted: nobody else may have it", endpoints[1].id)).await;
    }

    async fn what_one_lacks_is_dead_as_soon_as_the_other_is_disabled_by_hand(db) {
        let (shop, id, endpoints) = one_lacks_it(db, Policy::default()).await;
        let disabled = EndpointChange { state: Some(EndpointState::Disabled), ..EndpointChange::default() };
        change(db, shop, endpoints[1].id, disabled).await;
        is_settled(db, shop, id, format!("endpoint {} was disabled: nobody else may have it", endpoints[1].id)).await;
    }

    async fn what_one_lacks_is_dead_as_soon_as_the_other_only_listens_also_if_it_had_the_order(db) {
        let (shop, id, endpoints) = order(db, vec![Policy::default(), Policy::default()]).await;
        let lacks = receipt("not_found");
        answered(db, &endpoints, &[(200, &lacks), (202, "")], NOW).await;
        let policy = Policy { observer: true, ..Policy::default() };
        change(db, shop, endpoints[1].id, EndpointChange { policy: Some(policy), ..EndpointChange::default() }).await;
        is_settled(db, shop, id, format!("endpoint {} only listens now: nobody else may have it", endpoints[1].id)).await;
    }

    async fn a_paused_endpoint_is_waited_for(db) {
        let (shop, id, endpoints) = one_lacks_it(db, Policy::default()).await;
        let paused = EndpointChange { state: Some(EndpointState::Paused), ..EndpointChange::default() };
        change(db, shop, endpoints[1].id, paused).await;
        assert_eq!(dossier(db, shop, id).await.revocation.settled_at, None, "it gets it when it is resumed");
    }

    async fn when_the_other_never_took_it_nobody_is_left_to_say_so_and_operators_are_told_at_once(db) {
        let (shop, id, endpoints) = one_lacks_it(db, once()).await;
        let read = dossier(db, shop, id).await;
        let state = (read.revocation.state, read.revocation.sessions[0].state, read.revocation.settled_at);
        assert_eq!(state, (Overall::Unconfirmed, State::Unconfirmed, Some(NOW)), "it may be there: never dead");
        let carried = &read.receivers.iter().find(|one| one.endpoint_id == endpoints[1].id).expect("receiver").delivery_id;
        let causes: Vec<_> = read.steps.iter().map(|step| step.cause.as_str()).collect();
        let given_up = format!("delivery {carried} was given up: nobody is left who could answer");
        // Whoever of the two answered last.
        let last = causes.last().copied().expect("steps");
        assert!(last == given_up || last.starts_with("receipt ") && last.ends_with(": nobody is left who could answer"), "{last}");
        let open = alert::store::list(db, shop, &alert::AlertFilter::default(), Paging::default()).await.expect("alerts");
        assert_eq!((open.rows.len(), open.rows[0].kind.as_str()), (1, "revocation.unconfirmed"));

        let limit = read.revocation.confirm_by;
        assert!(claim_at(db, limit.plus(-SECOND)).await.iter().all(|one| one.revocation.is_none()), "not before its time");
        let ended = receipt("revoked");
        answered(db, &endpoints, &[(200, "OK"), (200, &ended)], limit).await;
        let read = dossier(db, shop, id).await.revocation;
        assert_eq!((read.state, read.sessions[0].state), (Overall::Confirmed, State::Confirmed { outcome: Outcome::Revoked }));
    }

    async fn an_endpoint_that_is_gone_by_its_own_word_may_have_had_it(db) {
        let (shop, id, endpoints) = order(db, vec![Policy::default(), Policy::default()]).await;
        let lacks = receipt("not_found");
        answered(db, &endpoints, &[(200, &lacks), (410, "")], NOW).await;
        let read = dossier(db, shop, id).await.revocation;
        assert_eq!((read.state, read.settled_at), (Overall::Unconfirmed, Some(NOW)));
        let told = read.sessions[0].withheld.clone().expect("withheld");
        assert_eq!(told.words, "app.example/0 does not know this session; app.example/1 did not carry the order out and may have it");
        assert_eq!(told.out_of_reach.iter().map(|one| one.endpoint_id).collect::<Vec<_>>(), [Some(endpoints[1].id)]);
    }

    async fn what_is_on_its_way_when_its_endpoint_disables_itself_is_kept_and_may_be_where_the_session_is(db) {
        let (shop, id, endpoints) = order(db, vec![Policy::default(), Policy::default()]).await;
        let second = endpoints[1].id;
        let test = store::send_test(db, &Actor::System, shop, second, NOW).await.expect("test");
        let (tests, orders): (Vec<_>, Vec<_>) = claim_at(db, NOW).await.into_iter().partition(|one| one.delivery == test);
        for gone in tests {
            complete(db, &[ended(gone, answer(410, ""), NOW)], NOW).await;
        }
        let later = NOW.plus(2 * SECOND);
        for one in orders {
            let (status, body) = if one.endpoint == second { (500, String::new()) } else { (200, receipt("not_found")) };
            complete(db, &[ended(one, answer(status, &body), later)], later).await;
        }
        let read = dossier(db, shop, id).await.revocation;
        assert_eq!((read.state, read.sessions[0].state), (Overall::Unconfirmed, State::Unconfirmed), "never confirmed by the other's word");
        let kept = delivery(db, shop, carried(db, shop, id, second).await).await;
        assert_eq!((kept.state, kept.next_attempt_at), (DeliveryState::Pending, None), "held");
        let enable = EndpointChange { state: Some(EndpointState::Active), ..EndpointChange::default() };
        change(db, shop, second, enable).await;
        let ended = receipt("revoked");
        answered(db, &endpoints, &[(200, "OK"), (200, &ended)], later).await;
        assert_eq!(dossier(db, shop, id).await.revocation.state, Overall::Confirmed);
    }

    async fn what_fails_while_its_endpoint_is_disabled_by_hand_is_cancelled(db) {
        let (shop, id, endpoints) = order(db, vec![Policy::default()]).await;
        let flying = claim_at(db, NOW).await.pop().expect("claimed");
        change(db, shop, endpoints[0].id, EndpointChange { state: Some(EndpointState::Disabled), ..EndpointChange::default() }).await;
        complete(db, &[ended(flying, answer(500, ""), NOW)], NOW).await;
        assert_eq!(delivery(db, shop, carried(db, shop, id, endpoints[0].id).await).await.state, DeliveryState::Cancelled);
    }

    async fn what_could_not_be_ended_is_an_alert_also_where_no_receipt_settles_its_order(db) {
        let (shop, _, endpoints) = order(db, vec![Policy::default(), Policy::default()]).await;
        let eve = crate::session::user(db, shop, "eve").await;
        let _ = claim_at(db, NOW).await;
        let id = revocations::revoke_listed(db, &Actor::System, shop, eve, &["a".into(), "b".into()], "https://watch.example", NOW).await.expect("order");
        let said = json!({ "receipt": { "sessions": [{ "id": "a", "outcome": "not_found" }, { "id": "b", "outcome": "failed" }] } }).to_string();
        answered(db, &endpoints, &[(200, &said), (500, "boom")], NOW).await;
        let kinds = async || {
            let all = alert::store::list(db, shop, &alert::AlertFilter::default(), Paging::default()).await.expect("alerts");
            all.rows.into_iter().map(|one| one.kind).collect::<Vec<_>>()
        };
        assert_eq!((dossier(db, shop, id).await.revocation.settled_at, kinds().await), (None, vec![]), "the second may have a");
        store::delete(db, &Actor::System, shop, endpoints[1].id, NOW).await.expect("deleted");
        assert_eq!((dossier(db, shop, id).await.revocation.state, kinds().await), (Overall::Partly, vec!["revocation.refused".to_owned()]));
    }

    async fn what_one_lacks_is_dead_as_soon_as_another_that_disabled_itself_is_disabled_by_hand(db) {
        let (shop, id, endpoints) = order(db, vec![Policy::default(), Policy::default(), Policy::default()]).await;
        let lacks = receipt("not_found");
        answered(db, &endpoints, &[(200, &lacks), (410, ""), (500, "boom")], NOW).await;
        assert_eq!(reread(db, shop, endpoints[1].id).await.state_reason.as_deref(), Some("answered 410 Gone"));
        let off = EndpointChange { state: Some(EndpointState::Disabled), ..EndpointChange::default() };
        change(db, shop, endpoints[2].id, off.clone()).await;
        assert_eq!(dossier(db, shop, id).await.revocation.state, Overall::Unconfirmed, "the second may have it");
        let next = revocations::revoke_session(db, &Actor::System, shop, "s_1", "https://watch.example", NOW.plus(SECOND)).await.expect("order");
        answered(db, &endpoints, &[(200, &lacks), (500, ""), (500, "")], NOW.plus(SECOND)).await;
        let held = carried(db, shop, next, endpoints[1].id).await;
        assert_eq!((delivery(db, shop, held).await.state, dossier(db, shop, next).await.revocation.state), (DeliveryState::Pending, Overall::Unconfirmed));

        change(db, shop, endpoints[1].id, off.clone()).await;
        let taken_out = reread(db, shop, endpoints[1].id).await;
        assert_eq!((taken_out.state_reason.as_deref(), taken_out.is_silent()), (Some("disabled by hand"), false));
        assert_eq!(delivery(db, shop, held).await.state, DeliveryState::Cancelled);
        let last = revocations::order_again(db, &Actor::System, shop, next, "https://watch.example", NOW.plus(2 * SECOND)).await.expect("order");
        answered(db, &endpoints, &[(200, &lacks), (500, ""), (500, "")], NOW.plus(2 * SECOND)).await;
        assert_eq!(dossier(db, shop, last).await.revocation.state, Overall::Confirmed, "nobody else is left who may have it");
        let before = entries(db, shop).await;
        change(db, shop, endpoints[1].id, off).await;
        assert_eq!(reread(db, shop, endpoints[1].id).await.updated_at, taken_out.updated_at);
        assert_eq!(entries(db, shop).await, before + 1, "a second click is written down and changes nothing");
    }
}
