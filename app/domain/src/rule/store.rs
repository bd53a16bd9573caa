//! Rules: SQL and operations.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::{NewRule, Rule, RulePatch, RuleSet};
use crate::db::{Db, Tx, json, to_json};
use crate::id::{ProjectId, RuleId};
use crate::ledger;
use crate::operator::Actor;
use crate::{Error, Result, Timestamp};

/// The most rules a project may have: all of them are compiled for each group of events.
pub const MAX_RULES: i64 = 500;

/// A project's rules, oldest first.
pub async fn list(db: &Db, project: ProjectId) -> Result<Vec<Rule>> {
    let rows = sqlx::query(
        "SELECT id, name, description, kind, target, source, filters, created_at, updated_at FROM rule \
         WHERE project_id = $1 ORDER BY id",
    )
    .bind(project.0)
    .fetch_all(db.reader())
    .await?;
    rows.iter().map(rule).collect()
}

/// One rule.
pub async fn get(db: &Db, project: ProjectId, id: RuleId) -> Result<Rule> {
    let row = sqlx::query(
        "SELECT id, name, description, kind, target, source, filters, created_at, updated_at FROM rule \
         WHERE project_id = $1 AND id = $2",
    )
    .bind(project.0)
    .bind(id.0)
    .fetch_optional(db.reader())
    .await?;
    rule(&row.ok_or(Error::NotFound)?)
}

/// The rules of these projects, ready to judge events. Every project has a set, if an empty one.
pub async fn for_projects(db: &Db, projects: &[ProjectId]) -> Result<HashMap<ProjectId, Arc<RuleSet>>> {
    let mut sets = HashMap::new();
    for project in projects {
        if !sets.contains_key(project) {
            sets.insert(*project, Arc::new(RuleSet::new(&list(db, *project).await?)));
        }
    }
    Ok(sets)
}

/// Writes a rule. It holds from the next event on.
pub async fn create(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    new: NewRule,
    now: Timestamp,
) -> Result<Rule> {
    let new = new.checked()?;
    let mut tx = db.begin().await?;
    let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM rule WHERE project_id = $1")
        .bind(project.0)
        .fetch_one(tx.conn())
        .await?;
    if count >= MAX_RULES {
        return Err(Error::conflict(format!("a project has at most {MAX_RULES} rules")));
    }
    let NewRule { name, description, kind, target, source, filters } = new;
    let id = RuleId(tx.next_id(now));
    let rule =
        Rule { id, name, description, kind, target, source, filters, created_at: now, updated_at: now };
    insert(&mut tx, project, &rule).await?;
    let detail = json!({ "after": rule });
    ledger::record(&mut tx, now, Some(project), actor, "rule.created", &id.to_string(), &detail).await?;
    tx.commit().await?;
    Ok(rule)
}

async fn insert(tx: &mut Tx<'_>, project: ProjectId, rule: &Rule) -> Result<()> {
    // The SELECT makes a project that does not exist "not found" on both engines.
    let inserted = sqlx::query(
        "INSERT INTO rule (id, project_id, name, description, kind, target, source, filters, created_at, updated_at) \
         SELECT $1, id, $3, $4, $5, $6, $7, $8, $9, $9 FROM project WHERE id = $2",
    )
    .bind(rule.id.0)
    .bind(project.0)
    .bind(&rule.name)
    .bind(&rule.description)
    .bind(rule.kind.as_str())
    .bind(rule.target.as_str())
    .bind(rule.source.as_deref())
    .bind(to_json(&rule.filters)?)
    .bind(rule.created_at.0)
    .execute(tx.conn())
    .await?;
    if inserted.rows_affected() == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Changes what the patch names of a rule.
pub async fn update(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    id: RuleId,
    patch: RulePatch,
    now: Timestamp,
) -> Result<Rule> {
    let mut tx = db.begin().await?;
    let before = lock(&mut tx, project, id).await?;
    let NewRule { name, description, kind, target, source, filters } = patch.apply(&before).checked()?;
    let created_at = before.created_at;
    let after = Rule { id, name, description, kind, target, source, filters, created_at, updated_at: now };
    sqlx::query(
        "UPDATE rule SET name = $1, description = $2, kind = $3, target = $4, source = $5, filters = $6, \
         updated_at = $7 WHERE project_id = $8 AND id = $9",
    )
    .bind(&after.name)
    .bind(&after.description)
    .bind(after.kind.as_str())
    .bind(after.target.as_str())
    .bind(after.source.as_deref())
    .bind(to_json(&after.filters)?)
    .bind(now.0)
    .bind(project.0)
    .bind(id.0)
    .execute(tx.conn())
    .await?;
    let detail = json!({ "before": before, "after": after });
    ledger::record(&mut tx, now, Some(project), actor, "rule.updated", &id.to_string(), &detail).await?;
    tx.commit().await?;
    Ok(after)
}

/// Removes a rule.
pub async fn delete(db: &Db, actor: &Actor, project: ProjectId, id: RuleId, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    let before = lock(&mut tx, project, id).await?;
    sqlx::query("DELETE FROM rule WHERE project_id = $1 AND id = $2")
        .bind(project.0)
        .bind(id.0)
        .execute(tx.conn())
        .await?;
    let detail = json!({ "before": before });
    ledger::record(&mut tx, now, Some(project), actor, "rule.deleted", &id.to_string(), &detail).await?;
    tx.commit().await
}

/// Reads a rule and keeps others from changing it until the commit; the update that changes nothing locks the row on
/// PostgreSQL, where SQLite has but one writer.
async fn lock(tx: &mut Tx<'_>, project: ProjectId, id: RuleId) -> Result<Rule> {
    let row = sqlx::query(
        "UPDATE rule SET name = name WHERE project_id = $1 AND id = $2 \
         RETURNING id, name, description, kind, target, source, filters, created_at, updated_at",
    )
    .bind(project.0)
    .bind(id.0)
    .fetch_optional(tx.conn())
    .await?;
    rule(&row.ok_or(Error::NotFound)?)
}

fn rule(row: &AnyRow) -> Result<Rule> {
    let stored = |error: Error| Error::Internal(format!("stored rule: {error}"));
    Ok(Rule {
        id: RuleId(row.try_get("id")?),
        name: row.try_get("name")?,
        description: row.try_get("description")?,
        kind: row.try_get::<&str, _>("kind")?.parse().map_err(stored)?,
        target: row.try_get::<&str, _>("target")?.parse().map_err(stored)?,
        source: row.try_get("source")?,
        filters: json(row, "filters")?,
        created_at: Timestamp(row.try_get("created_at")?),
        updated_at: Timestamp(row.try_get("updated_at")?),
    })
}
