//! Floods of thieves: what they do to the threshold and to the day's questions.

use super::*;

/// A thief's score: 4 to 9, which is a probability of .98 to .999.
fn thief(counter: u64) -> f64 {
    4.0 + 5.0 * (mix(counter) % 1_000) as f64 / 1_000.0
}

/// So many honest logins and so many thieves', mixed over a fortnight.
fn flooded(honest: u64, thieves: u64) -> Budget {
    let mut budget = Budget::default();
    let mut thief_due = 0;
    for login in 0..honest {
        let at = START.plus(login as i64 * 14 * DAY / honest as i64);
        budget.saw(score(login), at);
        while thief_due * honest < login * thieves {
            budget.saw(thief(thief_due), at);
            thief_due += 1;
        }
    }
    budget
}

#[test]
fn a_flood_of_any_size_is_challenged_and_honest_logins_keep_their_share() {
    for share in [0.05, 0.01, 0.005] {
        for thieves in [0, 10, 1_000, 30_000] {
            let from = flooded(1_000, thieves).challenge_from(&limits(share, 0));
            let caught = (0..1_000).filter(|counter| thief(50_000_000 + counter) >= from).count();
            assert_eq!(caught, 1_000, "{share} {thieves}: from {from}");
            let above = |login: &u64| score(1_000_000 + login) >= from;
            let honest = (0..20_000).filter(above).count() as f64 / 20_000.0;
            let least = if thieves <= 1_000 { share * 0.3 } else { 0.0 };
            assert!((least..=share + 0.003).contains(&honest), "{share} {thieves}: {honest}, from {from}");
        }
    }
}

#[test]
fn users_who_are_unusual_and_prove_themselves_are_challenged_no_more_than_allowed() {
    let (mut budget, mut challenged) = (Budget::default(), 0);
    let traits = |login: u64| Traits { device: Some(login), ..Traits::default() };
    for login in 0..60_000_u64 {
        let (score, at) = (score(login) + 3.0, START.plus(login as i64 * DAY / 1_000));
        let is_challenged = score >= budget.challenge_from(&limits(0.01, 0));
        budget.saw(score, at);
        if is_challenged {
            let keys = Keys::of_traits(&traits(login));
            budget.challenged(keys, score, at);
            assert!(budget.holds(keys, at.plus(DAY)));
            let (mark, _) = budget.settled(keys, at).expect("a mark");
            assert!(!budget.holds(keys, at) && budget.settled(keys, at).is_none());
            budget.was(mark, Answer::Yes);
            challenged += u32::from(login >= 30_000);
        }
    }
    assert!((60..=330).contains(&challenged), "{challenged} of 30,000");
}

#[test]
fn what_was_denied_counts_nothing() {
    let (mut denied, mut silent) = (flooded(1_000, 0), flooded(1_000, 0));
    let keys = |login| Keys::of_traits(&Traits { device: Some(login), ..Traits::default() });
    for login in 0..40 {
        for budget in [&mut denied, &mut silent] {
            budget.saw(0.0, START.plus(14 * DAY));
            budget.challenged(keys(login), 0.0, START.plus(14 * DAY));
        }
        let (mark, _) = denied.settled(keys(login), START.plus(14 * DAY)).expect("a mark");
        denied.was(mark, Answer::No);
    }
    let from = |budget: &Budget| budget.challenge_from(&limits(0.01, 0));
    assert!(from(&silent) > from(&denied) + 0.2, "{} {}", from(&silent), from(&denied));
    assert!((from(&denied) - from(&flooded(1_000, 0))).abs() < 0.1, "{}", from(&denied));
}

#[test]
fn a_flood_leaves_questions_for_whoever_comes_later() {
    let mut budget = filled(30, 1_000);
    let midnight = START.plus(30 * DAY);
    let (allowed, mut asked) = (limits(0.01, 10), Vec::new());
    for login in 0..2_000 {
        let at = midnight.plus(login * HOUR / 1_000);
        budget.saw(9.0, at);
        if 9.0 >= budget.ask_from(&allowed, 1.7, at) {
            budget.asked(at);
            asked.push(at);
        }
    }
    assert!((5..=6).contains(&asked.len()), "{}", asked.len());
    let victim = midnight.plus(20 * HOUR);
    assert!(budget.ask_from(&allowed, 1.7, victim) <= 9.0, "the victim of the evening is asked");
}

#[test]
fn marks_are_few_and_their_oldest_go_first() {
    let mut budget = Budget::default();
    let keys = |login| Keys::of_traits(&Traits { device: Some(login), ..Traits::default() });
    for login in 0..20_000_u64 {
        budget.challenged(keys(login), 5.0, START.plus(login as i64 * DAY / 2_000));
    }
    let end = START.plus(10 * DAY);
    assert!(budget.holds(keys(19_999), end) && !budget.holds(keys(5), end));
    assert!(!budget.holds(keys(19_999), end.plus(40 * DAY)), "not for ever");
    let stored = postcard::to_allocvec(&budget).expect("encoded");
    assert!(stored.len() < 50_000, "{}", stored.len());
    assert_eq!(postcard::from_bytes::<Budget>(&stored).expect("decoded"), budget);
}
