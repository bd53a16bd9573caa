//! Which alert an event of a user belongs to.

use super::Judged;
use crate::alert::headline;
use crate::alert::store::{opened_since, unclosed_of};
use crate::db::Tx;
use crate::event::EventUser;
use crate::id::AlertId;
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
    let is_open = unclosed_of(tx, project, &own).await?.is_some();
    if is_open || opened_since(tx, project, user.key, now.plus(-DAY)).await? < OWN {
        return Ok((own, None));
    }
    Ok((headline::further_key(user), Some(headline::further(user))))
}

/// The open alert that it belongs to, if there is one.
pub(super) async fn open(tx: &mut Tx<'_>, judged: &Judged<'_>, user: &EventUser) -> Result<Option<AlertId>> {
    let project = judged.judge.project.id;
    let own = headline::dedup_key(Some(user), &judged.arrival.observation, judged.assessment);
    match unclosed_of(tx, project, &own).await? {
        Some(alert) => Ok(Some(alert)),
        None => unclosed_of(tx, project, &headline::further_key(user)).await,
    }
}
