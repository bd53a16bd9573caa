//! By hand, about an order that did not do what it should: the same once more, or a new one.

use std::collections::{BTreeMap, HashSet};

use serde_json::json;

use super::feed::feed_again;
use super::order::{by_hand, order_all};
use super::read::get;
use super::request::{Request, request_within};
use super::terms::Terms;
use super::whole::hold_user;
use super::{hold, sessions};
use crate::db::{Db, Queue, Tx};
use crate::id::{ProjectId, RevocationId, UserKey};
use crate::ledger;
use crate::operator::Actor;
use crate::revocation::{Revocation, Scope};
use crate::webhook::store::redeliver_order;
use crate::{Error, Result, Timestamp};

/// Sends an order once more, now, to every active endpoint that ends sessions, also where it never went to, and places it anew in the feed, for applications
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

/// Orders those sessions of a settled order ended that may still be in use, by a new order of the same alert. Where an open order
/// is about all of them already, that one is the answer. Of one that was ordered again before, the last of those orders is meant.
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
    if before.settled_at.is_none() {
        return match before.id == id {
            true => Err(Error::conflict("the order still awaits its answer: send it again")),
            false => Ok(before.id),
        };
    }
    if left.is_empty() {
        let by = if before.id == id { String::new() } else { format!(" by {}", before.id) };
        return Err(Error::conflict(format!("every session of this order is confirmed dead{by}")));
    }
    let why = format!("Ordered again: {} was {}", before.id, before.state.as_str());
    let terms = terms.into();
    let terms = Terms { reason: terms.reason.or(Some(&why)), ..terms }.checked()?;
    let (scope, left) = if before.whole.is_some() { (Scope::All, Vec::new()) } else { (Scope::Listed, left) };
    let by_hand = by_hand(actor, project, before.user.key, scope, &left, terms);
    let request = Request { alert: before.alert_id, ..by_hand };
    let mut tx = db.begin().await?;
    let ordered = give(&mut tx, request, terms, now).await?;
    follow(&mut tx, before.id, ordered).await?;
    let (old, detail) = (before.id.to_string(), json!({ "order": ordered }));
    ledger::record(&mut tx, now, Some(project), actor, "revocation.ordered_again", &old, &detail).await?;
    tx.commit().await?;
    Ok(ordered)
}

/// Gives the new order. It speaks for all that is left, also for what another order is under way for.
async fn give(
    tx: &mut Tx<'_>,
    request: Request<'_>,
    terms: Terms<'_>,
    now: Timestamp,
) -> Result<RevocationId> {
    if request.scope == Scope::All {
        return order_all(tx, request, terms.confirm_seconds, now).await;
    }
    if let Some(open) = open_about(tx, request.project, request.user, request.sessions).await? {
        return Ok(open);
    }
    let ordered = request_within(tx, request, terms.confirm_seconds, now).await?;
    ordered.ok_or_else(|| Error::conflict("its sessions are another user's by now"))
}

/// The latest open order that is about all of these sessions.
async fn open_about(
    tx: &mut Tx<'_>,
    project: ProjectId,
    user: UserKey,
    sessions: &[String],
) -> Result<Option<RevocationId>> {
    hold_user(tx, user).await?;
    let rows: Vec<(i64, String)> = sqlx::query_as(
        "SELECT o.revocation_id, o.session_id FROM revocation r JOIN revocation_session o ON o.revocation_id = r.id \
         WHERE r.user_key = $1 AND r.project_id = $2 AND r.settled_at IS NULL",
    )
    .bind(user.0)
    .bind(project.0)
    .fetch_all(tx.conn())
    .await?;
    let mut open: BTreeMap<RevocationId, HashSet<String>> = BTreeMap::new();
    for (id, session) in rows {
        open.entry(RevocationId(id)).or_default().insert(session);
    }
    let about_all = |of: &HashSet<String>| sessions.iter().all(|session| of.contains(session));
    Ok(open.iter().rfind(|(_, of)| about_all(of)).map(|(id, _)| *id))
}

/// What can still be ordered again of an order that was, one after the other.
pub async fn can_be_ordered_again(db: &Db, project: ProjectId, order: &Revocation) -> Result<bool> {
    let of_last = match order.again {
        Some(_) => last(db, project, order.id).await?.left_over(),
        None => order.left_over(),
    };
    Ok(!of_last.is_empty())
}

/// The last order of those that were given again, one after the other, from this one on; where several were given together at
/// last, one of which the wait is not over, or of which something is left.
async fn last(db: &Db, project: ProjectId, id: RevocationId) -> Result<Revocation> {
    let mut order = get(db, project, id).await?.revocation;
    while let Some(next) = order.again.filter(|next| *next > order.id) {
        order = get(db, project, next).await?.revocation;
        for beside in order.orders.clone() {
            if order.settled_at.is_none() || order.again.is_some() || !order.left_over().is_empty() {
                break;
            }
            order = get(db, project, beside).await?.revocation;
        }
    }
    Ok(order)
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
