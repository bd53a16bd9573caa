//! "Not here" from one receiver, while another may have the session.

use porchlight_domain::id::RevocationId;
use porchlight_domain::revocation::receipt::{NewReceipt, read};
use porchlight_domain::revocation::{Outcome, Overall, State, Via, store as revocations};
use porchlight_domain::session;
use porchlight_domain::time::SECOND;
use porchlight_domain::webhook::Policy;
use porchlight_domain::{alert, webhook};

use super::receivers::{answered, dossier, order, receipt};
use super::*;

const DEAD: State = State::Confirmed { outcome: Outcome::NotFound };

fn two() -> Vec<Policy> {
    vec![Policy::default(), Policy::default()]
}

async fn state(db: &Db, project: ProjectId, id: RevocationId) -> State {
    dossier(db, project, id).await.revocation.sessions[0].state
}

/// Whoever has an API key says that it is not there.
async fn key_holder_lacks_it(db: &Db, shop: ProjectId, revocation: RevocationId) {
    let raw = receipt("not_found");
    let report = read(raw.as_bytes(), NOW).expect("read").expect("a receipt");
    let (delivery, endpoint, via, signed) = (None, None, Via::Poll, false);
    let new = NewReceipt { revocation, delivery, endpoint, via, signed, report, raw };
    revocations::submit(db, shop, new, NOW).await.expect("receipt");
}

on_both! {
    async fn a_session_that_one_receiver_lacks_is_not_dead_while_another_is_down(db) {
        let (shop, id, endpoints) = order(db, two()).await;
        let lacks = receipt("not_found");
        answered(db, &endpoints, &[(200, &lacks), (500, "boom")], NOW).await;
        let read = dossier(db, shop, id).await;
        assert_eq!((read.revocation.state, read.revocation.settled_at), (Overall::Delivered, None));
        assert_eq!(read.receipts[0].verdict, "accepted", "it says only: not here");
        let told: Vec<_> = read.steps.iter().map(|step| (step.session_id.as_deref(), step.state.as_str())).collect();
        assert_eq!(told, [(None, "requested"), (None, "delivered"), (Some("s_1"), "not_found")]);
        assert_eq!(session::store::get(db, shop, "s_1", NOW).await.expect("session").state, session::State::Live);

        let limit = read.revocation.confirm_by;
        assert_eq!(revocations::overdue(db, limit).await.expect("overdue"), 1);
        assert_eq!(state(db, shop, id).await, State::Unconfirmed);
        let open = alert::store::list(db, shop, &alert::AlertFilter::default(), Paging::default()).await.expect("alerts");
        assert_eq!(open.rows[0].kind, "revocation.unconfirmed");

        answered(db, &endpoints, &[(200, &lacks), (200, &lacks)], limit).await;
        let read = dossier(db, shop, id).await;
        assert_eq!((read.revocation.state, read.revocation.sessions[0].state), (Overall::Confirmed, DEAD), "nobody has it");
        assert_eq!(read.receipts.len(), 2, "what was said before is not kept again");
    }

    async fn a_session_that_nobody_has_is_dead_once_each_has_said_so(db) {
        let (shop, id, endpoints) = order(db, two()).await;
        let lacks = receipt("not_found");
        answered(db, &endpoints, &[(200, &lacks), (200, &lacks)], NOW).await;
        assert_eq!(state(db, shop, id).await, DEAD);
        assert_eq!(session::store::get(db, shop, "s_1", NOW).await.expect("session").state, session::State::Ended);
    }

    async fn whoever_accepts_it_without_a_word_may_have_the_session(db) {
        let (shop, id, endpoints) = order(db, two()).await;
        let lacks = receipt("not_found");
        answered(db, &endpoints, &[(200, &lacks), (200, "OK")], NOW).await;
        assert_eq!(state(db, shop, id).await, State::Acknowledged);
        let limit = dossier(db, shop, id).await.revocation.confirm_by;
        revocations::overdue(db, limit).await.expect("overdue");
        assert_eq!(state(db, shop, id).await, State::Unconfirmed);
    }

    async fn whoever_has_the_session_ends_it_although_another_lacks_it(db) {
        let (shop, id, endpoints) = order(db, two()).await;
        let (lacks, ended) = (receipt("not_found"), receipt("revoked"));
        answered(db, &endpoints, &[(200, &lacks), (200, &ended)], NOW).await;
        assert_eq!(state(db, shop, id).await, State::Confirmed { outcome: Outcome::Revoked });
    }

    async fn a_key_speaks_for_the_application_but_not_for_an_endpoint_that_is_down(db) {
        let (shop, id, endpoints) = order(db, vec![Policy::default()]).await;
        answered(db, &endpoints, &[(500, "")], NOW).await;
        key_holder_lacks_it(db, shop, id).await;
        assert_ne!(state(db, shop, id).await, DEAD);
        answered(db, &endpoints, &[(200, "OK")], NOW.plus(60 * SECOND)).await;
        assert_eq!(state(db, shop, id).await, DEAD, "it has the order as well");
    }

    async fn whoever_only_listens_is_not_waited_for(db) {
        let (shop, id, _) = order(db, vec![Policy { observer: true, ..Policy::default() }]).await;
        key_holder_lacks_it(db, shop, id).await;
        assert_eq!(state(db, shop, id).await, DEAD, "whoever only listens has no session");
    }

    async fn an_endpoint_that_was_disabled_before_it_got_the_order_is_not_waited_for(db) {
        let (shop, id, endpoints) = order(db, two()).await;
        let lacks = receipt("not_found");
        answered(db, &endpoints, &[(200, &lacks), (500, "")], NOW).await;
        let change = EndpointChange { state: Some(webhook::EndpointState::Disabled), ..EndpointChange::default() };
        store::update(db, &Actor::System, shop, endpoints[1].id, change, NOW).await.expect("disabled");
        let limit = dossier(db, shop, id).await.revocation.confirm_by;
        revocations::overdue(db, limit).await.expect("overdue");
        assert_eq!(state(db, shop, id).await, DEAD);
    }
}
