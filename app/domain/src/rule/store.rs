//! Rules: SQL and operations.

mod apply;
mod hits;
mod row;
mod sets;

use super::{NewRule, Rule, RulePatch};
use crate::db::{Db, Tx, to_json};
use crate::id::{ProjectId, RuleId};
use crate::ledger;
use crate::operator::Actor;
use crate::{Error, Result, Timestamp};
pub use apply::{Applied, Apply, apply};
pub(crate) use hits::count;
pub use hits::{HITS_DAYS, hits};
use row::rule;
use serde_json::json;
pub use sets::{Sets, for_projects};

/// The most rules a project may have: all of them are compared with each event.
pub const MAX_RULES: usize = 500;

macro_rules! columns {
    () => {
        "id, name, description, effect, condition, target, filters, source, verbs, priority, expires_at, mode, managed, \
         created_at, updated_at"
    };
}

/// A project's rules, oldest first.
pub async fn list(db: &Db, project: ProjectId) -> Result<Vec<Rule>> {
    let rows = sqlx::query(concat!("SELECT ", columns!(), " FROM rule WHERE project_id = $1 ORDER BY id"))
        .bind(project.0)
        .fetch_all(db.reader())
        .await?;
    rows.iter().map(rule).collect()
}

/// One rule.
pub async fn get(db: &Db, project: ProjectId, id: RuleId) -> Result<Rule> {
    let row = sqlx::query(concat!("SELECT ", columns!(), " FROM rule WHERE project_id = $1 AND id = $2"))
        .bind(project.0)
        .bind(id.0)
        .fetch_optional(db.reader())
        .await?;
    rule(&row.ok_or(Error::NotFound)?)
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
    let rule = add(&mut tx, actor, project, new, false, now).await?;
    tx.commit().await?;
    Ok(rule)
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
    let new = patch.apply(&before)?;
    let after = change_to(&mut tx, actor, project, &before, new, now).await?;
    tx.commit().await?;
    Ok(after)
}

/// Makes a rule another one, of the same id.
pub async fn replace(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    id: RuleId,
    new: NewRule,
    now: Timestamp,
) -> Result<Rule> {
    let mut tx = db.begin().await?;
    let before = lock(&mut tx, project, id).await?;
    let after = change_to(&mut tx, actor, project, &before, new, now).await?;
    tx.commit().await?;
    Ok(after)
}

async fn change_to(
    tx: &mut Tx<'_>,
    actor: &Actor,
    project: ProjectId,
    before: &Rule,
    new: NewRule,
    now: Timestamp,
) -> Result<Rule> {
    let after = new.checked_beside(before.condition.as_deref())?.into_rule(
        before.id,
        before.managed,
        before.created_at,
        now,
    );
    change(tx, actor, project, before, &after, now).await?;
    Ok(after)
}

/// Removes a rule. What it decided stays as it was.
pub async fn delete(db: &Db, actor: &Actor, project: ProjectId, id: RuleId, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    let before = lock(&mut tx, project, id).await?;
    remove(&mut tx, actor, project, &before, now).await?;
    tx.commit().await
}

/// Adds a checked rule.
async fn add(
    tx: &mut Tx<'_>,
    actor: &Actor,
    project: ProjectId,
    new: NewRule,
    managed: bool,
    now: Timestamp,
) -> Result<Rule> {
    let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM rule WHERE project_id = $1")
        .bind(project.0)
        .fetch_one(tx.conn())
        .await?;
    if usize::try_from(count).is_ok_and(|count| count >= MAX_RULES) {
        return Err(Error::conflict(format!("a project has at most {MAX_RULES} rules")));
    }
    let rule = new.into_rule(RuleId(tx.next_id(now)), managed, now, now);
    insert(tx, project, &rule).await?;
    let detail = json!({ "after": rule });
    ledger::record(tx, now, Some(project), actor, "rule.created", &rule.id.to_string(), &detail).await?;
    Ok(rule)
}

