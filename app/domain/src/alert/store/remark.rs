//! What became since of what an alert is about, noted on it. It closes none: whether all is well is for people to say.

use serde_json::json;

use crate::alert::MAX_NOTE;
use crate::db::Tx;
use crate::id::{AlertId, ProjectId};
use crate::ledger;
use crate::operator::Actor;
use crate::{Result, Timestamp};

/// Adds a line to the note of an alert: what, and when; once, and while there is room. True when it was added.
pub(crate) async fn remark(
    tx: &mut Tx<'_>,
    project: ProjectId,
    alert: AlertId,
    what: &str,
    now: Timestamp,
) -> Result<bool> {
    remark_from(tx, project, alert, (what, ""), now).await
}

/// The same, and where it came from the first time.
pub(crate) async fn remark_from(
    tx: &mut Tx<'_>,
    project: ProjectId,
    alert: AlertId,
    (what, from): (&str, &str),
    now: Timestamp,
) -> Result<bool> {
    let line = format!("{what}{from}, at {}.", now.human());
    let room = i64::try_from(MAX_NOTE.saturating_sub(line.len() + 1)).unwrap_or(0);
    let noted = sqlx::query(
        "UPDATE alert SET note = CASE WHEN note IS NULL OR note = '' THEN $1 ELSE note || $2 || $1 END \
         WHERE id = $3 AND project_id = $4 AND (note IS NULL OR (LENGTH(note) <= $5 AND REPLACE(note, $6, '') = note))",
    )
    .bind(&line)
    .bind("\n")
    .bind(alert.0)
    .bind(project.0)
    .bind(room)
    .bind(what)
    .execute(tx.conn())
    .await?;
    if noted.rows_affected() == 0 {
        return Ok(false);
    }
    let detail = json!({ "note": line });
    ledger::record(tx, now, Some(project), &Actor::System, "alert.noted", &alert.to_string(), &detail)
        .await?;
    Ok(true)
}
