//! Stolen sessions and honest ones, told as stories.

use super::*;
use crate::agent::DeviceClass::{Bot, Desktop, Mobile, Tablet};
use crate::risk::crowd::mix;
use crate::risk::tests::story::{Login, habits, home, thief};

/// An event of the session, so many seconds after the login.
fn then(login: Login, verb: &str, seconds: i64) -> Login {
    let at = home().0.at.plus(seconds * crate::time::SECOND);
    login.verb(verb).at(at)
}

/// A session of a user with twenty logins from home that begins with this login.
struct Session(SessionMemory, Profile);

impl Session {
    fn of(login: &Login, log_odds: f64) -> Self {
        Self(SessionMemory::begin(&login.0, log_odds), habits(20, &home()))
    }

    fn at_home() -> Self {
        Self::of(&home(), -8.0)
    }

    fn sees(&mut self, login: &Login) -> Vec<&'static str> {
        let terms = observe(&mut self.0, &login.0, &self.1, &Rates::default());
        terms.iter().map(|term| term.code).collect()
    }

    /// The log-odds of this event being another's, as `assess` adds it up.
    fn odds(&self, login: &Login) -> f64 {
        let theft = self.0.evidence(&login.0, &self.1);
        let action = crate::risk::sequence::evidence(&self.0, &login.0, &Rates::default());
        self.0.log_odds(login.0.at, &theft, &action)
    }
}

#[test]
fn a_session_that_goes_on_as_it_began_is_never_suspect() {
    let mut session = Session::at_home();
    for minute in 1..200 {
        let access = then(home().ip(&format!("203.0.113.{minute}")), "access", minute * 60);
        assert_eq!(session.sees(&access), [] as [&str; 0]);
        assert!(session.odds(&access) < -7.0);
    }
}

#[test]
fn a_browser_update_is_no_other_browser() {
    let updated = home().client("Chrome", "121.0", "Windows", Desktop);
    assert_eq!(Session::at_home().sees(&then(updated, "access", 3_600)), [] as [&str; 0]);
}

#[test]
fn a_stolen_cookie_in_another_client_is_red_whoever_logged_in() {
    let session = Session::at_home();
    for client in [
        home().client("Firefox", "121.0", "Linux", Desktop).ip("203.0.113.99"),
        home().client("Chrome", "120.0", "macOS", Desktop).device("another"),
        home().client("curl", "8.0", "", Bot),
    ] {
        let odds = session.odds(&then(client, "access", 600));
        assert!(odds > log_odds(crate::risk::RED), "{odds}");
    }
}

#[test]
fn a_fingerprint_that_the_application_gives_is_compared() {
    let with = |login: Login, text: &str| {
        let mut login = login;
        login.0.event.fingerprint = Some(text.to_owned());
        login
    };
    let mut session = Session::of(&with(home(), "t13d1516h2_8daaf6152771"), -8.0);
    assert_eq!(session.sees(&then(home(), "access", 30)), [] as [&str; 0], "not given is no change");
    let same = with(then(home(), "access", 60), "t13d1516h2_8daaf6152771");
    assert_eq!(session.sees(&same), [] as [&str; 0]);
    let other = with(then(home(), "access", 90), "t13d201100_2b729b4bf6f3");
    assert_eq!(session.sees(&other).first(), Some(&"session.fingerprint.changed"));
}

#[test]
fn the_other_edition_of_a_site_and_the_users_own_second_client_say_little() {
    let mut session = Session::of(&home().client("Safari", "17.1", "iOS", Tablet), -8.0);
    let desktop = then(home().client("Safari", "17.1", "macOS", Desktop), "access", 60);
    assert!(session.odds(&desktop) < 0.0, "an iPad asks for the desktop's edition");
    assert_eq!(session.sees(&desktop), ["session.fingerprint.changed"]);
    let mut own = Session::at_home();
    own.1 = habits(20, &home());
    own.1.learn(&home().client("Outlook", "16.0", "Windows", Desktop).0, &Default::default());
    assert!(own.odds(&then(home().client("Outlook", "16.0", "Windows", Desktop), "access", 60)) < 0.0);
}

#[test]
fn a_network_that_is_new_for_the_user_says_more_of_one_who_stays_at_home() {
    let carrier = then(home().ip("192.0.2.7").network(9790, "2degrees"), "access", 600);
    let abroad = then(
        home().ip("198.51.100.9").network(4134, "China Telecom").place("CN", "China", None, (39.9, 116.4)),
        "access",
        600,
    );
    let mut session = Session::at_home();
    let says = |session: &Session, login: &Login| Term::sum(&session.0.evidence(&login.0, &session.1));
    assert!(says(&session, &carrier) < says(&session, &abroad));
    assert!(session.odds(&carrier) < 0.0, "a telephone leaves the house");
    let settled = says(&session, &carrier);
    for day in 0..20 {
        let network = 9_000 + day as u32;
        session.1.learn(&home().ip(&format!("192.0.{day}.7")).network(network, "x").0, &Default::default());
    }
    assert!(says(&session, &carrier) < settled - 1.0);
    session.1.learn(&home().ip("192.0.2.7").network(9790, "2degrees").0, &Default::default());
    assert_eq!(says(&session, &carrier), 0.0, "and is known there");
    assert_eq!(session.sees(&abroad), ["session.network.changed", "session.travel.impossible"]);
    assert_eq!(session.sees(&abroad.clone().minutes(1)), [] as [&str; 0], "told once");
}

