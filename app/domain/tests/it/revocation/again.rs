//! By hand, about an order that did not do what it should: sent once more, or ordered again.

use porchlight_domain::webhook::store::{create, last_tried, list_deliveries};
use porchlight_domain::webhook::{DeliveryFilter, DeliveryState, NewEndpoint};

use super::*;

const LATER: Timestamp = NOW.plus(HOUR);

async fn actions(db: &Db, project: ProjectId) -> Vec<String> {
    let entries = ledger::list(db, project, Paging::default()).await.expect("ledger").rows;
    entries.into_iter().map(|entry| entry.action).collect()
}

async fn again(db: &Db, project: ProjectId, id: RevocationId) -> Result<RevocationId> {
    store::order_again(db, &Actor::System, project, id, PUBLIC, LATER).await
}

on_both! {
    async fn an_order_is_sent_once_more_to_every_endpoint_and_placed_anew_in_the_feed(db) {
        let (shop, eve) = eve(db).await;
        let other = crate::session::shop(db, "Other").await;
        let new = NewEndpoint { url: "https://app.example/hook".into(), ..NewEndpoint::default() };
        create(db, &Actor::System, shop, new, NOW).await.expect("endpoint");
        let id = order(db, shop, eve, &["a", "b"]).await;
        let mut tx = db.begin().await.expect("begin");
        sqlx::query("UPDATE delivery SET state = 'failed', attempts = 3").execute(tx.conn()).await.expect("given up");
        tx.commit().await.expect("commit");
        let (_, place) = store::feed(db, shop, 0).await.expect("feed");
        let redeliver = async |project| store::redeliver(db, &Actor::System, project, id, LATER).await;
        assert!(matches!(redeliver(other).await, Err(Error::NotFound)), "another project's");
        assert_eq!(redeliver(shop).await.expect("sent"), 1);
        let filter = DeliveryFilter { revocation: Some(id), ..DeliveryFilter::default() };
        let sent = list_deliveries(db, shop, filter, Paging::default()).await.expect("deliveries").rows.remove(0);
        assert_eq!((sent.state, sent.next_attempt_at), (DeliveryState::Pending, Some(LATER)));
        assert_eq!(last_tried(db, &[sent.id]).await.expect("tried"), [].into(), "no attempt was made yet");
        let (fed, _) = store::feed(db, shop, place).await.expect("feed");
        assert_eq!(fed.iter().map(|one| one.order.id).collect::<Vec<_>>(), [id], "whoever polls gets it once more");
        assert_eq!(actions(db, shop).await[0], "revocation.redelivered");

        receive(db, shop, id, &[("a", "revoked")], LATER).await.expect("receipt");
        redeliver(shop).await.expect("one session is awaited still");
        receive(db, shop, id, &[("b", "revoked")], LATER).await.expect("receipt");
        let answered = redeliver(shop).await;
        assert!(matches!(answered, Err(Error::Conflict(_))), "{answered:?}");
        let sent = actions(db, shop).await.into_iter().filter(|action| action == "revocation.redelivered").count();
        assert_eq!(sent, 2, "what was refused is not recorded as done");
    }

    async fn what_was_not_confirmed_is_ordered_again_and_what_died_is_not(db) {
        let (shop, eve) = eve(db).await;
        let other = crate::session::shop(db, "Other").await;
        let id = order(db, shop, eve, &["a", "b"]).await;
        let open = again(db, shop, id).await;
        assert!(matches!(&open, Err(Error::Conflict(why)) if why.contains("still awaits")), "{open:?}");
        receive(db, shop, id, &[("a", "revoked")], NOW).await.expect("receipt");
        overdue(db, LIMIT).await.expect("overdue");
        assert!(matches!(again(db, other, id).await, Err(Error::NotFound)), "another project's");
        let new = again(db, shop, id).await.expect("ordered");
        let read = dossier(db, shop, new).await;
        assert_eq!((states(&read), read.revocation.scope), (vec![("b", "requested")], Scope::Listed));
        assert_eq!(read.revocation.reason.text, format!("Ordered again: {id} was partly"));
        assert_eq!(again(db, shop, id).await.expect("ordered"), new, "a second click is no second order");
        assert_eq!(actions(db, shop).await[0], "revocation.ordered_again");

        receive(db, shop, new, &[("b", "revoked")], LATER).await.expect("receipt");
        let dead = again(db, shop, new).await;
        assert!(matches!(&dead, Err(Error::Conflict(why)) if why.contains("confirmed dead")), "{dead:?}");
    }

    async fn an_order_knows_the_alerts_that_it_led_to(db) {
        let (shop, eve) = eve(db).await;
        let other = crate::session::shop(db, "Other").await;
        let (late, refused) = (order(db, shop, eve, &["a"]).await, order(db, shop, eve, &["b"]).await);
        receive(db, shop, refused, &[("b", "failed")], NOW).await.expect("receipt");
        overdue(db, LIMIT).await.expect("overdue");
        let kinds = async |project, id| {
            let order = dossier(db, shop, id).await.revocation;
            let mut kinds = Vec::new();
            for alert in store::alarms_of(db, project, &order).await.expect("alarms") {
                kinds.push(alert::store::get(db, project, alert).await.expect("alert").kind);
            }
            kinds
        };
        assert_eq!(kinds(shop, late).await, ["revocation.unconfirmed"]);
        assert_eq!(kinds(shop, refused).await, ["revocation.refused"]);
        assert_eq!(kinds(other, refused).await, Vec::<String>::new(), "another project's");
    }
}
