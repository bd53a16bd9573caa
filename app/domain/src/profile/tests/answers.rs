//! What a profile learns from what the user says.

use super::*;
use crate::profile::habit::{Dose, Since};
use crate::risk::Decision;
use crate::time::DAY;

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

/// Logs in, passes a challenge, and comes back on two more days.
fn settled_thief(profile: &mut Profile) {
    assert_eq!(live(profile, &thief()).level, Red);
    live(profile, &thief().verb("authentication-challenge-pass").minutes(1));
    for day in 1..3 {
        assert_eq!(live(profile, &thief().day(day)).level, Green, "day {day}");
    }
}

#[test]
fn a_no_forgets_the_thief_whole_who_was_there_more_than_once() {
    let mut profile = habits(20, &home());
    settled_thief(&mut profile);
    profile.distrust(&traits(&thief()), START.plus(3 * DAY));
    let again = judge(&thief().day(3), &profile);
    assert!(again.level == Red && codes(&again).contains(&"user.reported"), "{again:?}");
    assert_eq!(again.decision, Decision::Block);
    assert_eq!(profile.countries.len(), 1, "nothing of it is left");
    assert_eq!(level(&profile, &home().day(3)), Green);
}

#[test]
fn a_no_to_a_later_visit_is_about_the_first_of_the_same_device_too() {
    let mut profile = habits(20, &home());
    settled_thief(&mut profile);
    let elsewhere = thief().ip("192.0.2.77").network(20_473, "Vultr").day(2);
    profile.distrust(&traits(&elsewhere), START.plus(3 * DAY));
    let again = judge(&thief().day(3), &profile);
    assert_eq!((again.level, again.decision), (Red, Decision::Block), "{again:?}");
    assert_eq!(level(&profile, &home().day(3)), Green);
}

#[test]
fn a_no_after_a_thiefs_yes_is_about_their_first_visit_too() {
    let mut profile = habits(20, &home());
    settled_thief(&mut profile);
    let alarm = thief().ip("192.0.2.77").network(20_473, "Vultr").day(2);
    profile.trust(&traits(&alarm), START.plus(3 * DAY));
    profile.distrust(&traits(&alarm), START.plus(3 * DAY));
    assert_eq!(judge(&thief().day(3), &profile).decision, Decision::Block);
    assert_eq!(level(&profile, &home().day(3)), Green);
}

#[test]
fn a_no_to_a_stolen_session_leaves_the_device_that_it_began_on() {
    let mut profile = habits(20, &home());
    let phone = home().device("phone").client("Safari", "17", "iOS", Mobile);
    profile.trust(&traits(&phone), START);
    live(&mut profile, &phone.clone().day(20));
    let stolen = thief().device("phone").client("Safari", "17", "iOS", Mobile).verb("access").day(30);
    profile.distrust(&traits(&stolen), START.plus(31 * DAY));
    assert!(!profile.denied(&traits(&phone.clone().day(31))));
    assert_eq!(level(&profile, &phone.day(31)), Green);
    assert!(profile.denied(&traits(&thief().day(31))), "the network is the thief's");
}

#[test]
fn of_what_an_older_version_kept_a_no_takes_one_login_and_what_is_empty_then() {
    let mut profile = habits(20, &home());
    live(&mut profile, &thief());
    profile.pending.clear();
    profile.absorb(&traits(&thief()), Dose::LOGIN, Since::default());
    let body = postcard::to_allocvec(&profile).expect("profile");
    let (visits, body) = body.split_last().expect("visits");
    assert_eq!(*visits, 0);
    let mut older = Profile::decode(&[&[2], body].concat()).expect("read");
    older.distrust(&traits(&thief()), START.plus(DAY));
    assert!(older.denied(&traits(&thief())));
    assert_eq!(level(&older, &home().day(1)), Green);
}

#[test]
fn what_was_done_later_in_the_thiefs_session_is_denied_with_all_that_came_since_it_began() {
    let mut profile = habits(20, &home());
    settled_thief(&mut profile);
    let later = thief().verb("email-update").day(2);
    profile.distrust(&traits(&later), START.plus(3 * DAY));
    assert_eq!(level(&profile, &thief().day(3)), Red);
}

#[test]
fn what_silence_vouched_for_is_not_what_was_there_before() {
    let quiet = |profile: &mut Profile, login: &Login| {
        let waits = Assessment { level: Orange, ..Assessment::default() };
        for visit in 0..2 {
            profile.learn(&login.clone().day(visit).0, &waits);
        }
        profile.settle(START.plus(9 * DAY));
    };
    let mut profile = habits(20, &home());
    quiet(&mut profile, &thief());
    assert!(profile.shows(Kind::Asn, traits(&thief()).asn.expect("network")));
    profile.distrust(&traits(&thief().day(1)), START.plus(9 * DAY));
    assert!(profile.denied(&traits(&thief())));
}

#[test]
fn a_no_leaves_what_the_user_had_before_or_vouched_for() {
    let mut profile = habits(20, &home());
    let holiday =
        thief().device("laptop").client("Chrome", "120.0.1", "Windows", crate::agent::DeviceClass::Desktop);
    profile.trust(&traits(&holiday.clone().day(1)), START.plus(DAY));
    live(&mut profile, &thief().client("Chrome", "120.0.1", "Windows", crate::agent::DeviceClass::Desktop));
    profile.distrust(&traits(&thief()), START.plus(2 * DAY));
    let kept = |kind: Kind, login: &Login| profile.shows(kind, kind.of(&traits(login)).expect("a value"));
    assert!(kept(Kind::Asn, &holiday) && kept(Kind::Prefix, &holiday), "the user's word of another day");
    assert!(kept(Kind::Client, &home()) && kept(Kind::Device, &home()), "what was there before");
    profile.distrust(&traits(&holiday.day(1)), START.plus(2 * DAY));
    let asn = traits(&thief()).asn.expect("network");
    assert!(!profile.shows(Kind::Asn, asn), "of the same login the last word counts");
}
