//! Whoever comes back, or is new, gets the orders that still need somebody.

use porchlight_domain::revocation::{Overall, store as revocations};
use porchlight_domain::time::{DAY, SECOND};
use porchlight_domain::webhook::{EndpointState, Policy};

use super::out::{change, once};
use super::receivers::{answered, dossier, order, receipt};
use super::*;

/// The first of two endpoints does not know the session, the second answers this; then it comes back.
async fn comes_back(db: &Db, status: u16, how: EndpointChange) {
    let (shop, id, endpoints) = order(db, vec![Policy::default(), once()]).await;
    let lacks = receipt("not_found");
    answered(db, &endpoints, &[(200, &lacks), (status, "")], NOW).await;
    assert_eq!(dossier(db, shop, id).await.revocation.settled_at, Some(NOW), "nobody was left to say so");
    change(db, shop, endpoints[1].id, how).await;
    let ended = receipt("revoked");
    answered(db, &endpoints, &[(200, "OK"), (200, &ended)], NOW.plus(SECOND)).await;
    assert_eq!(dossier(db, shop, id).await.revocation.state, Overall::Confirmed);
}

on_both! {
    async fn an_order_whose_wait_was_over_early_goes_to_the_endpoint_that_is_enabled_again(db) {
        comes_back(db, 410, EndpointChange { state: Some(EndpointState::Active), ..EndpointChange::default() }).await;
    }

    async fn an_order_whose_wait_was_over_early_goes_to_where_the_endpoint_is_now(db) {
        comes_back(db, 500, EndpointChange { url: Some("https://app.example/new".into()), ..EndpointChange::default() }).await;
    }

    async fn a_new_endpoint_gets_what_nobody_confirmed_within_a_day_unless_it_was_ordered_again(db) {
        let (shop, id, endpoints) = order(db, vec![once()]).await;
        answered(db, &endpoints, &[(500, "")], NOW).await;
        let limit = dossier(db, shop, id).await.revocation.confirm_by;
        revocations::overdue(db, limit).await.expect("overdue");
        let gets = async |at| {
            let new = NewEndpoint { url: "https://app.example/new".into(), ..NewEndpoint::default() };
            let new = store::create(db, &Actor::System, shop, new, at).await.expect("endpoint").0.id;
            let got = dossier(db, shop, id).await.receivers.iter().any(|one| one.endpoint_id == new);
            store::delete(db, &Actor::System, shop, new, at).await.expect("deleted");
            got
        };
        assert_eq!((gets(limit).await, gets(NOW.plus(DAY + SECOND)).await), (true, false));
        revocations::order_again(db, &Actor::System, shop, id, "https://watch.example", limit).await.expect("again");
        assert!(!gets(limit).await, "the new order is the one");
    }
}
