//! What an event that names no user sets in motion.

use serde_json::{Value, json};

use super::super::line::Line;
use super::{LATE, reported};
use crate::alert::store::{Did, Raise, Raised, Told, did, join, kind_of, raise_and_tell, tell};
use crate::alert::{LOGGED_OUT, headline};
use crate::db::Tx;
use crate::event::EventUser;
use crate::id::{AlertId, UserKey};
use crate::session::store::ordered_by;
use crate::user;
use crate::webhook::MessageType;
use crate::{Result, Timestamp};

/// The alert that it belongs to. Who goes on in a session that is over is told as if they had named its user: to leave the
/// name out hides nothing.
pub(in super::super) async fn of_nobody(
    tx: &mut Tx<'_>,
    line: &Line<'_>,
    now: Timestamp,
) -> Result<Option<AlertId>> {
    let (seen, judged) = (&line.arrival.observation, &line.assessment);
    let is_late = seen.received_at.since(seen.at) > LATE;
    if let (Some(owner), Some(session), false) = (line.owner, seen.event.session_id.as_deref(), is_late) {
        if let Some(alert) = ordered_by(tx, line.arrival.project, owner, session).await? {
            goes_on(tx, line, alert, (owner, session), now).await?;
            return Ok(Some(alert));
        }
        if headline::after_log_out(judged) {
            return after_log_out(tx, line, (owner, session), now).await.map(Some);
        }
    }
    reported(tx, line.arrival, line.id, None, judged, now).await
}

/// Counts it to an open alert, and tells that anew where the account is being taken over.
async fn goes_on(
    tx: &mut Tx<'_>,
    line: &Line<'_>,
    alert: AlertId,
    (owner, session): (UserKey, &str),
    now: Timestamp,
) -> Result<()> {
    let (project, judged, verb) =
        (line.arrival.project, &line.assessment, &line.arrival.observation.event.verb);
    join(tx, alert, judged.probability, judged.level, now).await?;
    let raised = Raised { id: alert, opened: false, rose_from: None };
    let deed = Did { project, verb, raised, anew: None };
    let Some(title) = did(tx, deed, now).await? else { return Ok(()) };
    let mut about = about(line, &user::store::named(tx, owner).await?, session);
    about["alert"] =
        json!({ "id": alert, "title": title, "level": judged.level, "kind": kind_of(tx, alert).await? });
    about["went_on_to"] = json!(verb);
    let told = Told { project, user: Some(owner), event: Some(line.id), alert };
    tell(tx, told, MessageType::AlertOpened, about, now).await
}

/// What a webhook tells of it.
fn about(line: &Line<'_>, user: &EventUser, session: &str) -> Value {
    json!({
        "user": { "id": user.id, "name": user.name },
        "session": { "id": session },
        "event": { "id": line.id, "occurred_at": line.arrival.observation.at },
    })
}

async fn after_log_out(
    tx: &mut Tx<'_>,
    line: &Line<'_>,
    (owner, session): (UserKey, &str),
    now: Timestamp,
) -> Result<AlertId> {
    let (seen, judged) = (&line.arrival.observation, &line.assessment);
    let user = user::store::named(tx, owner).await?;
    let title = format!("{}'s session {session} is in use after its log-out", user.label());
    let raise = Raise {
        project: line.arrival.project,
        user: Some(owner),
        event: Some(line.id),
        kind: LOGGED_OUT,
        dedup_key: &headline::dedup_key(Some(&user), seen, judged),
        title: &title,
        score: judged.probability,
        level: judged.level,
    };
    let about = about(line, &user, session);
    Ok(raise_and_tell(tx, raise, MessageType::AlertOpened, about, now).await?.id)
}
