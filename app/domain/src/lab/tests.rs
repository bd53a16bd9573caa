//! The generator: deterministic, in order, and like what the literature says of people.

use super::login::fingerprint;
use super::population::{History, Storm, Wanted, Weather};
use super::{attack, random::Random};

#[test]
fn the_same_seed_makes_the_same_history() {
    let one = History::new(&Wanted::calm(7, 60));
    let two = History::new(&Wanted::calm(7, 60));
    assert_eq!(fingerprint(&one.logins), fingerprint(&two.logins));
    assert_eq!(one.logins, two.logins);
    let other = History::new(&Wanted::calm(8, 60));
    assert_ne!(fingerprint(&one.logins), fingerprint(&other.logins));
}

#[test]
fn a_history_is_in_order_and_every_address_has_a_place() {
    let history = History::new(&Wanted::calm(7, 60));
    assert!(history.logins.is_sorted_by_key(|login| login.at));
    for login in &history.logins {
        let seen = login.observe(&history.world, true);
        let address = seen.event.address.as_ref().unwrap().ip;
        assert!(!crate::event::address::is_local(address), "{address}");
        assert!(seen.place.unwrap().country.is_some());
        assert!(seen.network.unwrap().asn.is_some());
        assert!(seen.event.device_id.is_some());
    }
}

#[test]
fn a_storm_changes_nothing_before_its_day() {
    let calm = History::new(&Wanted::calm(7, 60));
    for weather in [Weather::BrowserUpdate, Weather::PasswordReset, Weather::Renumbering] {
        let storm = Storm { weather, day: 200 };
        let stormy = History::new(&Wanted { storm, ..Wanted::calm(7, 60) });
        let before = |history: &History| {
            let early: Vec<_> = history.logins.iter().filter(|login| login.day() < 199).copied().collect();
            fingerprint(&early)
        };
        assert_eq!(before(&calm), before(&stormy), "{weather:?}");
        assert_ne!(fingerprint(&calm.logins), fingerprint(&stormy.logins), "{weather:?}");
    }
}

#[test]
fn the_better_an_attacker_knows_the_victim_the_more_they_resemble() {
    use attack::Attacker::{Naive, Targeted, VeryTargeted, Vpn};
    let history = History::new(&Wanted::calm(7, 30));
    let usual = history.logins.iter().find(|login| login.is_login()).unwrap();
    let world = &history.world;
    let (system, country, city) = world.home_of(usual.spot);
    let mut random = Random::new(1);
    for _ in 0..50 {
        let mut forged = |attacker| attack::forge(attacker, usual, usual.at + 9, world, &mut random);
        let very = forged(VeryTargeted);
        assert_eq!((world.home_of(very.spot).0, very.client), (system, usual.client));
        let targeted = forged(Targeted);
        assert_eq!(world.home_of(targeted.spot).2, city);
        assert_eq!(targeted.client.kind, usual.client.kind);
        assert_eq!(world.home_of(forged(Vpn).spot).1, country);
        assert_ne!(forged(Naive).token, usual.token);
    }
}

#[test]
fn the_same_options_print_the_same_report() {
    let options = super::Options { seeds: vec![3, 4], users: 40, resamples: 20, scenarios: false };
    let (one, two) = (super::run(&options), super::run(&options));
    assert_eq!(one.text, two.text);
    assert_eq!(one.charts, two.charts);
    for row in ["| T1 |", "| T7 |", "| T14 |", "| T15 |", "not the held-out ones", "Freeman as published"] {
        assert!(one.text.contains(row), "{row} is missing:\n{}", one.text);
    }
}

#[test]
fn a_shared_account_shows_more_than_one_persons() {
    let alone = History::new(&Wanted::calm(7, 30));
    let shared = History::new(&Wanted { sharing: 3, ..Wanted::calm(7, 90) });
    let clients = |history: &History| {
        let mut seen: Vec<_> =
            history.logins.iter().map(|login| (login.account, login.client.kind)).collect();
        seen.sort_unstable();
        seen.dedup();
        seen.len() as f64 / history.accounts as f64
    };
    assert_eq!((alone.accounts, shared.accounts), (30, 30));
    assert!(clients(&shared) > 2.0 * clients(&alone), "{} {}", clients(&shared), clients(&alone));
}
