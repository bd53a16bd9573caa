//! An order and the alert that says that it did not do what it should: what became of it since.

use super::{Held, alarm::Trouble, list};
use crate::alert::store::remark;
use crate::db::{Db, Tx};
use crate::id::{AlertId, ProjectId, RevocationId};
use crate::page::Paging;
use crate::revocation::{Revocation, RevocationFilter};
use crate::{Result, Timestamp};

/// What is noted on its alerts once it is confirmed …
const AFTER_ALL: &str = "The application has confirmed the order after all";
/// … and once the one is that was given again for it.
const AGAIN: &str = "What may still have been in use was ordered again, and the application has confirmed it";

/// Notes on the alerts that say that an order was not confirmed that by now it is; it closes none.
pub(super) async fn note(tx: &mut Tx<'_>, order: &Held, now: Timestamp) -> Result<()> {
    if order.settled {
        note_on(tx, order, order.id, AFTER_ALL, now).await?;
    }
    let mut new = order.id;
    while let Some(old) = given_before(tx, new).await? {
        note_on(tx, order, old, AGAIN, now).await?;
        new = old;
    }
    Ok(())
}

/// The order for which this one was given again, and all that were given together with it, once these are all confirmed.
async fn given_before(tx: &mut Tx<'_>, new: RevocationId) -> Result<Option<RevocationId>> {
    // An order is given after the one it follows: no circle.
    let old: Option<i64> = sqlx::query_scalar(
        "SELECT MAX(o.id) FROM revocation n JOIN revocation o ON o.again_id = COALESCE(n.given_with, n.id) AND o.id < n.id \
         WHERE n.id = $1 AND NOT EXISTS (SELECT 1 FROM revocation s WHERE s.given_with = n.given_with AND s.id <> n.id \
          AND s.state <> 'confirmed')",
    )
    .bind(new.0)
    .fetch_one(tx.conn())
    .await?;
    Ok(old.map(RevocationId))
}

async fn note_on(tx: &mut Tx<'_>, order: &Held, id: RevocationId, what: &str, now: Timestamp) -> Result<()> {
    let about: Vec<i64> = sqlx::query_scalar(
        "SELECT id FROM alert WHERE project_id = $1 AND user_key = $2 AND dedup_key IN ($3, $4)",
    )
    .bind(order.project.0)
    .bind(order.user.0)
    .bind(Trouble::Unconfirmed.dedup_key(id))
    .bind(Trouble::Refused.dedup_key(id))
    .fetch_all(tx.conn())
    .await?;
    for alert in about {
        remark(tx, order.project, AlertId(alert), what, now).await?;
    }
    Ok(())
}

/// The order that an alert is about because it did not do what it should, while it is kept.
pub async fn of_alert(db: &Db, project: ProjectId, alert: AlertId) -> Result<Option<Revocation>> {
    let key: Option<String> =
        sqlx::query_scalar("SELECT dedup_key FROM alert WHERE id = $1 AND project_id = $2")
            .bind(alert.0)
            .bind(project.0)
            .fetch_optional(db.reader())
            .await?;
    let Some(id) = key.as_deref().and_then(named) else { return Ok(None) };
    let filter = RevocationFilter { id: Some(id), ..RevocationFilter::default() };
    Ok(list(db, project, &filter, Paging::new(None, Some(1))).await?.rows.pop())
}

/// `revocation.refused:rev_…`, or `zombie|rev_…|s_1`.
fn named(key: &str) -> Option<RevocationId> {
    let id = match key.strip_prefix("zombie|") {
        Some(rest) => rest.split('|').next(),
        None => key.strip_prefix("revocation.").and_then(|rest| rest.split_once(':')).map(|(_, id)| id),
    };
    id?.parse().ok()
}
