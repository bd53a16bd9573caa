//! Who is being tried: strangers' failures on one account, and from how many places.

use serde::{Deserialize, Serialize};

use super::attempt::{Attempt, Familiarity};
use super::guesser::{Guessers, KNOWN};
use super::pace::{Moment, Pace, faded};
use super::table::Worth;

/// A stranger's failure is remembered half as much after a day.
pub(super) const MEMORY: f64 = 86_400.0;
/// The half-life of the account's own baseline: some are tried from everywhere, always.
const BASELINE: f64 = 30.0 * 86_400.0;
/// Another try within two days of one.
const AGAIN: f64 = 0.25;
/// An account counts twice, and then once within so many seconds, towards what goes over many: with three days of memory
/// that is no wave, however much is tried on it.
const COUNTS: i64 = 2;
const ONCE: i64 = 86_400;
/// The share of an account's attempts that are strangers' failures from a new place, before anything is known of it …
const HONEST: f64 = 0.02;
/// … as much as so many attempts say, and under distributed brute force.
const TRUST: f64 = 10.0;
const ATTACK: f64 = 0.9;
/// The most and the least that one attempt says.
const STEP: (f64, f64) = (1.5, -1.0);
/// The least that failures from elsewhere say of a login after them when the account is surely under brute force, and the
/// most: half as much again for every e-fold beyond [`FEW`] of them, because each is a chance to have hit.
const BRUTE: (f64, f64) = (2.0, 4.0);
const FEW: f64 = 5.0;
/// Three new places within a day are more likely brute force than not. (Half of all accounts never see one.)
const LIMIT: f64 = 4.5;
const SUM_MOST: f64 = 15.0;

/// NIST SP 800-63B (§5.2.2) lets nobody fail more often in a row on one account, wherever they are and whatever they look
/// like: half of this is forgotten after a month.
const IN_A_ROW: f64 = KNOWN as f64;

/// How an account's password is being guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Brute {
    /// From one place, over and over.
    OnePlace,
    /// From several.
    Distributed,
    /// More in a row than anybody may fail, wherever and whatever they look like.
    InARow,
}

/// Failures that are brute force: how, how many, and the second of the first of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Forced {
    pub(super) how: Brute,
    pub(super) failures: f64,
    pub(super) first: i64,
}

/// What an attempt counts as.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counts {
    pub(super) strange_failure: bool,
    /// Towards what goes over many accounts.
    pub(super) probe: bool,
    /// It comes from a source with an incident of its own.
    pub(super) told: bool,
}

/// One account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Account {
    last: i64,
    /// Until when it has used up what it counts towards what goes over many accounts.
    counted: i64,
    /// Strangers' failures lately.
    strange: f32,
    /// Anybody's since the user last logged in where, or on what, they are known.
    row: f32,
    /// The second of the first of these, or of those by strangers.
    first: i64,
    /// Failures where, and on what, the user is not known, lately, and those of them from sources that are told of.
    away: [f32; 2],
    /// Attempts, and those that were strangers' failures from a new place, in the long run.
    baseline: [f32; 2],
    sum: f32,
    /// Places that failed today and the day before: one bit each of 32 (linear counting).
    places: [u32; 2],
    day: i32,
    /// Who keeps failing from one place.
    pub(super) guessers: Guessers,
}

impl Account {
    /// True when a stranger failed on it lately, from where this attempt comes.
    pub(super) fn is_tried(&self, attempt: &Attempt<'_>) -> bool {
        self.strange(attempt.moment.at) > AGAIN && attempt.place().is_none_or(|place| self.seen(place))
    }

    /// True when it counted often enough lately towards what goes over many accounts.
    pub(super) fn is_counted(&self, moment: Moment) -> bool {
        // Farther ahead only a clock that was set back can be.
        let is_ours = self.counted.saturating_sub(moment.received) <= COUNTS * ONCE;
        is_ours && self.counted.saturating_sub(moment.at) > (COUNTS - 1) * ONCE
    }

    /// True when no stranger failed on it lately.
    pub(super) fn is_fresh(&self, at: i64) -> bool {
        self.strange(at) <= AGAIN
    }

    /// Strangers' failures lately, those of today and half of yesterday's.
    pub(super) fn strange(&self, at: i64) -> f64 {
        f64::from(self.strange) * faded(self.last, at, MEMORY)
    }

    /// Failures away from home lately, those of today and half of yesterday's, and those of them from sources that are told of.
    pub(super) fn away(&self, at: i64) -> (f64, f64) {
        let [all, told] = self.away.map(|count| f64::from(count) * faded(self.last, at, MEMORY));
        (all, told)
    }

