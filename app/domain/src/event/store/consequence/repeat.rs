//! What follows when somebody does again what the user said was not theirs: nobody is asked first, the session ends.

use super::Judged;
use crate::alert::store::denied;
use crate::db::Tx;
use crate::event::verb;
use crate::id::AlertId;
use crate::operator::Actor;
use crate::question::store::last_no;
use crate::revocation::store::{Request, request};
use crate::revocation::{Reason, Scope};
use crate::risk::Level;
use crate::session::Seen;
use crate::session::store::{ordered_by, seen};
use crate::{Result, Timestamp};

/// The open alert whose order is about to end the session that this event was done in: it is no news that it still acts.
/// A login begins a session anew, and what goes on after its alert was closed is told anew.
pub(super) async fn expected(tx: &mut Tx<'_>, judged: &Judged<'_>) -> Result<Option<AlertId>> {
    let event = &judged.arrival.observation.event;
    match event.session_id.as_deref().filter(|_| !verb::is_login(&event.verb)) {
        Some(session) => ordered_by(tx, judged.judge.project.id, judged.person.key, session).await,
        None => Ok(None),
    }
}

/// What a repeat of `alert_key` joins: one alert for each "no" that came before. None when it is no repeat: neither the
/// judgement nor the alert of its `own` that it would join says that this user's own "no" was about the like of it. What another user
/// denied is evidence, and reason to ask.
pub(super) async fn key(
    tx: &mut Tx<'_>,
    judged: &Judged<'_>,
    alert_key: &str,
    own: bool,
) -> Result<Option<String>> {
    let (event, assessment) = (&judged.arrival.observation.event, judged.assessment);
    let authenticated = event.user.as_ref().is_some_and(|user| user.authenticated);
    if !authenticated || verb::is_failure(&event.verb) {
        return Ok(None);
    }
    let Some(no) = last_no(tx, judged.person.key).await? else { return Ok(None) };
    let is_repeat = assessment.account.repeat && assessment.level == Level::Red;
    let repeats = is_repeat || own && denied(tx, judged.judge.project.id, alert_key).await?;
    Ok(repeats.then(|| format!("repeat|{no}|{alert_key}")))
}

/// Orders the event's session ended.
pub(super) async fn end(
    tx: &mut Tx<'_>,
    judged: &Judged<'_>,
    alert: AlertId,
    public_url: &str,
    now: Timestamp,
) -> Result<()> {
    let (project, user, event) =
        (judged.judge.project.id, judged.person.key, &judged.arrival.observation.event);
    let Some(begun) = Seen::of(project, user, judged.id, &judged.arrival.observation) else { return Ok(()) };
    if verb::is_logout(&event.verb) {
        return Ok(());
    }
    let sessions = [begun.session_id.clone()];
    if verb::is_login(&event.verb) {
        // The login takes the session over before the order is given: it must find it with its user.
        seen(tx, &[begun], &[], now).await?;
    }
    let order = Request {
        project,
        user,
        scope: Scope::One,
        sessions: &sessions,
        reason: Reason {
            code: "user.reported".into(),
            text: "It resembles a login that the user said was not theirs".into(),
        },
        actor: &Actor::System,
        event: Some(judged.id),
        alert: Some(alert),
        question: None,
        public_url,
        thisdata: None,
    };
    request(tx, order, now).await?;
    Ok(())
}
