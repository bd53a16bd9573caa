//! Sending an order once more: nobody confirmed it in time.

use crate::db::{Queue, Tx};
use crate::id::RevocationId;
use crate::webhook::MessageType;
use crate::{Result, Timestamp};

/// Makes the deliveries of an order due again where they are done and the endpoint is active: under the same
/// `webhook-id`, so that a receiver that has it knows. Deliveries that are pending go on as they are.
pub(crate) async fn redeliver_order(tx: &mut Tx<'_>, order: RevocationId, now: Timestamp) -> Result<()> {
    let changed = sqlx::query(
        "UPDATE delivery SET state = 'pending', next_attempt_at = $1, lease_until = 0, claim = 0 \
         WHERE message_id IN (SELECT id FROM message WHERE revocation_id = $2 AND type = $3) \
         AND state IN ('delivered', 'failed') AND endpoint_id IN (SELECT id FROM endpoint WHERE state = 'active')",
    )
    .bind(now.0)
    .bind(order.0)
    .bind(MessageType::SessionRevocationRequested.as_str())
    .execute(tx.conn())
    .await?;
    if changed.rows_affected() > 0 {
        tx.wake(Queue::Deliveries);
    }
    Ok(())
}
