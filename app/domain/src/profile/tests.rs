//! What a profile learns, and what it does not.

mod answers;
mod poisoning;
mod witness;

use super::{Kind, Profile, QUIET, Traits};
use crate::agent::DeviceClass::Mobile;
use crate::risk::Level::{Green, Orange, Red};
use crate::risk::tests::random::SplitMix;
use crate::risk::tests::story::{Login, START, codes, habits, home, judge, live, thief};
use crate::risk::{Assessment, Level, Reason};

fn level(profile: &Profile, login: &Login) -> Level {
    judge(login, profile).level
}

fn traits(login: &Login) -> Traits {
    Traits::of_observation(&login.0)
}

#[test]
fn an_unusual_login_is_not_learned_before_somebody_vouches_for_it() {
    let mut profile = habits(5, &home());
    for hour in 0..20 {
        assert_eq!(live(&mut profile, &thief().later(hour)).level, Red, "hour {hour}");
    }
    assert_eq!(profile.logins(), 5);
}

#[test]
fn a_passed_challenge_vouches_for_its_own_session_only() {
    let mut profile = habits(5, &home());
    live(&mut profile, &thief());
    live(&mut profile, &home().verb("authentication-challenge-pass").minutes(1));
    assert_eq!(level(&profile, &thief().minutes(2)), Red);
    live(&mut profile, &thief().verb("authentication-challenge-pass").minutes(3));
    assert_eq!(level(&profile, &thief().minutes(4)), Green);
}

#[test]
fn what_a_pending_session_does_teaches_nothing() {
    let mut profile = habits(5, &home());
    live(&mut profile, &thief());
    for minute in 1..200 {
        live(&mut profile, &thief().verb("access").minutes(minute));
    }
    assert_eq!(level(&profile, &thief().later(4)), Red);
}

#[test]
fn a_day_of_green_requests_from_elsewhere_makes_no_habit_and_a_second_day_does() {
    let (mut profile, green) = (habits(19, &home()), Assessment::default());
    let request = thief().verb("access");
    let asn = traits(&request).asn.expect("network");
    for minute in 0..500 {
        profile.learn(&request.clone().minutes(minute).0, &green);
    }
    assert!(!profile.shows(Kind::Asn, asn), "as one login would");
    profile.learn(&request.day(1).0, &green);
    assert!(profile.shows(Kind::Asn, asn));
}

#[test]
fn what_goes_on_in_a_session_that_may_be_anothers_by_now_teaches_nothing() {
    let mut profile = habits(19, &home());
    let moved = Reason { code: "session.network.changed".into(), evidence: 0.5, ..Reason::default() };
    let judged = Assessment { reasons: vec![moved], ..Assessment::default() };
    let before = profile.clone();
    for day in 0..20 {
        profile.learn(&thief().verb("access").day(day).0, &judged);
    }
    assert_eq!(profile, before);
}

#[test]
fn failed_attempts_teach_nothing_but_that_they_were() {
    let mut profile = habits(5, &home());
    for minute in 0..50 {
        live(&mut profile, &thief().failed().minutes(minute));
    }
    assert_eq!(level(&profile, &thief().later(1)), Red);
    let judged = judge(&home().later(1), &profile);
    assert!(judged.level == Green && codes(&judged).contains(&"account.failures"), "{judged:?}");
    assert_eq!(profile.logins(), 5);
    let mut clean = habits(5, &home());
    live(&mut clean, &home().failed());
    live(&mut clean, &home().minutes(1));
    assert_eq!(clean.failures, [], "the right password after a wrong one");
}

#[test]
fn an_anonymous_event_teaches_nothing() {
    let mut profile = Profile::default();
    live(&mut profile, &home().anonymous());
    assert_eq!(profile, Profile::default());
}

#[test]
fn a_user_who_moved_is_at_home_there_and_the_old_home_fades() {
    let mut profile = habits(30, &home());
    let moved =
        thief().device("laptop").client("Chrome", "121.0", "Windows", crate::agent::DeviceClass::Desktop);
    for day in 0..60 {
        assert_eq!(live(&mut profile, &moved.clone().day(day)).level, Green, "day {day}");
    }
    assert_eq!(level(&profile, &moved.clone().device("").day(61)), Green);
    profile.settle(START.plus(QUIET * 200));
    live(&mut profile, &moved.day(1_500));
    assert_eq!(profile.countries.len(), 1, "four years later");
}

