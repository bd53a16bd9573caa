//! Events that come again under a client id that is stored already: they are answered as the first time.

use std::collections::HashMap;

use sqlx::Row;

use super::record::Arrival;
use crate::db::{Tx, batch, json};
use crate::event::{Detail, Recorded};
use crate::id::{EventId, ProjectId};
use crate::risk::{Assessment, Decision, Level};
use crate::{Error, Result};

/// The events that carry the ids of a group's, stored before or in the group itself.
pub(super) struct Stored(HashMap<(ProjectId, String), First>);

impl Stored {
    /// Those stored before.
    pub(super) async fn load(tx: &mut Tx<'_>, arrivals: &[Arrival]) -> Result<Self> {
        Ok(Self(repeats(tx, arrivals).await?))
    }

    /// A conflict where one of these is not the stored event of its id, or not the one before it in the group: asked before
    /// anything is learned of any.
    pub(super) fn check(&self, arrivals: &[Arrival]) -> Result<()> {
        let mut fresh: HashMap<(ProjectId, &str), &str> = HashMap::new();
        for arrival in arrivals {
            let event = &arrival.observation.event;
            let Some(id) = event.client_id.as_deref() else { continue };
            let stored = self.0.get(&(arrival.project, id.to_owned())).map(|first| first.raw.as_str());
            let before = stored.or_else(|| fresh.insert((arrival.project, id), &event.raw));
            if before.is_some_and(|raw| raw != event.raw) {
                return Err(Error::conflict(format!(
                    "an event with the id {id} and another body is stored already"
                )));
            }
        }
        Ok(())
    }

    /// The answer to an event that is stored already: the first one's.
    pub(super) fn answer(&self, arrival: &Arrival) -> Option<Recorded> {
        let id = arrival.observation.event.client_id.as_ref()?;
        let first = self.0.get(&(arrival.project, id.clone()))?;
        Some(Recorded { repeated: true, ..first.answer.clone() })
    }

    /// Remembers an event of the group.
    pub(super) fn note(&mut self, arrival: &Arrival, answer: &Recorded) {
        let event = &arrival.observation.event;
        if let Some(id) = &event.client_id {
            let first = First { answer: answer.clone(), raw: event.raw.clone() };
            self.0.insert((arrival.project, id.clone()), first);
        }
    }
}

/// An event that is stored already, and what was answered to it.
struct First {
    answer: Recorded,
    raw: String,
}

/// Those whose client id is stored already.
async fn repeats(tx: &mut Tx<'_>, arrivals: &[Arrival]) -> Result<HashMap<(ProjectId, String), First>> {
    let ids: Vec<_> = arrivals
        .iter()
        .filter_map(|arrival| Some((arrival.project.0, arrival.observation.event.client_id.as_deref()?)))
        .collect();
    let select = "SELECT e.project_id, e.client_id, e.id, e.score, e.level, e.decision, e.detail, e.raw FROM wanted \
         CROSS JOIN event e WHERE e.project_id = wanted.project_id AND e.client_id = wanted.client_id";
    let rows =
        batch::look_up(tx.conn(), &["project_id", "client_id"], select, &ids, &(0, ""), |query, key| {
            query.bind(key.0).bind(key.1)
        })
        .await?;
    let mut known = HashMap::with_capacity(rows.len());
    for row in &rows {
        let detail: Detail = json(row, "detail")?;
        let assessment = Assessment {
            probability: row.try_get("score")?,
            level: Level::from_number(row.try_get("level")?),
            decision: Decision::from_stored(row.try_get("decision")?),
            reasons: detail.reasons,
            account: detail.account,
        };
        let answer = Recorded { id: EventId(row.try_get("id")?), assessment, repeated: true };
        let first = First { answer, raw: row.try_get("raw")? };
        known.insert((ProjectId(row.try_get("project_id")?), row.try_get("client_id")?), first);
    }
    Ok(known)
}
