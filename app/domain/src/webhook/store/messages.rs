//! Publishing: the message and what it owes each endpoint, in the transaction of whatever caused it.

use sqlx::Row;

use crate::db::{Queue, Tx, json};
use crate::id::{DeliveryId, EndpointId, MessageId, ProjectId, UserKey};
use crate::webhook::dispatch::URGENT;
use crate::webhook::{DISABLED_BY_HAND, EndpointState, Format, MessageType, NewMessage, Policy};
use crate::{Result, Timestamp};

/// When a delivery is due that is held back: never. Resuming its endpoint makes it due.
pub(super) const HELD: Timestamp = Timestamp(i64::MAX);
/// The lane of what was not tried yet, as it is stored.
const FIRST_LANE: i64 = 0;
/// The lane of what goes at once, as it is stored.
pub(super) const URGENT_LANE: i64 = URGENT as i64;

/// Stores the message and a delivery for each endpoint of the project that takes it: due at once where the endpoint is
/// active, held where it is paused, none where it is disabled. An order is held where an endpoint was disabled by itself,
/// too: it may be the one that has the session.
pub async fn publish(tx: &mut Tx<'_>, message: NewMessage, now: Timestamp) -> Result<MessageId> {
    publish_beside(tx, message, None, now).await
}

/// The same, but not to the endpoint that it tells of.
pub(super) async fn publish_beside(
    tx: &mut Tx<'_>,
    message: NewMessage,
    but: Option<EndpointId>,
    now: Timestamp,
) -> Result<MessageId> {
    let id = insert(tx, &message, now).await?;
    for target in targets(tx, message.project).await? {
        if target.takes(&message) && Some(target.id) != but {
            let due = if target.state == EndpointState::Active { now } else { HELD };
            let order = message.user.filter(|_| target.policy.ordered_per_user && !message.kind.is_urgent());
            let (project, kind, endpoint) = (message.project, message.kind, target.id);
            deliver(tx, &Owed { project, kind, message: id, endpoint, due, order }, now).await?;
        }
    }
    Ok(id)
}

/// True when an endpoint of the project that acts on what it hears is at work and takes messages of this type.
pub(crate) async fn has_listener(tx: &mut Tx<'_>, project: ProjectId, kind: MessageType) -> Result<bool> {
    let hears = |target: &Target| {
        let acts = target.state == EndpointState::Active && !target.policy.observer;
        acts && (target.types.is_empty() || target.types.contains(&kind))
    };
    Ok(targets(tx, project).await?.iter().any(hears))
}

struct Target {
    id: EndpointId,
    format: Format,
    types: Vec<MessageType>,
    state: EndpointState,
    policy: Policy,
}

impl Target {
    fn takes(&self, message: &NewMessage) -> bool {
        let told_elsewhere = self.format == Format::ThisData && message.skips_thisdata();
        let is_down =
            self.state == EndpointState::Disabled && message.kind != MessageType::SessionRevocationRequested;
        !told_elsewhere && !is_down && (self.types.is_empty() || self.types.contains(&message.kind))
    }
}

pub(super) async fn insert(tx: &mut Tx<'_>, message: &NewMessage, now: Timestamp) -> Result<MessageId> {
    let id = MessageId(tx.next_id(now));
    sqlx::query(
        "INSERT INTO message (id, project_id, type, user_key, event_id, alert_id, question_id, revocation_id, body,
            thisdata_body, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(id.0)
    .bind(message.project.0)
    .bind(message.kind.as_str())
    .bind(message.user.map(|id| id.0))
    .bind(message.event.map(|id| id.0))
    .bind(message.alert.map(|id| id.0))
    .bind(message.question.map(|id| id.0))
    .bind(message.revocation.map(|id| id.0))
    .bind(message.standard_body(now)?)
    .bind(message.thisdata_body()?)
    .bind(now.0)
    .execute(tx.conn())
    .await?;
    Ok(id)
}

async fn targets(tx: &mut Tx<'_>, project: ProjectId) -> Result<Vec<Target>> {
    let rows = sqlx::query(
        "SELECT id, format, types, state, policy FROM endpoint WHERE project_id = $1 AND (state IN ('active', 'paused') \
         OR (state = 'disabled' AND COALESCE(state_reason, '') <> $2)) ORDER BY id",
    )
    .bind(project.0)
    .bind(DISABLED_BY_HAND)
    .fetch_all(tx.conn())
    .await?;
    let target = |row: &sqlx::any::AnyRow| {
        Ok(Target {
            id: EndpointId(row.try_get("id")?),
            format: row.try_get::<&str, _>("format")?.parse()?,
            types: json(row, "types")?,
            state: row.try_get::<&str, _>("state")?.parse()?,
            policy: json(row, "policy")?,
        })
    };
    rows.iter().map(target).collect()
}

/// A delivery that a stored message owes an endpoint.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owed {
    pub(super) project: ProjectId,
    pub(super) kind: MessageType,
    pub(super) message: MessageId,
    pub(super) endpoint: EndpointId,
    pub(super) due: Timestamp,
    /// Whose messages it keeps its place among.
    pub(super) order: Option<UserKey>,
}

/// Makes a delivery. What is urgent goes before all others, also where its endpoint is on hold.
pub(super) async fn deliver(tx: &mut Tx<'_>, owed: &Owed, now: Timestamp) -> Result<DeliveryId> {
    let id = DeliveryId(tx.next_id(now));
    sqlx::query(
        "INSERT INTO delivery (id, project_id, message_id, endpoint_id, type, state, attempts, next_attempt_at,
            lease_until, claim, created_at, order_key, lane) VALUES ($1, $2, $3, $4, $5, 'pending', 0, $6, 0, 0, $7, $8, $9)",
    )
    .bind(id.0)
    .bind(owed.project.0)
    .bind(owed.message.0)
    .bind(owed.endpoint.0)
    .bind(owed.kind.as_str())
    .bind(owed.due.0)
    .bind(now.0)
    .bind(owed.order.map(|user| user.0))
    .bind(if owed.kind.is_urgent() { URGENT_LANE } else { FIRST_LANE })
    .execute(tx.conn())
    .await?;
    tx.wake(Queue::Deliveries);
    Ok(id)
}
