//! Counts over the audit log, for the overview.

use serde::{Deserialize, Serialize};
use sqlx::Row;

use crate::db::Db;
use crate::id::ProjectId;
use crate::time::DAY;
use crate::{Result, Timestamp};

/// What happened in a stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Users seen.
    pub active_users: i64,
    /// Events of level red.
    pub red: i64,
    /// Events of level orange.
    pub orange: i64,
}

/// One day's events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// Midnight UTC at which it begins.
    pub start: Timestamp,
    /// All events.
    pub events: i64,
    /// Events of level orange or red.
    pub unusual: i64,
}

/// Users and unusual events at or after `since`.
pub async fn totals(db: &Db, project: ProjectId, since: Timestamp) -> Result<Totals> {
    let active_users =
        sqlx::query_scalar("SELECT COUNT(*) FROM end_user WHERE project_id = $1 AND last_seen_at >= $2")
            .bind(project.0)
            .bind(since.0)
            .fetch_one(db.reader())
            .await?;
    let rows = sqlx::query(
        "SELECT level, COUNT(*) AS n FROM event WHERE project_id = $1 AND occurred_at >= $2 AND level > 0 GROUP BY level",
    )
    .bind(project.0)
    .bind(since.0)
    .fetch_all(db.reader())
    .await?;
    let mut totals = Totals { active_users, ..Totals::default() };
    for row in &rows {
        match row.try_get::<i64, _>("level")? {
            1 => totals.orange = row.try_get("n")?,
            _ => totals.red = row.try_get("n")?,
        }
    }
    Ok(totals)
}

/// Events per day (UTC) for the `count` days up to and with `now`'s, oldest first.
pub async fn days(db: &Db, project: ProjectId, count: i64, now: Timestamp) -> Result<Vec<Day>> {
    let today = now.0.div_euclid(DAY);
    let first = today - count.max(1) + 1;
    let rows = sqlx::query(
        "SELECT occurred_at / $3 AS day, COUNT(*) AS events FROM event WHERE project_id = $1 AND occurred_at >= $2 GROUP BY 1",
    )
    .bind(project.0)
    .bind(first * DAY)
    .bind(DAY)
    .fetch_all(db.reader())
    .await?;
    let unusual = sqlx::query(
        "SELECT occurred_at / $3 AS day, COUNT(*) AS events FROM event \
         WHERE project_id = $1 AND occurred_at >= $2 AND level > 0 GROUP BY 1",
    )
    .bind(project.0)
    .bind(first * DAY)
    .bind(DAY)
    .fetch_all(db.reader())
    .await?;
    let mut days: Vec<_> =
        (first..=today).map(|day| Day { start: Timestamp(day * DAY), events: 0, unusual: 0 }).collect();
    for (rows, is_unusual) in [(&rows, false), (&unusual, true)] {
        for row in rows {
            let index = usize::try_from(row.try_get::<i64, _>("day")? - first).unwrap_or(usize::MAX);
            let Some(day) = days.get_mut(index) else { continue };
            let count = row.try_get("events")?;
            if is_unusual { day.unusual = count } else { day.events = count }
        }
    }
    Ok(days)
}
