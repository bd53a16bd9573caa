//! The events of the same user around one: where a reader of the log goes next.

use super::super::{Event, Neighbours};
use crate::Result;
use crate::db::Db;
use crate::id::{EventId, ProjectId};

/// An event's neighbours in its user's timeline; an anonymous one has none.
pub async fn neighbours(db: &Db, project: ProjectId, event: &Event) -> Result<Neighbours> {
    let before = "SELECT id FROM event WHERE user_key = $1 AND project_id = $2 AND (occurred_at, id) < ($3, $4) \
         ORDER BY occurred_at DESC, id DESC LIMIT 1";
    let after = "SELECT id FROM event WHERE user_key = $1 AND project_id = $2 AND (occurred_at, id) > ($3, $4) \
         ORDER BY occurred_at, id LIMIT 1";
    let Some(user) = &event.user else { return Ok(Neighbours::default()) };
    let beside = async |sql: &'static str| -> Result<Option<EventId>> {
        let query = sqlx::query_scalar(sql).bind(user.key.0).bind(project.0);
        let id = query.bind(event.occurred_at.0).bind(event.id.0).fetch_optional(db.reader()).await?;
        Ok(id.map(EventId))
    };
    Ok(Neighbours { before: beside(before).await?, after: beside(after).await? })
}
