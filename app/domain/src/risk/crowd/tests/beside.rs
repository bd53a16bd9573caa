//! One wave hides no other attack, and none of them is a storm of alerts.

use super::town::{Town, named};
use crate::agent::DeviceClass::Desktop;
use crate::risk::crowd::{Scope, Wave};
use crate::risk::tests::story::{Login, home};

/// A guess from this address, which is a data centre's.
fn from(town: &Town, user: &str, ip: &str) -> Login {
    let login = home().ip(ip).network(12_876, "Online").client("Chrome", "154.0", "Windows", Desktop);
    named(login.device("").hosting().at(town.now).failed(), user)
}

/// A slow wave that comes from everywhere, and goes on.
fn spray(town: &mut Town, guesses: u64) {
    for guess in 0..guesses {
        let (user, proxy) = (town.below(400), town.below(4_000));
        town.guess(&format!("user {user}"), proxy, false);
        town.seconds(60);
        if guess % 4 == 0 {
            let user = town.below(400);
            let own = town.user(user);
            town.sees(&own);
        }
    }
}

fn labels(town: &Town) -> Vec<(Scope, &str)> {
    town.crowd.incidents().iter().map(|open| (open.scope, open.label.as_str())).collect()
}

#[test]
fn stuffing_from_one_range_is_told_while_a_wider_wave_goes_on() {
    let mut town = Town::after(14);
    spray(&mut town, 400);
    assert_eq!(labels(&town), [(Scope::Project, "many networks")]);
    for pair in 0..200 {
        let guess = from(&town, &format!("st{pair}"), &format!("51.15.9.{}", pair % 20 + 1));
        town.sees(&guess);
        town.seconds(1);
    }
    assert_eq!(labels(&town), [(Scope::Project, "many networks"), (Scope::Prefix, "51.15.9.0/24")]);
    let own = &town.crowd.incidents()[1];
    assert!(own.attempts > 150 && own.wave() == Wave::Stuffing, "{own:?}");
    spray(&mut town, 100);
    assert_eq!(town.opened.len(), 2, "and the wider one goes on as before");
}

#[test]
fn one_range_after_another_are_an_incident_each() {
    let mut town = Town::after(14);
    for range in ["51.15.9", "62.210.4"] {
        for pair in 0..100 {
            let guess = from(&town, &format!("{range} {pair}"), &format!("{range}.{}", pair % 20 + 1));
            town.sees(&guess);
            town.seconds(1);
        }
        town.seconds(600);
    }
    assert_eq!(labels(&town), [(Scope::Prefix, "51.15.9.0/24"), (Scope::Prefix, "62.210.4.0/24")]);
}

#[test]
fn brute_force_of_one_account_is_told_while_a_wave_goes_on() {
    let mut town = Town::after(14);
    spray(&mut town, 400);
    for (user, ip) in [("user 14", "45.77.10"), ("user 15", "46.77.10")] {
        for failure in 0..60 {
            let guess = from(&town, user, &format!("{ip}.{}", failure % 4));
            town.sees(&guess);
            town.seconds(60);
        }
    }
    let told = labels(&town);
    let expected =
        [(Scope::Project, "many networks"), (Scope::Account, "user 14"), (Scope::Account, "user 15")];
    assert_eq!(told, expected);
}

#[test]
fn a_thousand_addresses_one_after_the_other_are_a_handful_of_incidents() {
    let mut town = Town::after(14);
    for address in 0..1_000_u64 {
        for pair in 0..20 {
            let ip = format!("{}.{}.{}.9", 60 + address % 50, address / 50, address % 250);
            let guess = from(&town, &format!("leaked {address} {pair}"), &ip);
            town.sees(&guess.network(20_000 + address as u32, "Proxy"));
            town.seconds(1);
        }
    }
    assert!(town.opened.len() <= 8, "{:?}", labels(&town));
    assert!(labels(&town).contains(&(Scope::Project, "many networks")), "{:?}", labels(&town));
}

#[test]
fn a_thousand_accounts_each_over_and_over_are_not_a_thousand_incidents() {
    let mut town = Town::after(14);
    for account in 0..1_000 {
        for failure in 0..25 {
            let ip = format!("{}.{}.7.{}", 60 + account % 100, account / 100, failure % 3);
            let guess = from(&town, &format!("target {account}"), &ip);
            town.sees(&guess.network(20_000 + (account % 300) as u32, "Proxy"));
            town.seconds(1);
        }
    }
    assert!(town.opened.len() <= 24, "{:?}", labels(&town));
}

#[test]
fn a_pool_of_proxies_in_large_access_networks_is_one_wave() {
    let mut town = Town::after(14);
    for pair in 0..600_u64 {
        // A third in six large providers, each address another range; the rest in a long tail.
        let provider = if pair % 3 == 0 { pair / 3 % 6 } else { 100 + pair };
        let ip = format!("{}.{}.{}.9", 60 + pair % 90, pair / 250, pair % 250);
        let guess = from(&town, &format!("leaked {pair}"), &ip);
        town.sees(&guess.network(20_000 + provider as u32, &format!("Provider {provider}")));
        town.seconds(3);
    }
    assert_eq!(labels(&town), [(Scope::Project, "many networks")]);
}

#[test]
fn a_wave_from_one_range_excuses_what_came_from_there_and_nothing_else() {
    let mut town = Town::after(14);
    for pair in 0..300 {
        let guess = from(&town, &format!("user {}", pair % 200), &format!("51.15.9.{}", pair % 20 + 1));
        town.sees(&guess);
        town.seconds(1);
    }
    assert_eq!(labels(&town), [(Scope::Prefix, "51.15.9.0/24")]);
    assert!(town.crowd.excuses("user 150", town.now) > 0.9, "it was tried from there alone");
    for failure in 0..14 {
        let guess =
            from(&town, "user 399", &format!("45.{failure}.10.9")).network(9_000 + failure, "Elsewhere");
        town.sees(&guess);
        town.seconds(60);
    }
    assert!(town.crowd.excuses("user 399", town.now) < 0.1, "{}", town.crowd.excuses("user 399", town.now));
}
