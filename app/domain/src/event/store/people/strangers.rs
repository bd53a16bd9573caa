//! Users nobody has seen before.

use super::super::record::Arrival;
use crate::Result;
use crate::db::{Tx, batch};
use crate::id::ProjectId;
use crate::time::Timestamp;

/// Makes rows for users nobody has seen; another replica that makes the same one first wins.
pub(super) async fn make(
    tx: &mut Tx<'_>,
    strangers: &[(ProjectId, &str)],
    arrivals: &[Arrival],
) -> Result<()> {
    let rows: Vec<_> = strangers
        .iter()
        .map(|(project, id)| {
            let theirs = arrivals.iter().find(|arrival| {
                arrival.project == *project
                    && arrival.observation.event.user.as_ref().is_some_and(|user| user.id == *id)
            });
            let at = theirs.map_or(Timestamp(0), |arrival| arrival.observation.at);
            (tx.next_id(at), project.0, *id, at.0)
        })
        .collect();
    let head = "INSERT INTO end_user (key, project_id, id, first_seen_at, last_seen_at, events)";
    let tail = "ON CONFLICT (project_id, id) DO NOTHING";
    batch::insert(tx.conn(), head, tail, 6, &rows, |query, (key, project, id, at)| {
        query.bind(*key).bind(*project).bind(*id).bind(*at).bind(*at).bind(0_i64)
    })
    .await?;
    Ok(())
}