    /// Counts an attempt.
    pub(super) fn step(&mut self, attempt: &Attempt<'_>, Counts { strange_failure, probe, told }: Counts) {
        if probe {
            let at = attempt.moment.at;
            self.counted =
                self.counted.clamp(at, at.saturating_add((COUNTS - 1) * ONCE)).saturating_add(ONCE);
        }
        let pace = Pace::step(&mut self.last, attempt.moment);
        self.turn((self.last.max(0) / 86_400) as i32);
        self.guessers.step(attempt);
        let (long, lately) = (pace.fade(BASELINE) as f32, pace.fade(MEMORY) as f32);
        self.baseline.iter_mut().for_each(|count| *count *= long);
        self.strange *= lately;
        self.away.iter_mut().for_each(|count| *count *= lately);
        if !attempt.passed && !attempt.at_home {
            let weight = pace.weight(MEMORY) as f32;
            self.away[0] += weight;
            self.away[1] += if told { weight } else { 0.0 };
        }
        if !attempt.passed && self.row < 0.5 && self.strange <= AGAIN as f32 {
            self.first = attempt.moment.at;
        }
        self.row = match (attempt.passed, attempt.familiarity) {
            (false, _) => self.row * long + 1.0,
            (true, Familiarity::Familiar) => 0.0,
            (true, _) => self.row,
        };
        self.sum *= lately;
        let usual = (f64::from(self.baseline[1]) + TRUST * HONEST) / (f64::from(self.baseline[0]) + TRUST);
        let is_new = strange_failure && attempt.place().is_some_and(|place| self.is_new(place));
        let step = if is_new {
            (ATTACK / usual.max(0.001)).ln().max(0.0)
        } else if strange_failure {
            0.0
        } else {
            (1.0 - ATTACK).ln()
        };
        let step = step.clamp(STEP.1, STEP.0) * pace.weight(MEMORY);
        self.sum = (f64::from(self.sum) + step).clamp(0.0, SUM_MOST) as f32;
        self.strange += if strange_failure { pace.weight(MEMORY) as f32 } else { 0.0 };
        self.baseline[0] += 1.0;
        self.baseline[1] += if is_new { 1.0 } else { 0.0 };
    }

    /// How likely it is that the account is under distributed brute force now.
    pub(super) fn under_attack(&self, at: i64) -> f64 {
        let sum = f64::from(self.sum) * faded(self.last, at, MEMORY);
        if sum <= 0.0 { 0.0 } else { 1.0 / (1.0 + (LIMIT - sum).exp()) }
    }

    /// What the failures from elsewhere say of a login after them, if they are brute force.
    pub(super) fn says(&self, at: i64) -> f64 {
        (BRUTE.0 + 0.5 * (self.strange(at) / FEW).ln()).clamp(BRUTE.0, BRUTE.1)
    }

    /// How its password is being guessed, if this failure is part of that.
    pub(super) fn brute(&self, attempt: &Attempt<'_>) -> Option<Forced> {
        if attempt.passed {
            return None;
        }
        if let Some((failures, first)) = self.guessers.guess(attempt) {
            return Some(Forced { how: Brute::OnePlace, failures: failures.into(), first: first.into() });
        }
        let at = attempt.moment.at;
        let strange = attempt.familiarity != Familiarity::Familiar;
        if strange && self.under_attack(at) > 0.9 {
            return Some(Forced { how: Brute::Distributed, failures: self.strange(at), first: self.first });
        }
        let failures = self.in_a_row(at)?;
        Some(Forced { how: Brute::InARow, failures, first: self.first })
    }

    /// Anybody's failures since the user last logged in where they are known, if that is more than there may be.
    pub(super) fn in_a_row(&self, at: i64) -> Option<f64> {
        Some(self.failures(at)).filter(|failures| *failures >= IN_A_ROW)
    }

    /// About how many failures came lately, and at least from how many places in these two days.
    pub(super) fn tried(&self, at: i64) -> (f64, u32) {
        let places = (self.places[0] | self.places[1]).count_ones();
        (self.failures(at).max(self.strange(at)).max(f64::from(places)).round(), places)
    }

    fn failures(&self, at: i64) -> f64 {
        f64::from(self.row) * faded(self.last, at, BASELINE)
    }

    fn seen(&self, place: u64) -> bool {
        (self.places[0] | self.places[1]) >> (place % 32) & 1 == 1
    }

    fn is_new(&mut self, place: u64) -> bool {
        let is_new = !self.seen(place);
        self.places[0] |= 1 << (place % 32);
        is_new
    }

    fn turn(&mut self, today: i32) {
        match today.saturating_sub(self.day) {
            0 => {}
            1 => (self.places, self.day) = ([0, self.places[0]], today),
            _ => (self.places, self.day) = ([0, 0], today),
        }
    }
}

impl Worth for Account {
    fn worth(&self, now: i64) -> f64 {
        f64::from(self.baseline[0]) * faded(self.last, now, BASELINE) + 4.0 * self.under_attack(now)
    }
}
