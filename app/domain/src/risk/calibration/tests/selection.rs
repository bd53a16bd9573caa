//! Answers are chosen by the score itself: what a refit may make of them.

use super::*;

/// A project of which 32 thieves from data centres were denied, and 32 users with a new phone said that it was them.
fn half_and_half() -> Vec<(Sums, bool)> {
    let line = |line: &str| {
        let (answer, numbers) = line.split_once(',')?;
        let numbers: Vec<f64> = numbers.split(',').filter_map(|number| number.parse().ok()).collect();
        let [a, b, c, d, common] = *numbers.as_slice() else { return None };
        Some((Sums { hypotheses: [a, b, c, d], common }, answer == "no"))
    };
    include_str!("answers.csv").lines().filter_map(line).collect()
}

/// Its next thieves: from a country where nobody is, from a data centre, from far away with another browser.
const NEXT: [Sums; 3] = [
    Sums { hypotheses: [6.786, -0.131, 2.574, 3.197], common: 1.411 },
    Sums { hypotheses: [12.17, 5.253, 7.958, 2.866], common: -0.97 },
    Sums { hypotheses: [12.08, 5.163, 1.999, 2.624], common: 1.477 },
];

fn is_red(calibration: &Calibration, sums: &Sums) -> bool {
    Level::of(calibration.probability(sums)) == Level::Red
}

#[test]
fn a_project_whose_users_got_new_phones_is_not_blinded_by_their_answers() {
    let answers = half_and_half();
    assert_eq!(answers.len(), 64);
    assert!(NEXT.iter().all(|thief| is_red(&SHIPPED, thief)));
    for from in [Level::Orange, Level::Red] {
        let came = fit(&answers, &SHIPPED, from);
        let calibration = came.map_or(SHIPPED, |fit| fit.calibration);
        assert!(NEXT.iter().all(|thief| is_red(&calibration, thief)), "{came:?}");
        assert_eq!(loses(&calibration, &answers, from), 0, "{came:?}");
        let stored = serde_json::to_string(&came.expect("kept")).expect("JSON");
        assert_eq!(serde_json::from_str::<super::super::Fit>(&stored).expect("read"), came.expect("kept"));
    }
    let blinded = Calibration { alpha: 0.442, beta: -1.429, pi: [0.684, 0.138, 0.119, 0.059], ..SHIPPED };
    assert!(loses(&blinded, &answers, Level::Red) > 30, "what an older version made of them is found out");
}

#[test]
fn answers_chosen_by_the_score_leave_right_weights_alone() {
    for seed in 0..6 {
        let mut random = SplitMix(seed);
        let asked: Vec<_> =
            logins(4_000.0, &mut random).into_iter().filter(|sums| is_red(&SHIPPED, sums)).collect();
        let answers = answered(&asked, &SHIPPED, &mut random);
        let calibration = fit(&answers, &SHIPPED, Level::Red).map_or(SHIPPED, |fit| fit.calibration);
        assert_eq!(loses(&calibration, &answers, Level::Red), 0);
        assert!((calibration.alpha - 1.0).abs() < 0.2 && calibration.beta.abs() < 0.5, "{calibration:?}");
    }
}

#[test]
fn users_who_are_asked_too_often_are_asked_less_and_no_thief_is_lost() {
    // They use exits of a VPN in their own country.
    let mut random = SplitMix(9);
    let mut tunnels = || {
        let mut number = |least: f64, more: u64| least + random.below(more) as f64 / 1_000.0;
        let hypotheses = [number(0.0, 1_000), number(6.45, 400), number(2.0, 1_000), number(0.0, 2_000)];
        Sums { hypotheses, common: 0.0 }
    };
    let mut answers: Vec<_> = (0..150).map(|_| (tunnels(), false)).collect();
    answers.extend(half_and_half().into_iter().filter(|(_, attack)| *attack));
    let asked = |calibration: &Calibration| {
        answers.iter().filter(|(sums, no)| !no && is_red(calibration, sums)).count()
    };
    let found = fit(&answers, &SHIPPED, Level::Red).expect("fit");
    let (before, after) = (asked(&SHIPPED), asked(&found.calibration));
    assert!(before == 150 && after < before / 10, "{before} {after} {found:?}");
    assert_eq!(loses(&found.calibration, &answers, Level::Red), 0);
    assert!(NEXT.iter().all(|thief| is_red(&found.calibration, thief)), "{found:?}");
    assert!(found.loss.1 < found.loss.0);
}

#[test]
fn what_does_worse_on_held_out_answers_is_refused() {
    let mut random = SplitMix(3);
    let refused = (0..6).filter(|_| {
        let noise: Vec<_> =
            logins(60.0, &mut random).into_iter().map(|sums| (sums, random.below(2) == 0)).collect();
        match fit(&noise, &SHIPPED, Level::Red) {
            Ok(found) => found.loss.1 > found.loss.0,
            Err(Refusal::Worse(before, after)) => after <= before,
            Err(_) => false,
        }
    });
    assert_eq!(refused.count(), 0, "kept though worse, or refused though better");
}

#[test]
fn a_thief_whom_only_the_weights_in_force_find_is_not_let_go_either() {
    let watchful = Calibration { beta: 0.9, ..SHIPPED };
    let mut answers = half_and_half();
    let barely = Sums { hypotheses: [4.9, 4.0, 3.0, 2.0], common: 0.0 };
    assert!(!is_red(&SHIPPED, &barely) && is_red(&watchful, &barely));
    answers.push((barely, true));
    match fit(&answers, &watchful, Level::Red) {
        Ok(found) => assert!(is_red(&found.calibration, &barely), "{found:?}"),
        Err(refusal) => assert!(matches!(refusal, Refusal::LetsGo(1..)), "{refusal:?}"),
    }
}
