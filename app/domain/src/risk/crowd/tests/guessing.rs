//! One account, one place, many tries.

use super::town::{Town, named};
use crate::risk::crowd::{ATTEMPT, Scope, Wave};
use crate::risk::term::Term;
use crate::time::SECOND;

const THIEF: u64 = 251;

fn told<'a>(terms: &'a [Term], code: &str) -> Option<&'a Term> {
    terms.iter().find(|term| term.code == code)
}

#[test]
fn three_hundred_failures_from_one_address_are_one_alert_and_the_login_after_them_says_so() {
    let mut town = Town::after(7);
    for failure in 1..=300 {
        let terms = town.guess("user 7", THIEF, false);
        assert_eq!(told(&terms, ATTEMPT).is_some(), failure > 20, "{failure}: {terms:?}");
        town.seconds(4);
    }
    assert_eq!(town.opened, [1]);
    let incident = &town.crowd.incidents()[0];
    assert_eq!((incident.wave(), incident.scope, incident.attempts), (Wave::BruteForce, Scope::Account, 300));
    assert_eq!((incident.label.as_str(), incident.place.as_deref()), ("user 7", Some("45.1.1.3")));
    let terms = town.guess("user 7", THIEF, true);
    let guessed = told(&terms, "account.bruteforce").expect("told");
    assert_eq!(
        (guessed.evidence, guessed.text.as_str()),
        (8.0, "After 300 failed attempts from this address in 20 minutes")
    );
    let own = town.user(7);
    assert_eq!(town.sees(&own), [], "the user at home is not locked out");
    let elsewhere = town.guess("user 8", THIEF, true);
    assert_eq!(told(&elsewhere, "account.bruteforce"), None, "that was another account");
}

#[test]
fn who_mistypes_five_times_is_nobodys_attacker() {
    let mut town = Town::after(7);
    for place in 0..2 {
        let login = if place == 0 { town.user(5) } else { town.away(5) };
        for _ in 0..5 {
            assert_eq!(town.sees(&login.clone().failed()), []);
            town.seconds(10);
        }
        assert_eq!(told(&town.sees(&login), "account.bruteforce"), None);
    }
    assert!(town.opened.is_empty());
}

#[test]
fn an_office_in_which_everybody_mistypes_is_not_added_up() {
    let mut town = Town::after(7);
    for user in 0..80 {
        let login = town.user(user).ip("198.51.100.1").network(7_000, "Office");
        for _ in 0..4 {
            town.sees(&login.clone().failed());
        }
        assert_eq!(told(&town.sees(&login), "account.bruteforce"), None);
        town.seconds(30);
    }
    assert!(town.opened.is_empty(), "{:?}", town.crowd.incidents());
}

#[test]
fn the_users_own_mail_program_with_an_old_password_is_told_after_a_hundred_tries() {
    let mut town = Town::after(7);
    for failure in 1..=101 {
        let failed = town.user(9).at(town.now).failed();
        let terms = town.sees(&failed);
        assert_eq!(told(&terms, ATTEMPT).is_some(), failure > 100, "{failure}");
        town.seconds(600);
    }
    assert_eq!(town.opened, [1]);
    let login = town.user(9);
    assert!(
        told(&town.sees(&login), "account.bruteforce").is_some(),
        "whoever is there failed a hundred times"
    );
    town.seconds(60);
    let again = town.user(9);
    assert_eq!(town.sees(&again), [], "the user was there, and it begins anew");
}

#[test]
fn a_colleague_who_guesses_from_the_office_is_a_stranger_and_told_after_twenty() {
    let mut town = Town::after(7);
    let office = |town: &Town| town.user(9).ip("198.51.100.1").network(7_000, "Office");
    for _ in 0..10 {
        let own = office(&town);
        town.sees(&own);
        town.seconds(3_600);
    }
    for failure in 1..=40 {
        let insider = office(&town).device("insider").failed();
        let terms = town.sees(&insider);
        assert_eq!(told(&terms, ATTEMPT).is_some(), failure > 20, "{failure}");
        town.seconds(60);
    }
    assert_eq!(town.opened, [1]);
    let entered = office(&town).device("insider");
    assert!(told(&town.sees(&entered), "account.bruteforce").is_some_and(|term| term.evidence > 4.0));
}

#[test]
fn several_addresses_of_one_range_are_one_place_and_a_day_without_a_try_ends_the_count() {
    let mut town = Town::after(7);
    let from = |town: &Town, host: u64| {
        let login =
            named(town.user(1), "user 3").device("").ip(&format!("45.9.9.{host}")).network(6_001, "Proxy");
        login.at(town.now)
    };
    for host in 0..30 {
        let failed = from(&town, host).failed();
        town.sees(&failed);
        town.seconds(60);
    }
    let login = from(&town, 200);
    let terms = town.sees(&login);
    assert_eq!(
        told(&terms, "account.bruteforce").map(|term| term.text.as_str()),
        Some("After 30 failed attempts from this address range in 29 minutes")
    );
    town.seconds(2 * 86_400);
    let later = from(&town, 200);
    assert_eq!(told(&town.sees(&later), "account.bruteforce"), None);
}

#[test]
fn while_it_goes_on_it_is_told_again_by_the_hour() {
    let mut town = Town::after(7);
    for _ in 0..140 {
        town.guess("user 7", THIEF, false);
        town.seconds(120);
    }
    assert_eq!((town.opened.as_slice(), town.told.as_slice()), ([1].as_slice(), [1, 1, 1, 1].as_slice()));
    let incident = &town.crowd.incidents()[0];
    assert!(
        incident.goes_on() && incident.started.since(incident.since) == 19 * 120 * SECOND,
        "{incident:?}"
    );
    for _ in 0..8 {
        town.seconds(4 * 3_600);
        town.guess("user 7", THIEF, false);
    }
    assert_eq!(town.told.len(), 6, "slowly: after three of these");
}
