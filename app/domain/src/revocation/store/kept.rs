//! The receipts that are kept of an order: those that were taken, and some of those that were refused, with the reason.

use sqlx::AnyConnection;

use super::{Held, hold};
use crate::Result;
use crate::Timestamp;
use crate::db::{Db, Tx};
use crate::id::{DeliveryId, EndpointId, ReceiptId, RevocationId};
use crate::revocation::Via;
use crate::revocation::hearing::Hearing;
use crate::revocation::receipt::{MAX_BODY, NewReceipt, REFUSED, RefusedReceipt, Verdict, printable};

/// The most receipts that are kept of one order; beyond them it takes only what ends the wait for a session.
pub const MAX_RECEIPTS: i64 = 100;
/// The most refused ones that are kept of one order: the first.
pub const MAX_REFUSED: i64 = 20;
/// The longest verdict, in characters.
const MAX_VERDICT: usize = 2_000;

/// A receipt to be kept.
struct Row<'a> {
    delivery: Option<DeliveryId>,
    /// None: its delivery's, if it answers one.
    endpoint: Option<EndpointId>,
    via: Via,
    signed: bool,
    hearing: Hearing,
    verdict: &'a str,
    body: &'a str,
}

/// As much of a receipt as is kept, cut between characters.
pub(super) fn excerpt(raw: &str) -> String {
    printable(&raw[..raw.floor_char_boundary(MAX_BODY)], MAX_BODY)
}

/// Keeps a receipt that was taken.
pub(super) async fn keep(
    tx: &mut Tx<'_>,
    order: &Held,
    new: &NewReceipt,
    verdict: &Verdict,
    body: &str,
    now: Timestamp,
) -> Result<ReceiptId> {
    let (hearing, verdict) =
        (Hearing::of(verdict, &new.report), printable(&verdict.to_string(), MAX_VERDICT));
    let (delivery, endpoint, via, signed) = (new.delivery, new.endpoint, new.via, new.signed);
    let row = Row { delivery, endpoint, via, signed, hearing, verdict: &verdict, body };
    insert(tx, order, &row, now).await
}

/// Keeps a refused receipt, unless the like of it is there or there are enough. It changes nothing else.
pub(super) async fn keep_refused(
    tx: &mut Tx<'_>,
    order: &Held,
    refused: &RefusedReceipt<'_>,
    now: Timestamp,
) -> Result<()> {
    let verdict = printable(&format!("{REFUSED}{}", refused.why), MAX_VERDICT);
    let body = excerpt(refused.raw);
    let sql = "SELECT COUNT(*) FROM receipt WHERE revocation_id = $1 AND body = $2 AND verdict = $3";
    let query = sqlx::query_scalar(sql).bind(order.id.0).bind(&body).bind(&verdict);
    let same: i64 = query.fetch_one(tx.conn()).await?;
    if same == 0 && has_room(tx.conn(), order.id).await? {
        let (delivery, endpoint, via) = (refused.delivery, refused.endpoint, refused.via);
        let hearing = Hearing::Refused;
        let row = Row { delivery, endpoint, via, signed: false, hearing, verdict: &verdict, body: &body };
        insert(tx, order, &row, now).await?;
    }
    Ok(())
}

/// Keeps a receipt that was refused before anything of it was believed.
pub async fn refuse(tx: &mut Tx<'_>, refused: &RefusedReceipt<'_>, now: Timestamp) -> Result<()> {
    let order = hold(tx, refused.revocation).await?;
    keep_refused(tx, &order, refused, now).await
}

/// The same in a transaction of its own; a flood of them does not ask for one.
pub async fn refused(db: &Db, refused: &RefusedReceipt<'_>, now: Timestamp) -> Result<()> {
    if !has_room(&mut *db.reader().acquire().await?, refused.revocation).await? {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    refuse(&mut tx, refused, now).await?;
    tx.commit().await
}

async fn has_room(conn: &mut AnyConnection, order: RevocationId) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM receipt WHERE revocation_id = $1 AND hearing = $2";
    let query = sqlx::query_scalar(sql).bind(order.0).bind(Hearing::Refused.as_str());
    let kept: i64 = query.fetch_one(conn).await?;
    Ok(kept < MAX_REFUSED)
}

/// True when the same receipt was taken before.
pub(super) async fn is_known(tx: &mut Tx<'_>, order: &Held, body: &str) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM receipt WHERE revocation_id = $1 AND body = $2 AND hearing <> $3";
    let query = sqlx::query_scalar(sql).bind(order.id.0).bind(body).bind(Hearing::Refused.as_str());
    let same: i64 = query.fetch_one(tx.conn()).await?;
    Ok(same > 0)
}

/// How many receipts of the order were taken.
pub(super) async fn count(tx: &mut Tx<'_>, order: &Held) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM receipt WHERE revocation_id = $1 AND hearing <> $2";
    let query = sqlx::query_scalar(sql).bind(order.id.0).bind(Hearing::Refused.as_str());
    Ok(query.fetch_one(tx.conn()).await?)
}

async fn insert(tx: &mut Tx<'_>, order: &Held, row: &Row<'_>, now: Timestamp) -> Result<ReceiptId> {
    let id = ReceiptId(tx.next_id(now));
    sqlx::query(
        "INSERT INTO receipt (id, project_id, revocation_id, delivery_id, via, signed, verdict, body, received_at, hearing, endpoint_id) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, COALESCE($11, (SELECT endpoint_id FROM delivery WHERE id = $4)))",
    )
    .bind(id.0)
    .bind(order.project.0)
    .bind(order.id.0)
    .bind(row.delivery.map(|id| id.0))
    .bind(row.via.as_str())
    .bind(i64::from(row.signed))
    .bind(row.verdict)
    .bind(row.body)
    .bind(now.0)
    .bind(row.hearing.as_str())
    .bind(row.endpoint.map(|id| id.0))
    .execute(tx.conn())
    .await?;
    Ok(id)
}
