//! Operators, their sign-ins and the invitation that makes the first one: SQL and operations.

mod names;

use std::sync::LazyLock;

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;

pub use names::Names;

use super::{Actor, Operator, Role, checked_credentials};
use crate::db::{Db, Tx, time};
use crate::id::OperatorId;
use crate::ledger;
use crate::project::checked_name;
use crate::time::{DAY, MINUTE};
use crate::vault::{random, token, token_hash};
use crate::{Error, Result, Timestamp};

/// How long a sign-in lasts.
pub const SESSION_LIFETIME: i64 = 12 * 60 * MINUTE;
/// How long the link that makes the first operator lasts.
const INVITATION_LIFETIME: i64 = DAY;

/// Argon2id with 19 MiB, two passes, one lane (OWASP Password Storage Cheat Sheet's first choice).
fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(19 * 1024, 2, 1, None).unwrap_or_default())
}

fn hash_password(password: &str) -> Result<String> {
    let salt = SaltString::encode_b64(&random::<16>()).map_err(|error| Error::Internal(error.to_string()))?;
    let hash = argon2().hash_password(password.as_bytes(), &salt);
    Ok(hash.map_err(|error| Error::Internal(error.to_string()))?.to_string())
}

/// What an unknown e-mail's password is checked against, so that both take the same time.
static NOBODY: LazyLock<String> =
    LazyLock::new(|| hash_password("nobody has this password").unwrap_or_default());

/// Runs the slow hash where it does not hold up the runtime.
async fn slowly<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Internal(error.to_string()))
}

/// Creates an operator.
pub async fn create(
    db: &Db,
    actor: &Actor,
    email: &str,
    name: &str,
    password: &str,
    role: Role,
    now: Timestamp,
) -> Result<Operator> {
    let (email, hash) = prepare(email, password).await?;
    let mut tx = db.begin().await?;
    let operator = insert(&mut tx, actor, email, name, hash, role, now).await?;
    tx.commit().await?;
    Ok(operator)
}

async fn prepare(email: &str, password: &str) -> Result<(String, String)> {
    let email = checked_credentials(email, password)?;
    let password = password.to_owned();
    Ok((email, slowly(move || hash_password(&password)).await??))
}

async fn insert(
    tx: &mut Tx<'_>,
    actor: &Actor,
    email: String,
    name: &str,
    hash: String,
    role: Role,
    now: Timestamp,
) -> Result<Operator> {
    let name = checked_name("name", if name.trim().is_empty() { &email } else { name })?;
    let id = OperatorId(tx.next_id(now));
    sqlx::query("INSERT INTO operator (id, email, name, role, password_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(id.0)
        .bind(&email)
        .bind(&name)
        .bind(role.as_str())
        .bind(hash)
        .bind(now.0)
        .execute(tx.conn())
        .await
        .map_err(Error::from)
        .map_err(|error| if error.is_unique_violation() { Error::invalid("email", "is taken by another operator") } else { error })?;
    let detail = json!({ "email": email, "role": role });
    ledger::record(tx, now, None, actor, "operator.created", &id.to_string(), &detail).await?;
    Ok(Operator { id, email, name, role, last_seen_at: None })
}

/// How many operators there are.
pub async fn count(db: &Db) -> Result<i64> {
    Ok(sqlx::query_scalar("SELECT COUNT(*) FROM operator").fetch_one(db.reader()).await?)
}

/// All operators, by name.
pub async fn list(db: &Db) -> Result<Vec<Operator>> {
    let rows = sqlx::query("SELECT id, email, name, role, last_seen_at FROM operator ORDER BY name, id")
        .fetch_all(db.reader())
        .await?;
    rows.iter().map(operator).collect()
}

/// Makes the one-time token that makes the first owner; None when there is an operator already.
pub async fn invite_first(db: &Db, now: Timestamp) -> Result<Option<String>> {
    if count(db).await? > 0 {
        return Ok(None);
    }
    let token = token("");
    let mut tx = db.begin().await?;
    sqlx::query("DELETE FROM invitation WHERE used_at IS NULL").execute(tx.conn()).await?;
    sqlx::query("INSERT INTO invitation (token_hash, role, created_at, expires_at) VALUES ($1, $2, $3, $4)")
        .bind(token_hash(&token))
        .bind(Role::Owner.as_str())
        .bind(now.0)
        .bind(now.plus(INVITATION_LIFETIME).0)
        .execute(tx.conn())
        .await?;
    tx.commit().await?;
    Ok(Some(token))
}

/// True while this invitation can be accepted.
pub async fn invitation_is_open(db: &Db, token: &str, now: Timestamp) -> Result<bool> {
    let open: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM invitation WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2",
    )
    .bind(token_hash(token))
    .bind(now.0)
    .fetch_one(db.reader())
    .await?;
    Ok(open > 0)
}

