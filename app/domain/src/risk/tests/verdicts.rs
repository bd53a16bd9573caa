//! Which logins are green, orange or red.

use super::story::{Login, habits, home, judge, thief};
use crate::agent::DeviceClass::{Bot, Desktop, Mobile};
use crate::profile::Profile;
use crate::risk::Decision::{Allow, Block};
use crate::risk::Level::{self, Green, Orange, Red};
use crate::risk::{Calibration, World, assess};
use crate::rule::RuleSet;

/// Checks rows of (sentence, login, levels allowed) against a user with five and one with fifty logins like `usual`.
fn table(usual: &Login, rows: &[(&str, Login, &[Level])]) {
    for logins in [5, 50] {
        let profile = habits(logins, usual);
        for (sentence, login, allowed) in rows {
            let judged = judge(login, &profile);
            let told: Vec<_> =
                judged.reasons.iter().map(|r| format!("{} {:.1}", r.code, r.evidence)).collect();
            assert!(
                allowed.contains(&judged.level),
                "{sentence}, after {logins} logins: {:?} {:.3} {told:?}",
                judged.level,
                judged.probability
            );
        }
    }
}

fn tablet() -> Login {
    home().client("Safari", "17.1", "iOS", Mobile)
}

#[test]
fn what_users_do_with_devices_that_have_tokens() {
    table(
        &home(),
        &[
            ("from home again", home(), &[Green]),
            ("through a proxy that garbles the address", home().forged(), &[Green]),
            ("with a new address in the same network", home().ip("203.0.115.200"), &[Green]),
            ("after a browser update", home().client("Chrome", "121.0", "Windows", Desktop), &[Green]),
            ("after five browser updates", home().client("Chrome", "125.0", "Windows", Desktop), &[Green]),
            (
                "from another city of the country, through a hotel's network",
                home().ip("198.51.100.1").network(9500, "Vodafone").place(
                    "NZ",
                    "New Zealand",
                    Some("Wellington"),
                    (-41.3, 174.8),
                ),
                &[Green],
            ),
            ("on a new device at home", tablet().device("tablet"), &[Green, Orange]),
            (
                "in a new browser at home",
                home().client("Firefox", "121.0", "Windows", Desktop).device("fox"),
                &[Green, Orange],
            ),
            ("after clearing all cookies at home", home().no_cookie(), &[Green]),
            (
                "on the first telephone, through its carrier",
                tablet().device("phone").ip("192.0.2.77").network(9790, "2degrees"),
                &[Orange, Red],
            ),
            (
                "on the own device in a new country",
                home().ip("198.51.100.9").network(4134, "China Telecom").place(
                    "CN",
                    "China",
                    Some("Beijing"),
                    (39.9, 116.4),
                ),
                &[Green],
            ),
            (
                "on the own device through a VPN abroad",
                home().ip("198.51.100.9").network(9009, "M247").vpn().place(
                    "DE",
                    "Germany",
                    None,
                    (50.1, 8.7),
                ),
                &[Green, Orange],
            ),
        ],
    );
}

#[test]
fn what_thieves_do_to_users_whose_devices_have_tokens() {
    table(
        &home(),
        &[
            ("from a new country on a new device", thief(), &[Red]),
            (
                "from a new country on a new device of the usual kind",
                thief().client("Chrome", "120.0", "Windows", Desktop),
                &[Orange, Red],
            ),
            ("with the user's cookie in another client from a new country", thief().device("laptop"), &[Red]),
            ("through Tor on a new device", thief().tor(), &[Red]),
            ("behind a forged address, on a new device", thief().forged(), &[Red]),
            (
                "by a program from a data centre in the country",
                home()
                    .ip("198.51.100.9")
                    .network(14_061, "DigitalOcean")
                    .hosting()
                    .client("curl", "8.0", "", Bot)
                    .device("bot"),
                &[Red],
            ),
            (
                "through a VPN in the country on a new device",
                tablet().device("thief").ip("198.51.100.9").network(9009, "M247").vpn(),
                &[Red],
            ),
        ],
    );
}

