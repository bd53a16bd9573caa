//! Replicas: SQL and operations.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::Beat;
use crate::Result;
use crate::db::{Db, Engine};
use crate::webhook;

/// Begins to serve. SQLite's file one process serves at a time: what those before it had on their way is taken over now.
/// On PostgreSQL they may be alive.
pub async fn begin(db: &Db) -> Result<u64> {
    if db.engine() == Engine::Postgres {
        return Ok(0);
    }
    let mut tx = db.begin().await?;
    let released = webhook::store::release(&mut tx, None).await?;
    tx.commit().await?;
    Ok(released)
}

/// Shows that this replica is alive, and whether it is `draining`; returns the others' beats.
pub async fn beat(db: &Db, draining: bool) -> Result<Vec<Beat>> {
    let mut tx = db.begin().await?;
    sqlx::query("UPDATE replica SET beat = beat + 1, draining = $1 WHERE id = $2")
        .bind(i64::from(draining))
        .bind(db.replica())
        .execute(tx.conn())
        .await?;
    tx.commit().await?;
    let rows = sqlx::query("SELECT id, beat, draining FROM replica WHERE beat > 0 AND id <> $1 ORDER BY id")
        .bind(db.replica())
        .fetch_all(db.reader())
        .await?;
    let beat = |row: &AnyRow| {
        Ok(Beat {
            replica: row.try_get("id")?,
            count: row.try_get("beat")?,
            draining: row.try_get::<i64, _>("draining")? != 0,
        })
    };
    rows.iter().map(beat).collect()
}

/// Takes over what a dead replica had on its way, unless another did, or its beat went on. Returns how many deliveries.
pub async fn bury(db: &Db, dead: Beat) -> Result<u64> {
    let mut tx = db.begin().await?;
    let buried = sqlx::query("UPDATE replica SET beat = 0 WHERE id = $1 AND beat = $2")
        .bind(dead.replica)
        .bind(dead.count)
        .execute(tx.conn())
        .await?;
    if buried.rows_affected() == 0 {
        return Ok(0);
    }
    let released = webhook::store::release(&mut tx, Some(dead.replica)).await?;
    tx.commit().await?;
    Ok(released)
}

/// An orderly end: nobody needs to wait for it to be found dead.
pub async fn end(db: &Db) -> Result<()> {
    let mut tx = db.begin().await?;
    webhook::store::release(&mut tx, Some(db.replica())).await?;
    sqlx::query("UPDATE replica SET beat = 0 WHERE id = $1").bind(db.replica()).execute(tx.conn()).await?;
    tx.commit().await
}
