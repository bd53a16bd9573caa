//! What holds whatever is sent: memory, numbers, clocks.

use super::town::{Town, named};
use crate::Timestamp;
use crate::profile::Profile;
use crate::risk::crowd::{Attempt, Crowd, mix};
use crate::risk::tests::story::{Login, START, home, thief};
use crate::time::DAY;

fn sees(crowd: &mut Crowd, login: &Login) -> f64 {
    let profile = Profile::default();
    let attempt = Attempt::of(&login.0, &profile).expect("an attempt");
    let terms = crowd.evidence(&attempt);
    crowd.saw(&attempt);
    terms.iter().map(|term| term.evidence).sum()
}

#[test]
fn a_million_users_from_one_address_and_a_million_addresses_take_no_more_memory() {
    let mut crowd = Crowd::new(1_024, 1_024);
    for user in 0..1_000_000_u64 {
        let login = named(thief().failed(), &format!("u{user}")).at(START.plus(user as i64 * 1_000));
        sees(&mut crowd, &login);
    }
    let after_users = crowd.bytes();
    let told: Vec<_> = crowd.incidents().iter().map(|one| (&one.label, one.users())).collect();
    assert!(told.iter().any(|(_, users)| *users > 500_000.0), "{told:?}");
    for address in 0..300_000_u64 {
        let ip = format!("{}.{}.{}.7", 1 + address % 200, (address / 200) % 250, address / 50_000);
        let login = named(thief().failed(), &format!("v{address}")).ip(&ip);
        sees(&mut crowd, &login.network(address as u32, "x"));
    }
    assert!(crowd.bytes() < 512 * 1_024 && after_users < 512 * 1_024, "{} {after_users}", crowd.bytes());
    assert!(crowd.incidents().len() <= 32);
    assert!(Crowd::default().bytes() < 256 * 1_024, "{}", Crowd::default().bytes());
}

#[test]
fn whatever_comes_the_evidence_is_a_number_within_its_bounds() {
    let mut crowd = Crowd::new(256, 256);
    for step in 0..100_000_u64 {
        let random = mix(step);
        let mut login = if random.is_multiple_of(3) { thief() } else { home() };
        login = match (random >> 8) % 6 {
            0 => login.nowhere(),
            1 => login.ip(""),
            2 => login.ip(&format!("2001:db8:{:x}::1", random % 65_536)).network((random >> 16) as u32, ""),
            3 => login.anonymous(),
            _ => login,
        };
        let times = [i64::MAX, i64::MIN, 0, -1, START.0 - 730 * DAY, START.0 + 730 * DAY];
        let at = if random.is_multiple_of(13) {
            times[(random >> 30) as usize % 6]
        } else {
            START.0 + step as i64
        };
        login = login.at(Timestamp(at));
        login.0.received_at = Timestamp(if random.is_multiple_of(17) { at } else { START.0 + step as i64 });
        login = named(login, &format!("u{}", (random >> 40) % 500));
        let login = if (random >> 20).is_multiple_of(3) { login } else { login.failed() };
        let evidence = sees(&mut crowd, &login);
        assert!(evidence.is_finite() && (0.0..=22.01).contains(&evidence), "{evidence} {login:?}");
    }
    let stored = postcard::to_allocvec(&crowd).expect("encoded");
    let read: Crowd = postcard::from_bytes(&stored).expect("decoded");
    assert_eq!(postcard::to_allocvec(&read).expect("encoded"), stored);
}

#[test]
fn the_same_attempts_make_the_same_crowd() {
    let stored = || postcard::to_allocvec(&Town::after(2).crowd).expect("encoded");
    assert_eq!(stored(), stored());
}

#[test]
fn a_clock_that_ran_ahead_does_not_blind_the_crowd() {
    let mut town = Town::after(7);
    let ahead = town.user(1).at(START.plus(3_650 * DAY));
    town.sees(&ahead);
    for pair in 0..60 {
        town.guess(&format!("leaked {pair}"), pair, false);
        town.seconds(1);
    }
    assert_eq!(town.opened.len(), 1);
}

#[test]
fn only_what_can_be_guessed_at_and_what_it_is_there_to_keep_are_looked_at() {
    let profile = Profile::default();
    for verb in ["access", "log-out", "password-reset-fail", "authentication-challenge", ""] {
        assert!(Attempt::of(&home().verb(verb).0, &profile).is_none(), "{verb}");
    }
    for proved in ["email-update", "authentication-challenge-pass"] {
        let mut login = home().verb(proved);
        assert!(Attempt::of(&login.0, &profile).is_some(), "{proved}");
        login.0.event.user.iter_mut().for_each(|user| user.authenticated = false);
        assert!(Attempt::of(&login.0, &profile).is_none(), "{proved} by whoever");
    }
    assert!(Attempt::of(&home().failed().anonymous().0, &profile).is_some());
}

#[test]
fn what_is_kept_of_the_largest_crowd_is_below_a_megabyte_and_garbage_is_refused_or_harmless() {
    let mut town = Town::after(2);
    for pair in 0..60_000_u64 {
        let proxy = town.below(60_000);
        town.guess(&format!("leaked {pair}"), proxy, false);
    }
    let good = town.crowd.encode(town.now);
    assert!((100_000..1_000_000).contains(&good.len()), "{}", good.len());
    assert!(Crowd::decode(&[]).is_none() && Crowd::decode(&[9, 1]).is_none());
    for place in (1..good.len()).step_by(good.len() / 40) {
        let mut bytes = good.clone();
        bytes[place] ^= 0x55;
        if let Some(read) = Crowd::decode(&bytes) {
            town.crowd = read;
            town.guess("somebody", 7, true);
        }
    }
}
