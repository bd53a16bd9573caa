//! The same change to many alerts: each is a change of its own, recorded as such.

use super::{acknowledge, close};
use crate::alert::{Changed, Closing, Known, Resolution};
use crate::db::Db;
use crate::id::{AlertId, ProjectId};
use crate::operator::Actor;
use crate::{Error, Result, Timestamp};

/// Takes each alert that can be taken.
pub async fn acknowledge_each(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    ids: &[AlertId],
    now: Timestamp,
) -> Result<Changed> {
    let mut changed = Changed::default();
    for id in ids {
        changed.count(acknowledge(db, actor, project, *id, now).await)?;
    }
    Ok(changed)
}

/// Closes each alert that is not closed, leaving their notes as they are. Those whose user said "no" are not taken for
/// theirs among others.
pub async fn close_each(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    ids: &[AlertId],
    resolution: Resolution,
    now: Timestamp,
) -> Result<Changed> {
    let mut changed = Changed::default();
    let closing = Closing { resolution, known: Known::Unread };
    for id in ids {
        changed.count(close(db, actor, project, *id, closing, "", now).await)?;
    }
    Ok(changed)
}

impl Changed {
    /// Somebody else may have been first: that is no reason to leave the others.
    fn count(&mut self, result: Result<()>) -> Result<()> {
        match result {
            Ok(()) => self.done += 1,
            Err(Error::Conflict(_) | Error::NotFound) => self.left += 1,
            Err(error) => return Err(error),
        }
        Ok(())
    }
}
