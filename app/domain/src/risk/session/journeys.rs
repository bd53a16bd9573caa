//! Sessions that are in two places, told as stories.

use super::theft::{Live, then};
use super::*;
use crate::risk::tests::story::{Login, home};
use crate::risk::{Assessment, Decision, Level};
use crate::signal::{Aged, SignalName};

fn says(judged: &Assessment, code: &str) -> bool {
    judged.reasons.iter().any(|reason| reason.code == code)
}

/// Buenos Aires, with the client and without the token of home.
fn argentina() -> Login {
    let there = home().ip("190.5.3.2").network(11664, "Techtel").device("");
    there.place("AR", "Argentina", Some("Buenos Aires"), (-34.6, -58.4))
}

/// Frankfurt, likewise.
fn germany() -> Login {
    let there = home().ip("87.140.33.9").network(3320, "Deutsche Telekom").device("");
    there.place("DE", "Germany", Some("Frankfurt"), (50.1, 8.7))
}

/// A user who was in Germany three weeks ago, in this range.
fn traveller(ip: &str) -> Live {
    let (mut live, _) = Live::of(&home());
    live.1 = Profile::default();
    let trip = home().ip(ip).network(3320, "Deutsche Telekom");
    let trip = trip.place("DE", "Germany", Some("Frankfurt"), (50.1, 8.7));
    for day in 0..60 {
        let login = if (30..40).contains(&day) { trip.clone() } else { home() };
        live.1.learn(&login.day(day - 60).0, &Assessment::default());
    }
    live
}

#[test]
fn a_session_that_jumps_over_an_ocean_says_the_more_the_sooner_and_a_flight_says_little() {
    let after = |minutes: i64| {
        let (live, _) = Live::of(&home());
        live.judge(&then(argentina(), "access", minutes * 60))
    };
    let (soon, later, flown) = (after(10), after(300), after(1_200));
    assert_eq!(soon.level, Level::Red, "{soon:?}");
    let told = soon.reasons.iter().find(|reason| reason.code == journey::IMPOSSIBLE).unwrap();
    assert_eq!(told.text, "Buenos Aires, Argentina is 10354 km from where the session was 10 minutes before");
    assert!(soon.probability > later.probability && later.probability > flown.probability);
    assert!(says(&later, journey::IMPOSSIBLE), "{later:?}");
    assert_eq!(flown.level, Level::Green, "{flown:?}");
    assert!(says(&flown, evidence::MOVED) && !says(&flown, journey::IMPOSSIBLE), "{flown:?}");
}

#[test]
fn whoever_reads_on_from_both_ends_of_the_world_in_turn_is_red_in_a_known_country_too() {
    for (known, first) in [("87.140.7.9", Level::Orange), ("87.140.33.7", Level::Green)] {
        let mut live = traveller(known);
        let jump = live.sees(&then(germany(), "access", 60));
        assert_eq!(jump.level, first, "{jump:?}");
        let text = &jump.reasons.iter().find(|reason| reason.code == journey::IMPOSSIBLE).unwrap().text;
        assert!(
            text.starts_with("Frankfurt, Germany is 18") && text.ends_with("was 1 minute before"),
            "{text}"
        );
        let mut last = jump;
        for minute in 1..3 {
            let owner = live.sees(&then(home(), "access", minute * 600));
            assert_eq!((owner.level, owner.decision), (Level::Green, Decision::Allow), "{owner:?}");
            last = live.sees(&then(germany(), "access", minute * 600 + 300));
        }
        assert!(last.level == Level::Red && says(&last, INTERLEAVED), "{known}: {last:?}");
        let again = live.sees(&then(germany(), "access", 90_000));
        assert_eq!((again.level, again.is_awaited()), (Level::Red, true), "{known}: {again:?}");
        live.1.trust(&then(germany(), "access", 60).traits(), home().0.at.plus(crate::time::DAY));
        for minute in 0..4 {
            let at = 90_060 + minute * 300;
            assert_eq!(live.sees(&then(germany(), "access", at)).level, Level::Green, "the user said yes");
            assert_eq!(live.sees(&then(home(), "access", at + 150)).level, Level::Green, "of both");
        }
    }
}

#[test]
fn who_has_been_at_the_other_end_these_days_or_tunnels_there_as_usual_jumps_freely() {
    let (mut live, _) = Live::of(&home());
    for day in [-4, -1] {
        live.1.learn(&germany().device("laptop").day(day).0, &Assessment::default());
    }
    for minute in 1..20 {
        let there = live.sees(&then(germany(), "access", minute * 60));
        assert!(there.level == Level::Green && !says(&there, journey::IMPOSSIBLE), "{there:?}");
        assert_eq!(live.sees(&then(home(), "access", minute * 60 + 30)).level, Level::Green);
    }
    let tunnel = || germany().network(9009, "M247").vpn();
    let mut usual = traveller("198.51.100.1");
    usual.1.learn(&tunnel().ip("146.70.20.5").device("laptop").day(-20).0, &Assessment::default());
    let judged = usual.sees(&then(tunnel(), "access", 600));
    assert!(judged.level == Level::Green && !says(&judged, journey::IMPOSSIBLE), "{judged:?}");
}

