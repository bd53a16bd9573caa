//! Back-tests: SQL and operations. A run waits as a row until somebody plays it.

mod log;
mod rebuild;
mod run;

use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Backtest, Draft, Outcome, State};
use crate::db::{Db, Queue, Tx, json, time, to_json};
use crate::id::{BacktestId, ProjectId};
use crate::ledger;
use crate::operator::Actor;
use crate::rule::{Rule, store as rules};
use crate::time::MINUTE;
use crate::{Error, Result, Timestamp};

pub use log::{Log, span};
pub use rebuild::{Rebuilt, rebuild};
pub use run::{Told, run};

/// Who plays a run says so at least this often; else another process takes it over.
const LEASE: i64 = 2 * MINUTE;
/// How many runs of a project may wait or be played at once.
const WAITING: i64 = 5;
/// How many runs of a project are kept; the oldest make room.
const KEPT: i64 = 50;

macro_rules! columns {
    ($outcome:literal) => {
        concat!(
            "SELECT id, draft, label, state, progress, ",
            $outcome,
            " AS outcome, error, created_at, finished_at FROM backtest WHERE project_id = $1 "
        )
    };
}

/// A run to be played.
#[derive(Clone, Debug, PartialEq)]
pub struct Claimed {
    /// Its id.
    pub id: BacktestId,
    /// Of which project.
    pub project: ProjectId,
    /// What is tried.
    pub draft: Draft,
}

/// Asks for a run.
pub async fn create(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    draft: Draft,
    now: Timestamp,
) -> Result<BacktestId> {
    let draft = draft.checked()?;
    let label = draft.label(&rules::list(db, project).await?);
    let mut tx = db.begin().await?;
    refuse_more(&mut tx, project).await?;
    let id = BacktestId(tx.next_id(now));
    // The SELECT makes a project that does not exist "not found" on both engines.
    let inserted = sqlx::query(
        "INSERT INTO backtest (id, project_id, draft, label, state, progress, lease_until, created_by, created_at) \
         SELECT $1, id, $3, $4, 'waiting', 0.0, 0, $5, $6 FROM project WHERE id = $2",
    )
    .bind(id.0)
    .bind(project.0)
    .bind(to_json(&draft)?)
    .bind(&label)
    .bind(actor.to_string())
    .bind(now.0)
    .execute(tx.conn())
    .await?;
    if inserted.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    sqlx::query(
        "DELETE FROM backtest WHERE project_id = $1 AND state NOT IN ('waiting', 'running') AND id NOT IN \
         (SELECT id FROM backtest WHERE project_id = $1 ORDER BY id DESC LIMIT $2)",
    )
    .bind(project.0)
    .bind(KEPT)
    .execute(tx.conn())
    .await?;
    let detail = json!({ "draft": label });
    ledger::record(&mut tx, now, Some(project), actor, "backtest.created", &id.to_string(), &detail).await?;
    tx.wake(Queue::Backtests);
    tx.commit().await?;
    Ok(id)
}

/// An error while as many wait as may.
async fn refuse_more(tx: &mut Tx<'_>, project: ProjectId) -> Result<()> {
    let waiting: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM backtest WHERE project_id = $1 AND state IN ('waiting', 'running')",
    )
    .bind(project.0)
    .fetch_one(tx.conn())
    .await?;
    match waiting >= WAITING {
        true => Err(Error::conflict(format!("{WAITING} back-tests of this project are under way already"))),
        false => Ok(()),
    }
}

/// A project's runs, newest first, without what came out.
pub async fn list(db: &Db, project: ProjectId) -> Result<Vec<Backtest>> {
    let rows = sqlx::query(concat!(columns!("CAST(NULL AS TEXT)"), "ORDER BY id DESC LIMIT $2"))
        .bind(project.0)
        .bind(KEPT)
        .fetch_all(db.reader())
        .await?;
    rows.iter().map(backtest).collect()
}

/// One run.
pub async fn get(db: &Db, project: ProjectId, id: BacktestId) -> Result<Backtest> {
    let row = sqlx::query(concat!(columns!("outcome"), "AND id = $2"))
        .bind(project.0)
        .bind(id.0)
        .fetch_optional(db.reader())
        .await?;
    backtest(&row.ok_or(Error::NotFound)?)
}

