//! What a stolen session is judged as after it was told.

use super::*;
use crate::risk::memory::{Known, Memory, Setup, remember};
use crate::risk::tests::story::{Login, habits, home, thief};
use crate::risk::{Assessment, Calibration, Decision, Level};
use crate::rule::RuleSet;

/// An event of the session, so many seconds after the login.
pub(super) fn then(login: Login, verb: &str, seconds: i64) -> Login {
    let at = home().0.at.plus(seconds * crate::time::SECOND);
    login.verb(verb).at(at)
}

/// A user with twenty logins from home, and a session as the live log keeps it.
pub(super) struct Live(pub(super) Memory, pub(super) Profile, Option<SessionMemory>);

impl Live {
    pub(super) fn of(login: &Login) -> (Self, Assessment) {
        let mut live = Self(Memory::default(), habits(20, &home()), None);
        let judged = live.sees(login);
        (live, judged)
    }

    pub(super) fn judge(&self, login: &Login) -> Assessment {
        let (rules, calibration) = (RuleSet::default(), Calibration::SHIPPED);
        let setup = Setup { rules: &rules, alert_level: Level::Red, challenge: None, calibration };
        let known = Known { session: self.2.as_ref(), ..Known::default() };
        self.0.judge(&login.0, &self.1, known, &setup)
    }

    pub(super) fn sees(&mut self, login: &Login) -> Assessment {
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
        assert!(next.reasons.iter().any(crate::risk::Reason::speaks_against), "it is red for a reason");
    }
    live.1.trust(&thief().traits(), home().0.at.plus(crate::time::DAY));
    assert_eq!(live.sees(&then(thief(), "access", 90_010)).level, Level::Green, "the user said yes");
}

#[test]
fn a_thief_who_drops_the_devices_token_and_shows_another_client_of_the_users_is_not_vouched_for_by_that() {
    let phone = |login: Login| login.client("Safari", "17.1", "iOS", crate::agent::DeviceClass::Mobile);
    for ip in ["203.0.113.7", "203.0.200.9"] {
        let (mut live, _) = Live::of(&home());
        for day in -9..0 {
            live.1.learn(&phone(home()).device("phone").day(day).0, &Assessment::default());
        }
        live.2 = None;
        let red = Assessment { level: Level::Red, probability: 0.99, ..Assessment::default() };
        let login = then(home().device("thief"), "log-in", 10);
        live.2 = remember(None, &login.0, &live.1, &Rates::default(), &red);
        live.1.learn(&login.0, &red);
        let other = |verb, second| then(phone(home()).device("").ip(ip), verb, second);
        for second in [20, 30, 40, 90_000] {
            let next = live.sees(&other("access", second));
            assert_eq!(
                (next.level, next.decision),
                (Level::Red, Decision::Challenge),
                "{ip} {second}: {next:?}"
            );
        }
        assert_eq!(live.sees(&other("email-update", 90_010)).level, Level::Red, "{ip}");
        let own = live.sees(&then(home(), "access", 90_020));
        assert_eq!(own.level, Level::Green, "on the user's own device: {own:?}");
        live.1.trust(&login.traits(), home().0.at.plus(crate::time::DAY));
        live.1.trust(&other("access", 90_025).traits(), home().0.at.plus(crate::time::DAY));
        let said = live.sees(&other("access", 90_400));
        assert_eq!(said.level, Level::Green, "{ip}: the user said yes to both: {said:?}");
    }
}

#[test]
fn a_stolen_fingerprint_stays_told_on_whatever_device_it_goes_on() {
    let with = |login: Login, seconds, text: &str, verb| {
        let mut login = then(login, verb, seconds);
        login.0.event.fingerprint = Some(text.to_owned());
        login
    };
    let (mut live, _) = Live::of(&with(home(), 0, "t13d1516h2_a", "log-in"));
    assert_eq!(live.sees(&with(home(), 60, "t13d1516h2_b", "access")).level, Level::Orange);
    for second in [120, 600] {
        let elsewhere = live.sees(&with(home().device("another"), second, "t13d1516h2_b", "access"));
        assert!(elsewhere.level > Level::Green, "{elsewhere:?}");
    }
    let bytes = live.2.as_ref().expect("a session").encode();
    assert_eq!(SessionMemory::decode(&bytes), live.2, "kept");
}

#[test]
fn what_takes_an_account_over_after_a_passed_challenge_takes_back_what_that_vouched_for() {
    let (mut live, login) = Live::of(&thief());
    assert_eq!(login.level, Level::Red);
    live.sees(&then(thief(), verb::CHALLENGE_PASS, 10));
    let deeds = [(70, "email-update"), (130, "password-update"), (190, "recovery-codes-view")];
    let levels = deeds.map(|(second, verb)| live.sees(&then(thief(), verb, second)).level);
    assert_eq!((levels[0], levels[2]), (Level::Green, Level::Red), "{levels:?}");
    let again = live.judge(&then(thief(), "log-in", 3_600));
    assert_eq!((again.level, again.decision), (Level::Red, Decision::Challenge), "{again:?}");
    live.1.trust(&thief().traits(), home().0.at.plus(crate::time::DAY));
    let vouched = live.judge(&then(thief(), "log-in", 90_000));
    assert_eq!(vouched.level, Level::Green, "it was the user, who says so: {vouched:?}");
}

