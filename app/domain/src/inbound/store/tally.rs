//! Counts of what came, by source, hour and status: all of it, also what was not written down.

use sqlx::Row;

use crate::db::Db;
use crate::id::{ProjectId, SourceId};
use crate::inbound::{Status, Tally};
use crate::time::HOUR;
use crate::{Result, Timestamp};

/// How long counts are kept: 90 days.
const KEPT_HOURS: i64 = 90 * 24;

/// Writes down what was counted. A failure loses nothing: it is tried again with what comes then.
pub async fn flush(db: &Db, now: Timestamp) -> Result<()> {
    let counts = db.desk().take_counts();
    if counts.is_empty() {
        return Ok(());
    }
    let written = write(db, &counts, now).await;
    if written.is_err() {
        db.desk().put_back(counts);
    }
    written
}

async fn write(db: &Db, counts: &super::desk::Counts, now: Timestamp) -> Result<()> {
    let mut rows: Vec<_> = counts
        .iter()
        .map(|((source, hour, status), count)| (source.0, *hour, status.as_str(), *count))
        .collect();
    // In one order in every replica, so that no two wait for each other.
    rows.sort_unstable();
    let mut tx = db.begin().await?;
    for (source, hour, status, count) in rows {
        // Of a source that was deleted meanwhile nothing is kept.
        sqlx::query(
            "INSERT INTO inbound_tally (source_id, hour, status, count) SELECT id, $2, $3, $4 FROM source WHERE id = $1 \
             ON CONFLICT (source_id, hour, status) DO UPDATE SET count = inbound_tally.count + excluded.count",
        )
        .bind(source)
        .bind(hour)
        .bind(status)
        .bind(count)
        .execute(tx.conn())
        .await?;
    }
    sqlx::query("DELETE FROM inbound_tally WHERE hour < $1")
        .bind(now.0.div_euclid(HOUR) - KEPT_HOURS)
        .execute(tx.conn())
        .await?;
    tx.commit().await
}

/// How many webhooks of each status came from a project's sources since the hour of `since`, by source and status.
pub async fn tally(
    db: &Db,
    project: ProjectId,
    source: Option<SourceId>,
    since: Timestamp,
) -> Result<Vec<Tally>> {
    let rows = sqlx::query(
        "SELECT t.source_id, t.status, CAST(SUM(t.count) AS BIGINT) AS count FROM inbound_tally t JOIN source s ON s.id = t.source_id \
         WHERE s.project_id = $1 AND ($2 = 0 OR t.source_id = $2) AND t.hour >= $3 GROUP BY t.source_id, t.status ORDER BY t.source_id, t.status",
    )
    .bind(project.0)
    .bind(source.map_or(0, |id| id.0))
    .bind(since.0.div_euclid(HOUR))
    .fetch_all(db.reader())
    .await?;
    let tally = |row: &sqlx::any::AnyRow| {
        let status: Status = row.try_get::<&str, _>("status")?.parse()?;
        Ok(Tally { source_id: SourceId(row.try_get("source_id")?), status, count: row.try_get("count")? })
    };
    rows.iter().map(tally).collect()
}