#[test]
fn a_data_centre_at_the_other_end_of_the_world_a_second_later_is_no_tunnel() {
    let germany = || {
        let there = home().ip("198.51.100.9").network(24940, "Hetzner Online").device("");
        there.place("DE", "Germany", Some("Falkenstein"), (50.47, 12.37)).hosting()
    };
    let (mut live, _) = Live::of(&home());
    let judged = live.sees(&then(germany(), "access", 1));
    assert!(judged.level >= Level::Orange, "{judged:?}");
    let texts: Vec<_> = judged.reasons.iter().map(|reason| reason.text.as_str()).collect();
    assert!(texts[0].starts_with("The session moved to Hetzner Online in Germany, a network"), "{texts:?}");
    assert!(texts[1].starts_with("Falkenstein, Germany is 1795"), "{texts:?}");
    assert!(texts[1].ends_with(" km from where the session was 1 minute before"), "{texts:?}");
    let near = home().ip("198.51.100.9").network(9009, "M247").place("AU", "Australia", None, (-33.9, 151.2));
    let (live, _) = Live::of(&home());
    assert_eq!(live.judge(&then(near.vpn(), "access", 1)).level, Level::Green, "a tunnel next door");
    let next_day = live.judge(&then(germany(), "access", 86_400));
    assert!(!says(&next_day, journey::IMPOSSIBLE), "they may have flown: {next_day:?}");
}

#[test]
fn by_old_data_a_journey_and_a_move_say_less_and_in_the_end_nothing() {
    let by = |signal, days| {
        let (live, _) = Live::of(&home());
        let mut there = then(argentina(), "access", 600);
        there.0.aged = vec![Aged { signal, days }];
        live.judge(&there)
    };
    let told = |judged: &Assessment, code: &str| {
        let reason = judged.reasons.iter().find(|reason| reason.code == code).cloned();
        reason.map(|reason| (reason.evidence, reason.text))
    };
    for (signal, code) in [(SignalName::City, journey::IMPOSSIBLE), (SignalName::Country, evidence::MOVED)] {
        let [fresh, old, other] =
            [(signal, 90), (signal, 1_200), (SignalName::Tor, 1_200)].map(|(signal, days)| by(signal, days));
        assert!(fresh.probability > old.probability, "{code}");
        assert_eq!(told(&fresh, code), told(&other, code), "what rests on other data says the same");
        let (full, less) = (told(&fresh, code).unwrap(), told(&old, code).unwrap());
        assert!(full.0 > less.0 && less.1.ends_with("(by data that is 1200 days old)"), "{less:?}");
        assert_eq!(told(&by(signal, 4_000), code), None, "worth nothing");
    }
}

#[test]
fn a_telephone_that_leaves_the_wifi_is_where_its_carrier_says_and_that_is_anywhere_in_the_country() {
    let us = |ip: &str, asn: u32, name: &str, city: &str, at: (f64, f64)| {
        home().ip(ip).network(asn, name).place("US", "United States", Some(city), at)
    };
    let wifi = || us("203.0.113.5", 7_922, "Comcast", "Miami", (25.8, -80.2));
    let carrier = || us("172.58.9.9", 21_928, "T-Mobile USA", "Gilroy", (37.0, -121.6));
    let both = [wifi(), carrier(), wifi(), carrier(), wifi(), wifi()];
    let user = |logins: &[Login]| {
        let (mut live, _) = Live::of(&home());
        live.1 = Profile::default();
        for day in 0..40 {
            let login = logins[day as usize % logins.len()].clone();
            live.1.learn(&login.day(day - 40).0, &Assessment::default());
        }
        live.sees(&wifi());
        live
    };
    let mut known = user(&both);
    for minute in 1..12 {
        let here = if minute % 2 == 1 { carrier() } else { wifi() };
        let judged = known.sees(&then(here, "access", minute * 300));
        assert_eq!(judged.level, Level::Green, "{minute}: {judged:?}");
    }
    let mut first = user(&[wifi()]);
    for minute in 1..6 {
        let here = if minute % 2 == 1 { carrier() } else { wifi() };
        let judged = first.sees(&then(here, "access", minute * 600));
        assert!(judged.level < Level::Red && !says(&judged, "session.interleaved"), "{minute}: {judged:?}");
    }
}
