//! What is no news: it was told before, and still awaits somebody's word.

use super::{Judged, LATE, key, tell, went_on};
use crate::alert::store::{Raised, join, kind_of};
use crate::db::Tx;
use crate::event::EventUser;
use crate::event::verb::CHALLENGE_PASS;
use crate::id::AlertId;
use crate::risk::Level;
use crate::risk::sequence::Action;
use crate::{Result, Timestamp};

/// It belongs to the alert that told it, where that is not closed, and opens none; what the account is taken over with is
/// told, and that the second factor was right: that vouches for the login, and the alert is not closed by it. What is done on the same
/// device and network while it is open is told, too, however usual it is by then.
pub(super) async fn told(
    tx: &mut Tx<'_>,
    judged: &Judged<'_>,
    user: &EventUser,
    now: Timestamp,
) -> Result<Option<AlertId>> {
    let (assessment, seen) = (judged.assessment, &judged.arrival.observation);
    let is_awaited = assessment.level > Level::Green && assessment.is_awaited();
    // Few do these, and whoever relays the user's own second factor does them next.
    let is_deed = seen.event.verb == CHALLENGE_PASS || Action::of(&seen.event.verb).is_some();
    let in_time = !seen.is_history && seen.received_at.since(seen.at) <= LATE;
    if !(is_awaited || is_deed && in_time) {
        return Ok(None);
    }
    let open = key::open(tx, judged, user).await?;
    if let Some(alert) = open {
        goes_on(tx, judged, alert, now).await?;
    }
    Ok(open)
}

/// Counts the event to an open alert, and tells it anew where the account is being taken over.
pub(super) async fn goes_on(
    tx: &mut Tx<'_>,
    judged: &Judged<'_>,
    alert: AlertId,
    now: Timestamp,
) -> Result<()> {
    join(tx, alert, judged.assessment.probability, judged.assessment.level, now).await?;
    let raised = Raised { id: alert, opened: false, rose_from: None };
    if let Some(title) = went_on(tx, judged, raised, None, now).await? {
        let kind = kind_of(tx, alert).await?;
        tell(tx, judged, raised, &kind, &title, now).await?;
    }
    Ok(())
}
