//! Bulk resends: asked for, counted, read, cancelled. How one goes on is beside.

mod advance;
mod take;

use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;

pub use advance::advance;

use self::take::Bounds;
use super::endpoints::find;
use crate::db::filter::Filter;
use crate::db::{Db, Queue, Tx, json, time, to_json};
use crate::id::{EndpointId, ProjectId, ReplayId};
use crate::ledger;
use crate::operator::Actor;
use crate::page::{Cursor, Page, Paging};
use crate::webhook::EndpointState;
use crate::webhook::replay::{Replay, ReplayScope, ReplayState};
use crate::{Error, Result, Timestamp};

/// How many deliveries a job of this scope would make now; to a disabled endpoint, once it is enabled.
pub async fn count(db: &Db, project: ProjectId, scope: ReplayScope, now: Timestamp) -> Result<i64> {
    let scope = scope.checked(now)?;
    counted(db, project, &scope, now, Ok).await
}

async fn counted<'a>(
    db: &Db,
    project: ProjectId,
    scope: &'a ReplayScope,
    now: Timestamp,
    check: impl FnOnce(Bounds<'a>) -> Result<Bounds<'a>>,
) -> Result<i64> {
    let mut reader = db.reader().acquire().await?;
    if let ReplayScope::Selected { deliveries } = scope {
        take::all_known(&mut reader, db.engine(), project, deliveries).await?;
    }
    let bounds = check(Bounds::new(&mut reader, project, scope, now).await?)?;
    take::count(&mut reader, db.engine(), &bounds).await
}

/// Starts a job; its worker does the rest. An endpoint is recovered by one job at a time: two of the same messages would
/// each send what the other has not come to yet.
pub async fn start(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    scope: ReplayScope,
    rate: u32,
    now: Timestamp,
) -> Result<Replay> {
    let scope = scope.checked(now)?;
    let total = counted(db, project, &scope, now, Bounds::sendable).await?;
    let mut tx = db.begin().await?;
    if let ReplayScope::Since { endpoint, .. } = &scope {
        none_running(&mut tx, project, *endpoint).await?;
    }
    let replay = Replay {
        id: ReplayId(tx.next_id(now)),
        total,
        scope,
        state: ReplayState::Running,
        rate,
        made: 0,
        created_by: actor.to_string(),
        created_at: now,
        finished_at: None,
    };
    insert(&mut tx, project, &replay).await?;
    let detail = json!({ "scope": replay.scope, "total": replay.total, "rate": rate });
    record(&mut tx, actor, project, replay.id, "replay.started", &detail, now).await?;
    tx.wake(Queue::Replays);
    tx.commit().await?;
    Ok(replay)
}

/// Refuses while another job recovers the endpoint. The update changes nothing; it holds the endpoint's row, so that of
/// two who ask at once the second sees the first's job.
async fn none_running(tx: &mut Tx<'_>, project: ProjectId, id: EndpointId) -> Result<()> {
    sqlx::query("UPDATE endpoint SET state = state WHERE id = $1").bind(id.0).execute(tx.conn()).await?;
    let rows = sqlx::query("SELECT * FROM replay WHERE project_id = $1 AND state = 'running' ORDER BY id")
        .bind(project.0)
        .fetch_all(tx.conn())
        .await?;
    for row in &rows {
        let job = replay(row)?;
        if matches!(job.scope, ReplayScope::Since { endpoint, .. } if endpoint == id) {
            return Err(Error::conflict(format!(
                "{} recovers this endpoint already: wait for it or cancel it",
                job.id
            )));
        }
    }
    Ok(())
}

