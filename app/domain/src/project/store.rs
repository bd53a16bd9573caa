//! Projects and API keys: SQL and operations.

use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::{ApiKey, Project, Settings, checked_name};
use crate::db::{Db, Tx, json, time, to_json};
use crate::id::{KeyId, ProjectId};
use crate::ledger;
use crate::operator::Actor;
use crate::time::MINUTE;
use crate::vault::{token, token_hash};
use crate::{Error, Result, Timestamp};

/// Creates a project.
pub async fn create(
    db: &Db,
    actor: &Actor,
    name: &str,
    settings: Settings,
    now: Timestamp,
) -> Result<Project> {
    let (name, settings) = (checked_name("name", name)?, settings.checked()?);
    let mut tx = db.begin().await?;
    let id = ProjectId(tx.next_id(now));
    let inserted =
        sqlx::query("INSERT INTO project (id, name, settings, created_at) VALUES ($1, $2, $3, $4)")
            .bind(id.0)
            .bind(&name)
            .bind(to_json(&settings)?)
            .bind(now.0)
            .execute(tx.conn())
            .await;
    taken(inserted.map_err(Error::from))?;
    ledger::record(
        &mut tx,
        now,
        Some(id),
        actor,
        "project.created",
        &id.to_string(),
        &json!({ "name": name }),
    )
    .await?;
    tx.commit().await?;
    Ok(Project { id, name, settings, created_at: now })
}

/// Changes a project's name and settings.
pub async fn update(
    db: &Db,
    actor: &Actor,
    id: ProjectId,
    name: &str,
    settings: Settings,
    now: Timestamp,
) -> Result<()> {
    let (name, settings) = (checked_name("name", name)?, settings.checked()?);
    let mut tx = db.begin().await?;
    let before = load(&mut tx, id).await?;
    let updated = sqlx::query("UPDATE project SET name = $1, settings = $2 WHERE id = $3")
        .bind(&name)
        .bind(to_json(&settings)?)
        .bind(id.0)
        .execute(tx.conn())
        .await;
    taken(updated.map_err(Error::from))?;
    let detail = json!({ "before": { "name": before.name, "settings": before.settings }, "after": { "name": name, "settings": settings } });
    ledger::record(&mut tx, now, Some(id), actor, "project.updated", &id.to_string(), &detail).await?;
    tx.commit().await
}

fn taken<T>(result: Result<T>) -> Result<T> {
    result.map_err(|error| {
        if error.is_unique_violation() {
            Error::invalid("name", "is taken by another project")
        } else {
            error
        }
    })
}

async fn load(tx: &mut Tx<'_>, id: ProjectId) -> Result<Project> {
    let row = sqlx::query("SELECT id, name, settings, created_at FROM project WHERE id = $1")
        .bind(id.0)
        .fetch_optional(tx.conn())
        .await?;
    project(&row.ok_or(Error::NotFound)?)
}

/// One project.
pub async fn get(db: &Db, id: ProjectId) -> Result<Project> {
    let row = sqlx::query("SELECT id, name, settings, created_at FROM project WHERE id = $1")
        .bind(id.0)
        .fetch_optional(db.reader())
        .await?;
    project(&row.ok_or(Error::NotFound)?)
}

/// True if there is such a project.
pub async fn exists(db: &Db, id: ProjectId) -> Result<bool> {
    let row =
        sqlx::query("SELECT 1 FROM project WHERE id = $1").bind(id.0).fetch_optional(db.reader()).await?;
    Ok(row.is_some())
}

/// The project of this name.
pub async fn by_name(db: &Db, name: &str) -> Result<Project> {
    let row = sqlx::query("SELECT id, name, settings, created_at FROM project WHERE name = $1")
        .bind(name.trim())
        .fetch_optional(db.reader())
        .await?;
    project(&row.ok_or(Error::NotFound)?)
}

/// All projects, by name.
pub async fn list(db: &Db) -> Result<Vec<Project>> {
    let rows = sqlx::query("SELECT id, name, settings, created_at FROM project ORDER BY name")
        .fetch_all(db.reader())
        .await?;
    rows.iter().map(project).collect()
}

