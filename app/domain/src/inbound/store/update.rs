//! Changing a source: what it is called, and how exactly it signs.

use serde_json::json;

use super::sources::{settings, source};
use crate::db::{Db, to_json};
use crate::id::{ProjectId, SourceId};
use crate::inbound::{Source, SourceChange};
use crate::ledger;
use crate::operator::Actor;
use crate::project::checked_name;
use crate::{Error, Result, Timestamp};

/// Changes a source; what it sends is judged by it at once, in other processes within a second.
pub async fn update(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    id: SourceId,
    change: SourceChange,
    now: Timestamp,
) -> Result<Source> {
    let mut tx = db.begin().await?;
    // The lock of the source's row: two changes come one after the other.
    let row = sqlx::query(
        "UPDATE source SET name = name WHERE id = $1 AND project_id = $2 \
         RETURNING id, name, slug, scheme, settings, hint, created_at, rotated_at",
    )
    .bind(id.0)
    .bind(project.0)
    .fetch_optional(tx.conn())
    .await?;
    let before = source(&row.ok_or(Error::NotFound)?)?;
    let mut after = before.clone();
    if let Some(name) = change.name {
        after.name = checked_name("name", &name)?;
    }
    if let Some(hmac) = change.hmac {
        after.hmac = settings(after.scheme, Some(hmac))?;
    }
    sqlx::query("UPDATE source SET name = $1, settings = $2 WHERE id = $3")
        .bind(&after.name)
        .bind(after.hmac.as_ref().map(to_json).transpose()?.unwrap_or_default())
        .bind(id.0)
        .execute(tx.conn())
        .await?;
    let told = |source: &Source| json!({ "name": source.name, "hmac": source.hmac });
    let detail = json!({ "before": told(&before), "after": told(&after) });
    ledger::record(&mut tx, now, Some(project), actor, "source.updated", &id.to_string(), &detail).await?;
    tx.commit().await?;
    db.desk().forget(&after.slug);
    Ok(after)
}
