//! Both sides of a back-test: as one while they learn the same, which is nearly all of the work, then each by itself.
//!
//! What an event teaches depends on its probability, its level, whether it is blocked, and on the words that are heard of it;
//! under a budget also on who is challenged. While the sides agree in these they have one mind, and only what their operators
//! set is asked twice. At the first event in which they do not, the draft's side gets a mind of its own, and goes on as if it
//! had always had one.

#[cfg(test)]
mod tests;

use super::mind::Mind;
use super::replay::{Deed, Line, Replay, Side, Terms, Verdict};
use crate::id::UserKey;
use crate::profile::Sighting;
use crate::risk::{Assessment, Decision, Level};
use crate::{Error, Result, Timestamp};

/// Both sides.
#[derive(Debug)]
pub struct Contest {
    before: Replay,
    after: Side,
    /// What the draft's side has learned, where that differs.
    own: Option<Box<Mind>>,
}

/// What each side makes of the same events, one after the other.
pub type Verdicts = (Vec<Verdict>, Vec<Verdict>);

impl Contest {
    /// Both know nothing yet.
    pub fn new(before: Terms, after: Terms) -> Self {
        let own = (before.calibration != after.calibration).then(Box::default);
        Self { before: Replay::new(before), after: Side::new(after), own }
    }

    /// At these times this will be done about users, on both sides.
    pub fn await_deeds(&mut self, deeds: &[(UserKey, Timestamp, Deed)]) {
        self.before.await_deeds(deeds);
        if let Some(mind) = &mut self.own {
            mind.await_deeds(deeds);
        }
    }

    /// Plays events that follow each other in time. Until the sides part, reasons have words only where the sides may
    /// be told to differ.
    pub fn play(&mut self, lines: &[Line]) -> Result<Verdicts> {
        let (mut ones, mut others) = (Vec::with_capacity(lines.len()), Vec::with_capacity(lines.len()));
        let mut left = lines.iter();
        while self.own.is_none()
            && let Some(line) = left.as_slice().first()
        {
            if let Some((one, other)) = self.both(line) {
                ones.push(one);
                others.push(other);
                left.next();
            } else {
                self.own = Some(Box::new(self.before.mind.clone()));
            }
        }
        if let Some(mind) = self.own.as_mut().filter(|_| left.len() > 0) {
            let (before, after, lines) = (&mut self.before, &mut self.after, left.as_slice());
            let (one, other) = std::thread::scope(|scope| {
                let other = scope.spawn(|| after.play(mind, lines));
                (before.play(lines), other.join())
            });
            ones.extend(one);
            others.extend(other.map_err(|_| Error::Internal("the draft's side broke off".into()))?);
        }
        Ok((ones, others))
    }

    /// Plays one event with one mind; None, and nothing is learned of it, where the sides would learn different things.
    fn both(&mut self, line: &Line) -> Option<(Verdict, Verdict)> {
        let Replay { side, mind } = &mut self.before;
        let (terms, its) = (&side.terms, &self.after.terms);
        let seen = &Sighting::from(&line.seen);
        mind.hear(line.seen.at);
        let setups = [&terms.setup(), &its.setup()];
        let [mut one, mut other] = mind.judge(line, seen, setups, false);
        if may_be_told(line, (terms, &one), (its, &other)) {
            [one, other] = mind.judge(line, seen, setups, true);
        }
        let hears = terms.hears(line, &one);
        let budgeted = terms.has_budget() || its.has_budget();
        if taught_by(&one, budgeted) != taught_by(&other, budgeted) || hears != its.hears(line, &other) {
            return None;
        }
        let wave = mind.learn(line, seen, &one);
        if hears {
            mind.await_words(line, seen);
        }
        let budget = &mut mind.memory.learned.budget;
        let one = side.desk.take(line, one, wave, terms, budget);
        Some((one, self.after.desk.take(line, other, wave, its, budget)))
    }
}

/// All of a judgement that is learned from. Who was challenged is remembered for budgets alone.
fn taught_by(assessment: &Assessment, budgeted: bool) -> (u64, Level, Option<Decision>) {
    let decision = Some(assessment.decision).filter(|decision| budgeted || *decision == Decision::Block);
    (assessment.probability.to_bits(), assessment.level, decision)
}

/// True when the event may become an example of what the draft changes: of these the reasons are told.
fn may_be_told(
    line: &Line,
    (before, was): (&Terms, &Assessment),
    (after, is): (&Terms, &Assessment),
) -> bool {
    !was.account.rules.is_empty()
        || !is.account.rules.is_empty()
        || was.decision != is.decision
        || before.alarms(line, was) != after.alarms(line, is)
        || (before.asking() != after.asking() && before.alarms(line, was))
}