fn project(row: &AnyRow) -> Result<Project> {
    Ok(Project {
        id: ProjectId(row.try_get("id")?),
        name: row.try_get("name")?,
        settings: json(row, "settings")?,
        created_at: Timestamp(row.try_get("created_at")?),
    })
}

/// Creates an API key; the key itself is returned this once and stored only as its hash.
pub async fn create_key(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    name: &str,
    now: Timestamp,
) -> Result<(KeyId, String)> {
    let name = checked_name("name", name)?;
    let key = token("pl_");
    let mut tx = db.begin().await?;
    load(&mut tx, project).await?;
    let id = KeyId(tx.next_id(now));
    sqlx::query(
        "INSERT INTO api_key (id, project_id, name, hint, hash, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(id.0)
    .bind(project.0)
    .bind(&name)
    .bind(&key[..9])
    .bind(token_hash(&key))
    .bind(now.0)
    .execute(tx.conn())
    .await?;
    ledger::record(
        &mut tx,
        now,
        Some(project),
        actor,
        "key.created",
        &id.to_string(),
        &json!({ "name": name }),
    )
    .await?;
    tx.commit().await?;
    Ok((id, key))
}

/// Ends a key for good.
pub async fn revoke_key(db: &Db, actor: &Actor, project: ProjectId, id: KeyId, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    let changed = sqlx::query(
        "UPDATE api_key SET revoked_at = $1 WHERE id = $2 AND project_id = $3 AND revoked_at IS NULL",
    )
    .bind(now.0)
    .bind(id.0)
    .bind(project.0)
    .execute(tx.conn())
    .await?;
    if changed.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    ledger::record(&mut tx, now, Some(project), actor, "key.revoked", &id.to_string(), &json!({})).await?;
    tx.commit().await
}

/// A project's live keys, oldest first.
pub async fn keys(db: &Db, project: ProjectId) -> Result<Vec<ApiKey>> {
    let rows = sqlx::query(
        "SELECT id, name, hint, created_at, last_used_at FROM api_key WHERE project_id = $1 AND revoked_at IS NULL ORDER BY id",
    )
    .bind(project.0)
    .fetch_all(db.reader())
    .await?;
    rows.iter().map(key).collect()
}

fn key(row: &AnyRow) -> Result<ApiKey> {
    Ok(ApiKey {
        id: KeyId(row.try_get("id")?),
        name: row.try_get("name")?,
        hint: row.try_get("hint")?,
        created_at: Timestamp(row.try_get("created_at")?),
        last_used_at: time(row, "last_used_at")?,
    })
}

/// Whose key this is; None when it is nobody's (any more).
pub async fn authenticate(db: &Db, key: &str) -> Result<Option<(KeyId, ProjectId)>> {
    let row = sqlx::query_as::<_, (i64, i64)>(
        "SELECT id, project_id FROM api_key WHERE hash = $1 AND revoked_at IS NULL",
    )
    .bind(token_hash(key))
    .fetch_optional(db.reader())
    .await?;
    Ok(row.map(|(id, project)| (KeyId(id), ProjectId(project))))
}

/// Whether a key still opens anything: whoever reads on with it for long asks again.
pub async fn is_key_live(db: &Db, id: KeyId) -> Result<bool> {
    let live: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM api_key WHERE id = $1 AND revoked_at IS NULL")
        .bind(id.0)
        .fetch_one(db.reader())
        .await?;
    Ok(live > 0)
}

/// Notes that a key was used, at most once a minute.
pub async fn touch_key(db: &Db, id: KeyId, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    sqlx::query("UPDATE api_key SET last_used_at = $1 WHERE id = $2 AND COALESCE(last_used_at, 0) < $3")
        .bind(now.0)
        .bind(id.0)
        .bind(now.plus(-MINUTE).0)
        .execute(tx.conn())
        .await?;
    tx.commit().await
}
