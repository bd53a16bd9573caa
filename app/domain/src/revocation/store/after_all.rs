//! An order and the alert that says that it did not do what it should: what became of it since.

use serde_json::json;

use super::{Held, alarm::Trouble, list};
use crate::alert::MAX_NOTE;
use crate::db::{Db, Tx};
use crate::id::{AlertId, ProjectId, RevocationId};
use crate::ledger;
use crate::operator::Actor;
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

/// The order for which this one was given again.
async fn given_before(tx: &mut Tx<'_>, new: RevocationId) -> Result<Option<RevocationId>> {
    // An order is given after the one it follows: no circle.
    let old: Option<i64> =
        sqlx::query_scalar("SELECT MAX(id) FROM revocation WHERE again_id = $1 AND id < $1")
            .bind(new.0)
            .fetch_one(tx.conn())
            .await?;
    Ok(old.map(RevocationId))
}

async fn note_on(tx: &mut Tx<'_>, order: &Held, id: RevocationId, what: &str, now: Timestamp) -> Result<()> {
    let text = format!("{what}, at {}.", now.human());
    let room = i64::try_from(MAX_NOTE.saturating_sub(text.len() + 1)).unwrap_or(0);
    let noted: Vec<i64> = sqlx::query_scalar(
        "UPDATE alert SET note = CASE WHEN note IS NULL OR note = '' THEN $1 ELSE note || $2 || $1 END \
         WHERE project_id = $3 AND user_key = $4 AND dedup_key IN ($5, $6) AND (note IS NULL OR \
         (LENGTH(note) <= $7 AND note NOT LIKE $8)) RETURNING id",
    )
    .bind(&text)
    .bind("\n")
    .bind(order.project.0)
    .bind(order.user.0)
    .bind(Trouble::Unconfirmed.dedup_key(id))
    .bind(Trouble::Refused.dedup_key(id))
    .bind(room)
    .bind(format!("%{what}%"))
    .fetch_all(tx.conn())
    .await?;
    for id in noted {
        let (alert, detail) = (AlertId(id).to_string(), json!({ "note": text }));
        ledger::record(tx, now, Some(order.project), &Actor::System, "alert.noted", &alert, &detail).await?;
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
