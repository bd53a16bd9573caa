//! Endpoints: SQL and operations. A deleted endpoint keeps its row, out of sight and without its secrets, so that what
//! was delivered to it stays provable.

mod update;

use serde_json::json;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

pub(super) use update::set_state;
pub use update::update;

use super::deliveries::cancel;
use super::owed::send_open;
use super::secrets;
use crate::db::deadlock::unless_deadlocked;
use crate::db::{Db, Tx, json, time, to_json};
use crate::id::{EndpointId, ProjectId};
use crate::ledger;
use crate::operator::Actor;
use crate::revocation::store::doubtful;
use crate::signature::Secret;
use crate::webhook::{Endpoint, EndpointState, MAX_ENDPOINTS, NewEndpoint};
use crate::{Error, Result, Timestamp};

/// Creates an endpoint. Its secret is returned this once, to be shown.
pub async fn create(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    new: NewEndpoint,
    now: Timestamp,
) -> Result<(Endpoint, Secret)> {
    let secret = secrets::chosen(new.format, new.secret.as_deref())?;
    let new = new.checked()?;
    let mut tx = db.begin().await?;
    make_room(&mut tx, project).await?;
    let endpoint = Endpoint {
        id: EndpointId(tx.next_id(now)),
        url: new.url,
        format: new.format,
        description: new.description,
        types: new.types,
        policy: new.policy,
        state: EndpointState::Active,
        state_reason: None,
        failing_since: None,
        created_at: now,
        updated_at: now,
    };
    insert(&mut tx, project, &endpoint).await?;
    let hint = secrets::add(&mut tx, endpoint.id, &secret, now).await?;
    send_open(&mut tx, endpoint.id, now).await?;
    let detail =
        json!({ "url": endpoint.url, "format": endpoint.format, "types": endpoint.types, "secret": hint });
    ledger::record(&mut tx, now, Some(project), actor, "endpoint.created", &endpoint.id.to_string(), &detail)
        .await?;
    tx.commit().await?;
    Ok((endpoint, secret))
}

async fn make_room(tx: &mut Tx<'_>, project: ProjectId) -> Result<()> {
    // Changes nothing, but holds the project's row on either engine: two creations cannot both be the last allowed.
    let held = sqlx::query("UPDATE project SET created_at = created_at WHERE id = $1")
        .bind(project.0)
        .execute(tx.conn())
        .await?;
    if held.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    let count: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM endpoint WHERE project_id = $1 AND state <> 'deleted'")
            .bind(project.0)
            .fetch_one(tx.conn())
            .await?;
    if count >= MAX_ENDPOINTS {
        return Err(Error::conflict(format!(
            "a project has at most {MAX_ENDPOINTS} endpoints: delete one first"
        )));
    }
    Ok(())
}

async fn insert(tx: &mut Tx<'_>, project: ProjectId, endpoint: &Endpoint) -> Result<()> {
    sqlx::query(
        "INSERT INTO endpoint (id, project_id, url, format, description, types, policy, state, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
    )
    .bind(endpoint.id.0)
    .bind(project.0)
    .bind(&endpoint.url)
    .bind(endpoint.format.as_str())
    .bind(&endpoint.description)
    .bind(to_json(&endpoint.types)?)
    .bind(to_json(&endpoint.policy)?)
    .bind(endpoint.state.as_str())
    .bind(endpoint.created_at.0)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A project's endpoints, oldest first.
pub async fn list(db: &Db, project: ProjectId) -> Result<Vec<Endpoint>> {
    let rows = sqlx::query("SELECT * FROM endpoint WHERE project_id = $1 AND state <> 'deleted' ORDER BY id")
        .bind(project.0)
        .fetch_all(db.reader())
        .await?;
    rows.iter().map(endpoint).collect()
}

/// One endpoint.
pub async fn get(db: &Db, project: ProjectId, id: EndpointId) -> Result<Endpoint> {
    find(&mut *db.reader().acquire().await?, project, id).await
}

/// The same, held: of two who rotate its secrets at once the second sees what the first did.
pub(super) async fn held(tx: &mut Tx<'_>, project: ProjectId, id: EndpointId) -> Result<Endpoint> {
    // Changes nothing; it is the lock that both engines know.
    sqlx::query("UPDATE endpoint SET updated_at = updated_at WHERE id = $1")
        .bind(id.0)
        .execute(tx.conn())
        .await?;
    load(tx, project, id).await
}

pub(super) async fn load(tx: &mut Tx<'_>, project: ProjectId, id: EndpointId) -> Result<Endpoint> {
    find(tx.conn(), project, id).await
}

/// The same, wherever it is read.
pub(super) async fn find(conn: &mut AnyConnection, project: ProjectId, id: EndpointId) -> Result<Endpoint> {
    let row = sqlx::query("SELECT * FROM endpoint WHERE id = $1 AND project_id = $2 AND state <> 'deleted'")
        .bind(id.0)
        .bind(project.0)
        .fetch_optional(conn)
        .await?;
    endpoint(&row.ok_or(Error::NotFound)?)
}

fn endpoint(row: &AnyRow) -> Result<Endpoint> {
    Ok(Endpoint {
        id: EndpointId(row.try_get("id")?),
        url: row.try_get("url")?,
        format: row.try_get::<&str, _>("format")?.parse()?,
        description: row.try_get("description")?,
        types: json(row, "types")?,
        policy: json(row, "policy")?,
        state: row.try_get::<&str, _>("state")?.parse()?,
        state_reason: row.try_get("state_reason")?,
        failing_since: time(row, "failing_since")?,
        created_at: Timestamp(row.try_get("created_at")?),
        updated_at: Timestamp(row.try_get("updated_at")?),
    })
}

/// Deletes an endpoint and its secrets; what is pending for it is cancelled, what was delivered stays on record.
pub async fn delete(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    id: EndpointId,
    now: Timestamp,
) -> Result<()> {
    unless_deadlocked!(deleted(db, actor, project, id, now))
}

async fn deleted(db: &Db, actor: &Actor, project: ProjectId, id: EndpointId, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    let before = load(&mut tx, project, id).await?;
    let doubtful = doubtful(&mut tx, project, id).await?;
    cancel(&mut tx, id, "its endpoint was deleted").await?;
    secrets::erase(&mut tx, id).await?;
    sqlx::query("UPDATE endpoint SET state = 'deleted', updated_at = $1 WHERE id = $2")
        .bind(now.0)
        .bind(id.0)
        .execute(tx.conn())
        .await?;
    doubtful.settle_without(&mut tx, "was deleted", now).await?;
    let detail = json!({ "url": before.url });
    ledger::record(&mut tx, now, Some(project), actor, "endpoint.deleted", &id.to_string(), &detail).await?;
    tx.commit().await
}
