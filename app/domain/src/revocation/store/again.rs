//! By hand, about an order that did not do what it should: the same once more, or a new one.

use serde_json::json;

use super::feed::feed_again;
use super::order::{by_hand, order_all, order_listed};
use super::read::get;
use super::request::Request;
use super::terms::Terms;
use super::{hold, sessions};
use crate::db::{Db, Queue};
use crate::id::{ProjectId, RevocationId};
use crate::ledger;
use crate::operator::Actor;
use crate::revocation::Scope;
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
/// them are under way already, the latest of those orders is the answer.
pub async fn order_again<'a>(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    id: RevocationId,
    terms: impl Into<Terms<'a>>,
    now: Timestamp,
) -> Result<RevocationId> {
    let before = get(db, project, id).await?.revocation;
    let left = before.left_over();
    if before.settled_at.is_none() {
        return Err(Error::conflict("the order still awaits its answer: send it again"));
    }
    if left.is_empty() {
        return Err(Error::conflict("every session of this order is confirmed dead"));
    }
    let why = format!("Ordered again: {id} was {}", before.state.as_str());
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
    let detail = json!({ "order": ordered });
    ledger::record(&mut tx, now, Some(project), actor, "revocation.ordered_again", &id.to_string(), &detail)
        .await?;
    tx.commit().await?;
    Ok(ordered)
}
