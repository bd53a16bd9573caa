//! What the user's answer does to an alert.

use super::{hold, raised_anew, remark_from};
use crate::alert::{Action, Resolution, State, transition};
use crate::db::Tx;
use crate::id::{AlertId, ProjectId};
use crate::notice::store::{News, note};
use crate::profile::QUIET;
use crate::question::Answer;
use crate::{Result, Timestamp};

/// What its user's answer does to an alert: "yes" closes it, "no" opens it again if it was closed. An alert that is not
/// closed has no resolution yet; one that stays closed on a "no" (because the same thing has been raised anew, which an
/// operator then sees) was a threat.
pub(crate) async fn answered(
    tx: &mut Tx<'_>,
    project: ProjectId,
    id: AlertId,
    answer: Answer,
    now: Timestamp,
) -> Result<()> {
    let current = hold(tx, project, id).await?;
    let mut state = transition(current.state, Action::Answer(answer))?;
    if current.state == State::Closed
        && state != State::Closed
        && raised_anew(tx, project, &current.dedup_key).await?
    {
        state = State::Closed;
    }
    let closed_now = current.state != State::Closed && state == State::Closed;
    let resolution = match answer {
        Answer::No => Some(Resolution::ConfirmedThreat),
        Answer::Yes if closed_now => Some(Resolution::ConfirmedByUser),
        Answer::Yes => None,
    };
    let closed_at = (state == State::Closed).then_some(now.0);
    sqlx::query(
        "UPDATE alert SET state = $1, resolution = CASE WHEN $1 = 'closed' THEN COALESCE($2, resolution) END, \
         closed_at = CASE WHEN $1 = 'closed' THEN COALESCE(closed_at, $3) END, \
         closed_by = CASE WHEN $1 = 'closed' THEN closed_by END WHERE id = $4",
    )
    .bind(state.as_str())
    .bind(resolution.map(Resolution::as_str))
    .bind(closed_at)
    .bind(id.0)
    .execute(tx.conn())
    .await?;
    if answer == Answer::No {
        let title = format!("The user says that it was not them: {}", current.title);
        let path = format!("alerts/{id}");
        note(tx, project, News { title: &title, path: &path, urgent: true }, now).await?;
    }
    Ok(())
}

/// True when an operator closed the alert as a threat, or another login of its user lately, of which the user said nothing:
/// their word is the last until an operator takes it back, because whoever is in an account may read its mail, too. A "yes" is
/// noted on the alert then, with the address that it came from, and operators are told.
pub(crate) async fn is_overruled(
    tx: &mut Tx<'_>,
    project: ProjectId,
    id: AlertId,
    from: &str,
    now: Timestamp,
) -> Result<bool> {
    let current = hold(tx, project, id).await?;
    if current.resolution != Some(Resolution::ConfirmedThreat) && !threatened(tx, id, now).await? {
        return Ok(false);
    }
    let said = "“Yes, it was me” changed nothing: this, or another login of the user, was closed as a threat. It came from ";
    if remark_from(tx, project, id, (said, from), now).await? {
        let title = format!(
            "The user says that it was them, where a login was closed as a threat: {}",
            current.title
        );
        let path = format!("alerts/{id}");
        note(tx, project, News { title: &title, path: &path, urgent: true }, now).await?;
    }
    Ok(true)
}

/// True when an operator closed an alert about another login of the same user as a threat within [`QUIET`].
async fn threatened(tx: &mut Tx<'_>, id: AlertId, now: Timestamp) -> Result<bool> {
    let threats: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM alert a JOIN alert other ON other.user_key = a.user_key AND other.project_id = a.project_id \
         WHERE a.id = $1 AND other.resolution = 'confirmed_threat' AND other.kind LIKE 'login%' AND other.closed_at > $2 \
         AND NOT EXISTS (SELECT 1 FROM question q WHERE q.alert_id = other.id AND q.answer = 'no')",
    )
    .bind(id.0)
    .bind(now.plus(-QUIET).0)
    .fetch_one(tx.conn())
    .await?;
    Ok(threats > 0)
}
