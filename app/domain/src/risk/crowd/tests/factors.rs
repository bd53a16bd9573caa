//! Guessing at a second factor.

use crate::Timestamp;
use crate::event::verb::{CHALLENGE_FAIL, CHALLENGE_PASS, EMAIL_UPDATE};
use crate::profile::Profile;
use crate::risk::crowd::{FAILURES, Incident, Wave};
use crate::risk::memory::{Known, Memory, Setup, remember};
use crate::risk::session::SessionMemory;
use crate::risk::tests::story::{Login, START, home, thief};
use crate::risk::{Assessment, Calibration, Level};
use crate::rule::RuleSet;
use crate::time::{DAY, MINUTE};

/// A user at home, and whatever goes on in one session beside theirs.
struct Account {
    memory: Memory,
    profile: Profile,
    session: Option<SessionMemory>,
    opened: Vec<Incident>,
    now: Timestamp,
}

impl Account {
    fn new() -> Self {
        Self::of(&home())
    }

    /// The same, of a user who logs in like this.
    fn of(like: &Login) -> Self {
        let (memory, profile) = (Memory::default(), Profile::default());
        let mut account = Self { memory, profile, session: None, opened: Vec::new(), now: START };
        for day in 1..=20 {
            account.now = START.plus((day - 30) * DAY);
            account.session = None;
            account.sees(like.clone(), "log-in");
        }
        (account.now, account.session) = (START, None);
        account
    }

    /// A minute later; a failure proves nobody.
    fn sees(&mut self, login: Login, verb: &str) -> Assessment {
        self.now = self.now.plus(MINUTE);
        let mut login = login.verb(verb).at(self.now);
        login.0.event.session_id.get_or_insert_with(|| "s".into());
        login.0.event.user.iter_mut().for_each(|user| user.authenticated = verb != CHALLENGE_FAIL);
        let rules = RuleSet::default();
        let (alert_level, calibration) = (Level::Red, Calibration::SHIPPED);
        let setup = Setup { rules: &rules, alert_level, challenge: None, calibration };
        let known = Known { session: self.session.as_ref(), ..Known::default() };
        let judged = self.memory.judge(&login.0, &self.profile, known, &setup);
        let rates = &self.memory.learned.rates;
        self.session = remember(self.session.take(), &login.0, &self.profile, rates, &judged);
        self.opened.extend(self.memory.learn(&login.0, &mut self.profile, &judged));
        judged
    }
}

fn says(judged: &Assessment, code: &str) -> bool {
    judged.reasons.iter().any(|reason| reason.code == code)
}

#[test]
fn thirty_wrong_second_factors_are_told_from_the_fifth_on_and_one_alert_tells_of_them() {
    let mut account = Account::new();
    assert_eq!(account.sees(thief(), "log-in").level, Level::Red);
    for failure in 1..=30 {
        let judged = account.sees(thief(), CHALLENGE_FAIL);
        assert_eq!(says(&judged, FAILURES), failure >= 5, "{failure}: {judged:?}");
        assert_eq!(judged.is_awaited(), failure < 5, "the red login awaits a word: {failure}");
        assert_eq!((judged.level, judged.alarms(Level::Orange)), (Level::Orange, false), "{failure}");
        assert_eq!(account.opened.len(), usize::from(failure >= 10), "{failure}");
    }
    let told = &account.opened[0];
    assert_eq!((told.wave(), told.label.as_str()), (Wave::SecondFactor, "112233"));
}

#[test]
fn a_right_second_factor_after_many_wrong_ones_vouches_for_nothing() {
    let mut account = Account::new();
    account.sees(thief(), "log-in");
    for _ in 0..30 {
        account.sees(thief(), CHALLENGE_FAIL);
    }
    let passed = account.sees(thief(), CHALLENGE_PASS);
    assert!(passed.level == Level::Red && passed.is_guessed() && passed.alarms(Level::Red), "{passed:?}");
    let gives_away = account.sees(thief(), EMAIL_UPDATE);
    assert_eq!(gives_away.level, Level::Red, "{gives_away:?}");
    account.session = None;
    assert_eq!(account.sees(thief(), "log-in").level, Level::Red, "its device was not learned");
}