async fn insert(tx: &mut Tx<'_>, project: ProjectId, replay: &Replay) -> Result<()> {
    sqlx::query(
        "INSERT INTO replay (id, project_id, scope, state, rate, total, made, cursor, due_at, created_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9, $8)",
    )
    .bind(replay.id.0)
    .bind(project.0)
    .bind(to_json(&replay.scope)?)
    .bind(replay.state.as_str())
    .bind(i64::from(replay.rate))
    .bind(replay.total)
    .bind(0_i64)
    .bind(replay.created_at.0)
    .bind(&replay.created_by)
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn record(
    tx: &mut Tx<'_>,
    actor: &Actor,
    project: ProjectId,
    id: ReplayId,
    action: &str,
    detail: &serde_json::Value,
    now: Timestamp,
) -> Result<()> {
    ledger::record(tx, now, Some(project), actor, action, &id.to_string(), detail).await
}

/// A project's jobs, newest first.
pub async fn list(db: &Db, project: ProjectId, paging: Paging) -> Result<Page<Replay>> {
    let rows =
        sqlx::query("SELECT * FROM replay WHERE project_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3")
            .bind(project.0)
            .bind(paging.after.id)
            .bind(paging.limit + 1)
            .fetch_all(db.reader())
            .await?;
    let rows = rows.iter().map(replay).collect::<Result<Vec<_>>>()?;
    Ok(Page::from_rows(rows, paging.limit, |row| Cursor { at: row.created_at, id: row.id.0 }))
}

/// One job.
pub async fn get(db: &Db, project: ProjectId, id: ReplayId) -> Result<Replay> {
    let row = sqlx::query("SELECT * FROM replay WHERE id = $1 AND project_id = $2")
        .bind(id.0)
        .bind(project.0)
        .fetch_optional(db.reader())
        .await?;
    replay(&row.ok_or(Error::NotFound)?)
}

/// Where a job of this scope sends to: the URLs, each once.
pub async fn destinations(db: &Db, project: ProjectId, scope: &ReplayScope) -> Result<Vec<String>> {
    let mut conditions = Filter::default();
    conditions.and("e.project_id = ?", [project.0.into()]);
    let select = match scope {
        ReplayScope::Since { endpoint, .. } => {
            conditions.and("e.id = ?", [endpoint.0.into()]);
            "SELECT e.url FROM endpoint e"
        }
        ReplayScope::Selected { deliveries } => {
            conditions.and_in("d.id", deliveries.iter().map(|id| id.0.into()));
            "SELECT DISTINCT e.url FROM delivery d JOIN endpoint e ON e.id = d.endpoint_id"
        }
    };
    let rows = conditions.fetch(db.reader(), select, " ORDER BY e.url", []).await?;
    rows.iter().map(|row| Ok(row.try_get("url")?)).collect()
}

/// Ends a job before its time; what it has made is sent all the same.
pub async fn cancel(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    id: ReplayId,
    now: Timestamp,
) -> Result<Replay> {
    let found = get(db, project, id).await?;
    let mut tx = db.begin().await?;
    if !finish(&mut tx, id, ReplayState::Cancelled, now).await? {
        return Err(Error::conflict(format!("the job is {}", found.state.as_str())));
    }
    record(&mut tx, actor, project, id, "replay.cancelled", &json!({}), now).await?;
    tx.commit().await?;
    get(db, project, id).await
}

/// True when it was running.
async fn finish(tx: &mut Tx<'_>, id: ReplayId, state: ReplayState, now: Timestamp) -> Result<bool> {
    let finished =
        sqlx::query("UPDATE replay SET state = $1, finished_at = $2 WHERE id = $3 AND state = 'running'")
            .bind(state.as_str())
            .bind(now.0)
            .bind(id.0)
            .execute(tx.conn())
            .await?;
    Ok(finished.rows_affected() == 1)
}

fn replay(row: &AnyRow) -> Result<Replay> {
    Ok(Replay {
        id: ReplayId(row.try_get("id")?),
        scope: json(row, "scope")?,
        state: row.try_get::<&str, _>("state")?.parse()?,
        rate: u32::try_from(row.try_get::<i64, _>("rate")?).unwrap_or(1),
        total: row.try_get("total")?,
        made: row.try_get("made")?,
        created_by: row.try_get("created_by")?,
        created_at: Timestamp(row.try_get("created_at")?),
        finished_at: time(row, "finished_at")?,
    })
}
