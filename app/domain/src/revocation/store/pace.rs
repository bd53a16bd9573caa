//! How long it takes from the doubt to the confirmed end of a session.

use sqlx::Row;

use crate::db::Db;
use crate::id::{ProjectId, first_id};
use crate::latency::Latency;
use crate::{Result, Timestamp};

/// More orders than this say nothing new: the newest count.
const MOST: i64 = 1_000;

/// The time from the question to its user, or from the order where nobody was asked, to the application's confirmation:
/// over the orders since `since` that were confirmed. None where none was.
pub async fn pace(db: &Db, project: ProjectId, since: Timestamp) -> Result<Option<Latency>> {
    let rows = sqlx::query(
        "SELECT COALESCE(asked_at, requested_at) AS began, settled_at AS ended FROM revocation \
         WHERE project_id = $1 AND id >= $2 AND state = 'confirmed' AND settled_at IS NOT NULL ORDER BY id DESC LIMIT $3",
    )
    .bind(project.0)
    .bind(first_id(since))
    .bind(MOST)
    .fetch_all(db.reader())
    .await?;
    let took = |row: &sqlx::any::AnyRow| {
        Ok((row.try_get::<i64, _>("ended")? - row.try_get::<i64, _>("began")?).max(0))
    };
    Ok(Latency::of(rows.iter().map(took).collect::<Result<_>>()?))
}
