//! Who is being tried: strangers' failures on one account, and from how many places.

use serde::{Deserialize, Serialize};

use super::attempt::{Attempt, Familiarity};
use super::guesser::Guessers;
use super::pace::{Pace, faded};
use super::table::Worth;

/// A stranger's failure is remembered half as much after a day.
const MEMORY: f64 = 86_400.0;
/// The half-life of the account's own baseline: some are tried from everywhere, always.
const BASELINE: f64 = 30.0 * 86_400.0;
/// Another try within two days of one.
const AGAIN: f64 = 0.25;
/// The share of an account's attempts that are strangers' failures from a new place, before anything is known of it …
const HONEST: f64 = 0.02;
/// … as much as so many attempts say, and under distributed brute force.
const TRUST: f64 = 10.0;
const ATTACK: f64 = 0.9;
/// The most and the least that one attempt says.
const STEP: (f64, f64) = (1.5, -1.0);
/// Three new places within a day are more likely brute force than not. (Half of all accounts never see one.)
const LIMIT: f64 = 4.5;
const SUM_MOST: f64 = 15.0;

/// How an account's password is being guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Brute {
    /// From one place, over and over.
    OnePlace,
    /// From many.
    Distributed,
}

/// One account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Account {
    last: i64,
    /// Strangers' failures lately.
    strange: f32,
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
        let lately = f64::from(self.strange) * faded(self.last, attempt.moment.at, MEMORY) > AGAIN;
        lately && attempt.place().is_none_or(|place| self.seen(place))
    }

    /// Counts an attempt.
    pub(super) fn step(&mut self, attempt: &Attempt<'_>, strange_failure: bool) {
        let pace = Pace::step(&mut self.last, attempt.moment);
        self.turn((self.last.max(0) / 86_400) as i32);
        self.guessers.step(attempt);
        let (long, lately) = (pace.fade(BASELINE) as f32, pace.fade(MEMORY) as f32);
        self.baseline.iter_mut().for_each(|count| *count *= long);
        self.strange *= lately;
        self.sum *= lately;
        let usual = (f64::from(self.baseline[1]) + TRUST * HONEST) / (f64::from(self.baseline[0]) + TRUST);
        let is_new = strange_failure && attempt.place().is_some_and(|place| self.is_new(place));
        let step = if is_new {
            (ATTACK / usual.max(0.001)).ln()
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

    /// How its password is being guessed, if this failure is part of that.
    pub(super) fn brute(&self, attempt: &Attempt<'_>) -> Option<Brute> {
        if attempt.passed {
            None
        } else if self.guessers.guess(attempt) {
            Some(Brute::OnePlace)
        } else {
            let strange = attempt.familiarity != Familiarity::Familiar;
            (strange && self.under_attack(attempt.moment.at) > 0.9).then_some(Brute::Distributed)
        }
    }

    /// About how many places failed on it in these two days.
    pub(super) fn places(&self) -> f64 {
        let empty = f64::from((self.places[0] | self.places[1]).count_zeros());
        32.0 * (32.0 / empty.max(1.0)).ln()
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
