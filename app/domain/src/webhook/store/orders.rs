//! What an order to end sessions needs of the message that carries it.

use sqlx::Row;

use super::messages::URGENT_LANE;
use super::owed::send_to_others;
use super::secrets::place;
use crate::db::{Db, Queue, Tx, json};
use crate::id::{EndpointId, MessageId, RevocationId, SecretId};
use crate::signature::Secret;
use crate::webhook::{MessageType, Policy, Signer, Signers};
use crate::{Result, Timestamp};

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
        "SELECT s.id, s.sealed, s.endpoint_id, e.policy FROM delivery d JOIN endpoint e ON e.id = d.endpoint_id \
         JOIN endpoint_secret s ON s.endpoint_id = d.endpoint_id \
         WHERE d.message_id = $1 AND (s.expires_at IS NULL OR s.expires_at > $2)",
    )
    .bind(message)
    .bind(now.0)
    .fetch_all(db.reader())
    .await?;
    let mut signers = Vec::with_capacity(rows.len());
    let mut must_sign = false;
    for row in &rows {
        let policy: Policy = json(row, "policy")?;
        must_sign |= policy.signed_receipts && !policy.observer;
        let id = SecretId(row.try_get("id")?);
        signers.push(Signer {
            endpoint: EndpointId(row.try_get("endpoint_id")?),
            observer: policy.observer,
            secret: Secret::stored(&db.vault().open(&place(id), row.try_get("sealed")?)?)?,
        });
    }
    Ok(Some(Signers { message: MessageId(message), signers, must_sign }))
}

/// Tries once more, at `due`, what was given up of an order. What came after it for the same user has not waited for it since
/// then, and does not now.
pub(crate) async fn try_given_up(tx: &mut Tx<'_>, order: RevocationId, due: Timestamp) -> Result<()> {
    sqlx::query(
        "UPDATE delivery SET state = 'pending', next_attempt_at = $1, lease_until = 0, claim = 0, claimed_by = 0, lane = $4, \
         order_key = NULL WHERE id IN (SELECT MAX(d.id) FROM message m JOIN delivery d ON d.message_id = m.id \
         WHERE m.revocation_id = $2 AND m.type = $3 GROUP BY d.endpoint_id) \
         AND state = 'failed' AND endpoint_id IN (SELECT id FROM endpoint WHERE state = 'active' AND observer = 0)",
    )
    .bind(due.0)
    .bind(order.0)
    .bind(MessageType::SessionRevocationRequested.as_str())
    .bind(URGENT_LANE)
    .execute(tx.conn())
    .await?;
    tx.wake(Queue::Deliveries);
    Ok(())
}

/// Sends an order once more, because nobody confirmed it: the newest of its deliveries to each active endpoint is due now, if
/// it is done or waits for its next attempt, also where the endpoint is on hold; an endpoint that was not at work when it was
/// given gets its first. Those that only listen do not get it again. They go under the same `webhook-id`, so that a receiver that has it knows. What is on its way at this
/// moment goes on. Answers how many there are.
pub(crate) async fn redeliver_order(tx: &mut Tx<'_>, order: RevocationId, now: Timestamp) -> Result<u64> {
    let changed = sqlx::query(
        "UPDATE delivery SET state = 'pending', next_attempt_at = $1, lease_until = 0, claim = 0, claimed_by = 0, lane = $4, order_key = NULL \
         WHERE id IN (SELECT MAX(d.id) FROM message m JOIN delivery d ON d.message_id = m.id \
         WHERE m.revocation_id = $2 AND m.type = $3 AND d.state <> 'cancelled' GROUP BY d.endpoint_id) \
         AND (state IN ('delivered', 'failed') OR state = 'pending' AND lease_until <= $1) AND endpoint_id IN (SELECT id FROM endpoint WHERE state = 'active' AND observer = 0)",
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
    Ok(changed.rows_affected() + send_to_others(tx, order, now).await?)
}
