//! What an order, its receipt or a sign of life does to a session.

use super::State;
use crate::db::Tx;
use crate::id::{ProjectId, UserKey};
use crate::{Result, Timestamp};

/// The time that stands for the `place`-th of sessions that were named at once and that no event has named: each has its own, so
/// that lists, which go by it, can be read on from any of them. A microsecond before the next: none began after its order.
pub(crate) fn named_at(now: Timestamp, place: usize) -> Timestamp {
    now.plus(-i64::try_from(place).unwrap_or(0))
}

/// Makes sure that a session which somebody named is known, and tells whose it is. An order needs no event.
pub(crate) async fn known(
    tx: &mut Tx<'_>,
    project: ProjectId,
    id: &str,
    user: UserKey,
    now: Timestamp,
) -> Result<UserKey> {
    let owner = sqlx::query_scalar(
        "INSERT INTO session (project_id, id, user_key, state, started_at, last_seen_at, last_event_id, detail) \
         VALUES ($1, $2, $3, 'live', $4, $4, 0, '{}') \
         ON CONFLICT (project_id, id) DO UPDATE SET state = session.state RETURNING user_key",
    )
    .bind(project.0)
    .bind(id)
    .bind(user.0)
    .bind(now.0)
    .fetch_one(tx.conn())
    .await?;
    Ok(UserKey(owner))
}

/// Whose a session is; None: nobody named it yet.
pub(crate) async fn owner(tx: &mut Tx<'_>, project: ProjectId, id: &str) -> Result<Option<UserKey>> {
    let owner = sqlx::query_scalar("SELECT user_key FROM session WHERE project_id = $1 AND id = $2");
    Ok(owner.bind(project.0).bind(id).fetch_optional(tx.conn()).await?.map(UserKey))
}

/// Ends a live session of `user`, unless it began again after `ordered`.
pub(crate) async fn dead(
    tx: &mut Tx<'_>,
    project: ProjectId,
    id: &str,
    user: UserKey,
    state: State,
    ordered: Timestamp,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "UPDATE session SET state = $1, ended_at = COALESCE(ended_at, $2) \
         WHERE project_id = $3 AND id = $4 AND user_key = $5 AND started_at <= $6 AND state <> 'revoked'",
    )
    .bind(state.as_str())
    .bind(now.0)
    .bind(project.0)
    .bind(id)
    .bind(user.0)
    .bind(ordered.0)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A session of `user` that was said to have ended is there after all.
pub(crate) async fn there(tx: &mut Tx<'_>, project: ProjectId, id: &str, user: UserKey) -> Result<()> {
    sqlx::query(
        "UPDATE session SET state = 'live', ended_at = NULL WHERE project_id = $1 AND id = $2 AND user_key = $3 AND state = 'ended'",
    )
    .bind(project.0)
    .bind(id)
    .bind(user.0)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Notes that a session lives, whatever was said of it.
pub(crate) async fn alive(tx: &mut Tx<'_>, project: ProjectId, id: &str) -> Result<()> {
    sqlx::query("UPDATE session SET state = 'live', ended_at = NULL WHERE project_id = $1 AND id = $2")
        .bind(project.0)
        .bind(id)
        .execute(tx.conn())
        .await?;
    Ok(())
}
