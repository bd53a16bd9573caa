//! The time limit: an order without a receipt in time becomes unconfirmed, and somebody is told.

use sqlx::Row;

use super::absent::look_again;
use super::alarm::{Trouble, alarm, tell_unconfirmed};
use super::feed::feed_again;
use super::progress::{advance, settle};
use super::{Held, hold};
use crate::db::{Db, Queue, Tx};
use crate::id::RevocationId;
use crate::revocation::Fact;
use crate::webhook;
use crate::{Error, Result, Timestamp};

/// How many orders one call takes on.
const BATCH: i64 = 64;
/// How often an order is sent once more because a limit of its sessions is over; they can have one each.
const MAX_AGAIN: i64 = 10;

/// Ends the wait for every order with a session whose time is over at `now`, at most so many at once: those sessions become
/// unconfirmed, an alert opens, the endpoints are told and the order is delivered and fed once more. Answers how many.
pub async fn overdue(db: &Db, now: Timestamp) -> Result<usize> {
    let due: Vec<i64> = sqlx::query_scalar(
        "SELECT id FROM revocation WHERE settled_at IS NULL AND next_limit <= $1 ORDER BY next_limit LIMIT $2",
    )
    .bind(now.0)
    .bind(BATCH)
    .fetch_all(db.reader())
    .await?;
    for id in &due {
        let mut tx = db.begin().await?;
        let order = match hold(&mut tx, RevocationId(*id)).await {
            // Gone with its user.
            Err(Error::NotFound) => continue,
            held => held?,
        };
        // A receipt or another replica may have been here since.
        if !order.settled && order.next_limit <= now {
            expire(&mut tx, &order, now).await?;
        }
        tx.commit().await?;
    }
    Ok(due.len())
}

/// When the next time limit is over.
pub async fn next_due(db: &Db) -> Result<Option<Timestamp>> {
    let next: Option<i64> =
        sqlx::query_scalar("SELECT MIN(next_limit) FROM revocation WHERE settled_at IS NULL")
            .fetch_one(db.reader())
            .await?;
    Ok(next.map(Timestamp))
}

async fn expire(tx: &mut Tx<'_>, order: &Held, now: Timestamp) -> Result<()> {
    let before = times_unconfirmed(tx, order).await?;
    look_again(tx, order, "not found by any that has it", now).await?;
    let changed = advance(tx, order, Fact::Overdue(now), "no receipt in time", now).await?;
    settle(tx, order, now).await?;
    if changed && before < MAX_AGAIN {
        let alert = alarm(tx, order, Trouble::Unconfirmed, now).await?;
        tell_unconfirmed(tx, order, alert, now).await?;
        webhook::store::redeliver_order(tx, order.id, now).await?;
        feed_again(tx, order.project, order.id).await?;
        tx.wake(Queue::Revocations);
    }
    Ok(())
}

/// How many limits have passed already.
async fn times_unconfirmed(tx: &mut Tx<'_>, order: &Held) -> Result<i64> {
    let row = sqlx::query(
        "SELECT COUNT(DISTINCT at) AS times FROM revocation_step WHERE revocation_id = $1 AND state = 'unconfirmed'",
    )
    .bind(order.id.0)
    .fetch_one(tx.conn())
    .await?;
    Ok(row.try_get("times")?)
}
