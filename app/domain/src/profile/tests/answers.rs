//! What a profile learns from what the user says.

use super::*;

#[test]
fn a_yes_makes_it_the_users_own() {
    let mut profile = habits(5, &home());
    live(&mut profile, &thief());
    profile.trust(&traits(&thief()), START);
    assert_eq!((level(&profile, &thief().later(1)), profile.logins()), (Green, 6));
    assert_eq!(level(&profile, &home().later(30)), Green);
}

#[test]
fn a_no_is_remembered_against_the_next_one_and_fades() {
    let mut profile = habits(5, &home());
    let before = judge(&thief(), &profile).probability;
    live(&mut profile, &thief());
    profile.distrust(&traits(&thief()), START);
    let again = judge(&thief().day(1), &profile);
    assert!(codes(&again).contains(&"user.reported") && again.probability > before, "{again:?}");
    live(&mut profile, &thief().day(1));
    assert_eq!(level(&profile, &thief().day(9)), Red, "seven quiet days do not help what was denied");
    assert_eq!(profile.logins(), 5);
    let told = |day| {
        judge(&thief().day(day), &profile)
            .reasons
            .iter()
            .find(|r| r.code == "user.reported")
            .map(|r| r.evidence)
    };
    assert!(told(30) < told(1), "{:?} {:?}", told(30), told(1));
    let accomplice = thief().ip("198.51.100.200").client("Safari", "17", "iOS", Mobile).device("other");
    assert!(
        codes(&judge(&accomplice, &profile)).contains(&"user.reported"),
        "another device in the same range"
    );
}

#[test]
fn a_denied_sessions_further_requests_are_red() {
    let mut profile = habits(5, &home());
    live(&mut profile, &thief());
    profile.distrust(&traits(&thief()), START);
    let next = judge(&thief().verb("access").minutes(5), &profile);
    assert_eq!(next.level, Red);
    assert!(codes(&next).contains(&"user.reported"), "{next:?}");
}

#[test]
fn a_no_does_not_turn_against_what_the_user_uses() {
    let mut profile = habits(20, &home());
    let on_my_network = home().client("Safari", "17", "iOS", Mobile).device("flatmate");
    live(&mut profile, &on_my_network);
    profile.distrust(&traits(&on_my_network), START);
    let mine = judge(&home().later(1), &profile);
    assert_eq!((mine.level, codes(&mine)), (Green, vec![]));
    assert!(judge(&on_my_network.later(2), &profile).level >= Orange);
}

#[test]
fn a_no_takes_back_what_was_learned_even_when_a_challenge_vouched_for_it() {
    let mut profile = habits(5, &home());
    live(&mut profile, &thief());
    live(&mut profile, &thief().verb("authentication-challenge-pass").minutes(1));
    assert_eq!(level(&profile, &thief().later(1)), Green);
    profile.distrust(&traits(&thief()), START.plus(1));
    assert_eq!((level(&profile, &thief().later(1)), profile.logins()), (Red, 5));
    assert_eq!(level(&profile, &home().later(30)), Green);
}

#[test]
fn after_a_no_nothing_is_learned_for_a_week_unless_a_yes_or_an_operator_ends_it() {
    let mut profile = habits(5, &home());
    profile.distrust(&traits(&thief()), START);
    live(&mut profile, &home().later(30));
    assert_eq!((profile.logins(), profile.is_frozen(START.plus(QUIET - 1_000_000))), (5, true));
    assert!(!profile.is_frozen(START.plus(QUIET)));
    let mut answered = profile.clone();
    answered.trust(&traits(&home()), START.plus(1));
    live(&mut answered, &home().later(31));
    assert_eq!(answered.logins(), 7);
    profile.unfreeze();
    live(&mut profile, &home().later(31));
    assert_eq!(profile.logins(), 6);
}

#[test]
fn after_a_no_silence_does_not_vouch_for_what_was_waiting_beside_it() {
    let mut profile = habits(5, &home());
    let accomplice = thief().ip("192.0.2.200").device("other").client("Safari", "17", "iOS", Mobile);
    live(&mut profile, &accomplice);
    live(&mut profile, &thief().later(1));
    profile.distrust(&traits(&thief()), START.plus(QUIET - 1));
    live(&mut profile, &home().at(START.plus(QUIET + 1)));
    assert_eq!(level(&profile, &accomplice.at(START.plus(QUIET + 2))), Red);
}