/// Takes the oldest run that waits, or whose player is gone.
pub async fn claim(db: &Db, now: Timestamp) -> Result<Option<Claimed>> {
    // The state is asked again outside: of two that find the same row one comes late.
    let row = sqlx::query(
        "UPDATE backtest SET state = 'running', progress = 0.0, lease_until = $1 WHERE id = (SELECT id FROM backtest \
         WHERE state = 'waiting' OR (state = 'running' AND lease_until < $2) ORDER BY id LIMIT 1) \
         AND (state = 'waiting' OR lease_until < $2) RETURNING id, project_id, draft",
    )
    .bind(now.plus(LEASE).0)
    .bind(now.0);
    let mut tx = db.begin().await?;
    let row = row.fetch_optional(tx.conn()).await?;
    let claimed = row.map(|row| {
        let (id, project) = (BacktestId(row.try_get("id")?), ProjectId(row.try_get("project_id")?));
        Ok(Claimed { id, project, draft: json(&row, "draft")? })
    });
    tx.commit().await?;
    claimed.transpose()
}

/// Says how far a run is, and goes on holding it. False when nobody wants it any more.
pub async fn progress(db: &Db, id: BacktestId, share: f64, now: Timestamp) -> Result<bool> {
    let mut tx = db.begin().await?;
    let held = sqlx::query(
        "UPDATE backtest SET progress = $1, lease_until = $2 WHERE id = $3 AND state = 'running'",
    )
    .bind(share.clamp(0.0, 1.0))
    .bind(now.plus(LEASE).0)
    .bind(id.0)
    .execute(tx.conn())
    .await?;
    tx.commit().await?;
    Ok(held.rows_affected() == 1)
}

/// Stores what came out, or why nothing did. One that was cancelled meanwhile stays so.
pub async fn finish(
    db: &Db,
    id: BacktestId,
    outcome: std::result::Result<&Outcome, &str>,
    now: Timestamp,
) -> Result<()> {
    let state = if outcome.is_ok() { State::Done } else { State::Failed };
    let mut tx = db.begin().await?;
    sqlx::query(
        "UPDATE backtest SET state = $1, progress = 1.0, outcome = $2, error = $3, finished_at = $4 \
         WHERE id = $5 AND state = 'running'",
    )
    .bind(state.as_str())
    .bind(outcome.ok().map(to_json).transpose()?)
    .bind(outcome.err())
    .bind(now.0)
    .bind(id.0)
    .execute(tx.conn())
    .await?;
    tx.commit().await
}

/// Stops a run; whoever plays it learns of it with the next progress.
pub async fn cancel(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    id: BacktestId,
    now: Timestamp,
) -> Result<()> {
    let mut tx = db.begin().await?;
    let stopped = sqlx::query(
        "UPDATE backtest SET state = 'cancelled', finished_at = $1 WHERE project_id = $2 AND id = $3 \
         AND state IN ('waiting', 'running')",
    )
    .bind(now.0)
    .bind(project.0)
    .bind(id.0)
    .execute(tx.conn())
    .await?;
    if stopped.rows_affected() == 0 {
        return Err(Error::conflict("this back-test is over already"));
    }
    let detail = json!({});
    ledger::record(&mut tx, now, Some(project), actor, "backtest.cancelled", &id.to_string(), &detail)
        .await?;
    tx.commit().await
}

/// The rules of `now`. Events are played as if received when they happened: without this, one that has expired since would
/// come to life again.
async fn in_force(db: &Db, project: ProjectId, now: Timestamp) -> Result<Vec<Rule>> {
    let mut rules = rules::list(db, project).await?;
    rules.retain(|rule| !rule.is_over(now));
    Ok(rules)
}

fn backtest(row: &AnyRow) -> Result<Backtest> {
    let outcome: Option<&str> = row.try_get("outcome")?;
    Ok(Backtest {
        id: BacktestId(row.try_get("id")?),
        draft: json(row, "draft")?,
        label: row.try_get("label")?,
        state: State::from_stored(row.try_get("state")?),
        progress: row.try_get("progress")?,
        outcome: outcome.map(serde_json::from_str).transpose()?,
        error: row.try_get("error")?,
        created_at: Timestamp(row.try_get("created_at")?),
        finished_at: time(row, "finished_at")?,
    })
}
