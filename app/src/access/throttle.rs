//! Slows down whoever guesses passwords: sign-ins are counted by address, and by address and e-mail together, in memory,
//! before they are tried. Never by the e-mail alone: whoever knows it could keep its operator out.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use porchlight_domain::Timestamp;
use porchlight_domain::time::{MINUTE, SECOND};

/// How many failures one address has with one e-mail before it must wait.
const FREE: u32 = 5;
/// How many it has with any e-mails: an office may share an address.
const FREE_ADDRESS: u32 = 10;
/// How long failures are remembered, and the longest wait.
const WINDOW: i64 = 15 * MINUTE;
/// More names than this are not kept.
const MOST: usize = 50_000;
/// How many passwords are hashed at once: each takes 19 MiB.
const AT_ONCE: usize = 8;

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    last: Timestamp,
}

/// Failed sign-ins of late.
#[derive(Debug, Default)]
pub struct Throttle {
    known: Mutex<HashMap<String, Failures>>,
    running: AtomicUsize,
}

/// An attempt that was let through. It counts as failed until it says otherwise.
#[derive(Debug)]
pub struct Attempt<'a> {
    throttle: &'a Throttle,
    names: [(String, u32); 2],
}

impl Throttle {
    /// Lets an attempt through, or says how many seconds it must wait.
    pub fn attempt(&self, ip: Option<IpAddr>, email: &str, now: Timestamp) -> Result<Attempt<'_>, i64> {
        let names = names(ip, email);
        let mut known = self.known.lock().map_err(|_| 1)?;
        let until = names
            .iter()
            .filter_map(|(name, free)| known.get(name).map(|failures| (failures, *free)))
            .map(|(failures, free)| failures.last.plus(pause(failures.count, free)));
        if let Some(until) = until.max().filter(|until| *until > now) {
            return Err(until.since(now).div_euclid(SECOND) + 1);
        }
        if self.running.fetch_add(1, Ordering::Relaxed) >= AT_ONCE {
            self.running.fetch_sub(1, Ordering::Relaxed);
            return Err(1);
        }
        make_room(&mut known, now);
        for (name, _) in &names {
            let entry = known.entry(name.clone()).or_insert(Failures { count: 0, last: now });
            let forgiven = now.since(entry.last) >= WINDOW;
            *entry = Failures { count: if forgiven { 1 } else { entry.count.saturating_add(1) }, last: now };
        }
        Ok(Attempt { throttle: self, names })
    }
}

impl Attempt<'_> {
    /// The password was right: this e-mail's failures from here are forgotten. The address keeps its earlier ones: one
    /// good account must not wash it clean.
    pub fn succeeded(self) {
        let Ok(mut known) = self.throttle.known.lock() else { return };
        for (index, (name, _)) in self.names.iter().enumerate() {
            match known.get_mut(name) {
                Some(failures) if index > 0 && failures.count > 1 => failures.count -= 1,
                _ => drop(known.remove(name)),
            }
        }
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        self.throttle.running.fetch_sub(1, Ordering::Relaxed);
    }
}

fn make_room(known: &mut HashMap<String, Failures>, now: Timestamp) {
    if known.len() >= MOST {
        known.retain(|_, failures| now.since(failures.last) < MINUTE);
    }
    if known.len() >= MOST {
        known.clear();
    }
}

/// Doubling from one second after the free attempts.
fn pause(count: u32, free: u32) -> i64 {
    match count.checked_sub(free) {
        None => 0,
        Some(over) => (SECOND << over.min(20)).min(WINDOW),
    }
}

/// The e-mail at this address first, then the address: one household of IPv6 addresses counts as one.
fn names(ip: Option<IpAddr>, email: &str) -> [(String, u32); 2] {
    let email = email.trim().to_lowercase().chars().take(254).collect::<String>();
    let network = match ip {
        Some(IpAddr::V4(ip)) => ip.to_string(),
        Some(IpAddr::V6(ip)) => format!("{:x?}", &ip.segments()[..4]),
        None => "unknown".to_owned(),
    };
    [(format!("email {email} from {network}"), FREE), (format!("ip {network}"), FREE_ADDRESS)]
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_790_000_000_000_000);

    fn fails(throttle: &Throttle, ip: Option<IpAddr>, email: &str, times: usize) {
        for _ in 0..times {
            assert!(throttle.attempt(ip, email, NOW).is_ok());
        }
    }

    #[test]
    fn guessing_one_password_is_slowed_here_and_locks_nobody_out_elsewhere() {
        let throttle = Throttle::default();
        let (here, there) = ("192.0.2.7".parse().ok(), "192.0.2.8".parse().ok());
        fails(&throttle, here, "Eve@example.com ", 5);
        assert_eq!(throttle.attempt(here, "eve@example.com", NOW).err(), Some(2));
        assert!(
            throttle.attempt(here, "bob@example.com", NOW).is_ok(),
            "another operator of the same office"
        );
        for other in [there, None, "2001:db8::1".parse().ok()] {
            assert!(throttle.attempt(other, "eve@example.com", NOW).is_ok(), "{other:?}");
        }
        assert!(throttle.attempt(here, "eve@example.com", NOW.plus(WINDOW)).is_ok(), "forgiven in the end");
    }

    #[test]
    fn guessing_many_passwords_is_slowed_by_address() {
        let throttle = Throttle::default();
        let ip = "192.0.2.7".parse().ok();
        for number in 0..10 {
            fails(&throttle, ip, &format!("{number}@example.com"), 1);
        }
        assert_eq!(throttle.attempt(ip, "eve@example.com", NOW).err(), Some(2));
        assert!(throttle.attempt("192.0.2.8".parse().ok(), "eve@example.com", NOW).is_ok());
    }

    #[test]
    fn a_right_password_clears_the_email_but_not_the_address() {
        let throttle = Throttle::default();
        let ip = "2001:db8::1".parse().ok();
        fails(&throttle, ip, "eve@example.com", 4);
        throttle.attempt(ip, "eve@example.com", NOW).expect("fifth").succeeded();
        fails(&throttle, ip, "eve@example.com", 5);
        fails(&throttle, "2001:db8::2".parse().ok(), "bob@example.com", 1);
        assert!(throttle.attempt("2001:db8::3".parse().ok(), "carol@example.com", NOW).is_err(), "same /64");
    }

    #[test]
    fn only_so_many_passwords_are_hashed_at_once() {
        let throttle = Throttle::default();
        let attempt = |number: u8| throttle.attempt(Some([192, 0, 2, number].into()), "eve@example.com", NOW);
        let mut running: Vec<_> = (0..8).map(|number| attempt(number).expect("runs")).collect();
        assert_eq!(attempt(99).err(), Some(1));
        running.pop();
        assert!(attempt(99).is_ok());
    }

    #[test]
    fn the_wait_never_exceeds_the_window() {
        assert_eq!([4, 5, 6, u32::MAX].map(|count| pause(count, FREE)), [0, SECOND, 2 * SECOND, WINDOW]);
    }
}
