//! Alerts: SQL and operations.

mod answered;
mod bulk;
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

pub(crate) use answered::answered;
pub use bulk::{acknowledge_each, close_each};
pub(crate) use deed::{Did, did};
pub(crate) use join::{closed_as, denied, join, kind_of, opened_since, unclosed_in, unclosed_of};
pub use raise::{Raise, Raised, raise};
pub use read::{counts, get, list, opened_daily, threats, unclosed};
pub(crate) use remark::remark;
pub(crate) use shared::{retitle, share};
pub(crate) use tell::{Told, raise_and_tell, tell};
pub(crate) use unasked::left_unasked;
use verdict::Verdict;
pub(crate) use wave::keep;
pub use wave::wave;

use super::{Action, Resolution, State, checked_note, transition};
use crate::db::{Db, Tx};
use crate::id::{AlertId, ProjectId, UserKey};
use crate::ledger;
use crate::operator::Actor;
use crate::risk::store::unsettled::recount;
use crate::user;
use crate::{Error, Result, Timestamp};

/// What a change needs to know of the alert that it changes.
struct Current {
    state: State,
    note: Option<String>,
    dedup_key: String,
    title: String,
}

/// Loads an alert and holds its row, so that two operators cannot both be first. The update changes nothing; it is the
/// lock that both engines know.
async fn hold(tx: &mut Tx<'_>, project: ProjectId, id: AlertId) -> Result<Current> {
    let row = sqlx::query(
        "UPDATE alert SET state = state WHERE id = $1 AND project_id = $2 RETURNING state, note, dedup_key, title",
    )
    .bind(id.0)
    .bind(project.0)
    .fetch_optional(tx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok(Current {
        state: read::state(row.try_get("state")?)?,
        note: row.try_get("note")?,
        dedup_key: row.try_get("dedup_key")?,
        title: row.try_get("title")?,
    })
}

/// The user's row comes first, as in the recording of events: two transactions cannot wait for each other.
async fn hold_user(tx: &mut Tx<'_>, user: Option<UserKey>) -> Result<()> {
    match user {
        Some(user) => user::store::hold(tx, user).await,
        None => Ok(()),
    }
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

/// Closes an alert. A blank note leaves the one that is there. A threat, and what was the user after all or no
/// alarm at all, teaches what the user's own answer would have, and settles what was told.
pub async fn close(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    id: AlertId,
    resolution: Resolution,
    note: &str,
    now: Timestamp,
) -> Result<()> {
    let note = checked_note(note)?;
    let alert = get(db, project, id).await?;
    let verdict = Verdict::of(db, project, &alert, resolution, now).await?;
    let (mut tx, user) = (db.begin().await?, alert.user.map(|user| user.key));
    hold_user(&mut tx, user).await?;
    let mut taught = None;
    if let Some(verdict) = &verdict {
        taught = Some((verdict, verdict.teach(&mut tx, now).await?));
    }
    write_closed(&mut tx, actor, project, id, (resolution, note.as_deref()), now).await?;
    if let Some(verdict) = &verdict {
        verdict.tell(&mut tx, project, now).await?;
    }
    if let Some(user) = user {
        recount(&mut tx, user, now).await?;
    }
    tx.commit().await?;
    match taught {
        Some((verdict, learned)) => verdict.spread(db, project, &learned, now).await,
        None => Ok(()),
    }
}

async fn write_closed(
    tx: &mut Tx<'_>,
    actor: &Actor,
    project: ProjectId,
    id: AlertId,
    (resolution, note): (Resolution, Option<&str>),
    now: Timestamp,
) -> Result<()> {
    let current = hold(tx, project, id).await?;
    let state = transition(current.state, Action::Close)?;
    sqlx::query(
        "UPDATE alert SET state = $1, resolution = $2, note = $3, closed_at = $4, closed_by = $5 WHERE id = $6",
    )
    .bind(state.as_str())
    .bind(resolution.as_str())
    .bind(note.or(current.note.as_deref()))
    .bind(now.0)
    .bind(operator(actor))
    .bind(id.0)
    .execute(tx.conn())
    .await?;
    let detail = json!({ "resolution": resolution, "note": note });
    ledger::record(tx, now, Some(project), actor, "alert.closed", &id.to_string(), &detail).await
}

/// Opens a closed alert again; a conflict when the same thing has been raised anew since.
pub async fn reopen(db: &Db, actor: &Actor, project: ProjectId, id: AlertId, now: Timestamp) -> Result<()> {
    let user = get(db, project, id).await?.user.map(|user| user.key);
    let mut tx = db.begin().await?;
    hold_user(&mut tx, user).await?;
    let current = hold(&mut tx, project, id).await?;
    let state = transition(current.state, Action::Reopen)?;
    if raised_anew(&mut tx, project, &current.dedup_key).await? {
        return Err(Error::conflict("the same thing has a newer alert that is open"));
    }
    sqlx::query(
        "UPDATE alert SET state = $1, resolution = NULL, closed_at = NULL, closed_by = NULL, \
         acknowledged_at = NULL, acknowledged_by = NULL WHERE id = $2",
    )
    .bind(state.as_str())
    .bind(id.0)
    .execute(tx.conn())
    .await?;
    if let Some(user) = user {
        recount(&mut tx, user, now).await?;
    }
    ledger::record(&mut tx, now, Some(project), actor, "alert.reopened", &id.to_string(), &json!({})).await?;
    tx.commit().await
}

async fn raised_anew(tx: &mut Tx<'_>, project: ProjectId, dedup_key: &str) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM alert WHERE project_id = $1 AND dedup_key = $2 AND state <> 'closed'";
    let open: i64 = sqlx::query_scalar(sql).bind(project.0).bind(dedup_key).fetch_one(tx.conn()).await?;
    Ok(open > 0)
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
