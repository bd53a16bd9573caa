//! Operators' sessions in their browsers.

use serde_json::json;
use sqlx::Row;

use super::super::{Actor, Browser, Operator, SignIn};
use super::operator;
use crate::db::{Db, Tx};
use crate::id::{OperatorId, SignInId};
use crate::ledger;
use crate::time::MINUTE;
use crate::vault::{token, token_hash};
use crate::{Error, Result, Timestamp};

/// How long a sign-in lasts.
pub const SESSION_LIFETIME: i64 = 12 * 60 * MINUTE;
/// How much of a user agent is kept, in characters.
const MAX_AGENT: usize = 300;

/// Opens a session: after a right password, or after a one-time link was used.
pub async fn open_session(
    db: &Db,
    operator: OperatorId,
    browser: &Browser,
    now: Timestamp,
) -> Result<String> {
    let token = token("");
    let agent = browser.user_agent.as_deref();
    let agent =
        agent.map(|text| text.chars().filter(|c| !c.is_control()).take(MAX_AGENT).collect::<String>());
    let mut tx = db.begin().await?;
    let id = SignInId(tx.next_id(now));
    sqlx::query("DELETE FROM operator_session WHERE expires_at < $1").bind(now.0).execute(tx.conn()).await?;
    sqlx::query(
        "INSERT INTO operator_session (token_hash, id, operator_id, ip, user_agent, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(token_hash(&token))
    .bind(id.0)
    .bind(operator.0)
    .bind(browser.ip.as_deref())
    .bind(agent)
    .bind(now.0)
    .bind(now.plus(SESSION_LIFETIME).0)
    .execute(tx.conn())
    .await?;
    let (actor, subject) = (Actor::Operator(operator), operator.to_string());
    ledger::record(&mut tx, now, None, &actor, "operator.signed_in", &subject, &json!({ "sign_in": id }))
        .await?;
    tx.commit().await?;
    Ok(token)
}

/// Who is signed in with this session token.
pub async fn by_session(db: &Db, token: &str, now: Timestamp) -> Result<Option<Operator>> {
    let row = sqlx::query(
        "SELECT o.id, o.email, o.name, o.role, o.last_seen_at, o.disabled_at FROM operator_session s \
         JOIN operator o ON o.id = s.operator_id WHERE s.token_hash = $1 AND s.expires_at > $2 AND o.disabled_at IS NULL",
    )
    .bind(token_hash(token))
    .bind(now.0)
    .fetch_optional(db.reader())
    .await?;
    row.as_ref().map(operator).transpose()
}

/// True when it is worth a note that an operator uses the console: once a minute.
pub fn is_seen_anew(operator: &Operator, now: Timestamp) -> bool {
    operator.last_seen_at.is_none_or(|at| now.since(at) >= MINUTE)
}

/// Notes that an operator used the console.
pub async fn seen(db: &Db, operator: OperatorId, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    sqlx::query("UPDATE operator SET last_seen_at = $1 WHERE id = $2")
        .bind(now.0)
        .bind(operator.0)
        .execute(tx.conn())
        .await?;
    tx.commit().await
}

/// An operator's live sessions, the newest first; the one of `token` is the current one.
pub async fn sessions(db: &Db, operator: OperatorId, token: &str, now: Timestamp) -> Result<Vec<SignIn>> {
    let current = token_hash(token);
    let rows = sqlx::query(
        "SELECT token_hash, id, ip, user_agent, created_at, expires_at FROM operator_session \
         WHERE operator_id = $1 AND expires_at > $2 ORDER BY id DESC",
    )
    .bind(operator.0)
    .bind(now.0)
    .fetch_all(db.reader())
    .await?;
    let read = rows.iter().map(|row| {
        Ok(SignIn {
            id: SignInId(row.try_get("id")?),
            browser: Browser { ip: row.try_get("ip")?, user_agent: row.try_get("user_agent")? },
            created_at: Timestamp(row.try_get("created_at")?),
            expires_at: Timestamp(row.try_get("expires_at")?),
            current: row.try_get::<&str, _>("token_hash")? == current,
        })
    });
    read.collect()
}

/// Ends one of an operator's own sessions.
pub async fn end_session(db: &Db, operator: OperatorId, id: SignInId, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    let ended = sqlx::query("DELETE FROM operator_session WHERE id = $1 AND operator_id = $2")
        .bind(id.0)
        .bind(operator.0)
        .execute(tx.conn())
        .await?;
    if ended.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    note_end(&mut tx, &Actor::Operator(operator), operator, 1, now).await?;
    tx.commit().await
}

/// Ends all of an operator's own sessions but the one of `token`. Returns how many there were.
pub async fn end_others(db: &Db, operator: OperatorId, token: &str, now: Timestamp) -> Result<u64> {
    let mut tx = db.begin().await?;
    let ended = end_all(&mut tx, operator, Some(token)).await?;
    if ended > 0 {
        note_end(&mut tx, &Actor::Operator(operator), operator, ended, now).await?;
    }
    tx.commit().await?;
    Ok(ended)
}

/// Ends an operator's sessions, all but the one of `spared`.
pub(super) async fn end_all(tx: &mut Tx<'_>, operator: OperatorId, spared: Option<&str>) -> Result<u64> {
    let ended = sqlx::query("DELETE FROM operator_session WHERE operator_id = $1 AND token_hash <> $2")
        .bind(operator.0)
        .bind(spared.map(token_hash).unwrap_or_default())
        .execute(tx.conn())
        .await?;
    Ok(ended.rows_affected())
}

async fn note_end(
    tx: &mut Tx<'_>,
    actor: &Actor,
    operator: OperatorId,
    count: u64,
    now: Timestamp,
) -> Result<()> {
    let detail = json!({ "sessions": count });
    ledger::record(tx, now, None, actor, "operator.sessions_ended", &operator.to_string(), &detail).await
}

/// Ends a session.
pub async fn sign_out(db: &Db, token: &str) -> Result<()> {
    let mut tx = db.begin().await?;
    sqlx::query("DELETE FROM operator_session WHERE token_hash = $1")
        .bind(token_hash(token))
        .execute(tx.conn())
        .await?;
    tx.commit().await
}
