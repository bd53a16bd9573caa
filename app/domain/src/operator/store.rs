//! Operators: SQL and operations. Their sign-ins, their one-time links and the changes to them are beside this.

mod changes;
mod links;
mod names;
mod refused;
mod sessions;

use std::sync::LazyLock;

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;

pub use changes::{change_password, change_role, disable, enable, remove, set_password};
pub use links::{
    accept_invitation, invitation_is_open, invite_first, reset_link, reset_owner, reset_password,
};
pub use names::Names;
pub use refused::sign_in_failed;
pub use sessions::{
    SESSION_LIFETIME, by_session, end_others, end_session, is_seen_anew, open_session, seen, sessions,
    sign_out,
};

use super::{Actor, Browser, MAX_PASSWORD, Operator, Role, check_password, checked_credentials};
use crate::db::filter::Filter;
use crate::db::{Db, Tx, time};
use crate::id::OperatorId;
use crate::ledger;
use crate::project::checked_name;
use crate::vault::random;
use crate::{Error, Result, Timestamp};

const COLUMNS: &str = "SELECT id, email, name, role, last_seen_at, disabled_at FROM operator";

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
    Ok((email, hashed(password).await?))
}

async fn hashed(password: &str) -> Result<String> {
    check_password(password)?;
    let password = password.to_owned();
    slowly(move || hash_password(&password)).await?
}

/// Whether the password fits the hash; where there is none it takes the same time.
async fn fits(password: &str, hash: String) -> Result<bool> {
    let password = password.chars().take(MAX_PASSWORD).collect::<String>();
    slowly(move || {
        let hash = if hash.is_empty() { NOBODY.as_str() } else { hash.as_str() };
        PasswordHash::new(hash).is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok())
    })
    .await
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
    // Whoever has the link of the first start must not make another owner.
    sqlx::query("DELETE FROM invitation WHERE operator_id IS NULL").execute(tx.conn()).await?;
    let detail = json!({ "email": email, "role": role });
    ledger::record(tx, now, None, actor, "operator.created", &id.to_string(), &detail).await?;
    Ok(Operator { id, email, name, role, last_seen_at: None, disabled_at: None })
}

/// How many operators there are.
pub async fn count(db: &Db) -> Result<i64> {
    Ok(sqlx::query_scalar("SELECT COUNT(*) FROM operator").fetch_one(db.reader()).await?)
}

/// All operators, by name.
pub async fn list(db: &Db) -> Result<Vec<Operator>> {
    let rows = Filter::default().fetch(db.reader(), COLUMNS, " ORDER BY name, id", []).await?;
    rows.iter().map(operator).collect()
}

/// The operator with this e-mail.
pub async fn by_email(db: &Db, email: &str) -> Result<Operator> {
    let mut one = Filter::default();
    one.and("email = ?", [email.trim().to_lowercase().into()]);
    let rows = one.fetch(db.reader(), COLUMNS, "", []).await?;
    operator(rows.first().ok_or(Error::NotFound)?)
}

/// Checks e-mail and password, in the same time whether the e-mail is known or not. Returns a new session's token.
pub async fn sign_in(
    db: &Db,
    email: &str,
    password: &str,
    browser: &Browser,
    now: Timestamp,
) -> Result<Option<(Operator, String)>> {
    let row = sqlx::query(
        "SELECT id, email, name, role, last_seen_at, disabled_at, password_hash FROM operator \
         WHERE email = $1 AND disabled_at IS NULL",
    )
    .bind(email.trim().to_lowercase())
    .fetch_optional(db.reader())
    .await?;
    let hash = match &row {
        Some(row) => row.try_get("password_hash")?,
        None => String::new(),
    };
    let right = fits(password, hash).await?;
    let Some(row) = row.filter(|_| right) else { return Ok(None) };
    let operator = operator(&row)?;
    let token = open_session(db, operator.id, browser, now).await?;
    Ok(Some((operator, token)))
}

fn operator(row: &AnyRow) -> Result<Operator> {
    Ok(Operator {
        id: OperatorId(row.try_get("id")?),
        email: row.try_get("email")?,
        name: row.try_get("name")?,
        role: row.try_get::<&str, _>("role")?.parse()?,
        last_seen_at: time(row, "last_seen_at")?,
        disabled_at: time(row, "disabled_at")?,
    })
}