#[test]
fn an_ordinary_users_year_is_below_fifteen_hundred_bytes() {
    let mut profile = Profile::default();
    for day in 0..365 {
        let mut login =
            home().day(day - 365).ip(&format!("203.0.{}.{}", 113 + day / 60, day % 250)).later(day % 9);
        if day % 3 == 0 {
            login = login
                .client("Safari", "17.1", "iOS", Mobile)
                .device("phone")
                .network(9790, "2degrees")
                .ip("192.0.2.7");
        }
        profile.learn(&login.0, &Assessment::default());
    }
    let bytes = profile.encode();
    assert!(bytes.len() < 700, "{}", bytes.len());
    assert_eq!(profile.logins(), 365);
    assert_eq!(Profile::decode(&bytes).expect("profile"), profile);
}

#[test]
fn what_an_older_version_wrote_is_read() {
    let profile = habits(5, &home());
    let mut older = [&[0], &*postcard::to_allocvec(&profile).expect("bytes")].concat();
    for version in [2, 1] {
        older[0] = version;
        assert_eq!(older.pop(), Some(0), "its end: no visit, no login without a session");
        let read = Profile::decode(&older).expect("profile");
        assert_eq!((read.logins(), read.usual(&[], START)), (profile.logins(), profile.usual(&[], START)));
    }
}

#[test]
fn what_a_newer_version_wrote_is_kept_as_it_is() {
    let mut newer = habits(5, &home()).encode();
    newer[0] += 1;
    let mut profile = Profile::decode(&newer).expect("profile");
    assert_eq!(profile.logins(), 0, "nothing of it is read");
    live(&mut profile, &thief());
    profile.distrust(&traits(&thief()), START);
    assert_eq!(profile.encode(), newer);
}

#[test]
fn in_json_it_is_its_bytes_in_base64() {
    let profile = habits(5, &home());
    let json = serde_json::to_string(&profile).expect("json");
    assert_eq!(serde_json::from_str::<Profile>(&json).expect("profile"), profile);
    assert!(serde_json::from_str::<Profile>("\"AQ\"").is_err());
}

#[test]
fn a_user_with_ten_thousand_devices_stays_within_bounds() {
    let mut profile = Profile::default();
    for number in 0..10_000_i64 {
        let (a, b) = (number % 223, number / 223);
        let login = home()
            .at(START.plus(number * crate::time::HOUR))
            .ip(&format!("2{a:03x}:{b:x}:{number:x}:{a:x}::1"))
            .network(4_200_000_000 + number as u32, "AS")
            .client(&format!("Browser {number}"), &format!("{number}.0"), "Windows", Mobile)
            .device(&format!("device {number}"));
        live(&mut profile, &login);
        profile.learn(&login.0, &Assessment::default());
    }
    assert!(profile.encode().len() <= super::MAX_BYTES, "{}", profile.encode().len());
}

#[test]
fn garbage_is_refused_or_harmless() {
    let mut random = SplitMix(11);
    let mut profile = habits(30, &home());
    live(&mut profile, &thief());
    profile.distrust(&traits(&thief()), START);
    let good = profile.encode();
    assert!(Profile::decode(&[]).is_err() && Profile::decode(&[0, 1, 2]).is_err());
    for _ in 0..4_000 {
        let mut bytes = good.clone();
        for _ in 0..=random.below(4) {
            let place = random.below(bytes.len() as u64) as usize;
            bytes[place] = random.below(256) as u8;
        }
        if let Ok(mut read) = Profile::decode(&bytes) {
            for login in [home(), thief(), home().day(random.below(4_000) as i64 - 2_000)] {
                let judged = judge(&login, &read);
                assert!(judged.probability.is_finite());
                read.learn(&login.0, &judged);
            }
            read.distrust(&traits(&home()), START);
            assert!(read.encode().len() <= super::MAX_BYTES);
        }
    }
}
