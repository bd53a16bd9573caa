//! What is no news: it was told before, and still awaits somebody's word.

use super::{Judged, tell, went_on};
use crate::alert::store::{Raised, join, unclosed_of};
use crate::alert::{LOGIN, headline};
use crate::db::Tx;
use crate::event::EventUser;
use crate::id::AlertId;
use crate::risk::Level;
use crate::{Result, Timestamp};

/// It belongs to the alert that told it, where that is not closed, and opens none; what the account is taken over with is
/// told.
pub(super) async fn told(
    tx: &mut Tx<'_>,
    judged: &Judged<'_>,
    user: &EventUser,
    now: Timestamp,
) -> Result<Option<AlertId>> {
    let (assessment, seen) = (judged.assessment, &judged.arrival.observation);
    if assessment.level == Level::Green || !assessment.is_awaited() {
        return Ok(None);
    }
    let key = headline::dedup_key(Some(user), seen, assessment);
    let open = unclosed_of(tx, judged.judge.project.id, &key).await?;
    if let Some(alert) = open {
        join(tx, alert, assessment.probability, assessment.level, now).await?;
        let raised = Raised { id: alert, opened: false, rose_from: None };
        if let Some(title) = went_on(tx, judged, raised, None, now).await? {
            tell(tx, judged, raised, LOGIN, &title, now).await?;
        }
    }
    Ok(open)
}
