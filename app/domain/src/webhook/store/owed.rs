//! Orders that an endpoint was never to get, because it was not there, not at work or did not want them when they were given;
//! and those that were given up before it came back.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::messages::{Owed, URGENT_LANE, deliver};
use crate::db::{Queue, Tx, json};
use crate::id::{EndpointId, MessageId, ProjectId, RevocationId, first_id};
use crate::time::DAY;
use crate::webhook::MessageType;
use crate::{Result, Timestamp};

const ORDER: MessageType = MessageType::SessionRevocationRequested;
/// The most orders that an endpoint gets so at once: the newest.
const MOST: i64 = 1_000;

/// So long after it was given an order that nobody confirmed in its time, or that nobody was left for, still goes to whoever
/// comes to work.
const STILL_WANTED: i64 = DAY;

/// True of an order `r` that awaits its outcome; also where the wait was ended without one, for a while from `$4` on, unless it
/// was given anew since.
macro_rules! wanted {
    () => {
        "(r.settled_at IS NULL OR r.id >= $4 AND r.again_id IS NULL AND EXISTS (SELECT 1 FROM revocation_session o \
         WHERE o.revocation_id = r.id AND o.state = 'unconfirmed'))"
    };
}

/// What is missing where `$which` holds of an order `r` and an endpoint `e` that is at work and ends sessions.
macro_rules! missing {
    ($($which:tt)+) => {
        concat!(
            "SELECT m.id AS message_id, m.project_id, e.id AS endpoint_id, e.types \
             FROM revocation r JOIN message m ON m.revocation_id = r.id AND m.type = $1 JOIN endpoint e ON e.project_id = r.project_id \
             WHERE ",
            $($which)+,
            " AND e.state = 'active' AND e.observer = 0 AND NOT EXISTS (SELECT 1 FROM delivery d \
             WHERE d.message_id = m.id AND d.endpoint_id = e.id AND d.state <> 'cancelled') ORDER BY m.id DESC LIMIT $3"
        )
    };
}

/// Sends an order to every endpoint that lacks it. Answers to how many.
pub(super) async fn send_to_others(tx: &mut Tx<'_>, order: RevocationId, now: Timestamp) -> Result<u64> {
    send(tx, missing!("r.id = $2 AND r.id >= $4"), (order.0, 0), now).await
}

/// Sends an endpoint every order that it lacks and that is still wanted.
pub(super) async fn send_open(tx: &mut Tx<'_>, endpoint: EndpointId, now: Timestamp) -> Result<u64> {
    let since = first_id(now.plus(-STILL_WANTED));
    send(tx, missing!(wanted!(), " AND e.id = $2"), (endpoint.0, since), now).await
}

/// The same of an endpoint that works again, or is elsewhere now: what was given up of such orders, or waits for its next
/// attempt, is tried at once.
pub(super) async fn send_anew(tx: &mut Tx<'_>, endpoint: EndpointId, now: Timestamp) -> Result<()> {
    sqlx::query(concat!(
        "UPDATE delivery SET state = 'pending', next_attempt_at = $3, lease_until = 0, claim = 0, claimed_by = 0, lane = $5, \
         order_key = CASE WHEN state = 'failed' THEN NULL ELSE order_key END \
         WHERE (state = 'failed' OR state = 'pending' AND lease_until <= $3) AND id IN (SELECT MAX(d.id) FROM revocation r JOIN message m ON m.revocation_id = r.id \
         AND m.type = $1 JOIN delivery d ON d.message_id = m.id AND d.endpoint_id = $2 JOIN endpoint e ON e.id = d.endpoint_id \
         WHERE r.project_id = e.project_id AND e.state = 'active' AND e.observer = 0 AND ",
        wanted!(),
        " GROUP BY m.id)"
    ))
    .bind(ORDER.as_str())
    .bind(endpoint.0)
    .bind(now.0)
    .bind(first_id(now.plus(-STILL_WANTED)))
    .bind(URGENT_LANE)
    .execute(tx.conn())
    .await?;
    tx.wake(Queue::Deliveries);
    Ok(())
}

async fn send(
    tx: &mut Tx<'_>,
    missing: &'static str,
    (of, since): (i64, i64),
    now: Timestamp,
) -> Result<u64> {
    let query = sqlx::query(missing).bind(ORDER.as_str()).bind(of).bind(MOST).bind(since);
    let rows = query.fetch_all(tx.conn()).await?;
    let mut sent = 0;
    for row in rows.iter().rev() {
        if let Some(owed) = owed(row, now)? {
            deliver(tx, &owed, now).await?;
            sent += 1;
        }
    }
    Ok(sent)
}

fn owed(row: &AnyRow, due: Timestamp) -> Result<Option<Owed>> {
    let types: Vec<MessageType> = json(row, "types")?;
    let owed = Owed {
        project: ProjectId(row.try_get("project_id")?),
        kind: ORDER,
        message: MessageId(row.try_get("message_id")?),
        endpoint: EndpointId(row.try_get("endpoint_id")?),
        due,
        order: None,
    };
    Ok(Some(owed).filter(|_| types.is_empty() || types.contains(&ORDER)))
}
