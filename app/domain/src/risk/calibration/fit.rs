//! Refitting the calibration from users' answers: only as far as they outweigh what is known without them, and never so
//! that a thief is let go.

use serde::{Deserialize, Serialize};

use super::super::hypothesis::Sums;
use super::super::level::Level;
use super::Calibration;
use super::point::{Point, Task, surprise};
use super::reference::{Known, sample};
use super::thief::{limit, lost, thieves};

/// Fewer answers than this teach nothing …
pub const LEAST_LABELS: usize = 50;
/// … nor do fewer than so many of either kind.
pub const LEAST_OF_EACH: usize = 10;
/// The answers are held out in so many turns, to see whether a refit is any better on answers it has not seen.
const FOLDS: usize = 5;
/// A refit that would let thieves go is taken back towards the shipped values, to these parts of its way.
const PARTS: [f64; 8] = [1.0, 0.9, 0.75, 0.6, 0.45, 0.3, 0.15, 0.05];

/// What came of a refit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = WeightsFit)]
pub struct Fit {
    /// The new values.
    pub calibration: Calibration,
    /// The mean log loss on held-out answers before and after.
    pub loss: (f64, f64),
    /// How many answers it was fitted on …
    pub labels: usize,
    /// … and how many of them said that it was somebody else.
    #[serde(default)]
    pub denied: usize,
}

/// Why the values stay as they are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Refusal {
    /// So many answers; [`LEAST_LABELS`] are needed.
    TooFew(usize),
    /// So many said "no", and so many "yes"; of each [`LEAST_OF_EACH`] are needed.
    OneSided(usize, usize),
    /// It would have been worse on held-out answers: the mean log loss before and after.
    Worse(f64, f64),
    /// So many thieves who alarm would not any more, whatever part of it were kept.
    LetsGo(usize),
    /// Somebody put the shipped values back: until they refit by hand nothing does it by itself.
    TakenBack,
}

/// Refits the shipped weights to answers: the evidence of a login, and true when it was an attacker. Logistic loss on the
/// answers and on the reference sample (its weighting as in King and Zeng 2001, the selection as in Zadrozny 2004: see
/// `reference.rs`), with an L2 penalty that pulls towards the shipped values, bounds on each, and a cost for every thief
/// who would fall below `from`, the level that opens an alert; of those nobody may. Deterministic.
///
/// # Errors
/// A [`Refusal`] where the answers are too few or one-sided, where the refit does worse on held-out ones, and where it
/// would let go a thief who alarms by the shipped weights or by those `in_force`.
pub fn fit(answers: &[(Sums, bool)], in_force: &Calibration, from: Level) -> Result<Fit, Refusal> {
    if answers.len() < LEAST_LABELS {
        return Err(Refusal::TooFew(answers.len()));
    }
    let denied = answers.iter().filter(|(_, attack)| *attack).count();
    if denied.min(answers.len() - denied) < LEAST_OF_EACH {
        return Err(Refusal::OneSided(denied, answers.len() - denied));
    }
    let calibration = kept(answers, in_force, from)?;
    let held_out = (0..FOLDS).map(|turn| {
        let (mut train, mut check) = (Vec::new(), Vec::new());
        for (index, row) in answers.iter().enumerate() {
            if index % FOLDS == turn { check.push(*row) } else { train.push(*row) }
        }
        let found = kept(&train, in_force, from).unwrap_or(Calibration::SHIPPED);
        total_loss(&check, &found)
    });
    let mean = |sum: f64| millionths(sum / answers.len() as f64);
    let loss = (mean(total_loss(answers, &Calibration::SHIPPED)), mean(held_out.sum()));
    if !loss.1.is_finite() || loss.1 > loss.0 {
        return Err(Refusal::Worse(loss.0, loss.1));
    }
    Ok(Fit { calibration, loss, labels: answers.len(), denied })
}

/// The best values found that let nobody go.
fn kept(answers: &[(Sums, bool)], in_force: &Calibration, from: Level) -> Result<Calibration, Refusal> {
    let thieves = thieves(answers, in_force, from);
    let answered = answers.iter().map(|(sums, attack)| Known { sums: *sums, attack: *attack, weight: 1.0 });
    let known: Vec<Known> = answered.chain(sample().iter().copied()).collect();
    let task = Task { known: &known, thieves: &thieves, limit: limit(from) };
    let best = Point::home().descend(&task);
    let parts = PARTS.into_iter().map(|part| best.part(part).calibration().rounded());
    let mut least = usize::MAX;
    for calibration in parts {
        match lost(&thieves, &calibration, from) {
            0 => return Ok(calibration),
            some => least = least.min(some),
        }
    }
    Err(Refusal::LetsGo(least))
}

impl Calibration {
    /// To millionths: read from JSON they are the same again, and so is their version.
    fn rounded(self) -> Self {
        let Self { alpha, beta, pi, prior } = self;
        Self { alpha: millionths(alpha), beta: millionths(beta), pi: pi.map(millionths), prior }
    }
}

fn millionths(number: f64) -> f64 {
    (number * 1e6).round() / 1e6
}

/// The sum of −log P(answer).
fn total_loss(answers: &[(Sums, bool)], calibration: &Calibration) -> f64 {
    answers.iter().map(|(sums, attack)| surprise(calibration.log_odds(sums), *attack)).sum()
}
