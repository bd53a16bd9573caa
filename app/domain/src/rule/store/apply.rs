//! Rules from files: made as the files say, all or none, and as often as one likes.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{add, change, lock_all, remove};
use crate::db::Db;
use crate::id::ProjectId;
use crate::operator::Actor;
use crate::rule::{NewRule, Rule};
use crate::{Error, Result, Timestamp};

/// How far to go.
#[derive(Clone, Copy, Debug, Default)]
pub struct Apply {
    /// Delete the rules whose files are gone.
    pub prune: bool,
    /// Only say what would be done.
    pub dry_run: bool,
}

/// What was done, by the rules' names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Applied {
    /// Made.
    pub created: Vec<String>,
    /// Changed to what its file says, or taken over from the console.
    pub changed: Vec<String>,
    /// As its file says already.
    pub same: Vec<String>,
    /// Came from a file that is gone, and stays.
    pub missing: Vec<String>,
    /// Came from a file that is gone, and was deleted.
    pub pruned: Vec<String>,
}

/// Makes the rules of a project what the files say. Rules are told apart by name; those made in the console under other
/// names are left alone.
pub async fn apply(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    files: Vec<NewRule>,
    how: Apply,
    now: Timestamp,
) -> Result<Applied> {
    let wanted = by_name(files)?;
    let mut tx = db.begin().await?;
    let known = lock_all(&mut tx, project).await?;
    let mut applied = Applied::default();
    // Those whose files are gone make room first.
    let (mut gone, known): (Vec<_>, Vec<_>) =
        known.into_iter().partition(|rule| rule.managed && !wanted.contains_key(&rule.name));
    gone.sort_by(|one, other| one.name.cmp(&other.name));
    let names = gone.iter().map(|rule| rule.name.clone()).collect();
    if how.prune {
        for rule in &gone {
            remove(&mut tx, actor, project, rule, now).await?;
        }
        applied.pruned = names;
    } else {
        applied.missing = names;
    }
    let mut known = namesakes(known, &wanted)?;
    for (name, new) in wanted {
        let Some(before) = known.remove(&name) else {
            add(&mut tx, actor, project, new, true, now).await?;
            applied.created.push(name);
            continue;
        };
        if before.managed && NewRule::from(&before) == new {
            applied.same.push(name);
            continue;
        }
        let after = new.into_rule(before.id, true, before.created_at, now);
        change(&mut tx, actor, project, &before, &after, now).await?;
        applied.changed.push(name);
    }
    if !how.dry_run {
        tx.commit().await?;
    }
    Ok(applied)
}

fn by_name(files: Vec<NewRule>) -> Result<BTreeMap<String, NewRule>> {
    let mut wanted = BTreeMap::new();
    for new in files {
        let new = new.checked()?;
        let name = new.name.clone();
        if wanted.insert(name.clone(), new).is_some() {
            return Err(Error::conflict(format!("two files make a rule named “{name}”")));
        }
    }
    Ok(wanted)
}

/// The rules there are that a file is about.
fn namesakes(known: Vec<Rule>, wanted: &BTreeMap<String, NewRule>) -> Result<BTreeMap<String, Rule>> {
    let mut namesakes: BTreeMap<String, Rule> = BTreeMap::new();
    for rule in known.into_iter().filter(|rule| wanted.contains_key(&rule.name)) {
        if let Some(twin) = namesakes.insert(rule.name.clone(), rule) {
            return Err(Error::conflict(format!("the project has two rules named “{}”", twin.name)));
        }
    }
    Ok(namesakes)
}
