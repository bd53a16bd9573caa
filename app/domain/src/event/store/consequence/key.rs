//! Which alert an event of a user belongs to.

use super::Judged;
use crate::alert::headline;
use crate::alert::store::{opened_since, unclosed_in, unclosed_of};
use crate::db::Tx;
use crate::event::{EventUser, verb};
use crate::id::AlertId;
use crate::risk::Level;
use crate::time::DAY;
use crate::{Result, Timestamp};

/// Of so many alerts that opened within a day and that nobody has closed each device and network has its own; then one tells of
/// all further ones: whoever has one password, and a new device token for each login, must not bury everything else.
const OWN: i64 = 8;

/// The key of the alert that it opens or joins, and the title that replaces its own where that is the one for all further ones.
pub(super) async fn key(
    tx: &mut Tx<'_>,
    judged: &Judged<'_>,
    user: &EventUser,
    now: Timestamp,
) -> Result<(String, Option<String>)> {
    let (project, seen) = (judged.judge.project.id, &judged.arrival.observation);
    let own = headline::dedup_key(Some(user), seen, judged.assessment);
    // A theft, and what goes on after a log-out, are told by themselves.
    if !is_of_login(&own) || unclosed_of(tx, project, &own).await?.is_some() {
        return Ok((own, None));
    }
    if let Some((_, key)) = of_session(tx, judged, &own).await? {
        return Ok((key, None));
    }
    if opened_since(tx, project, user.key, now.plus(-DAY)).await? < OWN {
        return Ok((own, None));
    }
    Ok((headline::further_key(user), Some(headline::further(user))))
}

/// The open alert that it belongs to, if there is one.
pub(super) async fn open(tx: &mut Tx<'_>, judged: &Judged<'_>, user: &EventUser) -> Result<Option<AlertId>> {
    let project = judged.judge.project.id;
    let own = headline::dedup_key(Some(user), &judged.arrival.observation, judged.assessment);
    if let Some(alert) = unclosed_of(tx, project, &own).await? {
        return Ok(Some(alert));
    }
    if let Some((alert, _)) = of_session(tx, judged, &own).await? {
        return Ok(Some(alert));
    }
    // What is green and of none of its sessions may be the user's.
    match judged.assessment.level > Level::Green && is_of_login(&own) {
        true => unclosed_of(tx, project, &headline::further_key(user)).await,
        false => Ok(None),
    }
}

fn is_of_login(key: &str) -> bool {
    key.starts_with("login|")
}

/// The one of the session that it happens in, where an application sends its device with the login alone, or the network is
/// another by then. A login begins anew.
async fn of_session(tx: &mut Tx<'_>, judged: &Judged<'_>, own: &str) -> Result<Option<(AlertId, String)>> {
    let event = &judged.arrival.observation.event;
    let session = event.session_id.as_deref().filter(|_| is_of_login(own));
    match session.filter(|_| !verb::is_login(&event.verb)) {
        Some(session) => unclosed_in(tx, judged.judge.project.id, (judged.person.key, session)).await,
        None => Ok(None),
    }
}
