//! What each endpoint did with an order: its deliveries, and its receipts.

use sqlx::Row;
use sqlx::any::AnyRow;

use crate::Result;
use crate::db::{Db, time};
use crate::id::{DeliveryId, EndpointId, RevocationId};
use crate::revocation::{Receipt, Receiver, Reception};
use crate::webhook::MessageType;

/// The endpoints that an order went to, in the order in which it did; `receipts` are all that are kept of it.
pub(super) async fn receivers(db: &Db, id: RevocationId, receipts: &[Receipt]) -> Result<Vec<Receiver>> {
    let rows = sqlx::query(
        "SELECT d.id, d.endpoint_id, d.state, d.attempts, d.last_error, d.delivered_at, e.url, e.observer FROM message m \
         JOIN delivery d ON d.message_id = m.id JOIN endpoint e ON e.id = d.endpoint_id \
         WHERE m.revocation_id = $1 AND m.type = $2 ORDER BY d.id",
    )
    .bind(id.0)
    .bind(MessageType::SessionRevocationRequested.as_str())
    .fetch_all(db.reader())
    .await?;
    let mut all: Vec<Receiver> = Vec::new();
    for row in &rows {
        let endpoint = EndpointId(row.try_get("endpoint_id")?);
        let before = all.iter().position(|one| one.endpoint_id == endpoint).map(|place| all.remove(place));
        all.push(receiver(row, endpoint, before, receipts)?);
    }
    Ok(all)
}

/// By its last delivery; what arrived once has arrived.
fn receiver(
    row: &AnyRow,
    endpoint_id: EndpointId,
    before: Option<Receiver>,
    receipts: &[Receipt],
) -> Result<Receiver> {
    let own = || receipts.iter().rev().filter(|receipt| receipt.endpoint_id == Some(endpoint_id));
    let taken = own().find(|receipt| !receipt.is_refused());
    let receipt = taken.or_else(|| own().next());
    let state = row.try_get::<&str, _>("state")?.parse()?;
    let delivered_at = before.and_then(|before| before.delivered_at).or(time(row, "delivered_at")?);
    let observer = row.try_get::<i64, _>("observer")? != 0;
    Ok(Receiver {
        endpoint_id,
        url: row.try_get("url")?,
        reception: Reception::of(
            state,
            row.try_get("attempts")?,
            delivered_at.is_some(),
            observer,
            taken.is_some(),
        ),
        delivered_at,
        last_error: row.try_get("last_error")?,
        delivery_id: DeliveryId(row.try_get("id")?),
        receipt_id: receipt.map(|receipt| receipt.id),
        verdict: receipt.map(|receipt| receipt.verdict.clone()),
    })
}
