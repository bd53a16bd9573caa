//! What a thief leaves out or forges is no way to be green, and who always leaves it out is not punished.

use super::story::{Login, codes, habits, home, judge, live, thief};
use crate::profile::Profile;
use crate::risk::{Assessment, Level};

fn says(assessment: &Assessment, code: &str) -> f64 {
    assessment.reasons.iter().find(|reason| reason.code == code).map_or(0.0, |reason| reason.evidence)
}

/// From an address without a place.
fn private(login: Login, ip: &str) -> Login {
    login.nowhere().ip(ip)
}

#[test]
fn a_private_address_weighs_like_one_that_is_none_against_who_has_places() {
    let profile = habits(20, &home().device(""));
    let stolen = thief().device("");
    let forged = judge(&stolen.clone().forged(), &profile);
    for ip in ["10.9.9.9", "127.0.0.1", "100.64.0.1", "240.1.1.1", "198.18.0.1", "fd00::1", "fec0::1"] {
        let judged = judge(&private(stolen.clone(), ip), &profile);
        assert!(codes(&judged).contains(&"net.address.private"), "{ip}: {:?}", codes(&judged));
        assert!(judged.level >= Level::Orange && judged.level >= forged.level, "{ip}: {judged:?}");
        let all: f64 = judged.reasons.iter().filter(|r| r.code.starts_with("net.")).map(|r| r.evidence).sum();
        assert!(all > says(&forged, "net.address.unreadable") - 0.1, "{ip}: {all} {forged:?}");
    }
    let public = judge(&private(stolen, "6.1.1.1"), &profile);
    assert_eq!(says(&public, "net.address.private"), 0.0, "an address that the data miss is not private");
}

#[test]
fn who_works_in_an_intranet_is_green() {
    let office = private(home().device(""), "10.1.2.3");
    let profile = habits(20, &office);
    assert_eq!(codes(&judge(&office, &profile)), [] as [&str; 0]);
    let elsewhere = judge(&private(home().device(""), "10.7.7.7"), &profile);
    assert_eq!((elsewhere.level, says(&elsewhere, "net.address.private")), (Level::Green, 0.0));

    let mut both = Profile::default();
    for day in 0..40 {
        let login = if day % 3 == 0 { home().device("") } else { office.clone() };
        assert_eq!(live(&mut both, &login.day(day - 40)).level, Level::Green, "day {day}");
    }
    let judged = judge(&office, &both);
    assert_eq!((judged.level, says(&judged, "net.address.private")), (Level::Green, 0.0));
}

#[test]
fn a_thief_without_a_user_agent_is_found_as_with_one() {
    for (logins, usual) in [(5, home()), (50, home()), (8, home().device("")), (50, home().device(""))] {
        let profile = habits(logins, &usual);
        let token = if usual.0.event.device_id.is_some() { "thief" } else { "" };
        let stolen = thief().device(token);
        assert_eq!(judge(&stolen, &profile).level, Level::Red);
        let judged = judge(&stolen.no_client(), &profile);
        assert_eq!(judged.level, Level::Red, "{logins} {token}: {judged:?}");
        let at_home = judge(&usual.clone().no_client(), &profile);
        assert!(at_home.level < Level::Red, "{logins} {token}: {at_home:?}");
        let new = judge(&usual.client("Edge", "120.0", "Windows", Default::default()), &profile);
        assert!(
            says(&at_home, "client.unreadable") <= says(&new, "client.family.new"),
            "{logins} {token}: {at_home:?} {new:?}"
        );
    }
}

#[test]
fn who_is_often_without_a_user_agent_is_not_punished() {
    let mut profile = Profile::default();
    for day in 0..40 {
        let login = if day % 4 == 0 { home().no_client() } else { home() };
        live(&mut profile, &login.day(day - 40));
    }
    let judged = judge(&home().no_client(), &profile);
    assert_eq!((judged.level, says(&judged, "client.unreadable")), (Level::Green, 0.0));
    let never = habits(20, &home().no_client());
    assert_eq!(codes(&judge(&home().no_client(), &never)), [] as [&str; 0]);
    let one = judge(&home().verb("access").no_client(), &habits(20, &home()));
    assert_eq!(says(&one, "client.unreadable"), 0.0, "an application sends it with logins");
}

#[test]
fn a_token_that_always_came_is_missed() {
    let absent = |logins| judge(&home().device(""), &habits(logins, &home()));
    for logins in [5, 20, 60] {
        let (judged, new) = (absent(logins), judge(&home().device("new"), &habits(logins, &home())));
        let (says, unknown) = (says(&judged, "device.token.absent"), says(&new, "device.token.unknown"));
        assert!(says > 0.8 && says <= 0.51 * unknown, "{logins}: {says} {unknown}");
        assert_eq!(judged.level, Level::Green, "{judged:?}");
    }
    assert_eq!(says(&absent(4), "device.token.absent"), 0.0, "four logins are no rule");
    let mut once = habits(20, &home());
    live(&mut once, &home().device("").minutes(-60));
    assert_eq!(says(&judge(&home().device(""), &once), "device.token.absent"), 0.0, "it went without before");
    let profile = habits(20, &home());
    assert_eq!(
        judge(&thief().device("").no_client(), &profile).level,
        Level::Red,
        "nor does that hide a thief"
    );
}

#[test]
fn all_failures_are_told_however_many_networks_they_come_from() {
    let told = |networks: u8| {
        let mut profile = habits(8, &home());
        for network in 0..networks {
            live(&mut profile, &thief().ip(&format!("198.51.{network}.9")).failed().minutes(-30));
        }
        let reasons = judge(&home(), &profile).reasons;
        reasons.into_iter().find(|reason| reason.code == "account.failures").map(|reason| reason.text)
    };
    for networks in [3, 4, 9, 200] {
        let all = format!("{networks} failed attempts came before, {networks} from other networks");
        assert_eq!(told(networks), Some(all));
    }
}
