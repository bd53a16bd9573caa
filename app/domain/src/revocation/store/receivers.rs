//! What each endpoint did with an order: its deliveries, and its receipts.

use sqlx::Row;
use sqlx::any::AnyRow;

use crate::Result;
use crate::db::{Db, time};
use crate::id::{DeliveryId, EndpointId};
use crate::revocation::{Receipt, Receiver, Reception, Revocation};
use crate::webhook::MessageType;
use crate::webhook::store::coming;

/// The endpoints that an order went to, in the order in which it did; `receipts` are all that are kept of it.
pub(super) async fn receivers(db: &Db, order: &Revocation, receipts: &[Receipt]) -> Result<Vec<Receiver>> {
    let rows = sqlx::query(
        "SELECT d.id, d.endpoint_id, d.state, d.attempts, d.last_error, d.delivered_at, d.next_attempt_at, d.lane, \
         e.url, e.observer, e.state AS standing, e.state_reason, e.failing_since, e.failures, e.failed_messages, e.open_until, e.warned_at FROM message m \
         JOIN delivery d ON d.message_id = m.id JOIN endpoint e ON e.id = d.endpoint_id \
         WHERE m.revocation_id = $1 AND m.type = $2 ORDER BY d.id",
    )
    .bind(order.id.0)
    .bind(MessageType::SessionRevocationRequested.as_str())
    .fetch_all(db.reader())
    .await?;
    let mut all: Vec<Receiver> = Vec::new();
    for row in &rows {
        let endpoint = EndpointId(row.try_get("endpoint_id")?);
        let before = all.iter().position(|one| one.endpoint_id == endpoint).map(|place| all.remove(place));
        all.push(receiver(row, endpoint, before, (order, receipts))?);
    }
    Ok(all)
}

/// By its last delivery; what arrived once has arrived.
fn receiver(
    row: &AnyRow,
    endpoint_id: EndpointId,
    before: Option<Receiver>,
    (order, receipts): (&Revocation, &[Receipt]),
) -> Result<Receiver> {
    let own = || receipts.iter().rev().filter(|receipt| receipt.endpoint_id == Some(endpoint_id));
    let taken = own().find(|receipt| !receipt.is_refused());
    let receipt = taken.or_else(|| own().next());
    let state = row.try_get::<&str, _>("state")?.parse()?;
    let delivered_at = before.and_then(|before| before.delivered_at).or(time(row, "delivered_at")?);
    let observer = row.try_get::<i64, _>("observer")? != 0;
    let coming = coming(row)?;
    // Whoever only listens is not sent it again when the limit is over.
    let limit = order.settled_at.is_none().then_some(order.next_limit).filter(|_| !observer);
    Ok(Receiver {
        endpoint_id,
        url: row.try_get("url")?,
        reception: Reception::of(
            state,
            (row.try_get("attempts")?, !coming.off),
            [delivered_at.is_some(), observer, taken.is_some()],
        ),
        delivered_at,
        last_error: row.try_get("last_error")?,
        next_attempt_at: coming.next.map(|next| limit.map_or(next, |limit| next.min(limit))),
        held: coming.held,
        delivery_id: DeliveryId(row.try_get("id")?),
        receipt_id: receipt.map(|receipt| receipt.id),
        verdict: receipt.map(|receipt| receipt.verdict.clone()),
    })
}
