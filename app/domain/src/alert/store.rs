//! Alerts: SQL and operations.

mod answered;
mod bulk;
mod close;
mod deed;
mod join;
mod raise;
mod read;
mod remark;
mod shared;
mod tell;
mod unasked;
mod verdict;
mod wave;

use serde_json::json;
use sqlx::Row;

pub(crate) use answered::{answered, is_overruled};
pub use bulk::{acknowledge_each, close_each};
pub use close::{close, reopen};
pub(crate) use deed::{Did, did};
pub(crate) use join::{closed_as, denied, join, kind_of, opened_since, unclosed_in, unclosed_of};
pub use raise::{Raise, Raised, raise};
pub use read::{counts, get, list, opened_daily, threats, unclosed};
pub(crate) use remark::{remark, remark_from};
pub(crate) use shared::{retitle, share};
pub(crate) use tell::{Told, raise_and_tell, tell};
pub(crate) use unasked::left_unasked;
pub(crate) use wave::keep;
pub use wave::wave;

use super::{Action, Resolution, State, checked_note, transition};
use crate::db::{Db, Tx};
use crate::id::{AlertId, ProjectId, UserKey};
use crate::ledger;
use crate::operator::Actor;
use crate::question::Answer;
use crate::user;
use crate::{Error, Result, Timestamp};

/// What a change needs to know of the alert that it changes.
struct Current {
    state: State,
    resolution: Option<Resolution>,
    note: Option<String>,
    dedup_key: String,
    title: String,
    /// What its user said by now.
    answer: Option<Answer>,
}

/// Loads an alert and holds its row, so that two operators cannot both be first. The update changes nothing; it is the
/// lock that both engines know.
async fn hold(tx: &mut Tx<'_>, project: ProjectId, id: AlertId) -> Result<Current> {
    let row = sqlx::query(
        "UPDATE alert SET state = state WHERE id = $1 AND project_id = $2 RETURNING state, resolution, note, dedup_key, title, \
         (SELECT q.answer FROM question q WHERE q.alert_id = alert.id ORDER BY q.id DESC LIMIT 1) AS answer",
    )
    .bind(id.0)
    .bind(project.0)
    .fetch_optional(tx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    let (resolution, answer): (Option<&str>, Option<&str>) =
        (row.try_get("resolution")?, row.try_get("answer")?);
    Ok(Current {
        state: read::state(row.try_get("state")?)?,
        resolution: resolution.map(str::parse).transpose()?,
        note: row.try_get("note")?,
        dedup_key: row.try_get("dedup_key")?,
        title: row.try_get("title")?,
        answer: answer.map(str::parse).transpose()?,
    })
}

/// The user's row comes first, as in the recording of events: two transactions cannot wait for each other.
async fn hold_user(tx: &mut Tx<'_>, user: Option<UserKey>) -> Result<()> {
    match user {
        Some(user) => user::store::hold(tx, user).await,
        None => Ok(()),
    }
}

async fn raised_anew(tx: &mut Tx<'_>, project: ProjectId, dedup_key: &str) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM alert WHERE project_id = $1 AND dedup_key = $2 AND state <> 'closed'";
    let open: i64 = sqlx::query_scalar(sql).bind(project.0).bind(dedup_key).fetch_one(tx.conn()).await?;
    Ok(open > 0)
}

fn operator(actor: &Actor) -> Option<i64> {
    match actor {
        Actor::Operator(id) => Some(id.0),
        _ => None,
    }
}

/// Takes an alert.
pub async fn acknowledge(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    id: AlertId,
    now: Timestamp,
) -> Result<()> {
    let mut tx = db.begin().await?;
    let state = transition(hold(&mut tx, project, id).await?.state, Action::Acknowledge)?;
    sqlx::query("UPDATE alert SET state = $1, acknowledged_at = $2, acknowledged_by = $3 WHERE id = $4")
        .bind(state.as_str())
        .bind(now.0)
        .bind(operator(actor))
        .bind(id.0)
        .execute(tx.conn())
        .await?;
    ledger::record(&mut tx, now, Some(project), actor, "alert.acknowledged", &id.to_string(), &json!({}))
        .await?;
    tx.commit().await
}

/// Replaces an alert's note; a blank one removes it.
pub async fn note(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    id: AlertId,
    note: &str,
    now: Timestamp,
) -> Result<()> {
    let note = checked_note(note)?;
    let mut tx = db.begin().await?;
    hold(&mut tx, project, id).await?;
    sqlx::query("UPDATE alert SET note = $1 WHERE id = $2").bind(&note).bind(id.0).execute(tx.conn()).await?;
    let detail = json!({ "note": note });
    ledger::record(&mut tx, now, Some(project), actor, "alert.noted", &id.to_string(), &detail).await?;
    tx.commit().await
}
