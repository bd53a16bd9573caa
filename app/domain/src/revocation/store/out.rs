//! Whoever is waited for is out: its delivery was given up, or its endpoint is deleted, disabled or only listens by now. What
//! another does not know is settled then, as soon as nobody is left who could say more of it.

use super::absent::{NOT_HERE, look_again};
use super::alarm::{Trouble, alarm, tell_unconfirmed};
use super::feed::feed_again;
use super::progress::{Detail, save, settle, step};
use super::{Held, hold, sessions};
use crate::db::{Queue, Tx};
use crate::id::{DeliveryId, EndpointId, ProjectId, RevocationId};
use crate::revocation::{Fact, State, transition};
use crate::webhook::MessageType;
use crate::webhook::store::try_given_up;
use crate::{Error, Result, Timestamp};

/// A delivery of the order was given up.
pub(crate) async fn given_up(
    tx: &mut Tx<'_>,
    id: RevocationId,
    delivery: DeliveryId,
    now: Timestamp,
) -> Result<()> {
    match hold(tx, id).await {
        // Gone with its user.
        Err(Error::NotFound) => Ok(()),
        held => look(tx, &held?, &format!("delivery {delivery} was given up"), now).await,
    }
}

/// The open orders of an endpoint that some receiver does not know.
pub(crate) struct Doubtful {
    endpoint: EndpointId,
    orders: Vec<Held>,
}

/// Holds the open orders of an endpoint that some receiver does not know. To be called before its deliveries are changed:
/// whoever ends the wait for an order mostly takes the order first, too; see [`crate::db::deadlock`] for who does not.
pub(crate) async fn doubtful(tx: &mut Tx<'_>, project: ProjectId, endpoint: EndpointId) -> Result<Doubtful> {
    let ids: Vec<i64> = sqlx::query_scalar(
        "SELECT r.id FROM revocation r WHERE r.project_id = $1 AND r.settled_at IS NULL \
         AND EXISTS (SELECT 1 FROM revocation_step s WHERE s.revocation_id = r.id AND s.state = $2) \
         AND EXISTS (SELECT 1 FROM message m JOIN delivery d ON d.message_id = m.id \
         WHERE m.revocation_id = r.id AND m.type = $3 AND d.endpoint_id = $4) ORDER BY r.id",
    )
    .bind(project.0)
    .bind(NOT_HERE)
    .bind(MessageType::SessionRevocationRequested.as_str())
    .bind(endpoint.0)
    .fetch_all(tx.conn())
    .await?;
    let mut orders = Vec::with_capacity(ids.len());
    for id in ids {
        orders.push(hold(tx, RevocationId(id)).await?);
    }
    Ok(Doubtful { endpoint, orders })
}

impl Doubtful {
    /// The endpoint answers for no order any more; `how` it came to that: `was deleted`.
    pub(crate) async fn settle_without(self, tx: &mut Tx<'_>, how: &str, now: Timestamp) -> Result<()> {
        for order in &self.orders {
            look(tx, order, &format!("endpoint {} {how}", self.endpoint), now).await?;
        }
        Ok(())
    }
}

async fn look(tx: &mut Tx<'_>, order: &Held, cause: &str, now: Timestamp) -> Result<()> {
    if order.settled {
        return Ok(());
    }
    let why = format!("{cause}: nobody else may have it");
    let unheard = look_again(tx, order, &why, now).await?;
    end_wait(tx, order, &unheard, cause, now).await?;
    settle(tx, order, now).await?;
    Ok(())
}

/// Ends the wait for sessions of which nobody is left to be heard: they are unconfirmed before their time, and operators are told.
/// Whoever never got the order is tried once more at its time limit, as if it had run out.
pub(super) async fn end_wait(
    tx: &mut Tx<'_>,
    order: &Held,
    unheard: &[String],
    cause: &str,
    now: Timestamp,
) -> Result<()> {
    let (mut ended, cause) = (false, format!("{cause}: nobody is left who could answer"));
    for (session, before) in sessions(tx, order.id).await? {
        if unheard.contains(&session)
            && let Ok(after) = transition(before, Fact::Overdue(now))
            && after != before
        {
            save(tx, order, &session, after, Detail::Kept, now).await?;
            step(tx, order.id, &session, State::Unconfirmed.as_str(), &cause, now).await?;
            ended = true;
        }
    }
    if ended {
        let alert = alarm(tx, order, Trouble::Unconfirmed, now).await?;
        tell_unconfirmed(tx, order, alert, now).await?;
        try_given_up(tx, order.id, order.confirm_by.max(now)).await?;
        feed_again(tx, order.project, order.id).await?;
        tx.wake(Queue::Revocations);
    }
    Ok(())
}
