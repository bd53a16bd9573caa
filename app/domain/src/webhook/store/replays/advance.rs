//! How a bulk resend goes on: a page of new deliveries and where it stands, in one transaction. A crash between two pages
//! costs nothing; a page is never made twice.

use serde_json::json;
use sqlx::Row;

use super::take::{self, Bounds, Taken};
use super::{
    Db, Error, ProjectId, Queue, Replay, ReplayState, Result, Timestamp, Tx, finish, record, replay,
};
use crate::db::{Engine, batch};
use crate::operator::Actor;
use crate::time::SECOND;
use crate::webhook::store::messages::HELD;

/// The lane of deliveries that a job makes.
const BULK: i64 = 2;
/// The most deliveries of one page: how long others wait for the writer.
const PAGE: u32 = 500;

/// Makes the next page of a job that is due. When to call again; None: no job runs.
pub async fn advance(db: &Db, now: Timestamp) -> Result<Option<Timestamp>> {
    let mut tx = db.begin().await?;
    let Some((project, job, cursor)) = due(&mut tx, now).await? else {
        let next: Option<i64> = sqlx::query_scalar("SELECT MIN(due_at) FROM replay WHERE state = 'running'")
            .fetch_one(tx.conn())
            .await?;
        return Ok(next.map(|next| Timestamp(next).max(now.plus(1))));
    };
    let bounds = Bounds::new(tx.conn(), project, &job.scope, job.created_at).await;
    let bounds = match bounds.and_then(Bounds::sendable) {
        Err(Error::NotFound | Error::Conflict(_)) => {
            end(&mut tx, project, &job, ReplayState::Cancelled, now).await?;
            tx.commit().await?;
            return Ok(Some(now));
        }
        bounds => bounds?,
    };
    let size = (job.rate / 4).clamp(1, PAGE);
    let page = take::page(&mut tx, &bounds, cursor, size.into()).await?;
    match page.last() {
        Some(last) => {
            let made = make(&mut tx, project, &job, &page, now).await?;
            let next = now.plus(i64::from(size) * SECOND / i64::from(job.rate));
            go_on(&mut tx, &job, last.cursor, made, next).await?;
        }
        None => end(&mut tx, project, &job, ReplayState::Done, now).await?,
    }
    tx.commit().await?;
    Ok(Some(now))
}

async fn due(tx: &mut Tx<'_>, now: Timestamp) -> Result<Option<(ProjectId, Replay, i64)>> {
    let row = sqlx::query(match tx.db().engine() {
        Engine::Sqlite => {
            "SELECT * FROM replay WHERE state = 'running' AND due_at <= $1 ORDER BY due_at, id LIMIT 1"
        }
        // Two replicas never make pages of the same job at once.
        Engine::Postgres => {
            "SELECT * FROM replay WHERE state = 'running' AND due_at <= $1 ORDER BY due_at, id LIMIT 1
             FOR UPDATE SKIP LOCKED"
        }
    })
    .bind(now.0)
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some((ProjectId(row.try_get("project_id")?), replay(&row)?, row.try_get("cursor")?)))
}

async fn make(
    tx: &mut Tx<'_>,
    project: ProjectId,
    job: &Replay,
    page: &[Taken],
    now: Timestamp,
) -> Result<usize> {
    let lines: Vec<(i64, &Taken)> = page.iter().map(|taken| (tx.next_id(now), taken)).collect();
    let made = batch::run(
        tx.conn(),
        "INSERT INTO delivery (id, project_id, message_id, endpoint_id, type, state, attempts, next_attempt_at,
            lease_until, claim, created_at, lane, replay_id)",
        "ON CONFLICT DO NOTHING RETURNING id",
        13,
        &lines,
        |query, (id, taken)| {
            query
                .bind(*id)
                .bind(project.0)
                .bind(taken.message.0)
                .bind(taken.endpoint.0)
                .bind(&taken.kind)
                .bind("pending")
                .bind(0_i64)
                .bind(if taken.paused { HELD.0 } else { now.0 })
                .bind(0_i64)
                .bind(0_i64)
                .bind(now.0)
                .bind(BULK)
                .bind(job.id.0)
        },
    )
    .await?;
    tx.wake(Queue::Deliveries);
    Ok(made.len())
}

async fn go_on(tx: &mut Tx<'_>, job: &Replay, cursor: i64, made: usize, next: Timestamp) -> Result<()> {
    sqlx::query("UPDATE replay SET cursor = $1, made = made + $2, due_at = $3 WHERE id = $4")
        .bind(cursor)
        .bind(i64::try_from(made).unwrap_or(i64::MAX))
        .bind(next.0)
        .bind(job.id.0)
        .execute(tx.conn())
        .await?;
    Ok(())
}

async fn end(
    tx: &mut Tx<'_>,
    project: ProjectId,
    job: &Replay,
    state: ReplayState,
    now: Timestamp,
) -> Result<()> {
    finish(tx, job.id, state, now).await?;
    let action = if state == ReplayState::Done { "replay.done" } else { "replay.cancelled" };
    record(tx, &Actor::System, project, job.id, action, &json!({ "made": job.made }), now).await
}
