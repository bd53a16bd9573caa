//! How a wave spreads: how much of it an account or a source gets, so that one with more has something of its own.

use serde::{Deserialize, Serialize};

use super::pace::{Moment, Pace, faded};

/// So many standard deviations above its mean nobody gets by chance, …
const DEVIATIONS: f64 = 4.0;
/// … with so many failures more, since chance is not all that differs.
const MORE: f64 = 4.0;

/// Failures, and how many different ones they went to or came from, lately.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Spread {
    last: i64,
    all: f32,
    firsts: f32,
}

impl Spread {
    /// Counts a failure; `first` when it is the first one on, or of, somebody. What is counted halves in `half_life`.
    pub(super) fn count(&mut self, moment: Moment, half_life: f64, first: bool) {
        let pace = Pace::step(&mut self.last, moment);
        let (fade, weight) = (pace.fade(half_life) as f32, pace.weight(half_life) as f32);
        self.all = self.all * fade + weight;
        self.firsts = self.firsts * fade + if first { weight } else { 0.0 };
    }

    /// The most that a wave leaves on one of many by chance: Poisson's distribution has the deviation √mean.
    pub(super) fn reach(&self) -> f64 {
        let mean = f64::from(self.all) / f64::from(self.firsts).max(1.0);
        mean + DEVIATIONS * mean.sqrt() + MORE
    }

    /// How many failures there are of this moment's, and of how many.
    pub(super) fn now(&self, at: i64, half_life: f64) -> (f64, f64) {
        let left = faded(self.last, at, half_life);
        (f64::from(self.all) * left, f64::from(self.firsts) * left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_wave_leaves_on_each_is_its_mean_and_what_chance_adds() {
        let mut spread = Spread::default();
        for failure in 0..400 {
            let at = 1_000_000 + failure;
            spread.count(Moment { at, received: at }, 86_400.0, failure % 4 == 0);
        }
        let reach = spread.reach();
        assert!((15.5..16.5).contains(&reach), "four each, and four deviations of two, and four: {reach}");
        let (all, of) = spread.now(1_000_399 + 86_400, 86_400.0);
        assert!((all / 200.0 - 1.0).abs() < 0.01 && (of / 50.0 - 1.0).abs() < 0.01, "{all} {of}");
        assert_eq!(Spread::default().reach(), MORE, "where nothing is, four are nobody's wave");
    }
}
