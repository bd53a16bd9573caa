//! What was red is believed only beside something that the user is known by.

use super::poisoning::go_on;
use super::*;
use crate::time::DAY;

/// The user's own laptop, at the place of the other one.
fn own_laptop_there() -> Login {
    thief().device("laptop").client("Chrome", "120.0.1", "Windows", crate::agent::DeviceClass::Desktop)
}

fn knows_thief(profile: &Profile) -> bool {
    profile.shows(Kind::Device, traits(&thief()).device.expect("token"))
}

#[test]
fn a_quiet_week_is_one_without_another_red_login_from_there() {
    let mut profile = habits(19, &home());
    for day in 0..7 {
        assert_eq!(live(&mut profile, &thief().day(day)).level, Red, "day {day}");
    }
    assert_eq!(live(&mut profile, &own_laptop_there().day(7)).level, Green, "a witness");
    profile.settle(START.plus(12 * DAY));
    assert!(!knows_thief(&profile), "five days are no week");
    profile.settle(START.plus(13 * DAY));
    assert!(knows_thief(&profile));
}

#[test]
fn what_was_red_is_no_habit_however_often_it_came_and_however_long_nobody_answers() {
    let mut profile = habits(19, &home());
    for day in 0..60 {
        assert_eq!(live(&mut profile, &thief().day(day)).level, Red, "day {day}");
    }
    profile.settle(START.plus(400 * DAY));
    assert!(!knows_thief(&profile));
    live(&mut profile, &home().day(400));
    assert_eq!(level(&profile, &thief().day(401)), Red);
}

#[test]
fn a_traveller_whom_nobody_asks_is_at_home_there_once_something_of_theirs_was_there_too() {
    let mut profile = habits(19, &home());
    for day in 0..28 {
        assert_eq!(live(&mut profile, &thief().day(day)).level, Red, "day {day}");
    }
    live(&mut profile, &own_laptop_there().day(28));
    live(&mut profile, &own_laptop_there().day(36));
    assert_eq!(level(&profile, &thief().day(37)), Green);
    assert_eq!(level(&profile, &home().day(37)), Green);
}

#[test]
fn a_known_device_speaks_for_where_it_went_unless_it_is_seen_at_home_as_well() {
    let red = Assessment { level: Red, ..Assessment::default() };
    for copied in [false, true] {
        let mut profile = habits(19, &home());
        for day in [0, 2, 4] {
            profile.learn(&own_laptop_there().day(day).0, &red);
        }
        if copied {
            go_on(&mut profile, 1..12);
        }
        profile.settle(START.plus(12 * DAY));
        let asn = traits(&thief()).asn.expect("network");
        assert_eq!(profile.shows(Kind::Asn, asn), !copied, "copied: {copied}");
    }
}
