//! A receipt comes in: believed, recognised, or recorded as a contradiction.

use std::collections::BTreeMap;

use super::alarm::{Trouble, alarm};
use super::progress::{had, save, settle, step};
use super::{Held, hold, sessions};
use crate::db::{Db, Tx};
use crate::id::{ProjectId, ReceiptId};
use crate::revocation::receipt::{MAX_BODY, NewReceipt, Reported, Verdict, printable};
use crate::revocation::{Fact, Outcome, State, transition};
use crate::session;
use crate::session::store::mark;
use crate::time::DAY;
use crate::{Error, Result, Timestamp};

/// The most receipts that are kept of one order; it takes no more.
pub const MAX_RECEIPTS: i64 = 100;
/// How long after it was given an application can put off an order.
pub const MAX_DEFERRAL: i64 = DAY;

/// Takes a receipt. It is believed as a whole or not at all: one that contradicts what is known changes nothing and is
/// recorded. Another project's order is not found.
pub async fn receipt(
    tx: &mut Tx<'_>,
    project: ProjectId,
    new: NewReceipt,
    now: Timestamp,
) -> Result<Verdict> {
    let order = hold(tx, new.revocation).await?;
    if order.project != project {
        return Err(Error::NotFound);
    }
    if new.report.revocation.is_some_and(|id| id != order.id) {
        return Ok(Verdict::Refused("the receipt is about another order"));
    }
    let known: BTreeMap<_, _> = sessions(tx, order.id).await?.into_iter().collect();
    let read = weigh(&known, &new.report.sessions);
    let (verdict, body) = (read.verdict(), printable(excerpt(&new.raw), MAX_BODY));
    let contradicts = matches!(verdict, Verdict::Contradicts(_));
    if (contradicts || read.changes.is_empty()) && is_known(tx, &order, &body).await? {
        return Ok(if contradicts { verdict } else { Verdict::Repeated });
    }
    if count(tx, &order).await? >= MAX_RECEIPTS {
        return Ok(Verdict::Refused("the order has too many receipts already"));
    }
    let id = insert(tx, &order, &new, &verdict, &body, now).await?;
    if contradicts {
        alarm(tx, &order, Trouble::Contradicted, now).await?;
    } else {
        believe(tx, order, &read.changes, id, now).await?;
    }
    Ok(verdict)
}

/// Takes a receipt that somebody sent, in a transaction of its own.
pub async fn submit(db: &Db, project: ProjectId, new: NewReceipt, now: Timestamp) -> Result<Verdict> {
    let mut tx = db.begin().await?;
    let verdict = receipt(&mut tx, project, new, now).await?;
    tx.commit().await?;
    Ok(verdict)
}

/// What a receipt says, against what is known.
struct Weighed<'a> {
    changes: BTreeMap<&'a str, (State, &'a Reported)>,
    unknown: Vec<&'a str>,
    conflicts: Vec<String>,
}

impl Weighed<'_> {
    fn verdict(&self) -> Verdict {
        if self.conflicts.is_empty() {
            Verdict::Accepted { unknown: self.unknown.iter().map(|id| printable(id, 100)).take(20).collect() }
        } else {
            Verdict::Contradicts(self.conflicts.join("; "))
        }
    }
}

fn weigh<'a>(known: &BTreeMap<String, State>, reported: &'a [Reported]) -> Weighed<'a> {
    let mut read = Weighed { changes: BTreeMap::new(), unknown: Vec::new(), conflicts: Vec::new() };
    for one in reported {
        let Some(stored) = known.get(&one.id) else {
            read.unknown.push(&one.id);
            continue;
        };
        let before = read.changes.get(one.id.as_str()).map_or(*stored, |(state, _)| *state);
        match transition(before, one.fact) {
            Ok(after) if after != before => {
                read.changes.insert(&one.id, (after, one));
            }
            Ok(_) => {}
            Err(_) => {
                read.conflicts.push(format!("{} was {} and is now {}", one.id, words(before), said(one.fact)))
            }
        }
    }
    read
}

fn words(state: State) -> &'static str {
    match state {
        State::Confirmed { outcome } => outcome.as_str(),
        State::Contradicted => "seen alive",
        other => other.as_str(),
    }
}

fn said(fact: Fact) -> &'static str {
    match fact {
        Fact::Died(outcome) => outcome.as_str(),
        Fact::Deferred(_) => "deferred",
        _ => "failed",
    }
}

/// The beginning of a text that is kept, cut between characters.
fn excerpt(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_BODY)]
}

async fn is_known(tx: &mut Tx<'_>, order: &Held, body: &str) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM receipt WHERE revocation_id = $1 AND body = $2";
    let same: i64 = sqlx::query_scalar(sql).bind(order.id.0).bind(body).fetch_one(tx.conn()).await?;
    Ok(same > 0)
}

async fn count(tx: &mut Tx<'_>, order: &Held) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM receipt WHERE revocation_id = $1";
    Ok(sqlx::query_scalar(sql).bind(order.id.0).fetch_one(tx.conn()).await?)
}

async fn insert(
    tx: &mut Tx<'_>,
    order: &Held,
    new: &NewReceipt,
    verdict: &Verdict,
    body: &str,
    now: Timestamp,
) -> Result<ReceiptId> {
    let id = ReceiptId(tx.next_id(now));
    sqlx::query(
        "INSERT INTO receipt (id, project_id, revocation_id, delivery_id, via, signed, verdict, body, received_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(id.0)
    .bind(order.project.0)
    .bind(order.id.0)
    .bind(new.delivery.map(|id| id.0))
    .bind(new.via.as_str())
    .bind(i64::from(new.signed))
    .bind(printable(&verdict.to_string(), 2_000))
    .bind(body)
    .bind(now.0)
    .execute(tx.conn())
    .await?;
    Ok(id)
}

async fn believe(
    tx: &mut Tx<'_>,
    mut order: Held,
    changes: &BTreeMap<&str, (State, &Reported)>,
    id: ReceiptId,
    now: Timestamp,
) -> Result<()> {
    let cause = format!("receipt {id}");
    // Whoever says what became of it had it.
    had(tx, &order, now).await?;
    for (session, (state, reported)) in changes {
        save(tx, &order, session, *state, reported.detail.as_deref(), now).await?;
        step(tx, order.id, session, state.as_str(), &cause, now).await?;
        let fate = match state {
            State::Confirmed { outcome: Outcome::Revoked } => session::State::Revoked,
            State::Confirmed { .. } => session::State::Ended,
            _ => continue,
        };
        mark::dead(tx, order.project, session, order.user, fate, order.requested_at, now).await?;
    }
    let deferred = changes.values().filter_map(|(state, _)| match state {
        State::Deferred { until } => Some(*until),
        _ => None,
    });
    if let Some(until) = deferred.max() {
        put_off(tx, &mut order, until).await?;
    }
    let settled = settle(tx, &order, now).await?;
    if settled.just_now && settled.states.contains(&State::Refused) {
        alarm(tx, &order, Trouble::Refused, now).await?;
    }
    Ok(())
}

/// A deferral moves the time limit, so that it stays true that every session comes to an end by it.
async fn put_off(tx: &mut Tx<'_>, order: &mut Held, until: Timestamp) -> Result<()> {
    order.confirm_by = order.confirm_by.max(until.min(order.requested_at.plus(MAX_DEFERRAL)));
    sqlx::query("UPDATE revocation SET confirm_by = $1 WHERE id = $2")
        .bind(order.confirm_by.0)
        .bind(order.id.0)
        .execute(tx.conn())
        .await?;
    tx.wake(crate::db::Queue::Revocations);
    Ok(())
}
