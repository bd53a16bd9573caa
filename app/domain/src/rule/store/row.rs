//! A rule as its row says it.

use sqlx::Row;
use sqlx::any::AnyRow;

use crate::db::{json, time};
use crate::id::RuleId;
use crate::rule::Rule;
use crate::{Error, Result, Timestamp};

pub(super) fn rule(row: &AnyRow) -> Result<Rule> {
    let stored = |error: Error| Error::Internal(format!("stored rule: {error}"));
    let target: &str = row.try_get("target")?;
    Ok(Rule {
        id: RuleId(row.try_get("id")?),
        name: row.try_get("name")?,
        description: row.try_get("description")?,
        effect: row.try_get::<&str, _>("effect")?.parse().map_err(stored)?,
        condition: row.try_get("condition")?,
        target: (!target.is_empty()).then(|| target.parse().map_err(stored)).transpose()?,
        filters: json(row, "filters")?,
        source: row.try_get("source")?,
        verbs: json(row, "verbs")?,
        priority: row.try_get("priority")?,
        expires_at: time(row, "expires_at")?,
        mode: row.try_get::<&str, _>("mode")?.parse().map_err(stored)?,
        managed: row.try_get::<i64, _>("managed")? != 0,
        created_at: Timestamp(row.try_get("created_at")?),
        updated_at: Timestamp(row.try_get("updated_at")?),
    })
}
