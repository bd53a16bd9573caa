//! What fires, how soon, and what does not.

use super::town::{Town, USERS, named};
use crate::risk::crowd::{Crowd, Scope, Wave};
use crate::risk::term::Term;

fn of(terms: &[Term], code: &str) -> f64 {
    terms.iter().filter(|term| term.code == code).map(|term| term.evidence).sum()
}

#[test]
fn stuffing_over_five_hundred_proxies_is_found_within_sixty_attempts_and_its_hits_are_told() {
    let mut town = Town::after(14);
    let (mut hits, mut told, mut found) = (0, 0, None);
    for pair in 0..10_000_u64 {
        let (proxy, hit) = (town.below(500), town.below(200) == 0);
        let known = hit || town.below(5) == 0;
        let user = if known { format!("user {}", town.below(USERS)) } else { format!("leaked {pair}") };
        let terms = town.guess(&user, proxy, hit);
        (hits, told) =
            (hits + u64::from(hit), told + u64::from(hit && of(&terms, "global.stuffing.hit") > 2.0));
        if found.is_none() && !town.opened.is_empty() {
            found = Some(pair + 1);
        }
        town.seconds(1);
        if pair % 100 == 0 {
            let honest = town.below(USERS);
            let login = town.user(honest);
            assert_eq!(town.sees(&login), [], "who is at home is no part of it");
        }
    }
    assert!(found.is_some_and(|attempts| attempts <= 60), "{found:?}");
    assert!(hits > 30 && told * 100 >= hits * 90, "{told} of {hits}");
    assert_eq!(town.opened, [1], "one wave, one alert");
    let incident = &town.crowd.incidents()[0];
    assert_eq!((incident.wave(), incident.scope), (Wave::Stuffing, Scope::Project));
    assert!(
        incident.started.since(incident.since) <= crate::time::HOUR,
        "it began with the first pairs: {incident:?}"
    );
    assert!(incident.hits * 10 >= hits * 9 && incident.entered.len() == 16, "{incident:?}");
    assert!((6_000.0..12_000.0).contains(&incident.users()), "{}", incident.users());
}

#[test]
fn a_wave_is_found_as_soon_when_the_process_is_restarted_on_the_way() {
    let mut found = [None, None];
    for (index, restarted) in [false, true].into_iter().enumerate() {
        let mut town = Town::after(14);
        for pair in 0..200_u64 {
            if restarted && pair % 10 == 5 {
                let bytes = town.crowd.encode(town.now);
                assert!(bytes.len() < 1_000_000, "{}", bytes.len());
                town.crowd = Crowd::decode(&bytes).expect("a crowd");
            }
            let proxy = town.below(500);
            town.guess(&format!("leaked {pair}"), proxy, false);
            town.seconds(1);
            if found[index].is_none() && !town.opened.is_empty() {
                found[index] = Some(pair);
            }
        }
        assert_eq!(town.opened, [1]);
    }
    assert!(found[0].is_some_and(|at| at > 5) && found[0] == found[1], "{found:?}");
}

#[test]
fn during_stuffing_users_elsewhere_are_hardly_held_up() {
    let mut town = Town::after(14);
    let (mut away, mut held) = (0, 0);
    for pair in 0..10_000_u64 {
        let proxy = town.below(500);
        town.guess(&format!("leaked {pair}"), proxy, false);
        town.seconds(1);
        if pair % 10 == 0 {
            let user = town.below(USERS);
            let login = town.away(user);
            (away, held) = (away + 1, held + u64::from(Term::sum(&town.sees(&login)) > 0.5));
        }
    }
    assert!(held * 100 <= away, "{held} of {away}");
}

#[test]
fn a_wave_over_all_accounts_excuses_the_failures_it_leaves_on_each_for_a_day() {
    let mut town = Town::after(14);
    assert!(town.crowd.wave(town.now) < 0.01);
    for pair in 0..2_000 {
        let proxy = town.below(500);
        town.guess(&format!("leaked {pair}"), proxy, false);
        town.seconds(1);
    }
    let part = town.crowd.wave(town.now);
    assert!(part > 0.8, "{part}");
    (0..12).for_each(|_| town.hour());
    assert!(town.crowd.wave(town.now) > 0.7, "what it left counts for a day");
    (0..72).for_each(|_| town.hour());
    assert!(town.crowd.wave(town.now) < 0.01);
    assert_eq!(town.opened, [1], "what is left of a wave opens no other incident");
}