async fn insert(tx: &mut Tx<'_>, project: ProjectId, rule: &Rule) -> Result<()> {
    // The SELECT makes a project that does not exist "not found" on both engines.
    let inserted = sqlx::query(
        "INSERT INTO rule (id, project_id, name, description, effect, condition, target, filters, source, verbs, \
         priority, expires_at, mode, managed, created_at, updated_at) \
         SELECT $1, id, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15 FROM project WHERE id = $2",
    )
    .bind(rule.id.0)
    .bind(project.0)
    .bind(&rule.name)
    .bind(&rule.description)
    .bind(rule.effect.to_string())
    .bind(rule.condition.as_deref())
    .bind(rule.target.map_or("", super::RuleTarget::as_str))
    .bind(to_json(&rule.filters)?)
    .bind(rule.source.as_deref())
    .bind(to_json(&rule.verbs)?)
    .bind(rule.priority)
    .bind(rule.expires_at.map(|end| end.0))
    .bind(rule.mode.as_str())
    .bind(i64::from(rule.managed))
    .bind(rule.created_at.0)
    .execute(tx.conn())
    .await?;
    if inserted.rows_affected() == 0 { Err(Error::NotFound) } else { Ok(()) }
}

async fn change(
    tx: &mut Tx<'_>,
    actor: &Actor,
    project: ProjectId,
    before: &Rule,
    after: &Rule,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "UPDATE rule SET name = $1, description = $2, effect = $3, condition = $4, target = $5, filters = $6, \
         source = $7, verbs = $8, priority = $9, expires_at = $10, mode = $11, managed = $12, updated_at = $13 \
         WHERE project_id = $14 AND id = $15",
    )
    .bind(&after.name)
    .bind(&after.description)
    .bind(after.effect.to_string())
    .bind(after.condition.as_deref())
    .bind(after.target.map_or("", super::RuleTarget::as_str))
    .bind(to_json(&after.filters)?)
    .bind(after.source.as_deref())
    .bind(to_json(&after.verbs)?)
    .bind(after.priority)
    .bind(after.expires_at.map(|end| end.0))
    .bind(after.mode.as_str())
    .bind(i64::from(after.managed))
    .bind(after.updated_at.0)
    .bind(project.0)
    .bind(after.id.0)
    .execute(tx.conn())
    .await?;
    let detail = json!({ "before": before, "after": after });
    ledger::record(tx, now, Some(project), actor, "rule.updated", &after.id.to_string(), &detail).await
}

async fn remove(
    tx: &mut Tx<'_>,
    actor: &Actor,
    project: ProjectId,
    before: &Rule,
    now: Timestamp,
) -> Result<()> {
    sqlx::query("DELETE FROM rule WHERE project_id = $1 AND id = $2")
        .bind(project.0)
        .bind(before.id.0)
        .execute(tx.conn())
        .await?;
    let detail = json!({ "before": before });
    ledger::record(tx, now, Some(project), actor, "rule.deleted", &before.id.to_string(), &detail).await
}

/// Reads a rule and keeps others from changing it until the commit; the update that changes nothing locks the row on
/// PostgreSQL, where SQLite has but one writer.
async fn lock(tx: &mut Tx<'_>, project: ProjectId, id: RuleId) -> Result<Rule> {
    let row = sqlx::query(concat!(
        "UPDATE rule SET name = name WHERE project_id = $1 AND id = $2 RETURNING ",
        columns!()
    ))
    .bind(project.0)
    .bind(id.0)
    .fetch_optional(tx.conn())
    .await?;
    rule(&row.ok_or(Error::NotFound)?)
}

/// All of a project's rules, locked as [`lock`] does.
async fn lock_all(tx: &mut Tx<'_>, project: ProjectId) -> Result<Vec<Rule>> {
    let rows =
        sqlx::query(concat!("UPDATE rule SET name = name WHERE project_id = $1 RETURNING ", columns!()))
            .bind(project.0)
            .fetch_all(tx.conn())
            .await?;
    rows.iter().map(rule).collect()
}
