//! A receipt comes in: believed, recognised, or recorded as a contradiction.

use std::collections::BTreeMap;

use super::absent::{self, NOT_HERE};
use super::alarm::{Trouble, alarm};
use super::kept::{MAX_RECEIPTS, count, is_known, keep, keep_refused};
use super::objection::{Move, speaker};
use super::out::end_wait;
use super::progress::{Detail, had, reach, settle, step};
use super::weigh::{Weighed, weigh};
use super::{Held, adopt, hold, sessions};
use crate::db::deadlock::unless_deadlocked;
use crate::db::{Db, Tx};
use crate::id::{ProjectId, ReceiptId};
use crate::revocation::State;
use crate::revocation::receipt::{NewReceipt, RefusedReceipt, Verdict, WHOLE};
use crate::session::store::mark;
use crate::time::DAY;
use crate::{Error, Result, Timestamp};

/// How long after an order was given an application can put off ending its sessions.
pub const MAX_DEFERRAL: i64 = DAY;

/// What is said of a receipt that only puts off what is overdue.
const TOO_LATE: &str = "it came too late: the time limit is over, and nothing can be put off any more; end the sessions and say so";

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
    let verdict = take(tx, &order, &new, now).await?;
    if let Verdict::Refused(why) = verdict {
        let (revocation, delivery, endpoint, via) = (order.id, new.delivery, new.endpoint, new.via);
        let refused = RefusedReceipt { revocation, delivery, endpoint, via, why, raw: &new.raw };
        keep_refused(tx, &order, &refused, now).await?;
    }
    Ok(verdict)
}

async fn take(tx: &mut Tx<'_>, order: &Held, new: &NewReceipt, now: Timestamp) -> Result<Verdict> {
    if new.report.revocation.is_some_and(|id| id != order.id) {
        return Ok(Verdict::Refused("the receipt is about another order"));
    }
    let stored: BTreeMap<_, _> = sessions(tx, order.id).await?.into_iter().collect();
    let mut known = adopt::named(tx, order, &stored, &new.report.sessions).await?;
    known.extend(stored.clone());
    let latest = order.requested_at.plus(MAX_DEFERRAL);
    let mut read = weigh(&known, &new.report.sessions, latest);
    if read.unknown.len() == new.report.sessions.len() {
        return Ok(Verdict::Refused(if known.contains_key(WHOLE) {
            "the order names no session: say in receipt.outcome what became of the user's sessions"
        } else {
            "the receipt names no session of this order"
        }));
    }
    read.look_around(tx, order, new).await?;
    let by = speaker(tx, new).await?;
    let objections = Move::of(tx, order, by, &read).await?;
    if let Some(verdict) = idle(tx, order, (new, by), &read, &objections).await? {
        return Ok(verdict);
    }
    let verdict = read.verdict();
    let id = keep(tx, order, (new, by), &verdict, !read.against.is_empty(), now).await?;
    objections.keep(tx, order.id, by, id).await?;
    if read.contradicts() {
        alarm(tx, order, Trouble::Contradicted, now).await?;
    } else {
        let new = read.changes.keys().copied().filter(|session| !stored.contains_key(*session));
        adopt::add_new(tx, order, &new.collect::<Vec<_>>(), now).await?;
        believe(tx, order, (&read, &stored), id, now).await?;
    }
    Ok(verdict)
}

/// What is made of a receipt that is not kept: it says nothing new, or comes after too many. However many came before, what ends
/// the wait for a session is heard, and who says for the first time that one could not be ended.
async fn idle(
    tx: &mut Tx<'_>,
    order: &Held,
    (new, by): (&NewReceipt, i64),
    read: &Weighed<'_>,
    objections: &Move,
) -> Result<Option<Verdict>> {
    let (contradicts, says_nothing) = (read.contradicts(), read.is_empty());
    if (contradicts || says_nothing) && objections.is_empty() && is_known(tx, order, (new, by)).await? {
        return Ok(Some(if contradicts { read.verdict() } else { Verdict::Repeated }));
    }
    if !contradicts && says_nothing && !read.late.is_empty() {
        return Ok(Some(Verdict::Refused(TOO_LATE)));
    }
    let is_heard = objections.raises() || !contradicts && read.settles();
    let is_full = !is_heard && count(tx, order).await? >= MAX_RECEIPTS;
    Ok(is_full.then_some(Verdict::Refused("the order has too many receipts already")))
}

/// Takes a receipt that somebody sent, in a transaction of its own.
pub async fn submit(db: &Db, project: ProjectId, new: NewReceipt, now: Timestamp) -> Result<Verdict> {
    unless_deadlocked!(submitted(db, project, new.clone(), now))
}

async fn submitted(db: &Db, project: ProjectId, new: NewReceipt, now: Timestamp) -> Result<Verdict> {
    let mut tx = db.begin().await?;
    let verdict = receipt(&mut tx, project, new, now).await?;
    tx.commit().await?;
    Ok(verdict)
}

async fn believe(
    tx: &mut Tx<'_>,
    order: &Held,
    (read, before): (&Weighed<'_>, &BTreeMap<String, State>),
    id: ReceiptId,
    now: Timestamp,
) -> Result<()> {
    let cause = format!("receipt {id}");
    // Whoever says what became of it had it.
    had(tx, order, now).await?;
    for (session, (state, reported)) in &read.changes {
        let detail = Detail::Said(reported.detail.as_deref());
        reach(tx, order, session, *state, detail, &cause, now).await?;
        let was_dead = matches!(before.get(*session), Some(State::Confirmed { .. }));
        if was_dead && !matches!(state, State::Confirmed { .. }) {
            // Another did not find it, this one has it.
            mark::there(tx, order.project, session, order.user).await?;
        }
    }
    for session in read.absent.keys() {
        step(tx, order.id, session, NOT_HERE, &cause, now).await?;
    }
    if !read.absent.is_empty() && !order.settled {
        let unheard = absent::look_again(tx, order, &cause, now).await?;
        end_wait(tx, order, &unheard, &cause, now).await?;
    }
    settle(tx, order, now).await?;
    let refused = read.changes.values().any(|(state, _)| *state == State::Refused);
    if refused && order.settled {
        // It was thought to be over: what another did not know lives on where this one has it.
        alarm(tx, order, Trouble::Refused, now).await?;
    }
    Ok(())
}
