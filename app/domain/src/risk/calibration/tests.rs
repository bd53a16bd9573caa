//! Refits: what they learn, and when they refuse.

use super::super::assess::logistic;
use super::{Calibration, LEAST_LABELS, Refusal, Sums, fit};
use crate::risk::tests::random::SplitMix;

/// Answers drawn from a world in which this calibration is the truth.
fn answers(truth: &Calibration, count: usize, seed: u64) -> Vec<(Sums, bool)> {
    let mut random = SplitMix(seed);
    (0..count)
        .map(|_| {
            let mut number = |from: f64, to: f64| from + (to - from) * random.below(10_000) as f64 / 10_000.0;
            let stranger = number(-4.0, 10.0);
            let sums = Sums {
                hypotheses: [stranger, number(-4.0, 8.0), number(-4.0, 6.0), number(-4.0, 4.0)],
                common: number(-0.5, 1.5),
            };
            (sums, number(0.0, 1.0) < logistic(truth.log_odds(&sums)))
        })
        .collect()
}

#[test]
fn the_truth_is_found_again() {
    let truth = Calibration { alpha: 0.6, beta: -0.8, pi: [0.1, 0.1, 0.2, 0.6], prior: -1.0 };
    let start = Calibration { prior: -1.0, ..Calibration::SHIPPED };
    let found = fit(&answers(&truth, 8_000, 1), &start).expect("fit");
    let calibration = found.calibration;
    assert!(
        (calibration.alpha - 0.6).abs() < 0.06 && (calibration.beta + 0.8).abs() < 0.2,
        "{calibration:?}"
    );
    assert!(calibration.pi[3] > 0.3, "{calibration:?}");
    assert!((calibration.pi.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    assert!(found.loss.1 < found.loss.0 && found.labels == 8_000);
}

#[test]
fn few_answers_move_little_and_too_few_nothing() {
    let truth = Calibration { beta: 2.0, ..Calibration::SHIPPED };
    let few = answers(&truth, 60, 2);
    let (found, start) = (fit(&few, &Calibration::SHIPPED).expect("fit").calibration, Calibration::SHIPPED);
    assert!(found.beta > start.beta && found.beta < 2.5 && (found.alpha - 1.0).abs() < 0.5, "{found:?}");
    assert_eq!(fit(&few[..LEAST_LABELS - 1], &start), Err(Refusal::TooFew(LEAST_LABELS - 1)));
}

#[test]
fn what_does_worse_on_held_out_answers_is_refused() {
    // Answers that have nothing to do with the evidence, and a start that knows that: there is nothing to learn.
    let mut random = SplitMix(3);
    let blind = Calibration { alpha: 0.02, beta: 3.3, ..Calibration::SHIPPED };
    let refused = (0..20)
        .filter(|seed| {
            let noise: Vec<_> = answers(&Calibration::SHIPPED, 60, 100 + seed)
                .into_iter()
                .map(|(sums, _)| (sums, random.below(2) == 0))
                .collect();
            matches!(fit(&noise, &blind), Err(Refusal::Worse(before, after)) if after > before)
        })
        .count();
    assert!(refused >= 15, "{refused} of 20");
}

#[test]
fn one_sided_and_absurd_answers_are_harmless() {
    let all: Vec<_> =
        answers(&Calibration::SHIPPED, 100, 4).into_iter().map(|(sums, _)| (sums, true)).collect();
    assert_eq!(fit(&all, &Calibration::SHIPPED), Err(Refusal::OneSided));
    let absurd: Vec<_> = (0..100_i32)
        .map(|i| (Sums { hypotheses: [f64::from(i) * 1e6, -1e6, 1e6, 0.0], common: 1e5 }, i % 2 == 0))
        .collect();
    if let Ok(found) = fit(&absurd, &Calibration::SHIPPED) {
        assert!(found.calibration.alpha.is_finite() && found.calibration.beta.is_finite());
    }
}
