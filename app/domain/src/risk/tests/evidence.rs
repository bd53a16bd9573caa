//! What each piece of evidence says, and when it says nothing.

use super::story::{Login, START, codes, habits, home, judge, live, thief};
use crate::agent::DeviceClass::{Bot, Desktop, Mobile};
use crate::profile::Profile;
use crate::risk::{Assessment, Level};

fn evidence(assessment: &Assessment, code: &str) -> f64 {
    assessment.reasons.iter().find(|reason| reason.code == code).map_or(0.0, |reason| reason.evidence)
}

fn abroad(login: Login) -> Login {
    login.ip("198.51.100.9").network(4134, "China Telecom").place(
        "CN",
        "China",
        Some("Beijing"),
        (39.9, 116.4),
    )
}

#[test]
fn reasons_are_sentences_with_names() {
    let usual = habits(8, &home());
    let phone = home().client("Safari", "17.1", "iOS", Mobile).device("phone");
    for (login, code, text) in [
        (thief(), "net.country.new", "China is a new country"),
        (thief(), "device.token.unknown", "The device is new"),
        (thief().device(""), "client.family.new", "Firefox on Linux is a new kind of client"),
        (home().ip("192.0.2.7").network(9790, "2degrees"), "net.asn.new", "2degrees is a new network"),
        (home().ip("203.0.115.7"), "net.prefix.new", "203.0.115.0/24 is a new address range"),
        (home().ip("2001:db8:7::1"), "net.prefix.new", "2001:db8:7::/48 is a new address range"),
        (home().tor(), "net.tor", "Accessed from the Tor network"),
        (home().network(9009, "M247").vpn(), "net.vpn", "Accessed through a VPN (M247)"),
        (
            home().network(14_061, "DigitalOcean").hosting(),
            "net.hosting",
            "Accessed from a data centre (DigitalOcean)",
        ),
        (home().client("curl", "8.0", "", Bot), "client.bot", "curl is a program, not a browser"),
        (
            home().client("Chrome", "98.0", "Windows", Desktop),
            "client.version.downgrade",
            "Chrome on Windows 98 is older than 120, used before",
        ),
        (home().no_cookie(), "device.token.missing", "The device did not identify itself"),
        (
            home().device(""),
            "device.token.absent",
            "The device did not identify itself, as it did at every login before",
        ),
        (
            home().no_client(),
            "client.unreadable",
            "The client cannot be told: it sent no user agent that says anything",
        ),
        (
            home().nowhere().ip("10.9.9.9"),
            "net.address.private",
            "The address is private or reserved: the origin is hidden",
        ),
        (phone.later(11), "hour.unusual", "19:00 UTC is an unusual hour"),
    ] {
        let judged = judge(&login, &usual);
        let told =
            judged.reasons.iter().find(|reason| reason.code == code).map(|reason| reason.text.as_str());
        assert_eq!(told, Some(text), "{judged:?}");
    }
}

#[test]
fn nothing_unusual_has_no_reasons() {
    assert_eq!(codes(&judge(&home(), &habits(8, &home()))), [] as [&str; 0]);
}

#[test]
fn in_a_new_country_the_new_network_is_no_second_surprise() {
    let judged = judge(&abroad(home()), &habits(8, &home()));
    assert_eq!(codes(&judged), ["net.country.new"]);
}

#[test]
fn the_longer_the_history_the_more_a_new_country_says() {
    let says = |logins| evidence(&judge(&abroad(home()), &habits(logins, &home())), "net.country.new");
    assert!(says(1) < says(5) && says(5) < says(40), "{} {} {}", says(1), says(5), says(40));
}

#[test]
fn a_seventh_country_of_a_roamer_surprises_little() {
    let mut roamer = Profile::default();
    let countries = ["NZ", "AU", "SG", "DE", "FR", "GB"];
    for day in 0..30_i64 {
        let country = countries[(day / 5) as usize];
        let login =
            home().place(country, country, None, (0.0, 0.0)).ip(&format!("203.0.{day}.1")).day(day - 30);
        live(&mut roamer, &login);
    }
    let (his, hers) = (judge(&abroad(home()), &roamer), judge(&abroad(home()), &habits(30, &home())));
    assert!(evidence(&his, "net.country.new") < 2.0, "{his:?}");
    assert!(evidence(&hers, "net.country.new") > 5.0, "{hers:?}");
}

#[test]
fn a_user_who_never_keeps_cookies_is_not_punished_for_ever() {
    let mut private = Profile::default();
    let mut last = 9.0;
    for day in 0..60 {
        let judged = live(&mut private, &home().device(&format!("window {day}")).day(day - 60));
        last = evidence(&judged, "device.token.unknown");
    }
    assert!(last < 0.3, "{last}");
}

#[test]
fn who_always_uses_a_vpn_is_normal() {
    let usual = home().network(9009, "M247").vpn();
    let mut profile = Profile::default();
    for day in 0..10 {
        live(&mut profile, &usual.clone().day(day - 10));
    }
    assert_eq!(codes(&judge(&usual, &profile)), [] as [&str; 0]);
}

