//! The time limit of an order: unconfirmed, told once, sent once more; deferred, but not for ever.

use porchlight_domain::operator::Actor;
use porchlight_domain::page::Paging;
use porchlight_domain::webhook::store::{create, list_deliveries};
use porchlight_domain::webhook::{DeliveryFilter, DeliveryState, NewEndpoint};

use super::*;

on_both! {
    async fn an_order_without_a_receipt_becomes_unconfirmed_and_operators_are_told_once(db) {
        let (shop, eve) = eve(db).await;
        let id = order(db, shop, eve, &["a", "b"]).await;
        receive(db, shop, id, &[("a", "revoked")], NOW).await.expect("receipt");
        assert_eq!(dossier(db, shop, id).await.revocation.state, Overall::Partly);
        assert_eq!((next_due(db).await.expect("due"), overdue(db, LIMIT.plus(-1)).await.expect("overdue")), (Some(LIMIT), 0));
        assert_eq!(overdue(db, LIMIT).await.expect("overdue"), 1);
        assert_eq!(overdue(db, LIMIT).await.expect("overdue"), 0);
        let read = dossier(db, shop, id).await;
        assert_eq!((read.revocation.state, read.revocation.settled_at), (Overall::Partly, Some(LIMIT)));
        assert_eq!(states(&read), [("a", "confirmed"), ("b", "unconfirmed")]);
        let (kind, message) = outbox(db, shop).await.remove(1);
        assert_eq!(kind, "revocation.unconfirmed");
        assert_eq!(message["data"]["sessions"], json!([{ "id": "a", "state": "confirmed" }, { "id": "b", "state": "unconfirmed" }]));
        assert_eq!(alerts(db, shop).await, ["revocation.unconfirmed"]);
        receive(db, shop, id, &[("b", "deferred")], LIMIT.plus(1)).await.expect("a late promise");
        assert_eq!(dossier(db, shop, id).await.revocation.settled_at, Some(LIMIT), "it changes nothing");
        receive(db, shop, id, &[("b", "not_found")], LIMIT.plus(2)).await.expect("late, but welcome");
        assert_eq!(dossier(db, shop, id).await.revocation.state, Overall::Confirmed);
    }

    async fn a_deferral_moves_the_time_limit_at_most_a_day(db) {
        let (shop, eve) = eve(db).await;
        let id = order(db, shop, eve, &["a"]).await;
        receive(db, shop, id, &[("a", "deferred")], NOW).await.expect("receipt");
        let until = NOW.plus(HOUR);
        assert_eq!((next_due(db).await.expect("due"), overdue(db, LIMIT).await.expect("overdue")), (Some(until), 0));
        let raw = json!({ "receipt": { "sessions": [{ "id": "a", "outcome": "deferred", "until": "2099-01-01T00:00:00Z" }] } }).to_string();
        let report = read(raw.as_bytes()).expect("read").expect("a receipt");
        let mut tx = db.begin().await.expect("begin");
        let new = NewReceipt { revocation: id, delivery: None, via: Via::Poll, signed: true, report, raw };
        store::receipt(&mut tx, shop, new, NOW).await.expect("receipt");
        tx.commit().await.expect("commit");
        assert_eq!(next_due(db).await.expect("due"), Some(NOW.plus(DAY)));
        assert_eq!(overdue(db, NOW.plus(DAY)).await.expect("overdue"), 1);
        assert_eq!(states(&dossier(db, shop, id).await), [("a", "unconfirmed")]);
    }

    async fn an_overdue_order_is_delivered_once_more_under_its_own_id(db) {
        let (shop, eve) = eve(db).await;
        let new = NewEndpoint { url: "https://app.example/hook".into(), ..NewEndpoint::default() };
        create(db, &Actor::System, shop, new, NOW).await.expect("endpoint");
        let id = order(db, shop, eve, &["a"]).await;
        let mut tx = db.begin().await.expect("begin");
        sqlx::query("UPDATE delivery SET state = 'delivered', attempts = 1, delivered_at = $1")
            .bind(NOW.0)
            .execute(tx.conn())
            .await
            .expect("delivered");
        tx.commit().await.expect("commit");
        let deliveries = async || {
            let filter = DeliveryFilter { revocation: Some(id), ..DeliveryFilter::default() };
            list_deliveries(db, shop, filter, Paging::default()).await.expect("deliveries").rows
        };
        let before = deliveries().await;
        assert_eq!(overdue(db, LIMIT).await.expect("overdue"), 1);
        let after = deliveries().await;
        let again: Vec<_> = after.iter().filter(|one| one.id == before[0].id).collect();
        assert_eq!((again[0].state, again[0].next_attempt_at), (DeliveryState::Pending, Some(LIMIT)));
        assert_eq!(again[0].message_id, before[0].message_id);
        assert_eq!((before.len(), after.len()), (1, 2), "and the endpoint is told that nobody confirmed");
    }
}
