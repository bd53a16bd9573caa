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
    assert_eq!((habit.weight(1, 10), habit.total(10)), (Some(1.0), 1.0));
    habit.add(1, 0, Dose::REQUEST, 11, 3);
    assert!(habit.total(11) > 1.9);
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
