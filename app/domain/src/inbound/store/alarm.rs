//! Telling operators of a webhook that asks for sessions to be ended, where that could not be done.

use super::receive::From;
use crate::alert::UNOBEYED;
use crate::alert::store::{Raise, raise, remark};
use crate::db::Tx;
use crate::id::AlertId;
use crate::inbound::Source;
use crate::risk::Level;
use crate::{Result, Timestamp};

/// Opens the alert of its source and this reason, or joins it: there are few reasons, and a flood of such webhooks is one.
pub(super) async fn alarm(tx: &mut Tx<'_>, from: &From<'_>, reason: &str, now: Timestamp) -> Result<()> {
    let source = from.source;
    let title = format!("{} wants sessions ended, and that could not be done: {reason}", source.name);
    let what = Raise {
        project: from.project,
        user: None,
        event: None,
        kind: UNOBEYED,
        dedup_key: &key(source, reason),
        title: &title,
        score: 0.5,
        level: Level::Orange,
    };
    raise(tx, what, now).await?;
    Ok(())
}

/// Notes on the alert that one which could not be obeyed had opened that it came again and was.
pub(super) async fn since_obeyed(
    tx: &mut Tx<'_>,
    from: &From<'_>,
    (before, message, done): (&str, &str, &str),
    now: Timestamp,
) -> Result<()> {
    let open: Option<i64> = sqlx::query_scalar(
        "SELECT id FROM alert WHERE project_id = $1 AND dedup_key = $2 AND state <> 'closed'",
    )
    .bind(from.project.0)
    .bind(key(from.source, before))
    .fetch_optional(tx.conn())
    .await?;
    let Some(alert) = open else { return Ok(()) };
    let what = format!("{message} came again and was obeyed: {done}");
    remark(tx, from.project, AlertId(alert), &what, now).await?;
    Ok(())
}

fn key(source: &Source, reason: &str) -> String {
    format!("{UNOBEYED}|{}|{reason}", source.id)
}
