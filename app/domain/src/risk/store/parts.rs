//! The parts of a project's memory as they are stored: what each process learned, and the guesses that it counted so far.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::ABANDONED;
use crate::db::{Db, Tx};
use crate::id::ProjectId;
use crate::risk::crowd::Crowd;
use crate::risk::memory::Learned;
use crate::{Result, Timestamp};

/// Some of a project's parts, read together.
#[derive(Default)]
pub(super) struct Parts {
    /// What they come to.
    pub(super) learned: Learned,
    /// When, and what, the process that saved last saw go on across users. It is no sum: of several processes that ended at
    /// once only one's counts go on, and what was counted since it was saved, a minute at most, is lost.
    pub(super) crowd: Option<(Timestamp, Vec<u8>)>,
}

impl Parts {
    fn read(rows: &[AnyRow]) -> Result<Self> {
        let mut parts = Self::default();
        for row in rows {
            // What an older version wrote, or what is broken, is left out: it is statistics, and is learned again.
            match Learned::decode(row.try_get("state")?) {
                Ok(part) => parts.learned.merge(&part),
                Err(error) => tracing::warn!(%error, "a part of what a project learned is left out"),
            }
            let at = Timestamp(row.try_get("updated_at")?);
            let crowd = row.try_get::<Option<Vec<u8>>, _>("crowd")?.map(|crowd| (at, crowd));
            parts.crowd = parts.crowd.max(crowd);
        }
        Ok(parts)
    }

    async fn save(&self, tx: &mut Tx<'_>, project: ProjectId, now: Timestamp) -> Result<()> {
        save(tx, project, &self.learned, self.crowd.as_ref().map(|(_, crowd)| crowd.as_slice()), now).await
    }
}

/// What goes on across users, for a process that begins.
pub(super) fn latest(own: &Parts, others: &Parts) -> Crowd {
    let latest = own.crowd.as_ref().max(others.crowd.as_ref());
    latest.and_then(|(_, crowd)| Crowd::decode(crowd)).unwrap_or_default()
}

/// Takes over the parts of processes that have ended: ours from now on. The rest is others'.
pub(super) async fn adopt(db: &Db, project: ProjectId, now: Timestamp) -> Result<(Parts, Parts)> {
    let mut tx = db.begin().await?;
    let rows = sqlx::query(
        "DELETE FROM memory WHERE project_id = $1 AND (updated_at < $2 OR replica_id = $3) \
         RETURNING state, crowd, updated_at",
    )
    .bind(project.0)
    .bind(now.0 - ABANDONED)
    .bind(db.replica())
    .fetch_all(tx.conn())
    .await?;
    let own = Parts::read(&rows)?;
    if !rows.is_empty() {
        own.save(&mut tx, project, now).await?;
    }
    tx.commit().await?;
    Ok((own, others(db, project).await?))
}

/// What other processes saved.
pub(super) async fn others(db: &Db, project: ProjectId) -> Result<Parts> {
    let rows =
        sqlx::query("SELECT state, crowd, updated_at FROM memory WHERE project_id = $1 AND replica_id <> $2")
            .bind(project.0)
            .bind(db.replica())
            .fetch_all(db.reader())
            .await?;
    Parts::read(&rows)
}

/// Saves this process' part, with what it sees go on across users.
pub(super) async fn save(
    tx: &mut Tx<'_>,
    project: ProjectId,
    learned: &Learned,
    crowd: Option<&[u8]>,
    now: Timestamp,
) -> Result<()> {
    // The SELECT: a project that was deleted meanwhile has no memory.
    sqlx::query(
        "INSERT INTO memory (project_id, replica_id, state, updated_at) SELECT id, $2, $3, $4 FROM project WHERE id = $1 \
         ON CONFLICT (project_id, replica_id) DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at",
    )
    .bind(project.0)
    .bind(tx.db().replica())
    .bind(learned.encode())
    .bind(now.0)
    .execute(tx.conn())
    .await?;
    let Some(crowd) = crowd else { return Ok(()) };
    sqlx::query("UPDATE memory SET crowd = $1 WHERE project_id = $2 AND replica_id = $3")
        .bind(crowd)
        .bind(project.0)
        .bind(tx.db().replica())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Puts what was learned anew from the log in the place of all parts, and forgets what this process learned otherwise. The
/// guesses that were counted go on: who guesses now is in no profile.
pub(crate) async fn replace(
    tx: &mut Tx<'_>,
    project: ProjectId,
    learned: Learned,
    now: Timestamp,
) -> Result<()> {
    let rows = sqlx::query("DELETE FROM memory WHERE project_id = $1 RETURNING state, crowd, updated_at")
        .bind(project.0)
        .fetch_all(tx.conn())
        .await?;
    let known = tx.db().minds().known().remove(&project);
    let crowd = known.map(|known| (now, known.lock().memory.crowd.encode(now)));
    let crowd = crowd.or(Parts::read(&rows)?.crowd);
    Parts { learned, crowd }.save(tx, project, now).await
}

/// Says that this process runs: what it learned is not for others to take over, though it has learned nothing lately.
pub(super) async fn touch(db: &Db, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    sqlx::query("UPDATE memory SET updated_at = $1 WHERE replica_id = $2")
        .bind(now.0)
        .bind(db.replica())
        .execute(tx.conn())
        .await?;
    tx.commit().await
}
