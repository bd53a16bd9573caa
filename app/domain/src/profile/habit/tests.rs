//! A habit: what fades, what is kept, what goes first.

use super::*;

#[test]
fn a_count_halves_in_four_months_and_is_forgotten_in_two_years() {
    let mut habit = Habit::default();
    habit.add(7, 0, Dose::LOGIN, 1_000, 8);
    assert_eq!(habit.weight(7, 1_000), Some(1.0));
    assert_eq!(habit.weight(7, 1_120), Some(0.5));
    assert_eq!(habit.weight(7, 900), Some(1.0), "a late event finds nothing faded");
    habit.add(8, 0, Dose::LOGIN, 1_800, 8);
    assert_eq!((habit.weight(7, 1_800), habit.len()), (None, 1));
}

#[test]
fn the_weakest_value_makes_room_and_novelty_outlives_it() {
    let mut habit = Habit::default();
    for _ in 0..5 {
        habit.add(1, 0, Dose::LOGIN, 10, 3);
    }
    for key in 2..50 {
        habit.add(key, 0, Dose::LOGIN, 10, 3);
    }
    assert_eq!(habit.len(), 3);
    assert_eq!((habit.weight(1, 10), habit.weight(49, 10)), (Some(5.0), Some(1.0)));
    assert_eq!(habit.trials(10), (52.0, 48.0), "the first login is no trial");
}

#[test]
fn a_sessions_many_requests_count_once_a_day() {
    let mut habit = Habit::default();
    for _ in 0..100 {
        habit.add(1, 0, Dose::REQUEST, 10, 3);
    }
    assert_eq!((habit.weight(1, 10), habit.total(10)), (None, 0.0), "one day of them makes no habit");
    habit.add(1, 0, Dose::REQUEST, 11, 3);
    assert!(habit.weight(1, 11).is_some_and(|weight| (0.45..=0.5).contains(&weight)));
    habit.add(2, 0, Dose::LOGIN, 11, 3);
    habit.add(2, 0, Dose::REQUEST, 12, 3);
    assert!(habit.weight(2, 12).is_some_and(|weight| weight > 1.2), "what is a habit stays one");
}

#[test]
fn what_is_not_believed_is_no_trial_and_a_new_value_once_it_is() {
    let silent = Dose { weight: 0.25, ..Dose::LOGIN };
    let mut habit = Habit::default();
    for _ in 0..4 {
        habit.add(1, 0, Dose::LOGIN, 14, 3);
    }
    let before = habit.trials(14);
    assert!(!habit.add(2, 0, silent, 14, 3), "one day of silence makes nothing known");
    assert!(!habit.add(1, 0, silent, 14, 3));
    assert_eq!((habit.trials(14), habit.weight(2, 14), habit.doubts(2)), (before, None, true));
    assert!(habit.add(2, 0, silent, 14, 3), "a second one does");
    assert_eq!((habit.trials(14), habit.weight(2, 14)), ((before.0 + 1.0, before.1 + 1.0), Some(0.5)));
    assert!(!habit.add(2, 0, Dose::LOGIN, 14, 3), "it is known already");
    assert_eq!(habit.trials(14), (before.0 + 2.0, before.1 + 1.0));
}

#[test]
fn what_nobody_vouched_for_makes_room_first() {
    let silent = Dose { weight: 0.25, ..Dose::LOGIN };
    let mut habit = Habit::default();
    habit.add(1, 0, Dose::LOGIN, 10, 3);
    for key in 2..50 {
        habit.add(key, 0, silent, 400, 3);
    }
    assert!(habit.weight(1, 400).is_some_and(|weight| weight < 0.25), "the weakest, and kept");
}

#[test]
fn what_is_taken_back_is_as_if_it_had_not_been() {
    let mut habit = Habit::default();
    habit.add(1, 0, Dose::LOGIN, 10, 3);
    habit.add(1, 0, Dose::LOGIN, 10, 3);
    let before = habit.clone();
    habit.add(2, 0, Dose::LOGIN, 10, 3);
    habit.take_back(2, 1.0, 10);
    assert_eq!(habit, before);
    habit.take_back(1, 1.0, 10);
    assert_eq!((habit.weight(1, 10), habit.total(10)), (Some(1.0), 1.0));
}

#[test]
fn what_comes_late_counts_as_if_it_had_come_in_time() {
    let (mut late, mut in_time) = (Habit::default(), Habit::default());
    for day in [1_000, 1_240, 1_480] {
        in_time.add(1, 0, Dose::LOGIN, day, 8);
    }
    for day in [1_480, 1_240, 1_000] {
        late.add(1, 0, Dose::LOGIN, day, 8);
    }
    let weights = [&late, &in_time].map(|habit| habit.weight(1, 1_480).expect("known"));
    assert!((weights[0] - weights[1]).abs() < 0.02, "{weights:?}");
    assert!(late.trials(1_480).0 < 0.5, "{:?}", late.trials(1_480));
}
