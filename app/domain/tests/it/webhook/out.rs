//! "Not here" from one receiver, when nobody is left who may have the session, or who could say so.

use porchlight_domain::id::RevocationId;
use porchlight_domain::revocation::{Outcome, Overall, State, Withheld, store as revocations};
use porchlight_domain::time::SECOND;
use porchlight_domain::webhook::{EndpointState, Policy};
use porchlight_domain::{alert, session};

use super::receivers::{answered, dossier, order, receipt};
use super::*;

const DEAD: State = State::Confirmed { outcome: Outcome::NotFound };

/// Tried once only.
fn once() -> Policy {
    Policy { retry_after_seconds: Some(Vec::new()), ..Policy::default() }
}

/// An order that the first of two endpoints does not know, while the second answers 500.
async fn one_lacks_it(db: &Db, second: Policy) -> (ProjectId, RevocationId, Vec<Endpoint>) {
    let (shop, id, endpoints) = order(db, vec![Policy::default(), second]).await;
    let lacks = receipt("not_found");
    answered(db, &endpoints, &[(200, &lacks), (500, "boom")], NOW).await;
    (shop, id, endpoints)
}

async fn change(db: &Db, shop: ProjectId, endpoint: EndpointId, change: EndpointChange) {
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
        assert_eq!(told.words, "app.example/0 does not know this session; app.example/1 never got the order and may have it");
        assert_eq!(told.out_of_reach.iter().map(|one| one.endpoint_id).collect::<Vec<_>>(), [Some(endpoints[1].id)]);
    }
}
