//! The ledger: SQL.

use serde_json::Value;
use sqlx::Row;

use super::Entry;
use crate::db::filter::Filter;
use crate::db::{Db, Tx, json};
use crate::id::{LedgerId, ProjectId};
use crate::operator::Actor;
use crate::page::{Cursor, Page, Paging};
use crate::{Result, Timestamp};

/// Records a change. `project` is None for changes to the installation itself.
pub async fn record(
    tx: &mut Tx<'_>,
    now: Timestamp,
    project: Option<ProjectId>,
    actor: &Actor,
    action: &str,
    subject: &str,
    detail: &Value,
) -> Result<()> {
    let id = tx.next_id(now);
    sqlx::query("INSERT INTO ledger (id, project_id, at, actor, action, subject, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)")
        .bind(id)
        .bind(project.map(|project| project.0))
        .bind(now.0)
        .bind(actor.to_string())
        .bind(action)
        .bind(subject)
        .bind(detail.to_string())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// A project's changes, newest first.
pub async fn list(db: &Db, project: ProjectId, paging: Paging) -> Result<Page<Entry>> {
    let mut wanted = Filter::default();
    wanted.and("project_id = ?", [project.0.into()]);
    page(db, wanted, paging).await
}

/// Changes to the installation itself, newest first: what belongs to no project.
pub async fn of_installation(db: &Db, paging: Paging) -> Result<Page<Entry>> {
    let mut wanted = Filter::default();
    wanted.and("project_id IS NULL", []);
    page(db, wanted, paging).await
}

/// A project's newest change of this kind.
pub async fn newest(db: &Db, project: ProjectId, action: &str) -> Result<Option<Entry>> {
    let row = sqlx::query(
        "SELECT id, at, actor, action, subject, detail FROM ledger WHERE project_id = $1 AND action = $2 \
         ORDER BY id DESC LIMIT 1",
    )
    .bind(project.0)
    .bind(action)
    .fetch_optional(db.reader())
    .await?;
    row.as_ref().map(entry).transpose()
}

/// When a project's changes of this kind were made, and what each was about.
pub async fn times(db: &Db, project: ProjectId, action: &str) -> Result<Vec<(String, Timestamp)>> {
    let rows =
        sqlx::query("SELECT subject, at FROM ledger WHERE project_id = $1 AND action = $2 ORDER BY id")
            .bind(project.0)
            .bind(action)
            .fetch_all(db.reader())
            .await?;
    rows.iter().map(|row| Ok((row.try_get("subject")?, Timestamp(row.try_get("at")?)))).collect()
}

async fn page(db: &Db, mut wanted: Filter, paging: Paging) -> Result<Page<Entry>> {
    wanted.and("id < ?", [paging.after.id.into()]);
    let select = "SELECT id, at, actor, action, subject, detail FROM ledger";
    let rows =
        wanted.fetch(db.reader(), select, " ORDER BY id DESC LIMIT ?", [(paging.limit + 1).into()]).await?;
    let entries = rows.iter().map(entry).collect::<Result<Vec<_>>>()?;
    Ok(Page::from_rows(entries, paging.limit, |entry| Cursor { at: entry.at, id: entry.id.0 }))
}

fn entry(row: &sqlx::any::AnyRow) -> Result<Entry> {
    Ok(Entry {
        id: LedgerId(row.try_get("id")?),
        at: Timestamp(row.try_get("at")?),
        actor: row.try_get("actor")?,
        action: row.try_get("action")?,
        subject: row.try_get("subject")?,
        detail: json(row, "detail")?,
    })
}
