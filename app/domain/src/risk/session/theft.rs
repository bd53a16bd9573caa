//! What a stolen session is judged as after it was told, and how its journey is told.

use super::*;
use crate::risk::memory::{Known, Memory, Setup, remember};
use crate::risk::tests::story::{Login, habits, home, thief};
use crate::risk::{Assessment, Calibration, Decision, Level};
use crate::rule::RuleSet;

/// An event of the session, so many seconds after the login.
fn then(login: Login, verb: &str, seconds: i64) -> Login {
    let at = home().0.at.plus(seconds * crate::time::SECOND);
    login.verb(verb).at(at)
}

/// A user with twenty logins from home, and a session as the live log keeps it.
struct Live(Memory, Profile, Option<SessionMemory>);

impl Live {
    fn of(login: &Login) -> (Self, Assessment) {
        let mut live = Self(Memory::default(), habits(20, &home()), None);
        let judged = live.sees(login);
        (live, judged)
    }

    fn judge(&self, login: &Login) -> Assessment {
        let (rules, calibration) = (RuleSet::default(), Calibration::SHIPPED);
        let setup = Setup { rules: &rules, alert_level: Level::Red, challenge: None, calibration };
        let known = Known { session: self.2.as_ref(), ..Known::default() };
        self.0.judge(&login.0, &self.1, known, &setup)
    }

    fn sees(&mut self, login: &Login) -> Assessment {
        let judged = self.judge(login);
        self.2 = remember(self.2.take(), &login.0, &self.1, &Rates::default(), &judged);
        self.0.learn(&login.0, &mut self.1, &judged);
        judged
    }
}

#[test]
fn a_stolen_session_stays_red_for_the_thief_and_as_it_was_for_its_owner_until_somebody_vouches() {
    let (mut live, login) = Live::of(&home());
    assert_eq!(login.level, Level::Green);
    let first = live.sees(&then(thief(), "access", 60));
    assert!(first.alarms(Level::Red) && !first.is_awaited(), "{first:?}");
    let mut anew = Vec::new();
    for (second, verb) in [(70, "access"), (80, "transfer-money"), (90_000, "access"), (700_000, "access")] {
        let again = live.sees(&then(thief(), verb, second));
        assert_eq!((again.level, again.decision), (Level::Red, Decision::Challenge), "{second}: {again:?}");
        if !again.is_awaited() {
            anew.push(again.reasons.iter().map(|reason| reason.code.clone()).collect::<Vec<_>>());
        }
        let owner = live.sees(&then(home(), "access", second + 5));
        assert_eq!((owner.level, owner.decision), (Level::Green, Decision::Allow), "{second}: {owner:?}");
    }
    let turns = ["session.fingerprint.changed", "session.interleaved"];
    assert_eq!(anew, [turns], "that they take turns is news, once; all else was told");
    let mut trusted = live.1.clone();
    trusted.trust(&then(thief(), "access", 60).traits(), home().0.at.plus(crate::time::DAY));
    let vouched = Live(live.0.clone(), trusted, live.2.clone()).judge(&then(thief(), "access", 700_100));
    assert_eq!(vouched.level, Level::Green, "the user said yes: {vouched:?}");
    assert_eq!(live.sees(&then(thief(), verb::CHALLENGE_PASS, 700_200)).level, Level::Green);
    assert_eq!(live.sees(&then(thief(), "access", 700_300)).level, Level::Green, "they proved it");
}

#[test]
fn however_many_looks_a_thief_takes_on_none_of_them_turns_green() {
    let (mut live, _) = Live::of(&home());
    let look = |n: usize| {
        let systems = ["Linux", "macOS", "Android", "iOS", "ChromeOS", "FreeBSD"];
        thief()
            .client("Firefox", "121.0", systems[n], crate::agent::DeviceClass::Desktop)
            .device(&n.to_string())
    };
    for n in 0..6 {
        live.sees(&then(look(n), "access", 60 + n as i64));
    }
    for n in 0..6 {
        let again = live.sees(&then(look(n), "access", 120 + n as i64));
        assert_eq!(again.level, Level::Red, "{n}: {again:?}");
    }
}

#[test]
fn what_a_red_login_goes_on_to_do_is_red_until_it_is_answered() {
    let (mut live, login) = Live::of(&thief());
    assert_eq!(login.level, Level::Red);
    for (second, verb) in [(1, "access"), (2, "transfer-money"), (90_000, "access")] {
        let next = live.sees(&then(thief(), verb, second));
        assert_eq!((next.level, next.decision), (Level::Red, Decision::Challenge), "{next:?}");
        assert!(next.is_awaited(), "{next:?}");
    }
    live.1.trust(&thief().traits(), home().0.at.plus(crate::time::DAY));
    assert_eq!(live.sees(&then(thief(), "access", 90_010)).level, Level::Green, "the user said yes");
}

#[test]
fn an_action_in_a_session_that_moved_before_says_so() {
    let (mut live, _) = Live::of(&home());
    let away = home().ip("198.51.100.9").network(4134, "China Telecom");
    let first = live.sees(&then(away.clone(), "access", 7_200));
    assert_eq!(first.level, Level::Green, "a network alone is little: {first:?}");
    live.1 = habits(20, &home());
    let export = live.sees(&then(away, "data-export", 10_800));
    let codes: Vec<_> = export.reasons.iter().map(|reason| reason.code.as_str()).collect();
    assert!(
        codes.contains(&"session.network.changed") && codes.contains(&"seq.sensitive.soon"),
        "{export:?}"
    );
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
    let text = &judged.reasons[0].text;
    assert!(text.starts_with("The session moved to Hetzner Online in Germany, a network"), "{text}");
    assert!(text.contains(" km away within 1 minute"), "{text}");
    let near = home().ip("198.51.100.9").network(9009, "M247").place("AU", "Australia", None, (-33.9, 151.2));
    let (live, _) = Live::of(&home());
    assert_eq!(live.judge(&then(near.vpn(), "access", 1)).level, Level::Green, "a tunnel next door");
    let next_day = live.judge(&then(germany(), "access", 86_400));
    assert!(!next_day.reasons[0].text.contains(" km away"), "they may have flown: {next_day:?}");
}

#[test]
fn what_an_older_version_kept_of_a_session_is_still_read() {
    let memory = SessionMemory::begin(&home().nowhere().0, -8.0);
    let now = memory.encode();
    // The last five numbers came with this version: where nothing is known they are eight zero bytes.
    let mut old = now[..now.len() - 8].to_vec();
    old[0] = OLDER;
    assert!(now.ends_with(&UNKNOWN));
    assert_eq!(SessionMemory::decode(&old), Some(memory));
}
