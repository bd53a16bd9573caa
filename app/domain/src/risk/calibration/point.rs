//! Where the search for better weights stands: damped Gauss–Newton on a penalised logistic loss.

use super::super::assess::logistic;
use super::super::hypothesis::Sums;
use super::Calibration;
use super::reference::Known;

/// How strongly the shipped values hold, in the inverse variance of each parameter: log α, β, and three log-ratios of π.
const RIDGE: [f64; 5] = [30.0, 8.0, 6.0, 6.0, 6.0];
/// How far from the shipped values each may go.
const REACH: [f64; 5] = [0.35, 1.0, 1.5, 1.5, 1.5];
/// What a thief costs who falls below the alert level, by the square of how far; and they are to stay a little above it.
const LOST: f64 = 2_000.0;
const MARGIN: f64 = 0.02;
const STEPS: usize = 60;

/// What is searched with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Task<'a> {
    /// What is known of logins.
    pub(super) known: &'a [Known],
    /// Who must reach `limit`.
    pub(super) thieves: &'a [Sums],
    pub(super) limit: f64,
}

/// The gradient, and the Gauss–Newton second derivatives.
type Slopes = ([f64; 5], [[f64; 5]; 5]);

/// log α, β, and log(π_a / π_0) for the other three.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point([f64; 5]);

impl Point {
    pub(super) fn of(calibration: &Calibration) -> Self {
        let ratio = |a: usize| (calibration.pi[a].max(1e-6) / calibration.pi[0].max(1e-6)).ln();
        Self([calibration.alpha.max(1e-3).ln(), calibration.beta, ratio(1), ratio(2), ratio(3)])
    }

    pub(super) fn home() -> Self {
        Self::of(&Calibration::SHIPPED)
    }

    pub(super) fn calibration(self) -> Calibration {
        let ratios = [0.0, self.0[2], self.0[3], self.0[4]].map(f64::exp);
        let sum: f64 = ratios.iter().sum();
        let pi = ratios.map(|ratio| ratio / sum);
        Calibration { alpha: self.0[0].exp(), beta: self.0[1], pi, prior: Calibration::SHIPPED.prior }
    }

    /// So much of the way to it from the shipped values.
    pub(super) fn part(self, share: f64) -> Self {
        let home = Self::home();
        Self(std::array::from_fn(|i| home.0[i] + share * (self.0[i] - home.0[i])))
    }

    fn within_reach(self) -> Self {
        let home = Self::home();
        Self(std::array::from_fn(|i| self.0[i].clamp(home.0[i] - REACH[i], home.0[i] + REACH[i])))
    }

    fn loss(self, task: &Task<'_>) -> f64 {
        let calibration = self.calibration();
        let home = Self::home();
        let pull: f64 = (0..5).map(|i| 0.5 * RIDGE[i] * (self.0[i] - home.0[i]).powi(2)).sum();
        let known = task.known.iter();
        let misses: f64 =
            known.map(|known| known.weight * surprise(calibration.log_odds(&known.sums), known.attack)).sum();
        let short = |sums: &Sums| (task.limit + MARGIN - calibration.log_odds(sums)).max(0.0);
        misses + pull + task.thieves.iter().map(|sums| 0.5 * LOST * short(sums).powi(2)).sum::<f64>()
    }

    pub(super) fn descend(mut self, task: &Task<'_>) -> Self {
        let mut damping = 1e-3;
        let mut loss = self.loss(task);
        for _ in 0..STEPS {
            let (gradient, curvature) = self.slopes(task);
            let step = solve(curvature, gradient, damping).unwrap_or([0.0; 5]);
            let next = Self(std::array::from_fn(|i| self.0[i] - step[i])).within_reach();
            let after = next.loss(task);
            if after.is_finite() && after < loss {
                let done = loss - after < 1e-9 * loss.abs();
                (self, loss, damping) = (next, after, damping / 4.0);
                if done {
                    break;
                }
            } else {
                damping *= 8.0;
                if damping > 1e9 {
                    break;
                }
            }
        }
        self
    }

    /// The gradient, and the Gauss–Newton approximation of the second derivatives: always positive definite.
    fn slopes(self, task: &Task<'_>) -> Slopes {
        let calibration = self.calibration();
        let home = Self::home();
        let mut gradient: [f64; 5] = std::array::from_fn(|i| RIDGE[i] * (self.0[i] - home.0[i]));
        let mut curvature = [[0.0; 5]; 5];
        (0..5).for_each(|i| curvature[i][i] = RIDGE[i]);
        let mut add = |sums: &Sums, slope: f64, bend: f64| {
            let (alpha, posterior) = (calibration.alpha, calibration.posterior(sums));
            let share = |a: usize| alpha * (posterior[a] - calibration.pi[a]);
            let direction = [alpha * calibration.evidence(sums), 1.0, share(1), share(2), share(3)];
            for i in 0..5 {
                gradient[i] += slope * direction[i];
                (0..5).for_each(|j| curvature[i][j] += bend * direction[i] * direction[j]);
            }
        };
        for Known { sums, attack, weight } in task.known {
            let likely = logistic(calibration.log_odds(sums));
            let miss = likely - if *attack { 1.0 } else { 0.0 };
            add(sums, weight * miss, weight * (likely * (1.0 - likely)).max(1e-9));
        }
        for sums in task.thieves {
            let short = task.limit + MARGIN - calibration.log_odds(sums);
            if short > 0.0 {
                add(sums, -LOST * short, LOST);
            }
        }
        (gradient, curvature)
    }
}

/// −log σ(±z), without overflow.
pub(super) fn surprise(z: f64, attack: bool) -> f64 {
    let z = if attack { z } else { -z };
    (-z).max(0.0) + (-z.abs()).exp().ln_1p()
}

/// Solves (A + damping·diag A)·x = b by Gaussian elimination with partial pivoting; None when it is singular.
fn solve(mut a: [[f64; 5]; 5], mut b: [f64; 5], damping: f64) -> Option<[f64; 5]> {
    (0..5).for_each(|i| a[i][i] *= 1.0 + damping);
    for column in 0..5 {
        let pivot = (column..5).max_by(|i, j| a[*i][column].abs().total_cmp(&a[*j][column].abs()))?;
        if a[pivot][column].abs() < 1e-12 {
            return None;
        }
        a.swap(column, pivot);
        b.swap(column, pivot);
        for row in column + 1..5 {
            let factor = a[row][column] / a[column][column];
            let above = a[column];
            (column..5).for_each(|i| a[row][i] -= factor * above[i]);
            b[row] -= factor * b[column];
        }
    }
    let mut x = [0.0; 5];
    for row in (0..5).rev() {
        let known: f64 = (row + 1..5).map(|i| a[row][i] * x[i]).sum();
        x[row] = (b[row] - known) / a[row][row];
    }
    Some(x)
}