#[test]
fn a_green_login_is_suspicious_once_its_second_factor_was_guessed() {
    let mut account = Account::new();
    account.sees(home(), "log-in");
    for _ in 0..30 {
        account.sees(home(), CHALLENGE_FAIL);
    }
    let passed = account.sees(home(), CHALLENGE_PASS);
    assert!(passed.is_guessed() && passed.level == Level::Orange, "{passed:?}");
    account.now = account.now.plus(61 * MINUTE);
    assert!(!account.sees(home(), CHALLENGE_PASS).is_guessed(), "an hour without a wrong one ends the row");
}

#[test]
fn who_mistypes_a_code_four_times_is_believed() {
    let mut account = Account::new();
    account.sees(thief(), "log-in");
    for round in 0..3 {
        for _ in 0..4 {
            let judged = account.sees(thief(), CHALLENGE_FAIL);
            assert!(!says(&judged, FAILURES), "{round}: {judged:?}");
        }
        assert!(!account.sees(thief(), CHALLENGE_PASS).is_guessed());
    }
    account.session = None;
    assert_eq!(account.sees(thief(), "log-in").level, Level::Green, "the new device is known");
    assert!(account.opened.is_empty());
}

#[test]
fn a_new_session_for_every_few_guesses_hides_nothing_and_the_users_own_device_is_believed() {
    let mut account = Account::new();
    for round in 0..4 {
        account.session = None;
        account.sees(thief(), "log-in");
        for _ in 0..4 {
            let mut guess = thief().verb(CHALLENGE_FAIL);
            guess.0.event.session_id = Some(format!("s{round}"));
            account.sees(guess, CHALLENGE_FAIL);
        }
    }
    assert_eq!(account.opened.len(), 1, "sixteen on the account");
    account.session = None;
    account.sees(home(), "log-in");
    let mut own = home();
    own.0.event.session_id = Some("own".into());
    let own = account.sees(own, CHALLENGE_PASS);
    assert!(!own.is_guessed() && own.level == Level::Green, "{own:?}");
    account.session = None;
    assert!(account.sees(thief(), "log-in").is_guessed());
}

#[test]
fn who_copies_network_and_browser_and_begins_a_session_for_every_four_guesses_is_told_as_well() {
    let mut account = Account::of(&home().device(""));
    for round in 0..15 {
        account.session = None;
        for guess in 0..4 {
            let mut login = home().device("");
            login.0.event.session_id = Some(format!("s{round}"));
            let judged = account.sees(login, CHALLENGE_FAIL);
            assert_eq!(says(&judged, FAILURES), round * 4 + guess >= 4, "{round} {guess}: {judged:?}");
        }
    }
    assert_eq!(account.opened.iter().filter(|wave| !wave.goes_on()).count(), 1);
    let mut login = home().device("");
    login.0.event.session_id = Some("s15".into());
    assert!(account.sees(login, CHALLENGE_PASS).is_guessed());
}

#[test]
fn a_user_who_gives_up_twice_and_then_passes_is_believed() {
    let mut account = Account::new();
    for round in 0..3 {
        for session in ["a", "b"] {
            for failure in 0..2 {
                let mut login = home();
                login.0.event.session_id = Some(format!("{session}{round}"));
                assert!(!says(&account.sees(login, CHALLENGE_FAIL), FAILURES), "{round} {session} {failure}");
            }
        }
        let mut login = home();
        login.0.event.session_id = Some(format!("b{round}"));
        assert!(!account.sees(login, CHALLENGE_PASS).is_guessed(), "{round}");
        account.now = account.now.plus(61 * MINUTE);
    }
}
