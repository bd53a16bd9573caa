//! What a rule forbade: one alert for all whom the same rule keeps out, and nobody is asked about what did not happen.

use super::{Judged, raised, tell};
use crate::alert::store::{retitle, share};
use crate::alert::{DENIED, headline};
use crate::db::Tx;
use crate::id::AlertId;
use crate::rule::verdict::RuleNote;
use crate::{Result, Timestamp};

/// Opens or joins the rule's alert. A list of addresses under attack hits every account that is tried: what an operator
/// has to look at is the rule's doing, once, with the count of its users.
pub(super) async fn by_rule(
    tx: &mut Tx<'_>,
    judged: &Judged<'_>,
    rule: &RuleNote,
    now: Timestamp,
) -> Result<AlertId> {
    let (user, seen) = (judged.user(), &judged.arrival.observation);
    let title = headline::denied(&user, seen, &rule.name);
    let raised = raised(tx, judged, DENIED, &format!("deny|{}", rule.rule), &title, now).await?;
    let origin = seen.event.address.as_ref().map(|address| headline::origin(address.ip)).unwrap_or_default();
    if let Some(shared) = share(tx, raised, user.key, &origin).await?.filter(|shared| shared.users > 1) {
        retitle(tx, raised, &headline::of_denied(&rule.name, shared.users, &shared.origin)).await?;
    }
    if raised.opened {
        tell(tx, judged, raised, DENIED, &title, now).await?;
    }
    Ok(raised.id)
}
