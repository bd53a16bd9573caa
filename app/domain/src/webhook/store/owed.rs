//! Orders that an endpoint was never to get, because it was not there, not at work or did not want them when they were given.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::messages::{Owed, deliver, hasten};
use crate::db::{Tx, json};
use crate::id::{EndpointId, MessageId, ProjectId, RevocationId, UserKey};
use crate::webhook::{MessageType, Policy};
use crate::{Result, Timestamp};

const ORDER: MessageType = MessageType::SessionRevocationRequested;
/// The most orders that an endpoint gets so at once: the newest.
const MOST: i64 = 1_000;

/// What is missing where `$which` holds of an order `r` and an endpoint `e` that is at work and ends sessions.
macro_rules! missing {
    ($which:literal) => {
        concat!(
            "SELECT m.id AS message_id, m.project_id, m.user_key, e.id AS endpoint_id, e.types, e.policy \
             FROM revocation r JOIN message m ON m.revocation_id = r.id AND m.type = $1 JOIN endpoint e ON e.project_id = r.project_id \
             WHERE ",
            $which,
            " AND e.state = 'active' AND e.observer = 0 AND NOT EXISTS (SELECT 1 FROM delivery d \
             WHERE d.message_id = m.id AND d.endpoint_id = e.id AND d.state <> 'cancelled') ORDER BY m.id DESC LIMIT $3"
        )
    };
}

/// Sends an order to every endpoint that lacks it. Answers to how many.
pub(super) async fn send_to_others(tx: &mut Tx<'_>, order: RevocationId, now: Timestamp) -> Result<u64> {
    send(tx, missing!("r.id = $2"), order.0, now).await
}

/// Sends an endpoint every order that it lacks and that still awaits its outcome.
pub(super) async fn send_open(tx: &mut Tx<'_>, endpoint: EndpointId, now: Timestamp) -> Result<u64> {
    send(tx, missing!("r.settled_at IS NULL AND e.id = $2"), endpoint.0, now).await
}

async fn send(tx: &mut Tx<'_>, missing: &'static str, of: i64, now: Timestamp) -> Result<u64> {
    let rows = sqlx::query(missing).bind(ORDER.as_str()).bind(of).bind(MOST).fetch_all(tx.conn()).await?;
    let mut sent = 0;
    for row in rows.iter().rev() {
        if let Some(owed) = owed(row, now)? {
            let delivery = deliver(tx, &owed, now).await?;
            hasten(tx, delivery).await?;
            sent += 1;
        }
    }
    Ok(sent)
}

fn owed(row: &AnyRow, due: Timestamp) -> Result<Option<Owed>> {
    let (types, policy): (Vec<MessageType>, Policy) = (json(row, "types")?, json(row, "policy")?);
    let user = row.try_get::<Option<i64>, _>("user_key")?.map(UserKey);
    let owed = Owed {
        project: ProjectId(row.try_get("project_id")?),
        kind: ORDER,
        message: MessageId(row.try_get("message_id")?),
        endpoint: EndpointId(row.try_get("endpoint_id")?),
        due,
        order: user.filter(|_| policy.ordered_per_user),
    };
    Ok(Some(owed).filter(|_| types.is_empty() || types.contains(&ORDER)))
}
