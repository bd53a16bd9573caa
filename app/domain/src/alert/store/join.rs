//! Whether an event may join an alert, and joining one by its number.

use crate::alert::Resolution;
use sqlx::Row;

use crate::db::Tx;
use crate::id::{AlertId, ProjectId, UserKey};
use crate::risk::Level;
use crate::{Result, Timestamp};

/// True when the user said "no" about the open alert of this key: what comes after that is told anew.
pub(crate) async fn denied(tx: &mut Tx<'_>, project: ProjectId, dedup_key: &str) -> Result<bool> {
    let noes: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM alert a JOIN question q ON q.alert_id = a.id \
         WHERE a.project_id = $1 AND a.dedup_key = $2 AND a.state <> 'closed' AND q.answer = 'no'",
    )
    .bind(project.0)
    .bind(dedup_key)
    .fetch_one(tx.conn())
    .await?;
    Ok(noes > 0)
}

/// The alert of this key that is not closed, if there is one: what is no news is counted to it, and opens none.
pub(crate) async fn unclosed_of(
    tx: &mut Tx<'_>,
    project: ProjectId,
    dedup_key: &str,
) -> Result<Option<AlertId>> {
    let sql = "SELECT id FROM alert WHERE project_id = $1 AND dedup_key = $2 AND state <> 'closed'";
    let id: Option<i64> =
        sqlx::query_scalar(sql).bind(project.0).bind(dedup_key).fetch_optional(tx.conn()).await?;
    Ok(id.map(AlertId))
}

/// The unclosed alert that other events of this session belong to, with its key.
pub(crate) async fn unclosed_in(
    tx: &mut Tx<'_>,
    project: ProjectId,
    (user, session): (UserKey, &str),
) -> Result<Option<(AlertId, String)>> {
    let sql = "SELECT a.id, a.dedup_key FROM alert a JOIN event e ON e.alert_id = a.id \
         WHERE a.user_key = $1 AND a.project_id = $2 AND a.state <> 'closed' AND a.kind = 'login' AND e.session_id = $3 \
         ORDER BY a.id DESC LIMIT 1";
    let found = sqlx::query(sql).bind(user.0).bind(project.0).bind(session);
    let row = found.fetch_optional(tx.conn()).await?;
    row.map(|row| Ok((AlertId(row.try_get("id")?), row.try_get("dedup_key")?))).transpose()
}

/// How many alerts about a user's logins opened since then and are not closed.
pub(crate) async fn opened_since(
    tx: &mut Tx<'_>,
    project: ProjectId,
    user: UserKey,
    since: Timestamp,
) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM alert WHERE user_key = $1 AND project_id = $2 AND kind IN ('login', 'login.repeat') \
               AND state <> 'closed' AND opened_at > $3";
    let found = sqlx::query_scalar(sql).bind(user.0).bind(project.0).bind(since.0);
    Ok(found.fetch_one(tx.conn()).await?)
}

/// What an alert is about.
pub(crate) async fn kind_of(tx: &mut Tx<'_>, id: AlertId) -> Result<String> {
    let kind = sqlx::query_scalar("SELECT kind FROM alert WHERE id = $1").bind(id.0);
    Ok(kind.fetch_one(tx.conn()).await?)
}

/// What the newest alert of this key that was closed since then was closed as, where none is open.
pub(crate) async fn closed_as(
    tx: &mut Tx<'_>,
    project: ProjectId,
    dedup_key: &str,
    since: Timestamp,
) -> Result<Option<Resolution>> {
    let sql = "SELECT resolution FROM alert WHERE project_id = $1 AND dedup_key = $2 AND (closed_at IS NULL OR closed_at >= $3) \
               ORDER BY id DESC LIMIT 1";
    let asked = sqlx::query_scalar(sql).bind(project.0).bind(dedup_key).bind(since.0);
    let resolution: Option<Option<String>> = asked.fetch_optional(tx.conn()).await?;
    resolution.flatten().map(|text| text.parse()).transpose()
}

/// Counts an event to an alert, in whatever state it is.
pub(crate) async fn join(
    tx: &mut Tx<'_>,
    id: AlertId,
    score: f64,
    level: Level,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "UPDATE alert SET events = events + 1, last_event_at = $1, \
         score = CASE WHEN score < $2 THEN $2 ELSE score END, level = CASE WHEN level < $3 THEN $3 ELSE level END \
         WHERE id = $4",
    )
    .bind(now.0)
    .bind(score)
    .bind(level.number())
    .bind(id.0)
    .execute(tx.conn())
    .await?;
    Ok(())
}
