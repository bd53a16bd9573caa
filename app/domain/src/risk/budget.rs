//! What operators decide: how many logins to challenge and how many users to ask, and the threshold that follows.
//!
//! The threshold is a rolling quantile of the scores (log-odds) of this project's own honest logins, so that it means
//! the same for a project of roamers as for one of office clerks, and stays right when the engine, the data or the
//! users change. Scores are counted in a fixed histogram whose counts halve every 30 days.

mod histogram;
#[cfg(test)]
mod tests;
mod words;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::time::DAY;
use histogram::Histogram;
pub use words::{odds, rarity};

/// What an operator allows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// At most this share of logins is challenged, 0..1, in the long run: the threshold follows what the users do, and while
    /// they change, or few logins were seen, a little more may be.
    pub challenge: f64,
    /// At most so many users are asked "Was this you?" a day.
    pub ask_a_day: u32,
}

/// The scores of a project's honest logins, and how many users were asked today. Below 700 bytes; two replicas' add up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Budget {
    scores: Histogram,
    asked: Asked,
}

/// How many users were asked on one day (UTC).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Asked {
    day: i64,
    users: u32,
}

impl Budget {
    /// Counts the score of a login. What a user said was not them, or what a rule decided, is the caller's to leave out.
    pub fn saw(&mut self, log_odds: f64, at: Timestamp) {
        self.scores.add(log_odds, at);
    }

    /// Counts a user who was asked. One who was asked today already is not to be counted twice.
    pub fn asked(&mut self, at: Timestamp) {
        let day = day(at);
        match day.cmp(&self.asked.day) {
            std::cmp::Ordering::Greater => self.asked = Asked { day, users: 1 },
            std::cmp::Ordering::Equal => self.asked.users = self.asked.users.saturating_add(1),
            std::cmp::Ordering::Less => {}
        }
    }

    /// Exchanges who was asked: two who ask otherwise may share the scores.
    pub(crate) fn exchange(&mut self, asked: &mut Asked) {
        std::mem::swap(&mut self.asked, asked);
    }

    /// From these log-odds on a login is challenged, so that at most the share `limits.challenge` of logins is: the
    /// quantile. A share of 0 challenges nothing, of 1 everything.
    pub fn challenge_from(&self, limits: &Limits) -> f64 {
        self.scores.threshold(limits.challenge)
    }

    /// From these log-odds on a user is asked now, never below `floor`: those of the level that operators want to hear of.
    ///
    /// The rule: of the logins expected in what is left of the (UTC) day, as many may be asked about as are left of the
    /// allowance, so the threshold is the quantile (left of the allowance) / (expected logins). While users are asked
    /// more slowly than expected it sinks to `floor`; when many were asked early (an attack, a bad morning) it rises,
    /// so that what is left goes to the least likely logins; and with nothing left nobody is asked until midnight.
    pub fn ask_from(&self, limits: &Limits, floor: f64, at: Timestamp) -> f64 {
        let today = day(at);
        let used = if self.asked.day == today { self.asked.users } else { 0 };
        let left = limits.ask_a_day.saturating_sub(used);
        if left == 0 {
            return f64::INFINITY;
        }
        let rest = 1.0 - at.0.rem_euclid(DAY) as f64 / DAY as f64;
        let expected = self.scores.a_day(at) * rest;
        if expected <= f64::from(left) {
            return floor;
        }
        self.scores.threshold(f64::from(left) / expected).max(floor)
    }

    /// Of how many honest logins one scores this high: what "1 in N" says. At least 1.
    pub fn one_in(&self, log_odds: f64) -> f64 {
        1.0 / self.scores.share_from(log_odds).clamp(1e-9, 1.0)
    }

    /// Adds what another replica counted. Of the users asked today both counts add up.
    pub fn merge(&mut self, other: &Self) {
        self.scores.merge(&other.scores);
        match other.asked.day.cmp(&self.asked.day) {
            std::cmp::Ordering::Greater => self.asked = other.asked,
            std::cmp::Ordering::Equal => {
                self.asked.users = self.asked.users.saturating_add(other.asked.users);
            }
            std::cmp::Ordering::Less => {}
        }
    }
}

fn day(at: Timestamp) -> i64 {
    at.0.div_euclid(DAY)
}
