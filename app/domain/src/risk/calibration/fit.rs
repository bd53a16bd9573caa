//! Refitting the calibration from users' answers.

use super::super::hypothesis::Sums;
use super::Calibration;

/// Fewer answers than this teach nothing.
pub const LEAST_LABELS: usize = 50;
/// How strongly the shipped values hold, in the inverse variance of each parameter: log α, β, and three log-ratios of π.
const RIDGE: [f64; 5] = [8.0, 2.0, 4.0, 4.0, 4.0];
/// One answer in so many is held out, to see whether the refit is any better on answers it has not seen.
const FOLD: usize = 4;
const STEPS: usize = 60;

/// What came of a refit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// The new values.
    pub calibration: Calibration,
    /// The mean log loss on the held-out answers before and after.
    pub loss: (f64, f64),
    /// How many answers it was fitted on, and checked on.
    pub labels: (usize, usize),
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
    let is_held = |index: usize| index % FOLD == FOLD - 1;
    let part = |held: bool| -> Vec<(Sums, bool)> {
        answers.iter().enumerate().filter(|(index, _)| is_held(*index) == held).map(|(_, row)| *row).collect()
    };
    let (train, check) = (part(false), part(true));
    let calibration = Point::of(start).descend(&train).calibration(start);
    let loss = (mean_loss(&check, start), mean_loss(&check, &calibration));
    if !loss.1.is_finite() || loss.1 > loss.0 {
        return Err(Refusal::Worse(loss.0, loss.1));
    }
    Ok(Fit { calibration, loss, labels: (train.len(), check.len()) })
}

/// The mean of −log P(answer).
fn mean_loss(answers: &[(Sums, bool)], calibration: &Calibration) -> f64 {
    let one = |(sums, attack): &(Sums, bool)| surprise(calibration.log_odds(sums), *attack);
    answers.iter().map(one).sum::<f64>() / answers.len().max(1) as f64
}

/// −log σ(±z), without overflow.
fn surprise(z: f64, attack: bool) -> f64 {
    let z = if attack { z } else { -z };
    (-z).max(0.0) + (-z.abs()).exp().ln_1p()
}

/// log α, β, and log(π_a / π_0) for the other three.
#[derive(Clone, Copy, Debug)]
struct Point([f64; 5]);

impl Point {
    fn of(calibration: &Calibration) -> Self {
        let ratio = |a: usize| (calibration.pi[a].max(1e-6) / calibration.pi[0].max(1e-6)).ln();
        Self([calibration.alpha.max(1e-3).ln(), calibration.beta, ratio(1), ratio(2), ratio(3)])
    }

    fn calibration(self, start: &Calibration) -> Calibration {
        let ratios = [0.0, self.0[2], self.0[3], self.0[4]].map(|log: f64| log.clamp(-8.0, 8.0).exp());
        let sum: f64 = ratios.iter().sum();
        let alpha = self.0[0].clamp(-2.0, 1.0).exp();
        Calibration { alpha, beta: self.0[1], pi: ratios.map(|ratio| ratio / sum), prior: start.prior }
    }

    fn loss(self, answers: &[(Sums, bool)]) -> f64 {
        let calibration = self.calibration(&Calibration::SHIPPED);
        let home = Self::of(&Calibration::SHIPPED);
        let pull: f64 = (0..5).map(|i| 0.5 * RIDGE[i] * (self.0[i] - home.0[i]).powi(2)).sum();
        answers.iter().map(|(sums, attack)| surprise(calibration.log_odds(sums), *attack)).sum::<f64>() + pull
    }

    fn descend(mut self, answers: &[(Sums, bool)]) -> Self {
        let mut damping = 1e-3;
        let mut loss = self.loss(answers);
        for _ in 0..STEPS {
            let (gradient, curvature) = self.slopes(answers);
            let next = Self(
                solve(curvature, gradient, damping)
                    .map_or(self.0, |step| std::array::from_fn(|i| self.0[i] - step[i])),
            );
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
        let calibration = self.calibration(&Calibration::SHIPPED);
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
