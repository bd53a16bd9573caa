//! Rules made ready for judging: compiled when they have changed, not for each group of events.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::list;
use crate::Result;
use crate::db::Db;
use crate::id::ProjectId;
use crate::rule::{Rule, RuleSet};

/// The sets that this process compiled last, each with the rules it was made of.
#[derive(Debug, Default)]
pub struct Sets(Mutex<HashMap<ProjectId, (Vec<Rule>, Arc<RuleSet>)>>);

impl Sets {
    fn known(&self) -> MutexGuard<'_, HashMap<ProjectId, (Vec<Rule>, Arc<RuleSet>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The set of these rules. They are compared as a whole: what another process changed is seen as well, and there is
    /// nothing to invalidate.
    fn of(&self, project: ProjectId, rules: Vec<Rule>) -> Arc<RuleSet> {
        let same = self.known().get(&project).filter(|(same, _)| *same == rules).map(|(_, set)| set.clone());
        if let Some(set) = same {
            return set;
        }
        let set = Arc::new(RuleSet::new(&rules));
        self.known().insert(project, (rules, set.clone()));
        set
    }
}

/// The rules of these projects, ready to judge events. Every project has a set, if an empty one.
pub async fn for_projects(db: &Db, projects: &[ProjectId]) -> Result<HashMap<ProjectId, Arc<RuleSet>>> {
    let mut sets = HashMap::new();
    for project in projects {
        if !sets.contains_key(project) {
            sets.insert(*project, db.rule_sets().of(*project, list(db, *project).await?));
        }
    }
    Ok(sets)
}
