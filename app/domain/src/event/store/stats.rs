//! Counts over the audit log, for the overview.

use std::collections::BTreeMap;

use sqlx::Row;

use super::super::{Day, Totals};
use crate::db::daily::first_day;
use crate::db::{Db, Tx, batch};
use crate::id::ProjectId;
use crate::risk::Level;
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
    let first = first_day(count, now);
    let rows = sqlx::query(
        "SELECT day, CAST(SUM(events) AS BIGINT) AS events, CAST(SUM(unusual) AS BIGINT) AS unusual \
         FROM event_day WHERE project_id = $1 AND day >= $2 GROUP BY day",
    )
    .bind(project.0)
    .bind(first)
    .fetch_all(db.reader())
    .await?;
    let start = |day| Timestamp(day * DAY);
    let mut days: Vec<_> =
        (first..first + count.max(1)).map(|day| Day { start: start(day), events: 0, unusual: 0 }).collect();
    for row in &rows {
        let at = start(row.try_get("day")?);
        if let Some(day) = days.iter_mut().find(|day| day.start == at) {
            (day.events, day.unusual) = (row.try_get("events")?, row.try_get("unusual")?);
        }
    }
    Ok(days)
}

/// How many events a project has in all.
pub(super) async fn all(db: &Db, project: ProjectId) -> Result<i64> {
    let sql = "SELECT CAST(COALESCE(SUM(events), 0) AS BIGINT) FROM event_day WHERE project_id = $1";
    Ok(sqlx::query_scalar(sql).bind(project.0).fetch_one(db.reader()).await?)
}

/// Counts events to their days as they are recorded (`sign` 1), or from them as they are deleted (-1).
pub(crate) async fn tally(
    tx: &mut Tx<'_>,
    events: impl IntoIterator<Item = (ProjectId, Timestamp, Level)>,
    sign: i64,
) -> Result<()> {
    let mut counts: BTreeMap<(i64, i64), (i64, i64)> = BTreeMap::new();
    for (project, at, level) in events {
        let (events, unusual) = counts.entry((project.0, at.0.div_euclid(DAY))).or_default();
        *events += sign;
        *unusual += sign * i64::from(level > Level::Green);
    }
    let (counts, replica) = (Vec::from_iter(counts), tx.db().replica());
    let head = "INSERT INTO event_day (project_id, day, replica_id, events, unusual)";
    let tail = "ON CONFLICT (project_id, day, replica_id) DO UPDATE SET events = event_day.events + excluded.events, \
         unusual = event_day.unusual + excluded.unusual";
    batch::insert(tx.conn(), head, tail, 5, &counts, |query, ((project, day), (events, unusual))| {
        query.bind(*project).bind(*day).bind(replica).bind(*events).bind(*unusual)
    })
    .await?;
    Ok(())
}
