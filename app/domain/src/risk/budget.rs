//! What operators decide: how many logins to challenge and how many users to ask, and the threshold that follows.
//!
//! The threshold is a rolling quantile of the scores (log-odds) of this project's own honest logins, so that it means
//! the same for a project of roamers as for one of office clerks, and stays right when the engine, the data or the
//! users change. Scores are counted in a fixed histogram whose counts halve every 30 days.
//!
//! Which logins are honest nobody tells, but for those that a user, an operator or a passed challenge vouched for, which
//! count one, and those that were denied, which count nothing. Any other counts by how likely it is honest, with the share
//! of attackers that the scores themselves show: the fixed point of Saerens, Latinne and Decaestecker, "Adjusting the
//! Outputs of a Classifier to New a Priori Probabilities", Neural Computation 14(1), 2002 (doi:10.1162/089976602753284446).
//! So an attack, however large, counts for few honest logins, and cannot raise the threshold over itself.

mod challenged;
mod histogram;
mod now;
#[cfg(test)]
mod tests;
mod words;

use serde::{Deserialize, Serialize};

use super::Calibration;
use crate::Timestamp;
use crate::question::Answer;
use crate::time::DAY;
use challenged::Challenged;
pub(crate) use challenged::{Keys, Mark};
use histogram::{Counts, Histogram};
pub use now::{ByBudget, Now};
pub use words::{odds, rarity};

/// So many logins the shipped share of attackers is worth against what the scores show.
const ATTACKERS_WORTH: f64 = 50.0;
/// The share of attackers is found anew after so many logins, and after each that scores so high …
const ANEW: u8 = 64;
const NOTABLE: f64 = -1.0;
/// … in so many steps at most.
const STEPS: usize = 40;

/// What an operator allows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// At most this share of logins is challenged, 0..1, in the long run: the threshold follows what the users do, and while
    /// they change, or few logins were seen, a little more may be.
    pub challenge: f64,
    /// At most so many users are asked "Was this you?" a day.
    pub ask_a_day: u32,
}

/// The scores of a project's logins, which of them were vouched for, and how many users were asked today. Below 1,300
/// bytes and twelve for each mark of a challenged login; two replicas' add up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Budget {
    /// Of logins that nobody has vouched for.
    scores: Histogram,
    asked: Asked,
    vouched: Histogram,
    challenged: Challenged,
    #[serde(skip)]
    attackers: Attackers,
}

/// How many times likelier an attacker is than the scores believe, and how many logins ago that was found; 0: not yet.
/// It follows from the scores.
#[derive(Clone, Copy, Debug, Default)]
struct Attackers(f64, u8);

impl PartialEq for Attackers {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// How many users were asked on one day (UTC).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Asked {
    day: i64,
    users: u32,
}

impl Budget {
    /// Counts the score of a login that nobody has vouched for yet. What resembles what a user said was not them, or is
    /// blocked, is the caller's to leave out.
    pub fn saw(&mut self, log_odds: f64, at: Timestamp) {
        self.scores.add(log_odds, at, 1.0);
        self.attackers.1 += 1;
        if self.attackers.0 <= 0.0 || self.attackers.1 >= ANEW || log_odds >= NOTABLE {
            self.attackers = Attackers(self.found_attackers(), 0);
        }
    }

    /// Remembers that a login was challenged: see [`Budget::holds`].
    pub(crate) fn challenged(&mut self, keys: Keys, log_odds: f64, at: Timestamp) {
        self.challenged.note(keys, log_odds, at);
    }

    /// True when a login like this one was challenged, and nobody has said since what it was.
    pub(crate) fn holds(&self, keys: Keys, at: Timestamp) -> bool {
        self.challenged.holds(keys, at)
    }

    /// The challenged login of which somebody says then what it was: it is held no more. With the keys by which it was known.
    pub(crate) fn settled(&mut self, keys: Keys, at: Timestamp) -> Option<(Mark, Keys)> {
        self.challenged.take(keys, at)
    }

    /// The same was found out elsewhere.
    pub(crate) fn settle(&mut self, keys: Keys, at: Timestamp) {
        self.challenged.settle(keys, at);
    }

