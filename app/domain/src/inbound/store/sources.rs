//! Sources: who may send webhooks here, and their sealed secrets.

use std::sync::Arc;

use data_encoding::HEXLOWER;
use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::desk::Known;
use super::secrets::{aside, chosen};
use crate::db::{Db, Tx, time, to_json};
use crate::id::{ProjectId, SourceId};
use crate::inbound::hmac::HmacScheme;
use crate::inbound::{NewSource, Scheme, Source};
use crate::ledger;
use crate::operator::Actor;
use crate::project::checked_name;
use crate::signature::Secret;
use crate::vault::random;
use crate::{Error, Result, Timestamp};

/// The most sources of one project.
pub const MAX_SOURCES: i64 = 50;

/// The place that a sealed secret is bound to.
pub(crate) fn place(id: SourceId) -> String {
    format!("source:{id}")
}

/// Creates a source; its secret is returned this once.
pub async fn create(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    new: NewSource,
    now: Timestamp,
) -> Result<(Source, Secret)> {
    let name = checked_name("name", &new.name)?;
    let hmac = settings(new.scheme, new.hmac)?;
    let secret = chosen(new.scheme, new.secret.as_deref())?;
    let mut tx = db.begin().await?;
    room(&mut tx, project).await?;
    let id = SourceId(tx.next_id(now));
    let (slug, hint) = (HEXLOWER.encode(&random::<16>()), secret.hint(db.vault()));
    sqlx::query(
        "INSERT INTO source (id, project_id, name, slug, scheme, settings, sealed, hint, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(id.0)
    .bind(project.0)
    .bind(&name)
    .bind(&slug)
    .bind(new.scheme.as_str())
    .bind(hmac.as_ref().map(to_json).transpose()?.unwrap_or_default())
    .bind(db.vault().seal(&place(id), secret.expose().as_bytes())?)
    .bind(&hint)
    .bind(now.0)
    .execute(tx.conn())
    .await?;
    let detail = json!({ "name": name, "scheme": new.scheme, "hmac": hmac, "secret": hint });
    ledger::record(&mut tx, now, Some(project), actor, "source.created", &id.to_string(), &detail).await?;
    tx.commit().await?;
    let scheme = new.scheme;
    Ok((Source { id, name, slug, scheme, hmac, hint, created_at: now, rotated_at: None }, secret))
}

/// The settings of the scheme that has some.
pub(super) fn settings(scheme: Scheme, hmac: Option<HmacScheme>) -> Result<Option<HmacScheme>> {
    match (scheme, hmac) {
        (Scheme::Hmac, Some(hmac)) => hmac.checked().map(Some),
        (Scheme::Hmac, None) => Err(Error::invalid("hmac", "must say how the source signs")),
        (_, Some(_)) => Err(Error::invalid("hmac", "goes with the scheme hmac alone")),
        (_, None) => Ok(None),
    }
}

/// The project exists and may have one more.
async fn room(tx: &mut Tx<'_>, project: ProjectId) -> Result<()> {
    let row = sqlx::query("SELECT (SELECT COUNT(*) FROM source WHERE project_id = p.id) AS sources FROM project p WHERE p.id = $1")
        .bind(project.0)
        .fetch_optional(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    if row.try_get::<i64, _>("sources")? >= MAX_SOURCES {
        return Err(Error::conflict(format!("the project has {MAX_SOURCES} sources already")));
    }
    Ok(())
}

/// A project's sources, by name.
pub async fn list(db: &Db, project: ProjectId) -> Result<Vec<Source>> {
    let rows = sqlx::query(
        "SELECT id, name, slug, scheme, settings, hint, created_at, rotated_at FROM source WHERE project_id = $1 ORDER BY name, id",
    )
    .bind(project.0)
    .fetch_all(db.reader())
    .await?;
    rows.iter().map(source).collect()
}

/// One source.
pub async fn get(db: &Db, project: ProjectId, id: SourceId) -> Result<Source> {
    let row = sqlx::query(
        "SELECT id, name, slug, scheme, settings, hint, created_at, rotated_at FROM source WHERE id = $1 AND project_id = $2",
    )
    .bind(id.0)
    .bind(project.0)
    .fetch_optional(db.reader())
    .await?;
    source(&row.ok_or(Error::NotFound)?)
}

/// Deletes a source and what was received from it.
pub async fn delete(db: &Db, actor: &Actor, project: ProjectId, id: SourceId, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    let deleted: Option<(String, String)> =
        sqlx::query_as("DELETE FROM source WHERE id = $1 AND project_id = $2 RETURNING name, slug")
            .bind(id.0)
            .bind(project.0)
            .fetch_optional(tx.conn())
            .await?;
    let (name, slug) = deleted.ok_or(Error::NotFound)?;
    let detail = json!({ "name": name });
    ledger::record(&mut tx, now, Some(project), actor, "source.deleted", &id.to_string(), &detail).await?;
    tx.commit().await?;
    db.desk().forget(&slug);
    Ok(())
}

/// The source of this slug with its project and its secrets, as it was within the last second; None when there is none.
pub(super) async fn by_slug(db: &Db, slug: &str, now: Timestamp) -> Result<Option<Arc<Known>>> {
    // What we never made is not asked for: it may hold what a database cannot.
    if slug.len() != 32 || !slug.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(None);
    }
    if let Some(known) = db.desk().known(slug, now) {
        return Ok(Some(known));
    }
    let row = sqlx::query(
        "SELECT id, project_id, name, slug, scheme, settings, sealed, hint, created_at, rotated_at FROM source WHERE slug = $1",
    )
    .bind(slug)
    .fetch_optional(db.reader())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let source = source(&row)?;
    let opened = db.vault().open(&place(source.id), row.try_get("sealed")?)?;
    let mut secrets = vec![(Secret::stored(&opened)?, None)];
    secrets.extend(aside(db, source.id).await?);
    let project = ProjectId(row.try_get("project_id")?);
    let known = Arc::new(Known { project, source, secrets, read_at: now });
    db.desk().remember(slug, known.clone());
    Ok(Some(known))
}

pub(super) fn source(row: &AnyRow) -> Result<Source> {
    Ok(Source {
        id: SourceId(row.try_get("id")?),
        name: row.try_get("name")?,
        slug: row.try_get("slug")?,
        scheme: row.try_get::<&str, _>("scheme")?.parse()?,
        hmac: Some(row.try_get::<&str, _>("settings")?)
            .filter(|text| !text.is_empty())
            .map(serde_json::from_str)
            .transpose()?,
        hint: row.try_get("hint")?,
        created_at: Timestamp(row.try_get("created_at")?),
        rotated_at: time(row, "rotated_at")?,
    })
}
