//! Refitting the calibration from users' answers.

use super::super::hypothesis::Sums;
use super::Calibration;

/// Fewer answers than this teach nothing.
pub const LEAST_LABELS: usize = 50;
/// How strongly the shipped values hold, in the inverse variance of each parameter: log α, β, and three log-ratios of π.
const RIDGE: [f64; 5] = [8.0, 2.0, 2.0, 2.0, 2.0];
/// The answers are held out in so many turns, to see whether a refit is any better on answers it has not seen.
const FOLDS: usize = 5;
const STEPS: usize = 60;

/// What came of a refit.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Fit {
    /// The new values.
    pub calibration: Calibration,
    /// The mean log loss on held-out answers before and after.
    pub loss: (f64, f64),
    /// How many answers it was fitted on.
    pub labels: usize,
}

/// Why the values stay as they are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Refusal {
    /// So many answers; [`LEAST_LABELS`] are needed.
    TooFew(usize),
    /// All answers were the same.
    OneSided,
    /// It would have been worse on held-out answers: the mean log loss before and after.
    Worse(f64, f64),
}

/// Refits `start` to answers: the evidence of a login, and true when it was an attacker. Damped Gauss–Newton on the
/// logistic loss, with an L2 penalty that pulls towards the shipped values; deterministic.
///
/// # Errors
/// A [`Refusal`] where the answers are too few or one-sided, or where the refit does worse on held-out ones.
pub fn fit(answers: &[(Sums, bool)], start: &Calibration) -> Result<Fit, Refusal> {
    if answers.len() < LEAST_LABELS {
        return Err(Refusal::TooFew(answers.len()));
    }
    let attacks = answers.iter().filter(|(_, attack)| *attack).count();
    if attacks == 0 || attacks == answers.len() {
        return Err(Refusal::OneSided);
    }
    let fitted = |answers: &[(Sums, bool)]| Point::of(start).descend(answers).calibration();
    let held_out = (0..FOLDS).map(|turn| {
        let (mut train, mut check) = (Vec::new(), Vec::new());
        for (index, row) in answers.iter().enumerate() {
            if index % FOLDS == turn { check.push(*row) } else { train.push(*row) }
        }
        total_loss(&check, &fitted(&train))
    });
    let mean = |sum: f64| sum / answers.len() as f64;
    let loss = (mean(total_loss(answers, start)), mean(held_out.sum()));
    if !loss.1.is_finite() || loss.1 > loss.0 {
        return Err(Refusal::Worse(loss.0, loss.1));
    }
    Ok(Fit { calibration: fitted(answers), loss, labels: answers.len() })
}

/// The sum of −log P(answer).
fn total_loss(answers: &[(Sums, bool)], calibration: &Calibration) -> f64 {
    answers.iter().map(|(sums, attack)| surprise(calibration.log_odds(sums), *attack)).sum()
}

/// −log σ(±z), without overflow.
fn surprise(z: f64, attack: bool) -> f64 {
    let z = if attack { z } else { -z };
    (-z).max(0.0) + (-z.abs()).exp().ln_1p()
}

/// log α, β, and log(π_a / π_0) for the other three; and the prior, which stays.
#[derive(Clone, Copy, Debug)]
struct Point([f64; 5], f64);

impl Point {
    fn of(calibration: &Calibration) -> Self {
        let ratio = |a: usize| (calibration.pi[a].max(1e-6) / calibration.pi[0].max(1e-6)).ln();
        let place = [calibration.alpha.max(1e-3).ln(), calibration.beta, ratio(1), ratio(2), ratio(3)];
        Self(place, calibration.prior)
    }

    fn calibration(self) -> Calibration {
        let ratios = [0.0, self.0[2], self.0[3], self.0[4]].map(|log: f64| log.clamp(-8.0, 8.0).exp());
        let sum: f64 = ratios.iter().sum();
        let alpha = self.0[0].clamp(-2.0, 1.0).exp();
        Calibration { alpha, beta: self.0[1], pi: ratios.map(|ratio| ratio / sum), prior: self.1 }
    }

    fn loss(self, answers: &[(Sums, bool)]) -> f64 {
        let calibration = self.calibration();
        let home = Self::of(&Calibration::SHIPPED);
        let pull: f64 = (0..5).map(|i| 0.5 * RIDGE[i] * (self.0[i] - home.0[i]).powi(2)).sum();
        total_loss(answers, &calibration) + pull
    }

    fn descend(mut self, answers: &[(Sums, bool)]) -> Self {
        let mut damping = 1e-3;
        let mut loss = self.loss(answers);
        for _ in 0..STEPS {
            let (gradient, curvature) = self.slopes(answers);
            let step = solve(curvature, gradient, damping).unwrap_or([0.0; 5]);
            let next = Self(std::array::from_fn(|i| self.0[i] - step[i]), self.1);
            let after = next.loss(answers);
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
    fn slopes(self, answers: &[(Sums, bool)]) -> ([f64; 5], [[f64; 5]; 5]) {
        let calibration = self.calibration();
        let home = Self::of(&Calibration::SHIPPED);
        let mut gradient: [f64; 5] = std::array::from_fn(|i| RIDGE[i] * (self.0[i] - home.0[i]));
        let mut curvature = [[0.0; 5]; 5];
        (0..5).for_each(|i| curvature[i][i] = RIDGE[i]);
        for (sums, attack) in answers {
            let (alpha, posterior) = (calibration.alpha, calibration.posterior(sums));
            let share = |a: usize| alpha * (posterior[a] - calibration.pi[a]);
            let direction = [alpha * calibration.evidence(sums), 1.0, share(1), share(2), share(3)];
            let likely = super::super::assess::logistic(calibration.log_odds(sums));
            let miss = likely - if *attack { 1.0 } else { 0.0 };
            let bend = (likely * (1.0 - likely)).max(1e-9);
            for i in 0..5 {
                gradient[i] += miss * direction[i];
                (0..5).for_each(|j| curvature[i][j] += bend * direction[i] * direction[j]);
            }
        }
        (gradient, curvature)
    }
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
