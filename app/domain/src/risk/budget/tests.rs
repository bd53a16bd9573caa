//! Whether the budget is kept: quantiles, allowances, odds in words.

mod flood;

use super::*;
use crate::profile::Traits;
use crate::risk::crowd::mix;
use crate::time::HOUR;

const START: Timestamp = Timestamp::from_seconds(1_772_409_600);

/// A normal-ish score (mean −6, deviation 2) by the sum of twelve uniforms, from a counter.
fn score(counter: u64) -> f64 {
    let uniform = |index: u64| (mix(counter * 16 + index) >> 11) as f64 / (1_u64 << 53) as f64;
    -6.0 + 2.0 * ((0..12).map(uniform).sum::<f64>() - 6.0)
}

fn limits(challenge: f64, ask_a_day: u32) -> Limits {
    Limits { challenge, ask_a_day }
}

/// So many days of logins, so many a day.
fn filled(days: u64, a_day: u64) -> Budget {
    let mut budget = Budget::default();
    for login in 0..days * a_day {
        budget.saw(score(login), START.plus((login as i64 * DAY) / a_day as i64));
    }
    budget
}

#[test]
fn as_many_logins_are_challenged_as_was_allowed() {
    let budget = filled(60, 1_000);
    for share in [0.05, 0.01, 0.005] {
        let from = budget.challenge_from(&limits(share, 0));
        let challenged = (0..100_000).filter(|login| score(1_000_000 + login) >= from).count();
        let got = challenged as f64 / 100_000.0;
        assert!((share * 0.8..=share * 1.25).contains(&got), "{share}: {got}");
    }
    assert_eq!(budget.challenge_from(&limits(0.0, 0)), f64::INFINITY);
    assert_eq!(budget.challenge_from(&limits(f64::NAN, 0)), f64::INFINITY);
    assert_eq!(budget.challenge_from(&limits(1.0, 0)), f64::NEG_INFINITY);
}

#[test]
fn before_any_login_red_ones_are_challenged() {
    let from = Budget::default().challenge_from(&limits(0.01, 0));
    let red = crate::risk::session::log_odds(crate::risk::RED);
    assert!((from - red).abs() < 0.26, "{from} {red}");
}

#[test]
fn the_threshold_follows_users_who_change() {
    let mut budget = filled(30, 1_000);
    let before = budget.challenge_from(&limits(0.01, 0));
    for login in 0..120_000 {
        budget.saw(score(login) - 3.0, START.plus(30 * DAY + login as i64 * DAY / 1_000));
    }
    let after = budget.challenge_from(&limits(0.01, 0));
    assert!((2.0..=3.2).contains(&(before - after)), "{before} {after}");
}

#[test]
fn never_more_users_are_asked_than_allowed_and_what_is_left_goes_to_the_least_likely_logins() {
    let mut budget = filled(30, 1_000);
    let midnight = START.plus(30 * DAY);
    let (allowed, floor) = (limits(0.01, 5), -4.0);
    let mut asked = Vec::new();
    let mut rises = false;
    for login in 0..1_000 {
        let at = midnight.plus(login as i64 * DAY / 1_000);
        // A bad morning: scores are three higher until nine.
        let score = score(5_000_000 + login) + if login < 375 { 3.0 } else { 0.0 };
        let from = budget.ask_from(&allowed, floor, at);
        rises |= asked.len() == 4 && from > floor + 2.0;
        if score >= from {
            asked.push(score);
            budget.asked(at);
        }
    }
    assert!((1..=5).contains(&asked.len()) && rises, "{asked:?}");
    assert!(asked.iter().all(|score| *score > -2.5), "{asked:?}");
    assert!(budget.ask_from(&allowed, floor, midnight.plus(DAY)).is_finite(), "the next day all are left");
}

#[test]
fn a_small_project_asks_about_whatever_is_alarming() {
    let budget = filled(30, 3);
    assert_eq!(budget.ask_from(&limits(0.01, 5), 1.7, START.plus(30 * DAY)), 1.7);
    let mut used = budget.clone();
    (0..5).for_each(|_| used.asked(START.plus(30 * DAY + HOUR)));
    assert_eq!(used.ask_from(&limits(0.01, 5), 1.7, START.plus(30 * DAY + 2 * HOUR)), f64::INFINITY);
    assert_eq!(used.ask_from(&limits(0.01, 0), 1.7, START), f64::INFINITY, "nobody may be asked");
}

#[test]
fn two_replicas_count_as_one() {
    let (mut even, mut odd, mut all) = (Budget::default(), Budget::default(), Budget::default());
    for login in 0..20_000_u64 {
        let at = START.plus(login as i64 * DAY / 500);
        if login.is_multiple_of(2) { &mut even } else { &mut odd }.saw(score(login), at);
        all.saw(score(login), at);
    }
    even.asked(START.plus(40 * DAY));
    odd.asked(START.plus(40 * DAY));
    even.merge(&odd);
    let threshold = |budget: &Budget| budget.challenge_from(&limits(0.01, 0));
    assert!((threshold(&even) - threshold(&all)).abs() < 0.01);
    assert_eq!(even.asked.users, 2);
    let mut fresh = Budget::default();
    fresh.merge(&all);
    assert!((threshold(&fresh) - threshold(&all)).abs() < 0.01);
}

#[test]
fn whatever_is_counted_the_threshold_is_a_number_and_the_size_is_bounded() {
    let mut budget = Budget::default();
    for index in 0..50_000_u64 {
        let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, -0.0, score(index)];
        let at = match index % 5 {
            0 => i64::MAX - index as i64,
            1 => i64::MIN + index as i64,
            _ => START.0 - (mix(index) % (2 * 365)) as i64 * DAY,
        };
        budget.saw(odd[(mix(index) % 6) as usize], Timestamp(at));
        budget.asked(Timestamp(at));
        let from = budget.challenge_from(&limits(0.01, 5));
        let ask = budget.ask_from(&limits(0.01, 5), 1.0, Timestamp(at));
        assert!(!from.is_nan() && !ask.is_nan() && budget.one_in(from) >= 1.0, "{from} {ask}");
    }
    let stored = postcard::to_allocvec(&budget).expect("encoded");
    assert!(stored.len() < 1_300, "{}", stored.len());
    assert_eq!(postcard::from_bytes::<Budget>(&stored).expect("decoded"), budget);
}

#[test]
fn odds_are_words() {
    for (probability, text) in [
        (0.0004, "1 in 2,500"),
        (0.001, "1 in 1,000"),
        (0.012_3, "1 in 81"),
        (0.5, "1 in 2"),
        (0.9, "9 in 10"),
        (0.999, "999 in 1,000"),
        (0.0, "1 in 1,000,000"),
        (1.0, "999,999 in 1,000,000"),
        (f64::NAN, "1 in 2"),
        (-3.0, "1 in 1,000,000"),
    ] {
        assert_eq!(odds(probability), text, "{probability}");
    }
    assert_eq!(rarity(2_437.0), "1 in 2,400 logins");
    assert_eq!(rarity(1.2), "as most logins");
    assert_eq!(rarity(f64::INFINITY), "1 in 1,000,000 logins");
    let budget = filled(60, 1_000);
    let rare = budget.one_in(budget.challenge_from(&limits(0.01, 0)));
    assert!((90.0..=110.0).contains(&rare), "{rare}");
}
