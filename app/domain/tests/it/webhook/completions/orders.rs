//! What the answer to a delivery means for the order that it carried.

use porchlight_domain::id::{RevocationId, UserKey};
use porchlight_domain::revocation::store::{self as revocations, Request};
use porchlight_domain::revocation::{Dossier, Reason, Scope, State};

use super::*;

/// An order to end the session `s_1`, carried by one delivery.
async fn order(db: &Db) -> (ProjectId, RevocationId, DeliveryId) {
    let shop = project(db, "Shop").await;
    endpoint(db, shop, Format::ThisData).await;
    let key = db.next_id(NOW);
    sqlx::query(
        "INSERT INTO end_user (key, project_id, id, first_seen_at, last_seen_at, events) VALUES ($1, $2, 'u_42', $3, $3, 1)",
    )
    .bind(key)
    .bind(shop.0)
    .bind(NOW.0)
    .execute(db.reader())
    .await
    .expect("user");
    let mut tx = db.begin().await.expect("begin");
    let request = Request {
        project: shop,
        user: UserKey(key),
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
    let id = revocations::request(&mut tx, request, NOW).await.expect("request").expect("an order");
    tx.commit().await.expect("commit");
    (shop, id, deliveries(db, shop).await[0].id)
}

async fn dossier(db: &Db, project: ProjectId, id: RevocationId) -> Dossier {
    revocations::get(db, project, id).await.expect("order")
}

fn receipt(order: RevocationId, outcome: &str) -> String {
    json!({ "receipt": { "revocation_id": order, "sessions": [{ "id": "s_1", "outcome": outcome }] } })
        .to_string()
}

on_both! {
    async fn a_receipt_in_the_answer_confirms_the_order(db) {
        let (shop, order, id) = order(db).await;
        attempt(db, answer(200, &receipt(order, "revoked")), NOW).await;
        let dossier = dossier(db, shop, order).await;
        assert_eq!(dossier.revocation.sessions[0].state.as_str(), "confirmed");
        assert_eq!(dossier.receipts[0].delivery_id, Some(id));
        assert!(!dossier.receipts[0].signed);
        assert_eq!(delivery(db, shop, id).await.signature.expect("signature").receipt, ReceiptStatus::Unsigned);
    }

    async fn a_bare_success_is_an_acknowledgement_and_never_shown_as_revoked(db) {
        let (shop, order, _) = order(db).await;
        attempt(db, answer(200, "OK"), NOW).await;
        let dossier = dossier(db, shop, order).await;
        assert_eq!((dossier.revocation.sessions[0].state, dossier.receipts), (State::Acknowledged, Vec::new()));
    }

    async fn a_failure_says_nothing_of_the_order_until_a_retry_succeeds(db) {
        let (shop, order, _) = order(db).await;
        attempt(db, answer(500, &receipt(order, "revoked")), NOW).await;
        assert_eq!(dossier(db, shop, order).await.revocation.sessions[0].state, State::Requested);
        attempt(db, answer(202, &receipt(order, "already_ended")), NOW.plus(7 * SECOND)).await;
        assert_eq!(dossier(db, shop, order).await.revocation.sessions[0].state.as_str(), "confirmed");
    }

    async fn a_receipt_that_is_not_believed_leaves_the_order_acknowledged(db) {
        let (shop, order, id) = order(db).await;
        attempt(db, answer(200, &receipt(RevocationId(7), "revoked")), NOW).await;
        let dossier = dossier(db, shop, order).await;
        assert_eq!((dossier.revocation.sessions[0].state, dossier.receipts[0].verdict.as_str()), (State::Acknowledged, "refused: the receipt is about another order"));
        assert_eq!(delivery(db, shop, id).await.signature.expect("signature").receipt, ReceiptStatus::Invalid);
    }

    async fn a_message_that_only_tells_of_an_order_is_not_the_order(db) {
        let (shop, order, _) = order(db).await;
        claim_at(db, NOW).await;
        let notice = NewMessage { revocation: Some(order), ..message(shop, MessageType::RevocationUnconfirmed, None) };
        publish(db, notice).await;
        attempt(db, answer(200, &receipt(order, "revoked")), NOW).await;
        let dossier = dossier(db, shop, order).await;
        assert_eq!((dossier.revocation.sessions[0].state, dossier.receipts), (State::Requested, Vec::new()));
    }

    async fn an_order_that_is_gone_does_not_keep_its_delivery_from_being_recorded(db) {
        let (shop, order, id) = order(db).await;
        let claimed = claim_at(db, NOW).await.pop().expect("claimed");
        sqlx::query("DELETE FROM revocation WHERE id = $1").bind(order.0).execute(db.reader()).await.expect("delete");
        complete(db, &[ended(claimed, answer(200, &receipt(order, "revoked")), NOW)], NOW).await;
        assert_eq!(delivery(db, shop, id).await.state, DeliveryState::Delivered);
    }
}
