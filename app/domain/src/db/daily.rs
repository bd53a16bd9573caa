//! Rows counted by the day (UTC) of one of their times: the trends on the overview.

use sqlx::{AnyPool, Row};

use crate::id::ProjectId;
use crate::time::DAY;
use crate::{Result, Timestamp};

/// How many rows each of the `count` days up to and with `now`'s has, oldest first.
///
/// `sql` answers `day` and `n` for the rows of project `$1` at or after `$2`; `$3` is a day's length:
/// `SELECT at / $3 AS day, COUNT(*) AS n FROM … WHERE project_id = $1 AND at >= $2 GROUP BY 1`.
pub async fn daily(
    pool: &AnyPool,
    sql: &'static str,
    project: ProjectId,
    count: i64,
    now: Timestamp,
) -> Result<Vec<i64>> {
    let first = first_day(count, now);
    let rows = sqlx::query(sql).bind(project.0).bind(first * DAY).bind(DAY).fetch_all(pool).await?;
    let mut days = vec![0; usize::try_from(count.max(1)).unwrap_or(1)];
    for row in &rows {
        let index = usize::try_from(row.try_get::<i64, _>("day")? - first).unwrap_or(usize::MAX);
        if let Some(day) = days.get_mut(index) {
            *day = row.try_get("n")?;
        }
    }
    Ok(days)
}

/// The first of the `count` days up to and with `now`'s, counted from 1970.
pub fn first_day(count: i64, now: Timestamp) -> i64 {
    now.0.div_euclid(DAY) - count.max(1) + 1
}