#[test]
fn soon_after_a_no_a_right_second_factor_vouches_for_no_unusual_login_until_the_user_says_yes() {
    let (mut live, _) = Live::of(&thief());
    live.1.distrust(&thief().traits(), home().0.at.plus(60 * crate::time::SECOND));
    live.2 = None;
    let elsewhere = home().ip("192.0.2.50").network(20_473, "Vultr").device("other").nowhere();
    let other = |verb: &str, second| then(elsewhere.clone(), verb, second);
    let login = live.sees(&other("log-in", 120));
    assert!(login.level > Level::Green, "{login:?}");
    assert!(live.sees(&other(verb::CHALLENGE_PASS, 130)).is_guessed());
    let export = live.sees(&other("data-export", 140));
    assert!(export.level > Level::Green && export.decision == Decision::Challenge, "{export:?}");
    let again = live.judge(&other("log-in", 7_200));
    assert!(again.level > Level::Green, "{again:?}");
    live.1.trust(&other("log-in", 120).traits(), home().0.at.plus(crate::time::DAY));
    live.sees(&other("log-in", 89_000));
    live.1.distrust(&thief().traits(), home().0.at.plus(crate::time::DAY));
    let own = live.judge(&other(verb::CHALLENGE_PASS, 90_000));
    assert!(!own.is_guessed() && own.level == Level::Green, "the user said yes to it: {own:?}");
    live.2 = None;
    live.1.distrust(&thief().traits(), home().0.at.plus(crate::time::DAY));
    live.sees(&then(home(), "log-in", 90_100));
    assert!(!live.judge(&then(home(), verb::CHALLENGE_PASS, 90_110)).is_guessed(), "at home");
}

#[test]
fn on_the_users_own_device_the_same_deeds_cost_their_habits_nothing_that_shows() {
    let (mut live, _) = Live::of(&home());
    let deeds = ["email-update", "password-update", "two-factor-disable", "two-factor-update"];
    let more = ["recovery-codes-view", "api-key-create", "data-export", "payout-update"];
    let all = deeds.into_iter().chain(more);
    let levels: Vec<_> = all.map(|verb| live.sees(&then(home(), verb, 60)).level).collect();
    assert!(levels.contains(&Level::Red), "{levels:?}");
    assert_eq!(live.judge(&then(home(), "log-in", 90_000)).level, Level::Green);
}

#[test]
fn another_client_on_the_users_own_device_and_address_is_unusual_and_elsewhere_it_is_a_theft() {
    let (live, _) = Live::of(&home());
    let firefox = |login: Login| {
        then(login.client("Firefox", "121.0", "Linux", crate::agent::DeviceClass::Desktop), "access", 60)
    };
    assert_eq!(live.judge(&firefox(home())).level, Level::Orange);
    for other in [home().ip("203.0.113.99"), home().device("another")] {
        let judged = live.judge(&firefox(other));
        assert_eq!(judged.level, Level::Red, "{judged:?}");
    }
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
fn another_fingerprint_stays_as_alarming_as_it_was_until_somebody_vouches() {
    let with = |seconds, text: &str, verb| {
        let mut login = then(home(), verb, seconds);
        login.0.event.fingerprint = Some(text.to_owned());
        login
    };
    let (mut live, _) = Live::of(&with(0, "t13d1516h2_a", "log-in"));
    let first = live.sees(&with(60, "t13d1516h2_b", "access"));
    assert!(first.level == Level::Orange && !first.is_awaited(), "{first:?}");
    for minute in 2..6 {
        let again = live.sees(&with(minute * 300, "t13d1516h2_b", "access"));
        assert_eq!((again.level, again.is_awaited()), (Level::Orange, true), "{again:?}");
        let owner = live.sees(&with(minute * 300 + 150, "t13d1516h2_a", "access"));
        assert_eq!(owner.level, Level::Green, "as it began: {owner:?}");
    }
    let export = live.judge(&with(1_700, "t13d1516h2_b", "data-export"));
    assert!(export.level == Level::Red && !export.is_awaited(), "{export:?}");
    live.1.trust(&with(60, "t13d1516h2_b", "access").traits(), home().0.at.plus(crate::time::HOUR));
    assert_eq!(live.sees(&with(4_000, "t13d1516h2_b", "access")).level, Level::Green, "the user said yes");
}

#[test]
fn what_an_older_version_kept_of_a_session_is_still_read() {
    let memory = SessionMemory::begin(&home().nowhere().0, -8.0);
    let now = memory.encode();
    // What came with a version stands last: where nothing is known it is so many zeroes.
    for (version, lacks) in OLDER {
        let mut old = now[..now.len() - lacks].to_vec();
        old[0] = version;
        assert!(now.ends_with(&UNKNOWN[..lacks]));
        assert_eq!(SessionMemory::decode(&old).as_ref(), Some(&memory));
    }
}