#[test]
fn a_user_of_an_application_that_sends_no_device_tokens() {
    let usual = home().device("");
    let abroad = usual.clone().ip("198.51.100.9").network(4134, "China Telecom").place(
        "CN",
        "China",
        None,
        (35.0, 105.0),
    );
    table(
        &usual,
        &[
            ("from home again", usual.clone(), &[Green]),
            ("with a new address in the same network", usual.clone().ip("203.0.115.200"), &[Green]),
            ("after a browser update", usual.clone().client("Chrome", "121.0", "Windows", Desktop), &[Green]),
            (
                "through another network of the country",
                usual.clone().ip("192.0.2.77").network(9790, "2degrees"),
                &[Green],
            ),
            ("with a telephone at home", tablet().device(""), &[Green, Orange]),
            // Travellers take their computer along; by itself a new country is no alarm.
            ("from a new country with the usual kind of client", abroad, &[Green, Orange]),
            ("from a new country with a new kind of client", thief().device(""), &[Red]),
            ("through Tor", usual.clone().ip("198.51.100.9").network(60_729, "Tor exit").tor(), &[Red]),
            (
                "through a VPN in the country",
                usual.clone().ip("198.51.100.9").network(9009, "M247").vpn(),
                &[Orange, Red],
            ),
            (
                "through a VPN in the country with a new kind of client",
                tablet().device("").ip("198.51.100.9").network(9009, "M247").vpn(),
                &[Red],
            ),
        ],
    );
}

#[test]
fn a_user_whose_addresses_no_data_explain() {
    table(
        &home().nowhere(),
        &[
            ("from home again", home().nowhere(), &[Green]),
            ("with a new address", home().nowhere().ip("192.0.2.9"), &[Green]),
            ("on a new device at home", tablet().nowhere().device("tablet"), &[Green, Orange]),
            ("on a new device with a new address", thief().nowhere(), &[Red]),
            (
                "where no address is known either",
                Login(crate::event::Observation {
                    event: crate::event::NewEvent { address: None, ..home().0.event },
                    ..home().nowhere().0
                }),
                &[Green],
            ),
        ],
    );
}

#[test]
fn a_user_who_is_seen_for_the_first_time() {
    let rows: &[(&str, Login, &[Level])] = &[
        ("at home", home(), &[Green]),
        ("in China", thief(), &[Green]),
        (
            "with nothing known at all",
            home().nowhere().client("", "", "", Default::default()).device(""),
            &[Green],
        ),
        ("without the cookie that was expected", home().no_cookie(), &[Green]),
        ("through a VPN", home().vpn(), &[Green]),
        ("by a program", home().client("curl", "8.0", "", Bot), &[Green]),
        ("through Tor", home().tor(), &[Orange]),
        ("by a program through Tor", home().tor().client("curl", "8.0", "", Bot), &[Red]),
    ];
    for (sentence, login, allowed) in rows {
        let judged = judge(login, &Profile::default());
        assert!(allowed.contains(&judged.level), "{sentence}: {judged:?}");
    }
}

#[test]
fn the_second_login_of_all_is_judged_already() {
    let profile = habits(1, &home());
    assert_eq!(judge(&home(), &profile).level, Green);
    assert_eq!(judge(&home().ip("192.0.2.77").network(9790, "2degrees"), &profile).level, Green);
    // Whose first device is a computer often comes with a telephone next: a new device says little yet.
    assert!(judge(&thief(), &profile).probability > 100.0 * judge(&home(), &profile).probability);
    assert_eq!(judge(&thief().hosting(), &profile).level, Red);
}

#[test]
fn five_logins_within_five_minutes_are_a_history() {
    let mut profile = Profile::default();
    for minute in 0..5 {
        super::story::live(&mut profile, &home().minutes(minute));
    }
    assert_eq!(
        (judge(&thief().minutes(6), &profile).level, judge(&home().minutes(6), &profile).level),
        (Red, Green)
    );
}

#[test]
fn a_refit_does_not_change_what_is_a_repeat() {
    let mut profile = habits(20, &home());
    profile.distrust(&thief().traits(), thief().0.at);
    // Of the denied login only the range is the same.
    let other =
        thief().device("other").client("Edge", "120.0", "Windows", Desktop).network(4837, "China Unicom");
    let rules = RuleSet::default();
    for (alpha, day, decision) in [(0.7, 1, Block), (1.0, 1, Block), (1.4, 1, Block), (1.4, 5, Allow)] {
        let calibration = Calibration { alpha, ..Calibration::SHIPPED };
        let world = World { calibration, ..World::new(&rules, Level::Red) };
        let judged = assess(&other.clone().day(day).0, &profile, &world);
        assert_eq!(judged.level, Red, "{judged:?}");
        assert_eq!(judged.decision == Block, decision == Block, "{alpha} {day}: {judged:?}");
        assert!(judged.reasons.iter().any(|reason| reason.code == "user.reported"), "{judged:?}");
    }
}
