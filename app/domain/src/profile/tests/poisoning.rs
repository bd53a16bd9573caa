//! An attacker who feeds the profile before striking, and what honest users who are never asked must still reach.

use super::super::waiting::Waiting;
use super::*;
use crate::time::DAY;

/// The user goes on as ever: a login from home a day, in the mornings.
pub(super) fn go_on(profile: &mut Profile, days: std::ops::Range<i64>) {
    for day in days {
        assert_eq!(live(profile, &home().day(day).later(2)).level, Green, "day {day}");
    }
}

/// A user, and a telephone of somebody else's on its carrier that is orange to them.
fn orange() -> (Profile, Login) {
    let phone = home().client("Safari", "17", "iOS", Mobile).device("phone");
    let logins = [
        phone.clone().ip("192.0.2.77").network(9790, "2degrees"),
        phone.ip("192.0.2.77"),
        thief().client("Chrome", "120.0.1", "Windows", crate::agent::DeviceClass::Desktop),
    ];
    let users = || (1..8).map(|fives| habits(5 * fives, &home()));
    let found = logins
        .into_iter()
        .find_map(|login| users().find(|user| level(user, &login) == Orange).map(|user| (user, login)));
    found.expect("an orange login")
}

#[test]
fn one_red_login_that_nobody_answered_never_makes_the_next_one_green() {
    for days in [8, 30, 120] {
        let mut profile = habits(19, &home());
        assert_eq!(live(&mut profile, &thief()).level, Red);
        go_on(&mut profile, 0..days);
        assert_eq!(level(&profile, &thief().day(days)), Red, "after {days} days");
        let third = thief().device("third").client("Safari", "17", "iOS", Mobile);
        assert_eq!(level(&profile, &third.day(days)), Red, "on a third device after {days} days");
    }
}

#[test]
fn a_second_red_login_is_judged_as_the_first_was() {
    let mut profile = habits(19, &home());
    let mut apart = profile.clone();
    live(&mut profile, &thief());
    go_on(&mut profile, 0..8);
    go_on(&mut apart, 0..8);
    assert_eq!(judge(&thief().day(8), &profile), judge(&thief().day(8), &apart));
}

#[test]
fn an_orange_login_that_nobody_answered_makes_no_later_one_less_surprising() {
    let (mut profile, login) = orange();
    let mut apart = profile.clone();
    assert_eq!(live(&mut profile, &login).level, Orange);
    go_on(&mut profile, 0..8);
    go_on(&mut apart, 0..8);
    let others = [
        login.clone().device("another"),
        login.clone().client("Firefox", "121.0", "Linux", crate::agent::DeviceClass::Desktop),
        home().device("another"),
        home().ip("192.0.2.99").device("another"),
        thief(),
    ];
    for next in [login].iter().chain(&others) {
        let next = next.clone().day(8);
        assert_eq!(judge(&next, &profile), judge(&next, &apart));
    }
}

#[test]
fn however_often_an_orange_login_comes_on_one_day_it_is_no_habit() {
    let (mut profile, login) = orange();
    let first = judge(&login, &profile).probability;
    for minute in 0..50 {
        let again = live(&mut profile, &login.clone().minutes(minute));
        assert!(again.level >= Orange && again.probability >= first, "minute {minute}: {again:?}");
    }
    go_on(&mut profile, 1..9);
    let later = judge(&login.day(9), &profile);
    assert!(later.level >= Orange && later.probability >= first, "{later:?}");
}

#[test]
fn somebody_on_ever_new_devices_who_is_never_answered_surprises_as_before() {
    let mut profile = habits(40, &home());
    let phone = |visit: i64| {
        let phone = home().client("Safari", "17", "iOS", Mobile).device(&format!("phone-{visit}"));
        phone.ip(&format!("192.0.2.{visit}")).network(9790, "2degrees").day(9 * visit)
    };
    let mut said = Vec::new();
    for visit in 0..2 {
        let judged = live(&mut profile, &phone(visit));
        assert!(judged.level > Green, "visit {visit}: {judged:?}");
        said.push(judged.probability);
        go_on(&mut profile, 9 * visit..9 * visit + 9);
    }
    assert!(said[1] >= said[0], "{said:?}");
}

