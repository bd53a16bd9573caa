//! The reference sample: what honest logins and attacks of each kind show, whatever a project's users were asked about.
//!
//! Answers are no sample of logins: who is asked is chosen by the score itself. Within what is asked they tell how often
//! it was a thief, since the choice depends on the evidence alone (Zadrozny, "Learning and Evaluating Classifiers under
//! Sample Selection Bias", ICML 2004, doi:10.1145/1015330.1015425); of what is never asked about they say nothing, and a
//! thief who would turn green would never be asked about again. So the lab's logins stand beside them, as so many more
//! answers: drawn by kind, and weighted to the shares that the shipped calibration believes (King and Zeng, "Logistic
//! Regression in Rare Events Data", Political Analysis 9(2), 2001, section 4.2).

use std::sync::LazyLock;

use super::super::assess::logistic;
use super::super::hypothesis::Sums;
use super::Calibration;

/// So many answers the whole sample is worth; about one in 28 of them is an attack.
const WORTH: f64 = 1_000.0;
/// As `cargo run -p porchlight-domain --features lab --example reference` prints it, from the tuning seeds.
const FILE: &str = include_str!("reference.csv");

/// A login of whom it is known what it was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Known {
    pub(super) sums: Sums,
    pub(super) attack: bool,
    /// So many answers it is worth.
    pub(super) weight: f64,
}

static SAMPLE: LazyLock<Vec<Known>> = LazyLock::new(|| FILE.lines().filter_map(known).collect());

/// All of it.
pub(super) fn sample() -> &'static [Known] {
    &SAMPLE
}

/// A line of the file; None for a remark.
fn known(line: &str) -> Option<Known> {
    let (kind, numbers) = line.split_once(',')?;
    let numbers = numbers.split(',').map(|number| number.parse::<f64>().ok()).collect::<Option<Vec<_>>>()?;
    let [share, a, b, c, d, common] = *numbers.as_slice() else { return None };
    let kinds = ["stranger", "same_country", "targeted", "very_targeted"];
    let (attack, part) = match kinds.iter().position(|name| *name == kind) {
        Some(place) => (true, logistic(Calibration::SHIPPED.prior) * Calibration::SHIPPED.pi[place]),
        None if kind == "honest" => (false, 1.0 - logistic(Calibration::SHIPPED.prior)),
        None => return None,
    };
    Some(Known { sums: Sums { hypotheses: [a, b, c, d], common }, attack, weight: WORTH * part * share })
}
