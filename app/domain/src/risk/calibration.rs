//! From evidence to probability: the mixture's weights, a slope and an offset; shipped, or refitted from answers.

mod fit;
mod point;
mod reference;
#[cfg(test)]
mod tests;
mod thief;
mod words;

use serde::{Deserialize, Serialize};

pub use fit::{Fit, LEAST_LABELS, LEAST_OF_EACH, Refusal, fit};
pub use thief::loses;
pub use words::Standing;

use super::hypothesis::{Hypothesis, Sums};
use crate::version::Version;

/// P(attack | login) = σ(prior + α·R + β), with R the evidence of [`Calibration::evidence`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Calibration {
    /// The slope: below 1 where the pieces of evidence depend on each other.
    pub alpha: f64,
    /// The offset.
    pub beta: f64,
    /// How attackers are divided over the hypotheses (a stranger, one in the country, targeted, very targeted); they sum
    /// to 1.
    pub pi: [f64; 4],
    /// The log-odds of an attacker before any evidence.
    pub prior: f64,
}

impl Calibration {
    /// What is shipped.
    pub const SHIPPED: Self = Self { alpha: 1.0, beta: 0.0, pi: [0.60, 0.25, 0.10, 0.05], prior: -3.3 };

    /// A number made of the weights; none for the shipped ones, which [`super::MODEL_VERSION`] names.
    pub fn version(&self) -> Option<Version> {
        let [a, b, c, d] = self.pi;
        let numbers = [self.alpha, self.beta, a, b, c, d, self.prior];
        (*self != Self::SHIPPED).then(|| Version::of_bytes(numbers.into_iter().flat_map(f64::to_le_bytes)))
    }

    /// The log-odds of an attacker, and how likely each hypothesis is, given that it was one.
    pub fn judge(&self, sums: &Sums) -> (f64, [f64; 4]) {
        let (most, sum) = self.mixed(sums);
        let log_odds = self.prior + self.alpha * (most + sum.ln() + sums.common) + self.beta;
        (log_odds, Hypothesis::ALL.map(|a| self.weight(a) * (sums.of(a) - most).exp() / sum))
    }

    /// R: the log of the mixture of attackers, log Σ_a π_a·exp(S_a), plus what speaks under every hypothesis.
    pub fn evidence(&self, sums: &Sums) -> f64 {
        let (most, sum) = self.mixed(sums);
        most + sum.ln() + sums.common
    }

    /// How likely each hypothesis is, given that it was an attacker.
    pub fn posterior(&self, sums: &Sums) -> [f64; 4] {
        self.judge(sums).1
    }

    /// The log-odds of an attacker.
    pub fn log_odds(&self, sums: &Sums) -> f64 {
        self.prior + self.alpha * self.evidence(sums) + self.beta
    }

    /// How likely an attacker is, 0..1.
    pub fn probability(&self, sums: &Sums) -> f64 {
        super::assess::logistic(self.log_odds(sums))
    }

    fn weight(&self, hypothesis: Hypothesis) -> f64 {
        self.pi[hypothesis as usize].clamp(1e-6, 1.0)
    }

    /// log Σ exp without overflow: the largest exponent, and the sum relative to it.
    fn mixed(&self, sums: &Sums) -> (f64, f64) {
        let most = Hypothesis::ALL.iter().map(|a| sums.of(*a)).fold(f64::NEG_INFINITY, f64::max);
        (most, Hypothesis::ALL.iter().map(|a| self.weight(*a) * (sums.of(*a) - most).exp()).sum())
    }
}

impl Default for Calibration {
    fn default() -> Self {
        Self::SHIPPED
    }
}
