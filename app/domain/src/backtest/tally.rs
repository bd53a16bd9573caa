//! Compares the two sides of a back-test, event by event, and counts.

mod example;

use std::collections::{HashMap, HashSet};

use self::example::example;
use super::outcome::{Outcome, Overlap, Precision, RuleHits, Side};
use super::replay::{Line, Verdict};
use super::{Draft, RuleChange};
use crate::Timestamp;
use crate::event::verb;
use crate::id::{RuleId, UserKey};
use crate::mix::mix;
use crate::question::Answer;
use crate::risk::{Assessment, Calibration, Decision, Level};
use crate::rule::verdict::noted;
use crate::rule::{Outcome as Came, Rule};
use crate::time::DAY;

/// How many examples are kept.
const EXAMPLES: usize = 20;
/// How many overlaps are told.
const OVERLAPS: usize = 20;
/// The users touched are counted anew so often.
const MONTH: i64 = 30 * DAY;

/// One rule's counts.
#[derive(Debug, Default)]
struct Counts {
    name: String,
    changed: bool,
    before: u64,
    after: u64,
    /// On either side.
    either: u64,
    answers: Precision,
}

/// What has been counted so far.
#[derive(Debug)]
pub struct Tally {
    from: Timestamp,
    calibration: Calibration,
    outcome: Outcome,
    rules: HashMap<RuleId, Counts>,
    /// Events that a changed rule (None: the draft as a whole) and another rule hit both, each on either side.
    both: HashMap<(Option<RuleId>, RuleId), u64>,
    month: i64,
    users: HashSet<UserKey>,
    span: Option<(Timestamp, Timestamp)>,
}

impl Tally {
    /// Nothing yet. `before` and `after` are the rules of the two sides, `calibration` is how habits are judged.
    pub fn new(draft: &Draft, before: &[Rule], after: &[Rule], calibration: Calibration) -> Self {
        let mut rules: HashMap<RuleId, Counts> = HashMap::new();
        for rule in before.iter().chain(after) {
            rules.entry(rule.id).or_default().name.clone_from(&rule.name);
        }
        for change in &draft.rules {
            let changed = rules.iter_mut().filter(|(id, counts)| match change {
                RuleChange::Write { rule } => counts.name == rule.name,
                RuleChange::Mode { rule, .. } | RuleChange::Remove { rule } => *id == rule,
            });
            changed.for_each(|(_, counts)| counts.changed = true);
        }
        Self {
            from: draft.from,
            calibration,
            outcome: Outcome::default(),
            rules,
            both: HashMap::new(),
            month: i64::MIN,
            users: HashSet::new(),
            span: None,
        }
    }

    /// Counts events with the verdicts of both sides.
    pub fn count(&mut self, lines: &[Line], before: &[Verdict], after: &[Verdict]) {
        for ((line, before), after) in lines.iter().zip(before).zip(after) {
            if line.seen.at < self.from {
                self.outcome.warm_up += 1;
            } else {
                self.one(line, before, after);
            }
        }
    }

    fn one(&mut self, line: &Line, before: &Verdict, after: &Verdict) {
        let at = line.seen.at;
        self.span = Some((self.span.map_or(at, |(first, _)| first), at));
        let outcome = &mut self.outcome;
        let denied = matches!(line.answer, Some((Answer::No, _)));
        let honest = line.seen.is_login() && !denied;
        outcome.events += 1;
        outcome.logins += u64::from(line.seen.is_login());
        outcome.honest += u64::from(honest);
        let open = line.seen.is_login() && line.answer.is_none() && is_unusual(&self.calibration, before);
        outcome.open += u64::from(open);
        side(&mut outcome.before, line, before);
        side(&mut outcome.after, line, after);
        outcome.alerts_appear += u64::from(after.opened && !before.opened);
        outcome.alerts_vanish += u64::from(before.opened && !after.opened);
        outcome.mails_appear += u64::from(after.mail && !before.mail);
        outcome.mails_vanish += u64::from(before.mail && !after.mail);
        let touched = self.rules(line, before, after)
            || before.alarm != after.alarm
            || before.opened != after.opened
            || before.mail != after.mail
            || before.order != after.order
            || before.assessment.decision != after.assessment.decision;
        if touched {
            self.touch(line, before, after, (honest, open));
        }
    }

    /// Counts the hits of rules. True when a changed one hits on either side.
    fn rules(&mut self, line: &Line, before: &Verdict, after: &Verdict) -> bool {
        if before.assessment.account.rules.is_empty() && after.assessment.account.rules.is_empty() {
            return false;
        }
        let (was, is) = (hits(&before.assessment), hits(&after.assessment));
        let all = either(&was, &is);
        let mut changed = Vec::new();
        for id in &all {
            let Some(counts) = self.rules.get_mut(id) else { continue };
            counts.before += u64::from(was.contains(id));
            counts.after += u64::from(is.contains(id));
            counts.either += 1;
            counts.answers.count(line.answer, line.seen.is_login());
            if counts.changed {
                changed.push(*id);
            }
        }
        for other in all.iter().filter(|id| !changed.contains(id)) {
            for id in &changed {
                *self.both.entry((Some(*id), *other)).or_default() += 1;
            }
        }
        !changed.is_empty()
    }

