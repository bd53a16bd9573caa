//! What an order to end sessions needs of the message that carries it.

use sqlx::Row;

use super::messages::URGENT_LANE;
use super::secrets::place;
use crate::db::{Db, Queue, Tx, json};
use crate::id::{MessageId, RevocationId, SecretId};
use crate::signature::Secret;
use crate::webhook::{MessageType, Policy};
use crate::{Result, Timestamp};

/// Who may sign the receipts of an order.
#[derive(Debug)]
pub struct Signers {
    /// The message that carries it.
    pub message: MessageId,
    /// The live secrets of the endpoints that it went to: a receipt is signed with one of them.
    pub secrets: Vec<Secret>,
    /// All of these endpoints want receipts signed: none of them can have sent one that is not.
    pub must_sign: bool,
}

/// Who may sign the receipts of an order; None where no message carries it.
pub async fn order_signers(db: &Db, order: RevocationId, now: Timestamp) -> Result<Option<Signers>> {
    let message: Option<i64> =
        sqlx::query_scalar("SELECT id FROM message WHERE revocation_id = $1 AND type = $2")
            .bind(order.0)
            .bind(MessageType::SessionRevocationRequested.as_str())
            .fetch_optional(db.reader())
            .await?;
    let Some(message) = message else { return Ok(None) };
    let rows = sqlx::query(
        "SELECT s.id, s.sealed, e.policy FROM delivery d JOIN endpoint e ON e.id = d.endpoint_id \
         JOIN endpoint_secret s ON s.endpoint_id = d.endpoint_id \
         WHERE d.message_id = $1 AND (s.expires_at IS NULL OR s.expires_at > $2)",
    )
    .bind(message)
    .bind(now.0)
    .fetch_all(db.reader())
    .await?;
    let mut secrets = Vec::with_capacity(rows.len());
    let mut must_sign = !rows.is_empty();
    for row in &rows {
        must_sign &= json::<Policy>(row, "policy")?.signed_receipts;
        let id = SecretId(row.try_get("id")?);
        secrets.push(Secret::stored(&db.vault().open(&place(id), row.try_get("sealed")?)?)?);
    }
    Ok(Some(Signers { message: MessageId(message), secrets, must_sign }))
}

/// Sends an order once more, because nobody confirmed it: its deliveries to active endpoints are due now, those that are
/// done and those that wait for their next attempt, also where their endpoint is on hold. They go under the same
/// `webhook-id`, so that a receiver that has it knows. What is on its way at this moment goes on.
pub(crate) async fn redeliver_order(tx: &mut Tx<'_>, order: RevocationId, now: Timestamp) -> Result<()> {
    let changed = sqlx::query(
        "UPDATE delivery SET state = 'pending', next_attempt_at = $1, lease_until = 0, claim = 0, claimed_by = 0, lane = $4 \
         WHERE message_id IN (SELECT id FROM message WHERE revocation_id = $2 AND type = $3) \
         AND (state IN ('delivered', 'failed') OR state = 'pending' AND lease_until <= $1) AND endpoint_id IN (SELECT id FROM endpoint WHERE state = 'active')",
    )
    .bind(now.0)
    .bind(order.0)
    .bind(MessageType::SessionRevocationRequested.as_str())
    .bind(URGENT_LANE)
    .execute(tx.conn())
    .await?;
    if changed.rows_affected() > 0 {
        tx.wake(Queue::Deliveries);
    }
    Ok(())
}
