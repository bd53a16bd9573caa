//! What is kept of the sessions that a group of events goes on with.

use std::collections::{BTreeSet, HashMap};

use sqlx::{AnyConnection, Row};

use super::record::Arrival;
use crate::Result;
use crate::db::{batch, time};
use crate::event::Observation;
use crate::id::{ProjectId, UserKey};
use crate::risk::session::{Kept, SessionMemory};
use crate::session::{self, store::ordered::orders_since_it_began};

/// By project and session.
#[derive(Default)]
pub(super) struct Sessions(HashMap<Place, Kept>);

/// A session's project and id.
type Place = (ProjectId, String);

impl Sessions {
    /// The session that an event names, and what is kept of it.
    pub(super) fn of(&self, project: ProjectId, seen: &Observation) -> Option<(Place, Option<&Kept>)> {
        let id = seen.event.session_id.as_ref().filter(|id| session::checked_id(id).is_ok())?;
        let place = (project, id.clone());
        let kept = self.0.get(&place);
        Some((place, kept))
    }

    /// Keeps what came of an event in it.
    pub(super) fn keep(&mut self, place: Place, kept: Kept) {
        self.0.insert(place, kept);
    }

    /// What is kept of the sessions that these name.
    pub(super) async fn load(conn: &mut AnyConnection, arrivals: &[Arrival]) -> Result<Self> {
        let wanted: BTreeSet<(i64, &str)> = arrivals
            .iter()
            .filter_map(|arrival| Some((arrival.project.0, arrival.observation.event.session_id.as_deref()?)))
            .collect();
        let wanted: Vec<_> = wanted.into_iter().collect();
        let select = concat!(
            "SELECT s.project_id, s.id, s.user_key, s.state, s.ended_at, s.memory, CAST(CASE WHEN EXISTS (SELECT 1 ",
            orders_since_it_began!(),
            ") THEN 1 ELSE 0 END AS BIGINT) AS ordered FROM wanted \
             CROSS JOIN session s WHERE s.project_id = wanted.project_id AND s.id = wanted.id"
        );
        let rows = batch::look_up(conn, &["project_id", "id"], select, &wanted, &(0, ""), |query, key| {
            query.bind(key.0).bind(key.1)
        })
        .await?;
        let mut sessions = Self::default();
        for row in &rows {
            let place = (ProjectId(row.try_get("project_id")?), row.try_get("id")?);
            let live = session::State::from_stored(row.try_get("state")?) == session::State::Live;
            sessions.0.insert(
                place,
                Kept {
                    user: UserKey(row.try_get("user_key")?),
                    memory: row.try_get::<Option<&[u8]>, _>("memory")?.and_then(SessionMemory::decode),
                    live,
                    ended: time(row, "ended_at")?.filter(|_| !live),
                    ordered: row.try_get::<i64, _>("ordered")? == 1,
                },
            );
        }
        Ok(sessions)
    }

    /// What is to be kept of a user's session, as bytes.
    pub(super) fn kept(&self, project: ProjectId, session: &str, user: UserKey) -> Option<Vec<u8>> {
        let kept = self.0.get(&(project, session.to_owned()))?;
        kept.memory_for(user).map(SessionMemory::encode)
    }
}