#[test]
fn stuffing_from_one_address_is_an_incident_of_that_address() {
    let mut town = Town::after(14);
    for pair in 0..60 {
        town.guess(&format!("leaked {pair}"), 8, false);
        town.seconds(2);
    }
    assert_eq!(town.opened.len(), 1, "{:?}", town.crowd.incidents());
    let incident = &town.crowd.incidents()[0];
    assert_eq!((incident.scope, incident.label.as_str()), (Scope::Address, "45.0.8.3"));
    let terms = town.guess("user 5", 8, true);
    assert!(of(&terms, "global.stuffing.hit") > 2.5, "{terms:?}");
    assert!(terms[0].text.starts_with("Comes from where a wave of stolen passwords comes from"), "{terms:?}");
}

#[test]
fn spraying_once_an_hour_over_two_hundred_addresses_is_found() {
    let mut town = Town::after(30);
    let (mut hits, mut told, mut found) = (0, 0, None);
    let began = town.now;
    for hour in 0..24 * 30_u64 {
        town.hour();
        let (user, proxy, hit) = (town.below(USERS), town.below(200), hour > 100 && town.below(20) == 0);
        let terms = town.guess(&format!("user {user}"), proxy, hit);
        (hits, told) = (hits + u64::from(hit), told + u64::from(hit && of(&terms, "global.spray.hit") > 1.0));
        if found.is_none() && !town.opened.is_empty() {
            found = Some(hour + 1);
        }
    }
    assert!(found.is_some_and(|hours| hours <= 120), "{found:?}");
    let since = town.crowd.incidents()[0].since.since(began);
    assert!(since.abs() <= 24 * crate::time::HOUR, "{} hours after it began", since / crate::time::HOUR);
    assert!(hits > 20 && told * 100 >= hits * 80, "{told} of {hits}");
    let waves: Vec<_> = town.crowd.incidents().iter().map(|incident| incident.wave()).collect();
    assert!(waves.len() <= 3 && waves[0] == Wave::Spray, "{:?}", town.crowd.incidents());
}

#[test]
fn many_places_on_one_account_are_brute_force_and_told_once() {
    let mut town = Town::after(7);
    for place in 0..40 {
        town.guess("user 7", place * 251, false);
        town.seconds(60);
    }
    let terms = town.guess("user 7", 251 * 41, true);
    assert!(of(&terms, "account.bruteforce.distributed") > 1.5, "{terms:?}");
    let brute: Vec<_> =
        town.crowd.incidents().iter().filter(|incident| incident.wave() == Wave::BruteForce).collect();
    assert_eq!(brute.len(), 1, "{:?}", town.crowd.incidents());
    assert_eq!((brute[0].label.as_str(), brute[0].users()), ("user 7", 1.0));
    let own = town.user(7);
    assert_eq!(town.sees(&own), [], "the user at home is not locked out");
}

#[test]
fn an_office_of_known_devices_outweighs_its_typing() {
    let mut town = Town::after(7);
    for round in 0..400 {
        let user = town.below(120);
        let login = town.user(user).ip("198.51.100.1").network(7_000, "Office");
        if round % 4 == 0 {
            town.sees(&login.clone().failed());
        }
        assert_eq!(town.sees(&login), []);
        town.seconds(20);
    }
    let visitor = named(town.away(300).ip("198.51.100.1").network(7_000, "Office"), "user 300");
    assert!(Term::sum(&town.sees(&visitor)) < 0.3);
    assert!(town.opened.is_empty());
}

#[test]
fn an_office_without_tokens_that_moves_to_another_network_is_no_wave() {
    let mut town = Town::after(7);
    for round in 0..300 {
        let user = town.below(120);
        let login = town.user(user).device("").ip("198.51.100.1").network(7_000, "Office");
        if round % 12 == 0 {
            town.sees(&login.clone().failed());
        }
        assert!(Term::sum(&town.sees(&login)) < 0.5);
        town.seconds(20);
    }
    assert!(town.opened.is_empty());
}

#[test]
fn a_mass_password_reset_is_no_wave() {
    let mut town = Town::after(14);
    for user in 0..USERS {
        let login = if town.below(12) == 0 { town.away(user) } else { town.user(user) };
        for _ in 0..town.below(4) {
            town.sees(&login.clone().failed());
        }
        assert!(Term::sum(&town.sees(&login)) < 0.5);
        town.seconds(30);
    }
    assert!(town.opened.is_empty());
}

#[test]
fn a_network_that_always_fails_a_lot_is_measured_by_itself() {
    let mut town = Town::after(3);
    let mut opened = 0;
    for day in 0..60_u64 {
        for attempt in 0..40 {
            // A reseller's gateway: one in five of its users mistypes on a device that nobody knows.
            let user = format!("shop {}", town.below(5_000));
            let login = named(town.user(1), &user).ip("198.51.100.1").network(7_000, "Gateway").device("");
            town.sees(&if attempt % 5 == 0 { login.failed() } else { login });
            town.seconds(1_800);
        }
        if day == 30 {
            opened = town.opened.len();
        }
    }
    assert_eq!(town.opened.len(), opened, "after a month it is as usual");
}
