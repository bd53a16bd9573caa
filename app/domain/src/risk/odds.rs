//! The formulas: what a value that a user never or often showed says, in natural log-odds.
//!
//! Each term is log P(value | attacker) − log P(value | user), as in Freeman et al., "Who Are You? A Statistical
//! Approach to Measuring User Authenticity" (NDSS 2016, doi:10.14722/ndss.2016.23240), with the probability of a *new*
//! value learned from the user's own novelty. The distribution of new values over the population is taken to be the
//! same for both, so that it cancels; only what a mixture of attackers (strangers, some in the same country, few in
//! the same network) shows that the user has shown before is left.

use crate::profile::habit::Habit;

/// What is believed of one kind of value before there is any history.
#[derive(Clone, Copy, Debug)]
pub(super) struct Belief {
    /// New values that an honest user shows in six logins. Shares of honest logins that show a new value, from Wiefling
    /// et al. (ACM TOPS 26(1), 2022, doi:10.1145/3546069) and simulated years: country 1 %, network 3.5 %, prefix 14 %;
    /// client and device somewhat above their share of .7 % and 6 %, because most of a user's first dozen logins are on
    /// the first of several devices.
    pub(super) prior: f64,
    /// How often an attacker shows a value that the user has not shown.
    pub(super) stranger: f64,
    /// The most that a new value says.
    pub(super) most: f64,
    /// The most that a known value says, below zero.
    pub(super) least: f64,
}

pub(super) const COUNTRY: Belief = Belief { prior: 0.06, stranger: 0.6, most: 6.0, least: -1.5 };
pub(super) const NETWORK: Belief = Belief { prior: 0.4, stranger: 0.85, most: 4.0, least: -2.5 };
/// The prefix within a known network …
pub(super) const PREFIX: Belief = Belief { prior: 0.84, stranger: 0.7, most: 3.0, least: -1.5 };
/// … and where no data say whose network it is.
pub(super) const PREFIX_ALONE: Belief = Belief { prior: 0.84, stranger: 0.95, most: 3.5, least: -3.0 };
/// A known address only exonerates: an honest user has a new one at 36 % of logins.
pub(super) const ADDRESS: Belief = Belief { prior: 2.16, stranger: 0.85, most: 0.0, least: -2.0 };
pub(super) const CLIENT: Belief = Belief { prior: 0.3, stranger: 0.65, most: 4.0, least: -1.5 };
pub(super) const DEVICE: Belief = Belief { prior: 0.6, stranger: 0.999, most: 4.0, least: -5.0 };

impl Belief {
    /// A value that this user never showed; `floor` is how likely a new value is for reasons outside this history.
    pub(super) fn unseen(self, habit: &Habit, today: i32, floor: f64) -> f64 {
        let honest = habit.novelty(self.prior, today).max(floor);
        (self.stranger / honest).ln().clamp(0.0, self.most)
    }

    /// A value that this user showed before. An attacker who knows their habits takes any of them, the user mostly the
    /// usual one: the rarer it is, the less it exonerates.
    pub(super) fn seen(self, habit: &Habit, key: u64, today: i32) -> f64 {
        let attacker = (1.0 - self.stranger) / habit.len().max(1) as f64;
        let honest = (1.0 - habit.novelty(self.prior, today)).max(1e-6) * habit.share(key, today);
        (attacker / honest).ln().clamp(self.least, 0.0)
    }
}

/// Log-odds as a probability, finite and within 0..1 whatever comes.
pub(super) fn logistic(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds.clamp(-30.0, 30.0)).exp())
}
