//! The receipts that are kept of an order: those that were taken, and some of those that were refused, with the reason.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use sqlx::AnyConnection;

use super::objection::NOBODY;
use super::{Held, hold};
use crate::db::{Db, Tx, to_json};
use crate::id::{DeliveryId, EndpointId, ReceiptId, RevocationId};
use crate::revocation::hearing::Hearing;
use crate::revocation::receipt::{
    MAX_BODY, NewReceipt, REFUSED, RefusedReceipt, Report, Reported, Verdict, printable,
};
use crate::revocation::{Fact, Via};
use crate::{Result, Timestamp};

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
    digest: Option<String>,
}

/// As much of a receipt as is kept, cut between characters.
fn excerpt(raw: &str) -> String {
    printable(&raw[..raw.floor_char_boundary(MAX_BODY)], MAX_BODY)
}

/// Keeps a receipt that was taken: whose it is, what was made of it, and whether a session of the order lives by it.
pub(super) async fn keep(
    tx: &mut Tx<'_>,
    order: &Held,
    (new, by): (&NewReceipt, i64),
    verdict: &Verdict,
    against: bool,
    now: Timestamp,
) -> Result<ReceiptId> {
    let (hearing, verdict) = (Hearing::of(verdict, against), printable(&verdict.to_string(), MAX_VERDICT));
    let endpoint = (by != NOBODY).then_some(EndpointId(by));
    let (delivery, via, signed) = (new.delivery, new.via, new.signed);
    let (body, digest) = (excerpt(&new.raw), Some(digest(&new.report)?));
    let row = Row { delivery, endpoint, via, signed, hearing, verdict: &verdict, body: &body, digest };
    insert(tx, order, &row, now).await
}

/// What a receipt says, in whichever order and whenever it was written.
fn digest(report: &Report) -> Result<String> {
    let line = |one: &Reported| {
        let (word, until) = match one.fact {
            Fact::Died(outcome) => (outcome.as_str(), None),
            Fact::Deferred(until) => ("deferred", Some(until)),
            _ => ("failed", None),
        };
        to_json(&(&one.id, word, until, &one.detail))
    };
    let mut lines = report.sessions.iter().map(line).collect::<Result<Vec<_>>>()?;
    lines.sort();
    Ok(HEXLOWER.encode(&Sha256::digest(lines.join("\n"))))
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
        let (signed, verdict, body) = (false, verdict.as_str(), body.as_str());
        let row = Row { delivery, endpoint, via, signed, hearing, verdict, body, digest: None };
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

/// True when one that says the same was taken before, of the same sender. What nobody can tell whose it is adds nothing to
/// anybody's word.
pub(super) async fn is_known(tx: &mut Tx<'_>, order: &Held, (new, by): (&NewReceipt, i64)) -> Result<bool> {
    let same: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM receipt WHERE revocation_id = $1 AND hearing <> $2 \
         AND ($3 = 0 OR COALESCE(endpoint_id, 0) = $3) AND (digest = $4 OR digest IS NULL AND body = $5)",
    )
    .bind(order.id.0)
    .bind(Hearing::Refused.as_str())
    .bind(by)
    .bind(digest(&new.report)?)
    // Of one that was cut nobody can tell by its body.
    .bind(if new.raw.len() <= MAX_BODY { excerpt(&new.raw) } else { String::new() })
    .fetch_one(tx.conn())
    .await?;
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
        "INSERT INTO receipt (id, project_id, revocation_id, delivery_id, via, signed, verdict, body, received_at, hearing, endpoint_id, digest) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, COALESCE($11, (SELECT endpoint_id FROM delivery WHERE id = $4)), $12)",
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
    .bind(&row.digest)
    .execute(tx.conn())
    .await?;
    Ok(id)
}
