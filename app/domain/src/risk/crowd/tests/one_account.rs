//! One account that is tried from everywhere: its own affair, and the more of it the more suspicious.

use super::town::{Town, named};
use crate::Timestamp;
use crate::profile::Profile;
use crate::risk::crowd::{Attempt, Scope, Wave, mix};
use crate::risk::memory::{Known, Memory, Setup};
use crate::risk::term::Term;
use crate::risk::tests::story::{Login, START, home, thief};
use crate::risk::{Assessment, Calibration, Level};
use crate::rule::RuleSet;
use crate::time::{DAY, SECOND};

/// A guess at the user's password from the n-th of many places.
fn guess(place: u64, at: Timestamp) -> Login {
    let ip = format!("{}.{}.{}.7", 50 + place % 150, place * 3 % 250, place * 7 % 250);
    thief().ip(&ip).network(9_000 + place as u32 % 90, "Somebody").device("").failed().at(at)
}

/// A project in which the user at home is known, and nobody else.
pub(super) struct Fresh {
    pub(super) memory: Memory,
    profile: Profile,
    pub(super) opened: Vec<(Wave, Scope, String)>,
}

impl Fresh {
    pub(super) fn new() -> Self {
        Self::of(&home())
    }

    /// The same, of a user who logs in like this.
    pub(super) fn of(like: &Login) -> Self {
        let mut fresh = Self { memory: Memory::default(), profile: Profile::default(), opened: Vec::new() };
        for day in 1..=20 {
            fresh.sees(&like.clone().at(START.plus((day - 30) * DAY)));
        }
        fresh
    }

    pub(super) fn judge(&self, login: &Login) -> Assessment {
        let rules = RuleSet::default();
        let (alert_level, calibration) = (Level::Red, Calibration::SHIPPED);
        let setup = Setup { rules: &rules, alert_level, challenge: None, calibration };
        self.memory.judge(&login.0, &self.profile, Known::default(), &setup)
    }

    pub(super) fn sees(&mut self, login: &Login) {
        let assessment = self.judge(login);
        let found = self.memory.learn(&login.0, &mut self.profile, &assessment);
        if let Some(found) = found.filter(|found| !found.goes_on()) {
            self.opened.push((found.wave(), found.scope, found.label));
        }
    }
}

/// Who copies the user's network and browser, but has not their device.
fn targeted() -> Login {
    home().ip("203.0.113.99").device("zz").at(START.plus(3_600 * SECOND))
}

#[test]
fn the_more_an_account_is_guessed_at_the_more_suspicious_is_the_login_after_it() {
    let mut fresh = Fresh::new();
    let mut last = fresh.judge(&targeted()).probability;
    for failure in 0..60 {
        fresh.sees(&guess(failure, START.plus(failure as i64 * 30 * SECOND)));
        let now = fresh.judge(&targeted());
        assert!(
            now.probability >= last - 1e-6,
            "{failure}: {} after {last}: {:?}",
            now.probability,
            now.reasons
        );
        last = now.probability;
    }
    let last = fresh.judge(&targeted());
    assert_eq!(last.level, Level::Red, "{last:?}");
    assert!(last.reasons.iter().any(|reason| reason.code == "account.bruteforce.distributed"), "{last:?}");
    let brute = (Wave::BruteForce, Scope::Account, "112233".to_owned());
    assert_eq!(fresh.opened, [brute], "one account is no wave over many");
    assert!(fresh.memory.crowd.wave(START.plus(1_800 * SECOND)) < 0.01);
    let own = home().at(START.plus(3_600 * SECOND));
    assert_eq!(fresh.judge(&own).level, Level::Green, "the user at home is not locked out");
}

#[test]
fn five_hundred_failures_on_one_account_over_a_week_are_no_wave_over_many() {
    let mut town = Town::after(7);
    for place in 0..500 {
        town.guess("user 7", place * 251, false);
        if place % 3 == 0 {
            town.hour();
        }
    }
    let told: Vec<_> = town.crowd.incidents().iter().map(|open| (open.wave(), open.label.as_str())).collect();
    assert_eq!(told, [(Wave::BruteForce, "user 7")]);
}

#[test]
fn a_wave_excuses_what_it_leaves_on_each_account_and_no_more() {
    let mut town = Town::after(14);
    for pair in 0..600 {
        let proxy = town.below(500);
        town.guess(&format!("user {}", pair % 300), proxy, false);
        town.seconds(2);
    }
    assert!(town.crowd.wave(town.now) > 0.7);
    assert!(town.crowd.excuses("user 7", town.now) > 0.7, "twice, as everybody");
    let told = town.opened.len();
    for place in 0..60 {
        town.guess("user 7", 20_000 + place, false);
        town.seconds(5);
    }
    assert!(town.crowd.excuses("user 7", town.now) < 0.4, "{}", town.crowd.excuses("user 7", town.now));
    assert!(town.crowd.excuses("user 8", town.now) > 0.7);
    let named: Vec<_> = town.crowd.incidents().iter().map(|open| open.label.as_str()).collect();
    assert_eq!((town.opened.len(), named.last()), (told + 1, Some(&"user 7")), "{named:?}");
    let terms = town.guess("user 7", 30_001, true);
    assert!(terms.iter().any(|term| term.code == "account.bruteforce.distributed"), "{terms:?}");
    let other = town.guess("user 8", 30_003, true);
    assert!(!other.iter().any(|term| term.code == "account.bruteforce.distributed"), "{other:?}");
}

/// What the login after so many failures, and what the crowd says of it, come to.
fn lived(failures: u64, each: i64, others: u64, login: Login) -> (f64, f64) {
    let mut fresh = Fresh::new();
    for other in 0..others {
        let login = named(guess(other * 5, START.plus(-3_000 * SECOND)), &format!("o{other}"));
        fresh.memory.crowd.saw(&Attempt::of(&login.0, &Profile::default()).expect("an attempt"));
    }
    for failure in 0..failures {
        fresh.sees(&guess(1_000 + failure, START.plus(failure as i64 * each * SECOND)));
    }
    let login = login.at(START.plus(50 * 400 * SECOND));
    let attempt = Attempt::of(&login.0, &fresh.profile).expect("an attempt");
    (fresh.judge(&login).probability, Term::sum(&fresh.memory.crowd.evidence(&attempt)))
}

#[test]
fn whatever_else_goes_on_one_more_failure_from_a_new_place_never_speaks_for_the_login() {
    for case in 0..60 {
        let random = |salt: u64, bound: u64| mix(case * 7 + salt) % bound;
        let (failures, each, others) = (random(1, 45), 1 + random(2, 400) as i64, random(3, 40));
        let login = if random(4, 2) == 0 { targeted() } else { thief() };
        let fewer = lived(failures, each, others, login.clone());
        let more = lived(failures + 1, each, others, login);
        let less = more.0 < fewer.0 - 1e-6 || more.1 < fewer.1 - 1e-6;
        assert!(!less, "{failures} each {each} s, {others} others: {fewer:?}, then {more:?}");
    }
}
