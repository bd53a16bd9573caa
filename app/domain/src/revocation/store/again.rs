//! By hand, about an order that did not do what it should: the same once more, or a new one.

use serde_json::json;

use super::feed::feed_again;
use super::order::{by_hand, order_all, order_listed};
use super::read::get;
use super::request::Request;
use super::terms::Terms;
use super::{hold, sessions};
use crate::db::{Db, Queue, Tx};
use crate::id::{ProjectId, RevocationId};
use crate::ledger;
use crate::operator::Actor;
use crate::revocation::{Revocation, Scope};
use crate::webhook::store::redeliver_order;
use crate::{Error, Result, Timestamp};

/// Sends an order once more, now, to every active endpoint that it went to, and places it anew in the feed, for applications
/// that fetch their orders. Answers to how many endpoints; those that are being sent to at this moment are not counted.
pub async fn redeliver(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    id: RevocationId,
    now: Timestamp,
) -> Result<u64> {
    let mut tx = db.begin().await?;
    if hold(&mut tx, id).await?.project != project {
        return Err(Error::NotFound);
    }
    if sessions(&mut tx, id).await?.iter().all(|(_, state)| state.is_answered()) {
        return Err(Error::conflict("the application has answered for every session of this order"));
    }
    let endpoints = redeliver_order(&mut tx, id, now).await?;
    feed_again(&mut tx, project, id).await?;
    tx.wake(Queue::Revocations);
    let detail = json!({ "endpoints": endpoints });
    ledger::record(&mut tx, now, Some(project), actor, "revocation.redelivered", &id.to_string(), &detail)
        .await?;
    tx.commit().await?;
    Ok(endpoints)
}

/// Orders those sessions of a settled order ended that may still be in use, by a new order of the same alert. Where all of
/// them are under way already, the latest of those orders is the answer. Of one that was ordered again before, the last of
/// those orders is meant.
pub async fn order_again<'a>(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    id: RevocationId,
    terms: impl Into<Terms<'a>>,
    now: Timestamp,
) -> Result<RevocationId> {
    let before = last(db, project, id).await?;
    let left = before.left_over();
    if before.settled_at.is_none() && before.id != id {
        return Ok(before.id);
    }
    if before.settled_at.is_none() {
        return Err(Error::conflict("the order still awaits its answer: send it again"));
    }
    if left.is_empty() {
        return Err(Error::conflict(format!(
            "every session of this order is confirmed dead{}",
            by(&before, id)
        )));
    }
    let why = format!("Ordered again: {} was {}", before.id, before.state.as_str());
    let terms = terms.into();
    let terms = Terms { reason: terms.reason.or(Some(&why)), ..terms }.checked()?;
    let whole = before.whole.is_some();
    let (scope, left) = if whole { (Scope::All, Vec::new()) } else { (Scope::Listed, left) };
    let by_hand = by_hand(actor, project, before.user.key, scope, &left, terms);
    let request = Request { alert: before.alert_id, ..by_hand };
    let mut tx = db.begin().await?;
    let ordered = match whole {
        true => order_all(&mut tx, request, terms.confirm_seconds, now).await?,
        false => order_listed(&mut tx, request, terms.confirm_seconds, now).await?,
    };
    follow(&mut tx, before.id, ordered).await?;
    let (old, detail) = (before.id.to_string(), json!({ "order": ordered }));
    ledger::record(&mut tx, now, Some(project), actor, "revocation.ordered_again", &old, &detail).await?;
    tx.commit().await?;
    Ok(ordered)
}

/// The last order of those that were given again, one after the other, from this one on.
async fn last(db: &Db, project: ProjectId, id: RevocationId) -> Result<Revocation> {
    let mut order = get(db, project, id).await?.revocation;
    while let Some(next) = order.again.filter(|next| *next > order.id) {
        order = get(db, project, next).await?.revocation;
    }
    Ok(order)
}

fn by(order: &Revocation, asked: RevocationId) -> String {
    if order.id == asked { String::new() } else { format!(" by {}", order.id) }
}

/// From now on the new order says how it went.
async fn follow(tx: &mut Tx<'_>, old: RevocationId, new: RevocationId) -> Result<()> {
    sqlx::query("UPDATE revocation SET again_id = $1 WHERE id = $2 AND id < $1")
        .bind(new.0)
        .bind(old.0)
        .execute(tx.conn())
        .await?;
    Ok(())
}
