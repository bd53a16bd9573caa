//! One-time links: the one that makes the first operator, and those by which an operator chooses a new password.

use serde_json::json;
use sqlx::Row;

use super::super::{Actor, Operator, Role};
use super::sessions::end_all;
use super::{count, hashed, insert, prepare};
use crate::db::{Db, Tx};
use crate::id::OperatorId;
use crate::ledger;
use crate::time::DAY;
use crate::vault::{token, token_hash};
use crate::{Error, Result, Timestamp};

/// How long a link works.
const LIFETIME: i64 = DAY;

/// Makes the one-time token that makes the first owner; None when there is an operator already. It is void once there is.
pub async fn invite_first(db: &Db, now: Timestamp) -> Result<Option<String>> {
    if count(db).await? > 0 {
        return Ok(None);
    }
    let mut tx = db.begin().await?;
    sqlx::query("DELETE FROM invitation WHERE operator_id IS NULL").execute(tx.conn()).await?;
    let token = add(&mut tx, Role::Owner, None, now).await?;
    tx.commit().await?;
    Ok(Some(token))
}

async fn add(tx: &mut Tx<'_>, role: Role, operator: Option<OperatorId>, now: Timestamp) -> Result<String> {
    let token = token("");
    sqlx::query(
        "INSERT INTO invitation (token_hash, role, operator_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(token_hash(&token))
    .bind(role.as_str())
    .bind(operator.map(|id| id.0))
    .bind(now.0)
    .bind(now.plus(LIFETIME).0)
    .execute(tx.conn())
    .await?;
    Ok(token)
}

/// True while this invitation can be accepted.
pub async fn invitation_is_open(db: &Db, token: &str, now: Timestamp) -> Result<bool> {
    let open: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM invitation WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2 AND operator_id IS NULL",
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
        "UPDATE invitation SET used_at = $1 WHERE token_hash = $2 AND used_at IS NULL AND expires_at > $1 \
         AND operator_id IS NULL RETURNING role",
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

/// Makes the one-time token by which an operator chooses a new password; one made before is void.
pub async fn reset_link(db: &Db, actor: &Actor, operator: OperatorId, now: Timestamp) -> Result<String> {
    let mut tx = db.begin().await?;
    sqlx::query("DELETE FROM invitation WHERE operator_id = $1").bind(operator.0).execute(tx.conn()).await?;
    let role: Option<String> = sqlx::query_scalar("SELECT role FROM operator WHERE id = $1")
        .bind(operator.0)
        .fetch_optional(tx.conn())
        .await?;
    let token = add(&mut tx, role.ok_or(Error::NotFound)?.parse()?, Some(operator), now).await?;
    let detail = json!({ "expires_at": now.plus(LIFETIME) });
    ledger::record(&mut tx, now, None, actor, "operator.reset_offered", &operator.to_string(), &detail)
        .await?;
    tx.commit().await?;
    Ok(token)
}

/// The e-mail of whoever may choose a new password by this link, while it works.
pub async fn reset_owner(db: &Db, token: &str, now: Timestamp) -> Result<Option<String>> {
    let row = sqlx::query(
        "SELECT o.email FROM invitation i JOIN operator o ON o.id = i.operator_id \
         WHERE i.token_hash = $1 AND i.used_at IS NULL AND i.expires_at > $2",
    )
    .bind(token_hash(token))
    .bind(now.0)
    .fetch_optional(db.reader())
    .await?;
    Ok(row.map(|row| row.try_get("email")).transpose()?)
}

/// Gives the operator of this link a new password and ends their sessions. It works once.
pub async fn reset_password(db: &Db, token: &str, password: &str, now: Timestamp) -> Result<OperatorId> {
    let hash = hashed(password).await?;
    let mut tx = db.begin().await?;
    let operator: Option<i64> = sqlx::query_scalar(
        "UPDATE invitation SET used_at = $1 WHERE token_hash = $2 AND used_at IS NULL AND expires_at > $1 \
         AND operator_id IS NOT NULL RETURNING operator_id",
    )
    .bind(now.0)
    .bind(token_hash(token))
    .fetch_optional(tx.conn())
    .await?;
    let operator = OperatorId(operator.ok_or(Error::NotFound)?);
    sqlx::query("UPDATE operator SET password_hash = $1 WHERE id = $2")
        .bind(hash)
        .bind(operator.0)
        .execute(tx.conn())
        .await?;
    end_all(&mut tx, operator, None).await?;
    let (actor, subject) = (Actor::Operator(operator), operator.to_string());
    ledger::record(&mut tx, now, None, &actor, "operator.password_reset", &subject, &json!({})).await?;
    tx.commit().await?;
    Ok(operator)
}
