//! Orders in figures: how many wait, how many failed, how long they took.

use sqlx::Row;
use sqlx::any::AnyRow;

use crate::db::{Db, time};
use crate::id::ProjectId;
use crate::revocation::{Clock, TimeToKill, time_to_kill};
use crate::{Result, Timestamp};

/// The wait for an order is over, and not every session is said to be dead, nor was what may live ordered again.
macro_rules! failed {
    () => {
        "r.settled_at IS NOT NULL AND r.state <> 'confirmed' AND r.again_id IS NULL"
    };
}
pub(super) use failed;

/// How many of a project's orders still wait for an answer.
pub async fn waiting(db: &Db, project: ProjectId) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM revocation r WHERE r.project_id = $1 AND r.settled_at IS NULL";
    Ok(sqlx::query_scalar(sql).bind(project.0).fetch_one(db.reader()).await?)
}

/// How many orders given at or after `since` came to an end without every session being said to be dead.
pub async fn failures(db: &Db, project: ProjectId, since: Timestamp) -> Result<i64> {
    let sql = concat!(
        "SELECT COUNT(*) FROM revocation r WHERE r.project_id = $1 AND r.requested_at >= $2 AND ",
        failed!()
    );
    Ok(sqlx::query_scalar(sql).bind(project.0).bind(since.0).fetch_one(db.reader()).await?)
}

/// The clocks of the last orders given at or after `since`, summed up; of at most 10,000.
pub async fn times(db: &Db, project: ProjectId, since: Timestamp) -> Result<TimeToKill> {
    let rows = sqlx::query(
        "SELECT asked_at, requested_at, delivered_at, CASE WHEN state = 'confirmed' THEN settled_at END AS confirmed_at \
         FROM revocation WHERE project_id = $1 AND requested_at >= $2 ORDER BY id DESC LIMIT 10000",
    )
    .bind(project.0)
    .bind(since.0)
    .fetch_all(db.reader())
    .await?;
    let clock = |row: &AnyRow| {
        Ok(Clock {
            asked_at: time(row, "asked_at")?,
            answered_at: Timestamp(row.try_get("requested_at")?),
            delivered_at: time(row, "delivered_at")?,
            confirmed_at: time(row, "confirmed_at")?,
        })
    };
    let clocks = rows.iter().map(clock).collect::<Result<Vec<_>>>()?;
    Ok(time_to_kill(&clocks))
}
