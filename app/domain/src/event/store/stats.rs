//! Counts over the audit log, for the overview.

use sqlx::Row;

use super::super::{Day, Totals};
use crate::db::Db;
use crate::db::daily::{daily, first_day};
use crate::id::ProjectId;
use crate::time::DAY;
use crate::{Result, Timestamp};

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
    let all = "SELECT occurred_at / $3 AS day, COUNT(*) AS n FROM event \
         WHERE project_id = $1 AND occurred_at >= $2 GROUP BY 1";
    let above_green = "SELECT occurred_at / $3 AS day, COUNT(*) AS n FROM event \
         WHERE project_id = $1 AND occurred_at >= $2 AND level > 0 GROUP BY 1";
    let events = daily(db.reader(), all, project, count, now).await?;
    let unusual = daily(db.reader(), above_green, project, count, now).await?;
    let starts = (first_day(count, now)..).map(|day| Timestamp(day * DAY));
    let counts = events.into_iter().zip(unusual);
    Ok(starts.zip(counts).map(|(start, (events, unusual))| Day { start, events, unusual }).collect())
}
