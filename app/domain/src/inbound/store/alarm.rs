//! Telling operators of a webhook that asks for sessions to be ended, where that could not be done.

use super::receive::From;
use crate::alert::UNOBEYED;
use crate::alert::store::{Raise, raise};
use crate::db::Tx;
use crate::id::EventId;
use crate::risk::Level;
use crate::{Result, Timestamp};

/// Opens the alert of its source and this reason, or joins it: there are few reasons, and a flood of such webhooks is one.
pub(super) async fn alarm(tx: &mut Tx<'_>, from: &From<'_>, reason: &str, now: Timestamp) -> Result<()> {
    let source = from.source;
    let title = format!("{} wants sessions ended, and that could not be done: {reason}", source.name);
    let what = Raise {
        project: from.project,
        user: None,
        event: EventId(0),
        kind: UNOBEYED,
        dedup_key: &format!("{UNOBEYED}|{}|{reason}", source.id),
        title: &title,
        score: 0.5,
        level: Level::Orange,
    };
    raise(tx, what, now).await?;
    Ok(())
}
