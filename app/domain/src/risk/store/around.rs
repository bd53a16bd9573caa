//! What goes on across users, as it is kept over a restart: the guesses that were counted so far.

use crate::Result;
use crate::db::{Db, Tx};
use crate::id::ProjectId;
use crate::risk::crowd::Crowd;

/// What the process that saved last saw around it, for one that begins. It is no sum: of several processes that ended at
/// once only one's counts go on, and what was counted since it was saved, a minute at most, is lost.
pub(super) async fn latest(db: &Db, project: ProjectId) -> Result<Crowd> {
    let state: Option<Vec<u8>> = sqlx::query_scalar(
        "SELECT crowd FROM memory WHERE project_id = $1 AND crowd IS NOT NULL ORDER BY updated_at DESC, replica_id DESC LIMIT 1",
    )
    .bind(project.0)
    .fetch_optional(db.reader())
    .await?;
    Ok(state.as_deref().and_then(Crowd::decode).unwrap_or_default())
}

/// Keeps it beside this process' part of what was learned.
pub(super) async fn save(tx: &mut Tx<'_>, project: ProjectId, crowd: &[u8]) -> Result<()> {
    sqlx::query("UPDATE memory SET crowd = $1 WHERE project_id = $2 AND replica_id = $3")
        .bind(crowd)
        .bind(project.0)
        .bind(tx.db().replica())
        .execute(tx.conn())
        .await?;
    Ok(())
}
