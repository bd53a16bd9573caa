//! A receipt comes in: believed, recognised, or recorded as a contradiction.

use std::collections::BTreeMap;

use super::absent::{self, NOT_HERE, Word};
use super::alarm::{Trouble, alarm};
use super::kept::{MAX_RECEIPTS, count, excerpt, is_known, keep, keep_refused};
use super::out::end_wait;
use super::progress::{Detail, had, reach, settle, step};
use super::{Held, adopt, hold, sessions};
use crate::db::{Db, Tx};
use crate::id::{ProjectId, ReceiptId};
use crate::revocation::receipt::{NewReceipt, RefusedReceipt, Reported, Verdict, WHOLE, printable};
use crate::revocation::{Fact, Outcome, State, transition};
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
    let (verdict, body) = (read.verdict(), excerpt(&new.raw));
    let contradicts = matches!(verdict, Verdict::Contradicts(_));
    if (contradicts || read.is_empty()) && is_known(tx, order, &body).await? {
        return Ok(if contradicts { verdict } else { Verdict::Repeated });
    }
    if !contradicts && read.is_empty() && !read.late.is_empty() {
        return Ok(Verdict::Refused(TOO_LATE));
    }
    // However much was said before: what ends the wait for a session is always heard.
    let settles = !contradicts && read.settles();
    if !settles && count(tx, order).await? >= MAX_RECEIPTS {
        return Ok(Verdict::Refused("the order has too many receipts already"));
    }
    let id = keep(tx, order, new, &verdict, &body, now).await?;
    if contradicts {
        alarm(tx, order, Trouble::Contradicted, now).await?;
    } else {
        for session in read.changes.keys().filter(|session| !stored.contains_key(**session)) {
            adopt::add(tx, order, session, State::Requested, now).await?;
        }
        believe(tx, order, &read, id, now).await?;
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
    /// Said not to be here.
    absent: BTreeMap<&'a str, &'a Reported>,
    unknown: Vec<&'a str>,
    /// Put off although the time for it is over.
    late: Vec<&'a str>,
    conflicts: Vec<String>,
}

impl Weighed<'_> {
    /// It says nothing new.
    fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.absent.is_empty()
    }

    /// It ends the wait for a session, or brings that nearer.
    fn settles(&self) -> bool {
        !self.absent.is_empty() || self.changes.values().any(|(state, _)| state.is_settled())
    }

    /// "Not here" settles nothing while another may have the session.
    async fn look_around(&mut self, tx: &mut Tx<'_>, order: &Held, new: &NewReceipt) -> Result<()> {
        let words = absent::weigh(tx, order, new, self.absent.keys().copied()).await?;
        let said = std::mem::take(&mut self.absent);
        for ((session, reported), word) in said.into_iter().zip(words) {
            let dead = State::Confirmed { outcome: Outcome::NotFound };
            match word {
                Word::Last => drop(self.changes.entry(session).or_insert((dead, reported))),
                Word::New => drop(self.absent.insert(session, reported)),
                Word::Old => {}
            }
        }
        Ok(())
    }

    fn verdict(&self) -> Verdict {
        if self.conflicts.is_empty() {
            let named = |ids: &[&str]| {
                let named = ids.iter().filter(|id| **id != WHOLE);
                named.map(|id| printable(id, 100)).take(20).collect()
            };
            Verdict::Accepted { unknown: named(&self.unknown), late: named(&self.late) }
        } else {
            Verdict::Contradicts(self.conflicts.join("; "))
        }
    }
}

/// `latest`: until when a session can be put off. A promise for later counts as one until then.
fn weigh<'a>(known: &BTreeMap<String, State>, reported: &'a [Reported], latest: Timestamp) -> Weighed<'a> {
    let mut read = Weighed {
        changes: BTreeMap::new(),
        absent: BTreeMap::new(),
        unknown: Vec::new(),
        late: Vec::new(),
        conflicts: Vec::new(),
    };
    for one in reported {
        let Some(stored) = known.get(&one.id) else {
            read.unknown.push(&one.id);
            continue;
        };
        let before = read.changes.get(one.id.as_str()).map_or(*stored, |(state, _)| *state);
        let fact = match one.fact {
            Fact::Deferred(until) => Fact::Deferred(until.min(latest)),
            fact => fact,
        };
        match transition(before, fact) {
            Ok(after) if after != before && one.fact == Fact::Died(Outcome::NotFound) => {
                read.absent.insert(&one.id, one);
            }
            Ok(after) if after != before => {
                read.changes.insert(&one.id, (after, one));
            }
            Ok(State::Unconfirmed) if matches!(fact, Fact::Deferred(_)) => read.late.push(&one.id),
            Ok(_) => {}
            Err(_) => {
                let which = if one.id == WHOLE { "it" } else { &one.id };
                read.conflicts.push(format!("{which} was {} and is now {}", words(before), said(one.fact)));
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

async fn believe(
    tx: &mut Tx<'_>,
    order: &Held,
    read: &Weighed<'_>,
    id: ReceiptId,
    now: Timestamp,
) -> Result<()> {
    let cause = format!("receipt {id}");
    // Whoever says what became of it had it.
    had(tx, order, now).await?;
    for (session, (state, reported)) in &read.changes {
        let detail = Detail::Said(reported.detail.as_deref());
        reach(tx, order, session, *state, detail, &cause, now).await?;
    }
    for session in read.absent.keys() {
        step(tx, order.id, session, NOT_HERE, &cause, now).await?;
    }
    if !read.absent.is_empty() && !order.settled {
        let unheard = absent::look_again(tx, order, &cause, now).await?;
        end_wait(tx, order, &unheard, &cause, now).await?;
    }
    let settled = settle(tx, order, now).await?;
    if settled.just_now && settled.states.contains(&State::Refused) {
        alarm(tx, order, Trouble::Refused, now).await?;
    }
    Ok(())
}