#[test]
fn an_impossible_journey_is_evidence_only_between_two_known_places() {
    let usual = habits(8, &home());
    let hour_ago = home().later(-1);
    let mut just_home = usual.clone();
    live(&mut just_home, &hour_ago);
    let far = abroad(home());
    let says = |login: &Login| evidence(&judge(login, &just_home), "travel.impossible");
    assert!((2.0..=2.5).contains(&says(&far)), "{}", says(&far));
    assert!(says(&far.clone().later(24)) == 0.0, "a day is enough for an aeroplane");
    assert!(
        says(&far.clone().vpn()) == 0.0
            && says(&far.clone().tor()) == 0.0
            && says(&far.clone().hosting()) == 0.0
    );
    assert!(says(&far.clone().nowhere()) == 0.0);
    let near = home().place("NZ", "New Zealand", Some("Wellington"), (-41.3, 174.8)).at(START);
    assert!(says(&near) == 0.0, "two databases differ by more than that");
    assert_eq!(judge(&home(), &just_home).level, Level::Green);
}

#[test]
fn failures_from_elsewhere_say_more_than_the_users_own_typing() {
    let after = |failure: Login, count: usize| {
        let mut profile = habits(8, &home());
        for _ in 0..count {
            live(&mut profile, &failure.clone().failed().minutes(-30));
        }
        evidence(&judge(&home(), &profile), "account.failures")
    };
    assert_eq!((after(home(), 2), after(home(), 0)), (0.0, 0.0));
    assert!(after(thief(), 1) >= 1.0 && after(thief(), 1) < after(thief(), 4));
    assert!(after(home(), 6) < 1.0 && after(thief(), 50) <= 2.5);
    assert!(after(home(), 50) > 4.0, "nobody mistypes fifty times");
    assert_eq!(after(thief().later(-30), 9), 0.0, "the day before yesterday is over");
    assert_eq!(
        after(thief().later(2), 9),
        0.0,
        "what failed after a login that comes late came before nothing"
    );
    let mut attacked = habits(8, &home());
    (0..50).for_each(|_| drop(live(&mut attacked, &thief().failed().minutes(-30))));
    assert_eq!(
        judge(&home(), &attacked).level,
        Level::Green,
        "an attack on the account does not lock its user out"
    );
}

#[test]
fn what_the_application_and_the_browser_tell_beside_the_login_is_evidence() {
    use crate::agent::Hints;
    let usual = habits(8, &home());
    let calm = judge(&thief(), &usual).probability;
    let mut breached = thief();
    breached.0.event.password_breached = true;
    let told = judge(&breached, &usual);
    assert!(told.probability > calm);
    let mut forged = home();
    forged.0.event.hints = Some(Hints { platform: Some("Linux".into()), mobile: None });
    assert_eq!(evidence(&judge(&forged, &usual), "client.hints.differ"), 1.5);
    assert_eq!(judge(&forged, &usual).level, Level::Green, "by itself it is a plug-in");
    forged.0.event.hints = Some(Hints { platform: Some("Windows".into()), mobile: Some(false) });
    assert_eq!(evidence(&judge(&forged, &usual), "client.hints.differ"), 0.0);
    let mut quiet = home();
    quiet.0.event.password_breached = true;
    assert_eq!(evidence(&judge(&quiet, &usual), "account.password.breached"), 1.0);
}

#[test]
fn a_login_without_an_address_is_told_where_the_user_always_has_one() {
    let without = |login: Login| {
        let mut login = login.nowhere();
        login.0.event.address = None;
        login
    };
    let usual = habits(8, &home());
    let told = judge(&without(thief()), &usual);
    assert!(evidence(&told, "net.address.absent") > 1.0, "{told:?}");
    assert_eq!(judge(&without(home()), &usual).level, Level::Green, "on the known device");
    let never = habits(8, &without(home()));
    assert_eq!(evidence(&judge(&without(thief()), &never), "net.address.absent"), 0.0);
    assert_eq!(evidence(&judge(&without(home()).verb("access"), &usual), "net.address.absent"), 0.0);
}

#[test]
fn missing_data_are_no_evidence() {
    let usual = habits(8, &home());
    let blank = home().nowhere().no_client().device("");
    assert_eq!(codes(&judge(&home().nowhere(), &usual)), [] as [&str; 0]);
    let fresh = habits(8, &blank.ip(""));
    assert_eq!(codes(&judge(&thief(), &fresh)), [] as [&str; 0], "nothing to compare with");
}

#[test]
fn an_address_that_is_none_is_evidence_only_against_users_who_show_one() {
    let usual = home().device("");
    let profile = habits(20, &usual);
    let read = judge(&thief().device(""), &profile);
    let hidden = judge(&thief().device("").forged(), &profile);
    assert!(codes(&hidden).contains(&"net.address.unreadable"), "{:?}", codes(&hidden));
    assert!(
        hidden.level >= Level::Orange && read.level >= hidden.level,
        "{:?} {:?}",
        read.level,
        hidden.level
    );

    let never = usual.clone().forged();
    let profile = habits(20, &never);
    assert!(codes(&judge(&never, &profile)).is_empty());
}

#[test]
fn a_place_of_weeks_ago_is_no_place_of_these_days() {
    let germany = |ip: &str| {
        let there = home().ip(ip).network(3320, "Deutsche Telekom");
        there.place("DE", "Germany", Some("Frankfurt"), (50.1, 8.7))
    };
    let since = |days: i64| {
        let mut profile = crate::profile::Profile::default();
        for day in -60..0 {
            let login = if day == -days { germany("87.140.7.9") } else { home() };
            profile.learn(&login.day(day).0, &Assessment::default());
        }
        judge(&germany("87.140.9.9").device("").day(-1).later(1), &profile)
    };
    let jumps = |judged: &Assessment| judged.reasons.iter().any(|reason| reason.code == "travel.impossible");
    assert!(!jumps(&since(3)), "a second device, an office's exit");
    assert!(jumps(&since(20)), "{:?}", since(20));
}
