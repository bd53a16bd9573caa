//! "Was this you?", where the project wants it asked; else why it was not.

use super::Judged;
use crate::Result;
use crate::alert::Unasked;
use crate::alert::store::{Raised, left_unasked};
use crate::db::Tx;
use crate::event::EventUser;
use crate::question::store::{Ask, ask, ask_again};
use crate::time::Timestamp;

/// Asks at the address known before this event. Of an alert that this event opened it is kept why nobody was asked, until
/// somebody is.
pub(super) async fn question(
    tx: &mut Tx<'_>,
    judged: &Judged<'_>,
    user: &EventUser,
    raised: Raised,
    public_url: &str,
    now: Timestamp,
) -> Result<()> {
    let why = match address(judged) {
        Ok(email) => asked(tx, judged, (user, email), raised, public_url, now).await?,
        Err(why) => Some(why),
    };
    match why {
        Some(why) if raised.opened => left_unasked(tx, raised.id, Some(why)).await,
        None if !raised.opened => left_unasked(tx, raised.id, None).await,
        _ => Ok(()),
    }
}

/// Where to ask, if the login is one to be asked about.
fn address<'a>(judged: &Judged<'a>) -> std::result::Result<&'a str, Unasked> {
    let seen = &judged.arrival.observation;
    if !judged.judge.project.settings.ask_users {
        return Err(Unasked::Off);
    }
    if !seen.is_login() {
        return Err(Unasked::NoLogin);
    }
    let said = seen.event.user.as_ref().and_then(|user| user.email.as_deref());
    let email = judged.person.facts.email.as_deref().or(said).ok_or(Unasked::NoAddress)?;
    // The mail goes out today, whenever it happened.
    if judged.judge.may_ask(judged.assessment, seen.received_at) {
        Ok(email)
    } else {
        Err(Unasked::Allowance)
    }
}

async fn asked(
    tx: &mut Tx<'_>,
    judged: &Judged<'_>,
    (user, email): (&EventUser, &str),
    raised: Raised,
    public_url: &str,
    now: Timestamp,
) -> Result<Option<Unasked>> {
    let (project, seen) = (&judged.judge.project, &judged.arrival.observation);
    let question = Ask { project, alert: raised.id, user, email, event: judged.id, seen, public_url };
    let asked =
        if raised.opened { ask(tx, question, now).await? } else { ask_again(tx, question, now).await? };
    match asked {
        Some(asked) => {
            if asked.first {
                judged.judge.asked(seen.received_at);
            }
            Ok(None)
        }
        None => Ok(Some(Unasked::TooOften)),
    }
}
