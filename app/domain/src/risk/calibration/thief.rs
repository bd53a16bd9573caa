//! Whom a refit must not let go: thieves who alarm operators today.
//!
//! What turns green is never asked about again, so nothing would ever correct such a mistake.

use super::super::hypothesis::Sums;
use super::super::level::Level;
use super::super::session::log_odds;
use super::Calibration;
use super::reference::sample;

/// The evidence of those attacks of the reference sample, and of those logins that users said were not theirs, that
/// reach `from` by the shipped weights; the latter also by those in force.
pub(super) fn thieves(answers: &[(Sums, bool)], in_force: &Calibration, from: Level) -> Vec<Sums> {
    let limit = limit(from);
    let shipped = |sums: &Sums| Calibration::SHIPPED.log_odds(sums) >= limit;
    let known = sample().iter().filter(|known| known.attack && shipped(&known.sums)).map(|known| known.sums);
    let denied = answers.iter().filter(|(_, attack)| *attack).map(|(sums, _)| *sums);
    let denied = denied.filter(|sums| shipped(sums) || in_force.log_odds(sums) >= limit);
    known.chain(denied).collect()
}

/// How many thieves fall below `from` with these weights, who do not with the shipped ones.
pub fn loses(calibration: &Calibration, answers: &[(Sums, bool)], from: Level) -> usize {
    lost(&thieves(answers, &Calibration::SHIPPED, from), calibration, from)
}

pub(super) fn lost(thieves: &[Sums], calibration: &Calibration, from: Level) -> usize {
    let limit = limit(from);
    thieves.iter().filter(|sums| calibration.log_odds(sums) < limit).count()
}

/// The log-odds from which an alert opens.
pub(super) fn limit(from: Level) -> f64 {
    log_odds(from.max(Level::Orange).least())
}