    /// Counts a challenged login as what it was.
    pub(crate) fn was(&mut self, mark: Mark, answer: Answer) {
        let (score, at, times) = mark.told();
        self.scores.add(score, at, -times);
        if answer == Answer::Yes {
            self.vouched.add(score, at, times);
        }
        self.attackers = Attackers::default();
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

    /// So many users of today were not asked after all.
    pub fn unasked(&mut self, users: u32) {
        self.asked.users = self.asked.users.saturating_sub(users);
    }

    /// How many users were asked on the day of this moment.
    fn asked_on(&self, at: Timestamp) -> u32 {
        if self.asked.day == day(at) { self.asked.users } else { 0 }
    }

    /// Exchanges who was asked: two who ask otherwise may share the scores.
    pub(crate) fn exchange(&mut self, asked: &mut Asked) {
        std::mem::swap(&mut self.asked, asked);
    }

    /// From these log-odds on a login is challenged, so that at most the share `limits.challenge` of logins is: the
    /// quantile. A share of 0 challenges nothing, of 1 everything.
    pub fn challenge_from(&self, limits: &Limits) -> f64 {
        self.honest().threshold(limits.challenge)
    }

    /// The logins, each counted by how likely it is honest.
    fn honest(&self) -> Counts {
        let at = self.scores.last().max(self.vouched.last());
        let times = if self.attackers.0 > 0.0 { self.attackers.0 } else { self.found_attackers() };
        self.scores.counts(at).honest(times).and(&self.vouched.counts(at))
    }

    /// How many times likelier an attacker is than the scores believe: from the share of attackers to the mean probability
    /// under that share, until they agree.
    fn found_attackers(&self) -> f64 {
        let counts = self.scores.counts(self.scores.last());
        let (all, believed) = (counts.total(), Calibration::SHIPPED.prior.exp());
        let share = believed / (1.0 + believed);
        let mut times = 1.0;
        for _ in 0..STEPS {
            let attacks = all - counts.honest(times).total() + ATTACKERS_WORTH * share;
            let honest = (all + ATTACKERS_WORTH - attacks).max(f64::MIN_POSITIVE);
            let next = attacks / honest / believed;
            let settled = (next - times).abs() < 1e-3 * times;
            times = next;
            if settled {
                break;
            }
        }
        times.clamp(1e-6, 1e6)
    }

    /// From these log-odds on a user is asked now, never below `floor`: those of the level that operators want to hear of.
    ///
    /// The rule: of the logins expected in what is left of the (UTC) day, an attack's among them, as many may be asked
    /// about as are left of the allowance, so the threshold is the quantile (left of the allowance) / (expected logins).
    /// While users are asked more slowly than expected it sinks to `floor`; when many were asked early (an attack, a bad
    /// morning) it rises, so that what is left goes to the least likely logins. Half of the allowance is kept back and
    /// released over the day, so that a flood, however certain each of its logins is, leaves some for whoever comes
    /// later; with nothing left nobody is asked until some is released, or until midnight.
    pub fn ask_from(&self, limits: &Limits, floor: f64, at: Timestamp) -> f64 {
        let used = self.asked_on(at);
        let past = at.0.rem_euclid(DAY) as f64 / DAY as f64;
        let released = (f64::from(limits.ask_a_day) * (0.5 + 0.5 * past)).ceil();
        if f64::from(used) >= released {
            return f64::INFINITY;
        }
        let left = limits.ask_a_day.saturating_sub(used);
        let expected = (self.scores.a_day(at) + self.vouched.a_day(at)) * (1.0 - past);
        if expected <= f64::from(left) {
            return floor;
        }
        let last = self.scores.last().max(self.vouched.last());
        let all = self.scores.counts(last).and(&self.vouched.counts(last));
        // Among those that are alike whoever comes first is asked.
        histogram::begins(all.threshold(f64::from(left) / expected)).max(floor)
    }

    /// Of how many honest logins one scores this high: what "1 in N" says. At least 1.
    pub fn one_in(&self, log_odds: f64) -> f64 {
        1.0 / self.honest().share_from(log_odds).clamp(1e-9, 1.0)
    }

    /// Adds what another replica counted. Of the users asked today both counts add up.
    pub fn merge(&mut self, other: &Self) {
        self.scores.merge(&other.scores);
        self.vouched.merge(&other.vouched);
        self.challenged.merge(&other.challenged);
        self.attackers = Attackers::default();
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
