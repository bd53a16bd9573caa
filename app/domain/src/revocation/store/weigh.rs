//! What a receipt says, against what is known of its order.

use std::collections::{BTreeMap, BTreeSet};

use super::Held;
use super::absent::{self, Word};
use crate::db::Tx;
use crate::revocation::receipt::{NewReceipt, Reported, Verdict, WHOLE, printable};
use crate::revocation::{Fact, Outcome, State, transition};
use crate::{Result, Timestamp};

/// What a receipt says, against what is known.
#[derive(Default)]
pub(super) struct Weighed<'a> {
    pub changes: BTreeMap<&'a str, (State, &'a Reported)>,
    /// Said not to be here.
    pub absent: BTreeMap<&'a str, &'a Reported>,
    /// Not of this order.
    pub unknown: Vec<&'a str>,
    /// Put off although the time for it is over.
    pub late: Vec<&'a str>,
    /// Said to be dead, each by the strongest word.
    pub dead: BTreeMap<&'a str, Outcome>,
    /// Said not to be, whatever else is known or said of it.
    pub against: BTreeSet<&'a str>,
    conflicts: Vec<String>,
}

impl Weighed<'_> {
    /// It says nothing new.
    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.absent.is_empty()
    }

    /// It contradicts what is known, or itself: nothing of it is believed.
    pub(super) fn contradicts(&self) -> bool {
        !self.conflicts.is_empty()
    }

    /// It ends the wait for a session, or brings that nearer.
    pub(super) fn settles(&self) -> bool {
        !self.absent.is_empty() || self.changes.values().any(|(state, _)| state.is_settled())
    }

    /// "Not here" settles nothing while another may have the session.
    pub(super) async fn look_around(
        &mut self,
        tx: &mut Tx<'_>,
        order: &Held,
        new: &NewReceipt,
    ) -> Result<()> {
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

    pub(super) fn verdict(&self) -> Verdict {
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
pub(super) fn weigh<'a>(
    known: &BTreeMap<String, State>,
    reported: &'a [Reported],
    latest: Timestamp,
) -> Weighed<'a> {
    let mut read = Weighed::default();
    let mut told: BTreeMap<&str, Fact> = BTreeMap::new();
    for one in reported {
        let Some(stored) = known.get(&one.id) else {
            read.unknown.push(&one.id);
            continue;
        };
        let first = *told.entry(&one.id).or_insert(one.fact);
        if contradict(first, one.fact) {
            read.against.insert(&one.id);
            read.conflicts.push(format!("{} is both {} and {}", which(one), said(first), said(one.fact)));
            continue;
        }
        let before = read.changes.get(one.id.as_str()).map_or(*stored, |(state, _)| *state);
        let fact = match one.fact {
            Fact::Deferred(until) => Fact::Deferred(until.min(latest)),
            fact => fact,
        };
        match one.fact {
            Fact::Died(outcome) => {
                let dead = read.dead.entry(&one.id).or_insert(outcome);
                *dead = outcome.max(*dead);
            }
            Fact::Failed => drop(read.against.insert(&one.id)),
            _ => {}
        }
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
                if !matches!(fact, Fact::Died(_)) {
                    read.against.insert(&one.id);
                }
                let (was, is) = (words(before), said(one.fact));
                read.conflicts.push(format!("{} was {was} and is now {is}", which(one)));
            }
        }
    }
    read
}

/// True of two facts that one receipt cannot say of one session: it is dead in more than one way, but not dead and alive, and it
/// has one promise.
fn contradict(one: Fact, other: Fact) -> bool {
    one != other && !matches!((one, other), (Fact::Died(_), Fact::Died(_)))
}

fn which(one: &Reported) -> &str {
    if one.id == WHOLE { "it" } else { &one.id }
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