#[test]
fn a_thief_with_the_users_own_provider_is_told_by_the_range() {
    let session = Session::at_home();
    let thief = home().ip("203.0.200.9");
    let told = session.0.evidence(&then(thief.clone(), "access", 60).0, &session.1);
    assert_eq!(told.iter().map(|term| term.code).collect::<Vec<_>>(), ["session.network.changed"]);
    assert!(session.odds(&then(thief.clone(), "access", 60)) < -1.0, "a line may get a new address");
    assert!(session.odds(&then(thief, "email-update", 90)) > log_odds(crate::risk::RED));
    let mut telephone = Session::at_home();
    for day in 0..40 {
        telephone.1.learn(&home().ip(&format!("203.0.{}.9", 114 + day)).day(day - 50).0, &Default::default());
    }
    for step in 0..40 {
        telephone.sees(&then(home().ip(&format!("203.0.{}.9", 160 + step)), "access", 60 * step));
        assert!(telephone.odds(&then(home(), "access", 60 * step)) < -2.0, "a carrier's addresses change");
    }
}

#[test]
fn two_who_take_turns_within_a_minute_are_told() {
    let other = |seconds| then(thief(), "access", seconds);
    let mut session = Session::at_home();
    session.sees(&then(home(), "access", 100));
    assert!(session.sees(&other(120)).contains(&"session.fingerprint.changed"));
    assert_eq!(session.sees(&then(home(), "access", 140)), ["session.interleaved"]);
    let mut slow = Session::at_home();
    slow.sees(&then(home(), "access", 100));
    slow.sees(&then(home().client("Firefox", "121.0", "Linux", Desktop), "access", 120));
    assert_eq!(slow.sees(&then(home(), "access", 400)), [] as [&str; 0]);
}

#[test]
fn one_line_with_ipv4_and_ipv6_does_not_take_turns_with_itself() {
    let mut session = Session::at_home();
    for second in 1..60 {
        let ip = if second % 2 == 0 { "203.0.113.7" } else { "2001:db8::7" };
        assert_eq!(session.sees(&then(home().ip(ip), "access", second)), [] as [&str; 0]);
        assert_eq!(session.sees(&then(home().ip(ip).nowhere(), "access", second)), [] as [&str; 0]);
    }
}

#[test]
fn a_passed_challenge_ends_the_suspicion_and_time_lets_it_fade() {
    let mut session = Session::at_home();
    session.sees(&then(thief(), "access", 600));
    let suspect = session.odds(&then(home(), "access", 700));
    assert!(suspect > 0.0, "{suspect}: whoever acts, the session is not safe any more");
    let next_day = session.odds(&then(home(), "access", 700 + 86_400));
    assert!(next_day < suspect - 3.0, "{next_day}");
    session.sees(&then(thief(), verb::CHALLENGE_PASS, 800));
    assert!(session.odds(&then(thief(), "access", 900)) < -5.0);
}

#[test]
fn missing_data_are_no_change() {
    let mut session = Session::at_home();
    let blank = home().nowhere().client("", "", "", Default::default()).ip("");
    assert_eq!(session.sees(&then(blank.clone(), "access", 60)), [] as [&str; 0]);
    let mut unknown = Session::of(&blank, -8.0);
    assert_eq!(unknown.sees(&then(home(), "access", 60)), [] as [&str; 0]);
}

#[test]
fn whatever_comes_the_memory_stays_small_and_the_odds_are_numbers() {
    let mut session = Session::of(&home(), f64::NAN);
    let mut largest = 0;
    for step in 0..5_000_u64 {
        let random = mix(step);
        let mut login = match random % 7 {
            0 => thief(),
            1 => thief().tor(),
            2 => home().client(&format!("B{}", random % 90), "1", &format!("O{}", random % 91), Mobile),
            3 => home().ip(&format!("2{:03x}::1", random % 4_096)).network((random >> 8) as u32, "x"),
            4 => home().nowhere(),
            5 => home().place("ZZ", "", None, (f64::NAN, 1e9)),
            _ => home(),
        };
        let verbs = ["access", "email-update", "password-update", "two-factor-disable", verb::CHALLENGE_PASS];
        login = login.verb(verbs[(random >> 20) as usize % 5]);
        let odd = [i64::MAX, i64::MIN, 0, home().0.at.0 - 730 * crate::time::DAY];
        let at = if random.is_multiple_of(11) {
            odd[(random >> 30) as usize % 4]
        } else {
            home().0.at.0 + step as i64
        };
        let login = login.at(Timestamp(at));
        let odds = session.odds(&login);
        assert!(odds.is_finite(), "{login:?}");
        session.sees(&login);
        let stored = session.0.encode();
        assert_eq!(SessionMemory::decode(&stored).as_ref(), Some(&session.0));
        let mut garbage = stored.clone();
        garbage[(random >> 40) as usize % stored.len()] ^= (random >> 50) as u8;
        if let Some(read) = SessionMemory::decode(&garbage) {
            assert!(read.log_odds(login.0.at, &[], &[]).is_finite());
        }
        largest = largest.max(stored.len());
    }
    assert!((60..=190).contains(&largest), "{largest}");
}
