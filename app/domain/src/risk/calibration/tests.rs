//! Refits: what they learn, what they refuse, and whom they never let go.

mod selection;

use super::super::assess::logistic;
use super::reference::sample;
use super::{Calibration, LEAST_LABELS, LEAST_OF_EACH, Refusal, Sums, fit, loses};
use crate::risk::Level;
use crate::risk::tests::random::SplitMix;

const SHIPPED: Calibration = Calibration::SHIPPED;

/// Logins like the reference sample's, each evidence moved a little: as many of each row as it is worth, `worth` together.
fn logins(worth: f64, random: &mut SplitMix) -> Vec<Sums> {
    let all: f64 = sample().iter().map(|known| known.weight).sum();
    let mut drawn = Vec::new();
    for known in sample() {
        let wanted = worth * known.weight / all;
        let more = random.below(10_000) as f64 / 10_000.0 < wanted.fract();
        for _ in 0..wanted as usize + usize::from(more) {
            let mut moved = |number: f64| number + (random.below(1_000) as f64 - 500.0) / 1_000.0;
            let Sums { hypotheses, common } = known.sums;
            drawn.push(Sums { hypotheses: hypotheses.map(&mut moved), common: moved(common) });
        }
    }
    drawn
}

/// What their users would answer where this calibration is the truth.
fn answered(logins: &[Sums], truth: &Calibration, random: &mut SplitMix) -> Vec<(Sums, bool)> {
    let mut answer = |sums: &Sums| (random.below(10_000) as f64) < 10_000.0 * logistic(truth.log_odds(sums));
    logins.iter().map(|sums| (*sums, answer(sums))).collect()
}

#[test]
fn the_sample_is_read_whole_and_is_as_likely_an_attack_as_the_shipped_weights_believe() {
    let rows = include_str!("reference.csv").lines().filter(|line| !line.starts_with('#')).count();
    assert!(sample().len() == rows && rows > 150, "{} of {rows}", sample().len());
    let attacks: f64 = sample().iter().filter(|known| known.attack).map(|known| known.weight).sum();
    let all: f64 = sample().iter().map(|known| known.weight).sum();
    assert!((attacks / all - logistic(SHIPPED.prior)).abs() < 1e-3, "{attacks} of {all}");
    let expected: f64 = sample().iter().map(|known| known.weight * SHIPPED.probability(&known.sums)).sum();
    assert!((0.5..2.0).contains(&(expected / attacks)), "{expected} {attacks}");
}

#[test]
fn a_truth_within_reach_is_approached_and_few_answers_move_little() {
    let truth = Calibration { alpha: 1.2, beta: 0.6, ..SHIPPED };
    let mut random = SplitMix(1);
    let many = answered(&logins(20_000.0, &mut random), &truth, &mut random);
    let found = fit(&many, &SHIPPED, Level::Red).expect("fit");
    let near = |calibration: &Calibration| {
        (calibration.alpha - 1.2).abs() < 0.1 && (calibration.beta - 0.6).abs() < 0.25
    };
    assert!(near(&found.calibration) && found.loss.1 < found.loss.0, "{found:?}");
    assert_eq!((found.labels, found.calibration.prior), (many.len(), SHIPPED.prior));
    let few: Vec<_> =
        many.iter().filter(|(sums, _)| SHIPPED.probability(sums) > 0.02).take(80).copied().collect();
    if let Ok(found) = fit(&few, &SHIPPED, Level::Red) {
        let c = found.calibration;
        assert!((c.alpha - 1.0).abs() < 0.15 && c.beta.abs() < 0.4, "{c:?}");
    }
}

#[test]
fn too_few_or_one_sided_answers_teach_nothing() {
    let mut random = SplitMix(2);
    let all = logins(400.0, &mut random);
    let no: Vec<_> = all.iter().map(|sums| (*sums, true)).collect();
    assert_eq!(fit(&no[..LEAST_LABELS - 1], &SHIPPED, Level::Red), Err(Refusal::TooFew(LEAST_LABELS - 1)));
    let few: Vec<_> = all[..100].iter().enumerate().map(|(i, sums)| (*sums, i < LEAST_OF_EACH - 1)).collect();
    assert_eq!(
        fit(&few, &SHIPPED, Level::Red),
        Err(Refusal::OneSided(LEAST_OF_EACH - 1, 101 - LEAST_OF_EACH))
    );
}

#[test]
fn absurd_answers_are_harmless() {
    let absurd: Vec<_> = (0..100_i32)
        .map(|i| (Sums { hypotheses: [f64::from(i) * 1e6, -1e6, 1e6, 0.0], common: 1e5 }, i % 2 == 0))
        .collect();
    if let Ok(found) = fit(&absurd, &SHIPPED, Level::Red) {
        let Calibration { alpha, beta, pi, .. } = found.calibration;
        assert!((0.69..1.43).contains(&alpha) && beta.abs() <= 1.0 && pi.iter().all(|share| *share > 0.0));
        assert_eq!(loses(&found.calibration, &absurd, Level::Red), 0);
    }
}

#[test]
fn weights_have_a_version_unless_they_are_the_shipped_ones() {
    assert_eq!(SHIPPED.version(), None);
    let one = Calibration { beta: 0.1, ..SHIPPED }.version();
    assert!(one.is_some() && one != Calibration { beta: 0.2, ..SHIPPED }.version());
}
