//! Changes to operators. There is always one owner who can sign in.

use serde_json::{Value, json};

use super::super::{Actor, Operator, Role};
use super::sessions::end_all;
use super::{fits, hashed};
use crate::db::{Db, Tx};
use crate::id::OperatorId;
use crate::ledger;
use crate::{Error, Result, Timestamp};

/// Gives an operator another role, from their next click on.
pub async fn change_role(db: &Db, actor: &Actor, id: OperatorId, role: Role, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    let operator = held(&mut tx, id).await?;
    if operator.role == role {
        return Ok(());
    }
    if role != Role::Owner {
        spare_last_owner(&mut tx, &operator).await?;
    }
    sqlx::query("UPDATE operator SET role = $1 WHERE id = $2")
        .bind(role.as_str())
        .bind(id.0)
        .execute(tx.conn())
        .await?;
    let detail = json!({ "from": operator.role, "to": role });
    note(tx, actor, "operator.role_changed", id, detail, now).await
}

/// Lets an operator sign in no more, and ends their sessions.
pub async fn disable(db: &Db, actor: &Actor, id: OperatorId, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    let operator = held(&mut tx, id).await?;
    if operator.disabled_at.is_some() {
        return Ok(());
    }
    spare_last_owner(&mut tx, &operator).await?;
    sqlx::query("UPDATE operator SET disabled_at = $1 WHERE id = $2")
        .bind(now.0)
        .bind(id.0)
        .execute(tx.conn())
        .await?;
    end_all(&mut tx, id, None).await?;
    note(tx, actor, "operator.disabled", id, json!({}), now).await
}

/// Lets a disabled operator sign in again.
pub async fn enable(db: &Db, actor: &Actor, id: OperatorId, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    if held(&mut tx, id).await?.disabled_at.is_none() {
        return Ok(());
    }
    sqlx::query("UPDATE operator SET disabled_at = NULL WHERE id = $1").bind(id.0).execute(tx.conn()).await?;
    note(tx, actor, "operator.enabled", id, json!({}), now).await
}

/// Removes an operator with their sessions and links. What they did stays in the ledger, and so does who they were.
pub async fn remove(db: &Db, actor: &Actor, id: OperatorId, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    let operator = held(&mut tx, id).await?;
    spare_last_owner(&mut tx, &operator).await?;
    sqlx::query("DELETE FROM operator WHERE id = $1").bind(id.0).execute(tx.conn()).await?;
    let detail = json!({ "email": operator.email, "name": operator.name, "role": operator.role });
    note(tx, actor, "operator.removed", id, detail, now).await
}

/// Gives whoever knows their password another one, and ends their other sessions: all but the one of `token`.
pub async fn change_password(
    db: &Db,
    id: OperatorId,
    old: &str,
    new: &str,
    token: &str,
    now: Timestamp,
) -> Result<()> {
    let known: Option<String> = sqlx::query_scalar("SELECT password_hash FROM operator WHERE id = $1")
        .bind(id.0)
        .fetch_optional(db.reader())
        .await?;
    if !fits(old, known.ok_or(Error::NotFound)?).await? {
        return Err(Error::invalid("old_password", "is not your password"));
    }
    replace(db, &Actor::Operator(id), id, new, Some(token), now).await
}

/// Gives an operator another password and ends all their sessions: for the command line.
pub async fn set_password(db: &Db, actor: &Actor, id: OperatorId, new: &str, now: Timestamp) -> Result<()> {
    replace(db, actor, id, new, None, now).await
}

async fn replace(
    db: &Db,
    actor: &Actor,
    id: OperatorId,
    new: &str,
    spared: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    let hash = hashed(new).await?;
    let mut tx = db.begin().await?;
    held(&mut tx, id).await?;
    sqlx::query("UPDATE operator SET password_hash = $1 WHERE id = $2")
        .bind(hash)
        .bind(id.0)
        .execute(tx.conn())
        .await?;
    sqlx::query("DELETE FROM invitation WHERE operator_id = $1").bind(id.0).execute(tx.conn()).await?;
    let ended = end_all(&mut tx, id, spared).await?;
    note(tx, actor, "operator.password_changed", id, json!({ "sessions_ended": ended }), now).await
}

/// The operator, who stays as they are until this transaction ends; and with them all owners, so that two of them cannot
/// both be the last but one.
async fn held(tx: &mut Tx<'_>, id: OperatorId) -> Result<Operator> {
    let row =
        sqlx::query("SELECT id, email, name, role, last_seen_at, disabled_at FROM operator WHERE id = $1");
    sqlx::query("UPDATE operator SET role = role WHERE role = 'owner' OR id = $1")
        .bind(id.0)
        .execute(tx.conn())
        .await?;
    let row = row.bind(id.0).fetch_optional(tx.conn()).await?;
    super::operator(&row.ok_or(Error::NotFound)?)
}

async fn spare_last_owner(tx: &mut Tx<'_>, operator: &Operator) -> Result<()> {
    if operator.role != Role::Owner {
        return Ok(());
    }
    let others: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM operator WHERE role = 'owner' AND disabled_at IS NULL AND id <> $1",
    )
    .bind(operator.id.0)
    .fetch_one(tx.conn())
    .await?;
    if others == 0 {
        return Err(Error::conflict("the last owner must stay one: make another owner first"));
    }
    Ok(())
}

async fn note(
    mut tx: Tx<'_>,
    actor: &Actor,
    action: &str,
    id: OperatorId,
    detail: Value,
    now: Timestamp,
) -> Result<()> {
    ledger::record(&mut tx, now, None, actor, action, &id.to_string(), &detail).await?;
    tx.commit().await
}
