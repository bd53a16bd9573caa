//! A fading histogram of log-odds: fixed size, mergeable, with interpolated quantiles.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::time::DAY;

/// From −16 to 16 in steps of a quarter; what is beyond counts at the ends.
const LOWEST: f64 = -16.0;
const STEP: f64 = 0.25;
const BINS: usize = 128;
/// Counts halve in so many days.
const HALF_LIFE_DAYS: f64 = 30.0;
/// The weight, in logins, of what is believed before there are any …
const SHIPPED: f64 = 50.0;
/// … namely that the score at which the engine's levels turn red ([`crate::risk::RED`]) is reached by one honest login
/// in a hundred, and a score that is higher by one unit of log-odds 1/e as often.
const SHIPPED_SHARE: f64 = 0.01;
const SHIPPED_AT: f64 = 1.734_6;

/// e to the middle of each bin: the odds that a score there stands for.
static ODDS: LazyLock<[f64; BINS]> = LazyLock::new(|| std::array::from_fn(|index| middle(index).exp()));

/// How many of the shipped logins reach each bin's beginning: every judgement under a budget asks.
static SHIPPED_FROM: LazyLock<[f64; BINS + 1]> =
    LazyLock::new(|| std::array::from_fn(|index| shipped(lower(index))));

/// Scores of logins. Empty bins take no room.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Histogram {
    /// The first and the last login, as of which the counts are.
    first: i64,
    last: i64,
    counts: Vec<f32>,
}

impl Histogram {
    /// Counts a score, `weight` times; one that is no number is not counted. A late one weighs what it would by now.
    pub(super) fn add(&mut self, log_odds: f64, at: Timestamp, weight: f64) {
        if log_odds.is_nan() {
            return;
        }
        if self.counts.is_empty() {
            (self.first, self.last) = (at.0, at.0);
            self.counts = vec![0.0; BINS];
        }
        self.first = self.first.min(at.0);
        self.move_on(at.0);
        let weight = weight * fade(self.last.saturating_sub(at.0));
        if let Some(count) = self.counts.get_mut(bin(log_odds)) {
            *count += weight as f32;
        }
    }

    /// The counts, as of `at` where that is later than the last login.
    pub(super) fn counts(&self, at: i64) -> Counts {
        let faded = fade(at.saturating_sub(self.last));
        Counts(std::array::from_fn(|index| faded * self.count(index)))
    }

    /// When it last counted one.
    pub(super) fn last(&self) -> i64 {
        if self.counts.is_empty() { i64::MIN } else { self.last }
    }

    /// How many logins a day it has seen lately: the total over the weight that one login a day would have by now.
    pub(super) fn a_day(&self, at: Timestamp) -> f64 {
        let now = self.last.max(at.0);
        let age = (now.saturating_sub(self.first) as f64 / DAY as f64).max(1.0);
        let one_a_day = HALF_LIFE_DAYS / std::f64::consts::LN_2 * (1.0 - (-age / HALF_LIFE_DAYS).exp2());
        self.total() * fade(now.saturating_sub(self.last)) / one_a_day
    }

    /// Adds another histogram, both faded to the later one's last login.
    pub(super) fn merge(&mut self, other: &Self) {
        if other.counts.is_empty() {
            return;
        }
        if self.counts.is_empty() {
            self.clone_from(other);
            return;
        }
        self.first = self.first.min(other.first);
        self.move_on(other.last);
        let weight = fade(self.last.saturating_sub(other.last)) as f32;
        self.counts.iter_mut().zip(&other.counts).for_each(|(count, more)| *count += weight * more);
    }

    fn move_on(&mut self, at: i64) {
        if at > self.last {
            let factor = fade(at.saturating_sub(self.last)) as f32;
            self.counts.iter_mut().for_each(|count| *count *= factor);
            self.last = at;
        }
    }

    fn count(&self, index: usize) -> f64 {
        // What was vouched for elsewhere may be less than nothing here.
        self.counts.get(index).map_or(0.0, |count| f64::from(*count).max(0.0))
    }

    fn total(&self) -> f64 {
        self.counts.iter().map(|count| f64::from(*count)).sum()
    }
}

/// Logins by score.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counts([f64; BINS]);

impl Counts {
    /// Both.
    pub(super) fn and(mut self, other: &Self) -> Self {
        self.0.iter_mut().zip(&other.0).for_each(|(count, more)| *count += more);
        self
    }

    /// Those that are honest, when one in so many is an attacker's by odds `times` those that the scores go by.
    pub(super) fn honest(mut self, times: f64) -> Self {
        self.0.iter_mut().zip(ODDS.iter()).for_each(|(count, odds)| *count /= 1.0 + odds * times);
        self
    }

    pub(super) fn total(&self) -> f64 {
        self.0.iter().sum()
    }

    /// The smallest score that at most this share of logins reaches.
    pub(super) fn threshold(&self, share: f64) -> f64 {
        if share <= 0.0 || share.is_nan() {
            return f64::INFINITY;
        }
        if share >= 1.0 {
            return f64::NEG_INFINITY;
        }
        let wanted = share * (self.total() + SHIPPED);
        let mut above = SHIPPED_FROM[BINS];
        for index in (0..BINS).rev() {
            let low = lower(index);
            let inside = self.0[index] + SHIPPED_FROM[index] - SHIPPED_FROM[index + 1];
            if above + inside > wanted {
                let part = if inside > 0.0 { ((wanted - above) / inside).clamp(0.0, 1.0) } else { 0.0 };
                return low + STEP * (1.0 - part);
            }
            above += inside;
        }
        LOWEST
    }

    /// The share of logins that reach this score.
    pub(super) fn share_from(&self, log_odds: f64) -> f64 {
        if log_odds.is_nan() {
            return 1.0;
        }
        let (index, all) = (bin(log_odds), self.total() + SHIPPED);
        let low = lower(index);
        let part = 1.0 - ((log_odds - low) / STEP).clamp(0.0, 1.0);
        let above: f64 = self.0.iter().skip(index + 1).sum();
        ((above + part * self.0[index] + shipped(log_odds)) / all).clamp(0.0, 1.0)
    }
}

/// The score at which a bin begins.
fn lower(index: usize) -> f64 {
    LOWEST + STEP * index as f64
}

/// The score in the middle of a bin.
pub(super) fn middle(index: usize) -> f64 {
    lower(index) + STEP / 2.0
}

/// The least score of those in the same bin.
pub(super) fn begins(log_odds: f64) -> f64 {
    lower(bin(log_odds))
}

pub(super) fn bin(log_odds: f64) -> usize {
    // A number below zero becomes zero.
    (((log_odds - LOWEST) / STEP) as usize).min(BINS - 1)
}

fn fade(micros: i64) -> f64 {
    (-(micros.max(0) as f64 / DAY as f64) / HALF_LIFE_DAYS).exp2()
}

/// How many of the shipped logins reach this score.
fn shipped(log_odds: f64) -> f64 {
    SHIPPED * (SHIPPED_SHARE * (SHIPPED_AT - log_odds).exp()).min(1.0)
}
