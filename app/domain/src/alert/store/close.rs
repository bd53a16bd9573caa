//! Closing an alert, and opening it again: what an operator's word does, and what taking it back does.

use serde_json::json;

use super::verdict::Verdict;
use super::{Current, get, hold, hold_user, operator, raised_anew};
use crate::alert::{Action, Closing, Resolution, State, checked_note, transition};
use crate::db::{Db, Tx};
use crate::id::{AlertId, ProjectId};
use crate::ledger;
use crate::operator::Actor;
use crate::profile::Profile;
use crate::risk::store::unsettled::recount;
use crate::{Error, Result, Timestamp};

/// Closes an alert. A blank note leaves the one that is there. A threat, and what was the user after all or no
/// alarm at all, teaches what the user's own answer would have, and settles what was told. A conflict where it would
/// overrule an answer that whoever closes it has not seen ([`Closing::check`]).
pub async fn close(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    id: AlertId,
    closing: impl Into<Closing>,
    note: &str,
    now: Timestamp,
) -> Result<()> {
    let (closing, note) = (closing.into(), checked_note(note)?);
    let alert = get(db, project, id).await?;
    let verdict = Verdict::of(db, project, &alert, closing.resolution, now).await?;
    let (mut tx, user) = (db.begin().await?, alert.user.map(|user| user.key));
    hold_user(&mut tx, user).await?;
    let current = hold(&mut tx, project, id).await?;
    let state = transition(current.state, Action::Close)?;
    closing.check(current.answer)?;
    // What its user has said already is not taught twice.
    let verdict = verdict.filter(|verdict| current.answer != Some(verdict.answer));
    let taught = teach(&mut tx, verdict, now).await?;
    let kept = note.as_deref().or(current.note.as_deref());
    write_closed(&mut tx, actor, id, (state, closing.resolution, kept), now).await?;
    let detail = json!({ "resolution": closing.resolution, "note": note });
    ledger::record(&mut tx, now, Some(project), actor, "alert.closed", &id.to_string(), &detail).await?;
    if let Some((verdict, _)) = &taught {
        verdict.tell(&mut tx, project, now).await?;
    }
    if let Some(user) = user {
        recount(&mut tx, user, now).await?;
    }
    tx.commit().await?;
    spread(db, project, taught, now).await
}

async fn write_closed(
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: AlertId,
    (state, resolution, note): (State, Resolution, Option<&str>),
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "UPDATE alert SET state = $1, resolution = $2, note = $3, closed_at = $4, closed_by = $5 WHERE id = $6",
    )
    .bind(state.as_str())
    .bind(resolution.as_str())
    .bind(note)
    .bind(now.0)
    .bind(operator(actor))
    .bind(id.0)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Opens a closed alert again; a conflict when the same thing has been raised anew since. An answer that the closing
/// overruled counts again; where nobody answered, what it taught stays until the alert is closed as something else.
pub async fn reopen(db: &Db, actor: &Actor, project: ProjectId, id: AlertId, now: Timestamp) -> Result<()> {
    let alert = get(db, project, id).await?;
    let verdict = Verdict::of_user(db, project, &alert).await?;
    let (mut tx, user) = (db.begin().await?, alert.user.map(|user| user.key));
    hold_user(&mut tx, user).await?;
    let current = hold(&mut tx, project, id).await?;
    let state = transition(current.state, Action::Reopen)?;
    if raised_anew(&mut tx, project, &current.dedup_key).await? {
        return Err(Error::conflict("the same thing has a newer alert that is open"));
    }
    let verdict = verdict.filter(|_| overrules(&current));
    let taught = teach(&mut tx, verdict, now).await?;
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
    tx.commit().await?;
    spread(db, project, taught, now).await
}

/// True when it was closed as the opposite of what its user had said.
fn overrules(closed: &Current) -> bool {
    let said = closed.resolution.and_then(Resolution::says);
    said.is_some_and(|said| closed.answer.is_some_and(|answer| answer != said))
}

/// A word on a login, with the profile that learned it.
type Taught = Option<(Verdict, Profile)>;

async fn teach(tx: &mut Tx<'_>, verdict: Option<Verdict>, now: Timestamp) -> Result<Taught> {
    let Some(verdict) = verdict else { return Ok(None) };
    let learned = verdict.teach(tx, now).await?;
    Ok(Some((verdict, learned)))
}

async fn spread(db: &Db, project: ProjectId, taught: Taught, now: Timestamp) -> Result<()> {
    match taught {
        Some((verdict, learned)) => verdict.spread(db, project, &learned, now).await,
        None => Ok(()),
    }
}
