//! Who did something, in words: lists show names, the ledger keeps ids.

use std::collections::HashMap;

use sqlx::Row;

use crate::Result;
use crate::db::Db;
use crate::id::{KeyId, OperatorId, ProjectId, RuleId, SourceId};

/// The names of those who may change something in a project.
#[derive(Clone, Debug)]
pub struct Names(HashMap<String, String>);

impl Names {
    /// Of operators, the project's API keys (revoked ones too), its inbound sources and its rules.
    pub async fn load(db: &Db, project: ProjectId) -> Result<Self> {
        let rows = sqlx::query(
            "SELECT 'operator' AS kind, id, name FROM operator \
             UNION ALL SELECT 'key', id, name FROM api_key WHERE project_id = $1 \
             UNION ALL SELECT 'source', id, name FROM source WHERE project_id = $1 \
             UNION ALL SELECT 'rule', id, name FROM rule WHERE project_id = $1",
        )
        .bind(project.0)
        .fetch_all(db.reader())
        .await?;
        let named = rows.iter().map(|row| {
            let (kind, id, name): (&str, i64, &str) =
                (row.try_get("kind")?, row.try_get("id")?, row.try_get("name")?);
            Ok(match kind {
                "operator" => (format!("operator:{}", OperatorId(id)), name.to_owned()),
                "key" => (format!("key:{}", KeyId(id)), format!("API key {name}")),
                "rule" => (format!("rule:{}", RuleId(id)), format!("the rule “{name}”")),
                _ => (format!("source:{}", SourceId(id)), format!("source {name}")),
            })
        });
        Ok(Self(named.collect::<Result<_>>()?))
    }

    /// The name of an operator, while they are one.
    pub fn operator(&self, id: &str) -> Option<String> {
        self.0.get(&format!("operator:{id}")).cloned()
    }

    /// `Anna Smith`, `API key Production`, `source Fraud desk`, `the rule “Tor”`, `the user’s answer`, `the command line`,
    /// `Porchlight`. Whatever is no actor,
    /// as [`super::super::Actor`] is written, stays as it is.
    pub fn of(&self, actor: &str) -> String {
        match (self.0.get(actor), actor.split_once(':')) {
            (Some(name), _) => name.clone(),
            (None, Some(("operator", _))) => "a former operator".to_owned(),
            (None, Some(("key", _))) => "an API key that is gone".to_owned(),
            (None, Some(("source", _))) => "a source that is gone".to_owned(),
            (None, Some(("rule", _))) => "a rule that is gone".to_owned(),
            (None, Some(("user", _))) => "the user’s answer".to_owned(),
            (None, None) if actor == "system" => "Porchlight".to_owned(),
            (None, None) if actor == "cli" => "the command line".to_owned(),
            (None, _) => actor.to_owned(),
        }
    }
}