#[test]
fn an_honest_drift_that_began_orange_and_that_nobody_is_asked_about_is_learned() {
    let (mut profile, login) = orange();
    for day in 0..3 {
        let judged = live(&mut profile, &login.clone().day(day));
        assert!(judged.level > Green, "day {day}: {judged:?}");
        go_on(&mut profile, day..day + 1);
    }
    go_on(&mut profile, 3..9);
    assert_eq!(level(&profile, &login.day(9)), Green, "several days, and a week of silence");
}

#[test]
fn many_visits_on_one_day_are_one_visit() {
    let mut profile = habits(19, &home());
    for minute in 0..100 {
        live(&mut profile, &thief().minutes(minute));
    }
    go_on(&mut profile, 1..9);
    assert_eq!(level(&profile, &thief().day(9)), Red);
}

#[test]
fn what_a_red_login_goes_on_to_do_is_no_other_visit() {
    let mut profile = habits(19, &home());
    assert_eq!(live(&mut profile, &thief()).level, Red);
    for day in 0..6 {
        assert!(live(&mut profile, &thief().verb("access").day(day).minutes(1)).is_awaited());
    }
    go_on(&mut profile, 6..14);
    assert_eq!(level(&profile, &thief().day(14)), Red);
}

#[test]
fn what_is_delivered_late_waits_from_then_on_and_imported_history_has_waited() {
    for (is_history, expected) in [(false, Red), (true, Green)] {
        let mut profile = habits(19, &home().day(-20));
        for day in [-18, -16, -14] {
            let mut late = thief().day(day);
            (late.0.received_at, late.0.is_history) = (START, is_history);
            live(&mut profile, &late);
        }
        assert_eq!(level(&profile, &thief().later(1)), expected, "history: {is_history}");
    }
}

#[test]
fn a_clock_that_runs_ahead_shortens_no_wait() {
    let mut profile = habits(19, &home());
    for day in 0..3 {
        live(&mut profile, &thief().day(day));
    }
    let mut ahead = home().day(30);
    ahead.0.received_at = START.plus(3 * DAY);
    live(&mut profile, &ahead);
    assert_eq!(level(&profile, &thief().day(3)), Red);
}

#[test]
fn what_an_older_version_wrote_is_read_as_one_visit() {
    let old = Traits { cover: Some(crate::profile::traits::Cover::Vpn), ..traits(&thief()) };
    let bytes = postcard::to_allocvec(&old).expect("bytes");
    let read: Waiting = postcard::from_bytes(&bytes).expect("waiting");
    assert_eq!(read, Waiting::new(old, false, old.at));
    let mut late = Waiting::new(old, true, old.at.plus(9 * DAY));
    late.came_again(&Waiting::new(Traits { at: old.at.plus(40 * DAY), ..old }, true, START));
    let mut drift = Waiting::new(old, false, old.at);
    drift.came_again(&late);
    for one in [late, late.imported(true), drift] {
        let bytes = postcard::to_allocvec(&one).expect("bytes");
        assert_eq!(postcard::from_bytes::<Waiting>(&bytes).expect("waiting"), one);
    }
}

#[test]
fn a_yes_and_a_passed_challenge_are_believed_at_once() {
    let (mut profile, login) = orange();
    live(&mut profile, &login);
    go_on(&mut profile, 0..8);
    let mut answered = profile.clone();
    answered.trust(&traits(&login), START.plus(8 * DAY));
    assert_eq!(level(&answered, &login.clone().day(9)), Green);
    live(&mut profile, &login.clone().day(8));
    live(&mut profile, &login.clone().verb("authentication-challenge-pass").day(8).minutes(1));
    assert_eq!(level(&profile, &login.day(9)), Green);
}

#[test]
fn a_no_takes_back_what_silence_had_begun_to_believe() {
    let (mut profile, login) = orange();
    live(&mut profile, &login);
    go_on(&mut profile, 0..8);
    profile.settle(START.plus(8 * DAY));
    let device = traits(&login).device.expect("token");
    assert!(profile.devices.doubts(device));
    profile.distrust(&traits(&login), START.plus(8 * DAY));
    assert!(!profile.devices.doubts(device));
}

#[test]
fn a_patient_attacker_whom_nobody_ever_answers_is_told_each_time() {
    let mut profile = habits(19, &home());
    for visit in 0..20 {
        assert_eq!(live(&mut profile, &thief().day(9 * visit)).level, Red, "visit {visit}");
        go_on(&mut profile, 9 * visit..9 * visit + 9);
    }
}