    fn touch(&mut self, line: &Line, before: &Verdict, after: &Verdict, (honest, open): (bool, bool)) {
        let outcome = &mut self.outcome;
        outcome.touched += 1;
        outcome.touched_honest += u64::from(honest);
        outcome.touched_open += u64::from(open);
        outcome.touched_answers.count(line.answer, line.seen.is_login());
        for id in either(&hits(&before.assessment), &hits(&after.assessment)) {
            if self.rules.get(&id).is_some_and(|rule| !rule.changed) {
                *self.both.entry((None, id)).or_default() += 1;
            }
        }
        if let Some(person) = &line.person {
            let month = line.seen.at.since(self.from).div_euclid(MONTH);
            if month != self.month {
                (self.month, self.users) = (month, HashSet::new());
            }
            outcome.touched_users += u64::from(self.users.insert(person.key));
        }
        self.sample(line, before, after);
    }

    /// Keeps a fair choice of the events touched (Vitter's algorithm R, with a seed that never changes).
    fn sample(&mut self, line: &Line, before: &Verdict, after: &Verdict) {
        let examples = &mut self.outcome.examples;
        if examples.len() < EXAMPLES {
            examples.push(example(line, before, after));
            return;
        }
        let place = mix(self.outcome.touched) % self.outcome.touched;
        if let Some(kept) = usize::try_from(place).ok().and_then(|place| examples.get_mut(place)) {
            *kept = example(line, before, after);
        }
    }

    /// All that was counted.
    pub fn finish(mut self) -> Outcome {
        let mut outcome = self.outcome;
        outcome.days =
            self.span.map_or(1.0, |(first, last)| (last.since(first) as f64 / DAY as f64).max(1.0));
        outcome.examples.sort_by_key(|example| (example.at, example.event));
        let touched = outcome.touched;
        let hits = |id: RuleId| self.rules.get(&id).map_or(0, |rule| rule.either);
        let name = |id: RuleId| self.rules.get(&id).map_or_else(String::new, |rule| rule.name.clone());
        // The draft as a whole is told where no rule of it can be.
        let by_rule = self.rules.values().any(|rule| rule.changed);
        for ((draft, rule), both) in self.both.drain().filter(|((draft, _), _)| draft.is_some() == by_rule) {
            let either = draft.map_or(touched, hits) + hits(rule) - both;
            outcome.overlaps.push(Overlap { draft: draft.map(name), rule: name(rule), both, either });
        }
        outcome.overlaps.sort_by(|a, b| {
            let names = |overlap: &Overlap| (overlap.draft.clone(), overlap.rule.clone());
            b.jaccard().total_cmp(&a.jaccard()).then_with(|| names(a).cmp(&names(b)))
        });
        outcome.overlaps.truncate(OVERLAPS);
        let mut rules: Vec<_> = self.rules.into_iter().collect();
        rules.sort_by_key(|(id, counts)| (!counts.changed, *id));
        let told = rules.into_iter().map(|(_, counts)| {
            let Counts { name, changed, before, after, answers, .. } = counts;
            RuleHits { name, changed, before, after, answers }
        });
        outcome.rules = told.collect();
        outcome
    }
}

fn side(side: &mut Side, line: &Line, verdict: &Verdict) {
    side.alerts += u64::from(verdict.opened);
    side.waves += u64::from(verdict.wave);
    side.mails += u64::from(verdict.mail);
    side.orders += u64::from(verdict.order);
    let challenged =
        verdict.assessment.decision == Decision::Challenge && verb::is_login(&line.seen.event.verb);
    side.challenged += u64::from(challenged);
    side.blocked += u64::from(verdict.assessment.decision == Decision::Block);
    if verdict.alarm {
        side.answers.count(line.answer, line.seen.is_login());
    }
}

fn hits(assessment: &Assessment) -> Vec<RuleId> {
    noted(&assessment.account)
        .filter(|note| matches!(note.outcome, Came::Hit | Came::Shadow))
        .map(|note| note.rule)
        .collect()
}

fn either(one: &[RuleId], other: &[RuleId]) -> Vec<RuleId> {
    one.iter().chain(other.iter().filter(|id| !one.contains(id))).copied().collect()
}

/// Orange or red by the user's habits, whatever rules make of it.
fn is_unusual(calibration: &Calibration, verdict: &Verdict) -> bool {
    let Assessment { level, account, .. } = &verdict.assessment;
    let habits = match &account.sums {
        Some(sums) if !account.rules.is_empty() => Level::of(calibration.probability(sums)),
        _ => *level,
    };
    habits > Level::Green
}