/// Accepts an invitation: makes the operator it was for. It works once.
pub async fn accept_invitation(
    db: &Db,
    token: &str,
    email: &str,
    name: &str,
    password: &str,
    now: Timestamp,
) -> Result<Operator> {
    let (email, hash) = prepare(email, password).await?;
    let mut tx = db.begin().await?;
    let role: Option<String> = sqlx::query_scalar(
        "UPDATE invitation SET used_at = $1 WHERE token_hash = $2 AND used_at IS NULL AND expires_at > $1 RETURNING role",
    )
    .bind(now.0)
    .bind(token_hash(token))
    .fetch_optional(tx.conn())
    .await?;
    let role = role.ok_or(Error::NotFound)?.parse()?;
    let operator = insert(&mut tx, &Actor::System, email, name, hash, role, now).await?;
    tx.commit().await?;
    Ok(operator)
}

/// Checks e-mail and password, in the same time whether the e-mail is known or not. Returns a new session's token.
pub async fn sign_in(
    db: &Db,
    email: &str,
    password: &str,
    now: Timestamp,
) -> Result<Option<(Operator, String)>> {
    let row = sqlx::query(
        "SELECT id, email, name, role, last_seen_at, password_hash FROM operator WHERE email = $1",
    )
    .bind(email.trim().to_lowercase())
    .fetch_optional(db.reader())
    .await?;
    let hash = match &row {
        Some(row) => row.try_get("password_hash")?,
        None => String::new(),
    };
    let password = password.chars().take(super::MAX_PASSWORD).collect::<String>();
    let right = slowly(move || {
        let hash = if hash.is_empty() { NOBODY.as_str() } else { hash.as_str() };
        PasswordHash::new(hash).is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok())
    })
    .await?;
    let Some(row) = row.filter(|_| right) else { return Ok(None) };
    let operator = operator(&row)?;
    let token = open_session(db, operator.id, now).await?;
    Ok(Some((operator, token)))
}

/// Signs an operator in without a password: right after they accepted their invitation.
pub async fn open_session(db: &Db, operator: OperatorId, now: Timestamp) -> Result<String> {
    let token = token("");
    let mut tx = db.begin().await?;
    sqlx::query("DELETE FROM operator_session WHERE expires_at < $1").bind(now.0).execute(tx.conn()).await?;
    sqlx::query("INSERT INTO operator_session (token_hash, operator_id, created_at, expires_at) VALUES ($1, $2, $3, $4)")
        .bind(token_hash(&token))
        .bind(operator.0)
        .bind(now.0)
        .bind(now.plus(SESSION_LIFETIME).0)
        .execute(tx.conn())
        .await?;
    ledger::record(
        &mut tx,
        now,
        None,
        &Actor::Operator(operator),
        "operator.signed_in",
        &operator.to_string(),
        &json!({}),
    )
    .await?;
    tx.commit().await?;
    Ok(token)
}

/// Who is signed in with this session token.
pub async fn by_session(db: &Db, token: &str, now: Timestamp) -> Result<Option<Operator>> {
    let row = sqlx::query(
        "SELECT o.id, o.email, o.name, o.role, o.last_seen_at FROM operator_session s JOIN operator o ON o.id = s.operator_id \
         WHERE s.token_hash = $1 AND s.expires_at > $2",
    )
    .bind(token_hash(token))
    .bind(now.0)
    .fetch_optional(db.reader())
    .await?;
    row.as_ref().map(operator).transpose()
}

/// Notes that an operator used the console, at most once a minute.
pub async fn seen(db: &Db, operator: &Operator, now: Timestamp) -> Result<()> {
    if operator.last_seen_at.is_some_and(|at| now.since(at) < MINUTE) {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    sqlx::query("UPDATE operator SET last_seen_at = $1 WHERE id = $2")
        .bind(now.0)
        .bind(operator.id.0)
        .execute(tx.conn())
        .await?;
    tx.commit().await
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

fn operator(row: &AnyRow) -> Result<Operator> {
    Ok(Operator {
        id: OperatorId(row.try_get("id")?),
        email: row.try_get("email")?,
        name: row.try_get("name")?,
        role: row.try_get::<&str, _>("role")?.parse()?,
        last_seen_at: time(row, "last_seen_at")?,
    })
}
