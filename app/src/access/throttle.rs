//! Slows down whoever guesses passwords: sign-ins are counted by address and by e-mail, in memory, before they are tried.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use porchlight_domain::Timestamp;
use porchlight_domain::time::{MINUTE, SECOND};

/// How many failures one address or e-mail has before it must wait.
const FREE: u32 = 5;
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
    names: Vec<String>,
}

impl Throttle {
    /// Lets an attempt through, or says how many seconds it must wait.
    pub fn attempt(&self, ip: Option<IpAddr>, email: &str, now: Timestamp) -> Result<Attempt<'_>, i64> {
        let names = names(ip, email);
        let mut known = self.known.lock().map_err(|_| 1)?;
        let until = names
            .iter()
            .filter_map(|name| known.get(name))
            .map(|failures| failures.last.plus(pause(failures.count)));
        if let Some(until) = until.max().filter(|until| *until > now) {
            return Err(until.since(now).div_euclid(SECOND) + 1);
        }
        if self.running.fetch_add(1, Ordering::Relaxed) >= AT_ONCE {
            self.running.fetch_sub(1, Ordering::Relaxed);
            return Err(1);
        }
        make_room(&mut known, now);
        for name in &names {
            let entry = known.entry(name.clone()).or_insert(Failures { count: 0, last: now });
            let forgiven = now.since(entry.last) >= WINDOW;
            *entry = Failures { count: if forgiven { 1 } else { entry.count.saturating_add(1) }, last: now };
        }
        Ok(Attempt { throttle: self, names })
    }
}

impl Attempt<'_> {
    /// The password was right: the e-mail's failures are forgotten. The address keeps its earlier ones: one good
    /// account must not wash it clean.
    pub fn succeeded(self) {
        let Ok(mut known) = self.throttle.known.lock() else { return };
        for (index, name) in self.names.iter().enumerate() {
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
fn pause(count: u32) -> i64 {
    match count.checked_sub(FREE) {
        None => 0,
        Some(over) => (SECOND << over.min(20)).min(WINDOW),
    }
}

/// The e-mail first, then the address: one household of IPv6 addresses counts as one.
fn names(ip: Option<IpAddr>, email: &str) -> Vec<String> {
    let email = email.trim().to_lowercase().chars().take(254).collect::<String>();
    let network = ip.map(|ip| match ip {
        IpAddr::V4(ip) => format!("ip {ip}"),
        IpAddr::V6(ip) => format!("ip {:x?}", &ip.segments()[..4]),
    });
    [format!("email {email}")].into_iter().chain(network).collect()
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
    fn guessing_is_slowed_by_email_and_by_address() {
        let throttle = Throttle::default();
        let ip: Option<IpAddr> = "192.0.2.7".parse().ok();
        fails(&throttle, ip, "Eve@example.com ", 5);
        assert_eq!(throttle.attempt(None, "eve@example.com", NOW).err(), Some(2), "by e-mail");
        assert_eq!(throttle.attempt(ip, "bob@example.com", NOW).err(), Some(2), "by address");
        assert!(throttle.attempt("192.0.2.8".parse().ok(), "bob@example.com", NOW).is_ok());
        assert!(throttle.attempt(ip, "eve@example.com", NOW.plus(WINDOW)).is_ok(), "forgiven in the end");
    }

    #[test]
    fn a_right_password_clears_the_email_but_not_the_address() {
        let throttle = Throttle::default();
        fails(&throttle, "2001:db8::1".parse().ok(), "eve@example.com", 4);
        throttle.attempt("2001:db8::1".parse().ok(), "eve@example.com", NOW).expect("fifth").succeeded();
        fails(&throttle, None, "eve@example.com", 5);
        fails(&throttle, "2001:db8::2".parse().ok(), "bob@example.com", 1);
        assert!(throttle.attempt("2001:db8::3".parse().ok(), "carol@example.com", NOW).is_err(), "same /64");
    }

    #[test]
    fn only_so_many_passwords_are_hashed_at_once() {
        let throttle = Throttle::default();
        let attempt = |number: usize| throttle.attempt(None, &format!("{number}@example.com"), NOW);
        let mut running: Vec<_> = (0..AT_ONCE).map(|number| attempt(number).expect("runs")).collect();
        assert_eq!(attempt(99).err(), Some(1));
        running.pop();
        assert!(attempt(99).is_ok());
    }

    #[test]
    fn the_wait_never_exceeds_the_window() {
        assert_eq!([pause(4), pause(5), pause(6), pause(u32::MAX)], [0, SECOND, 2 * SECOND, WINDOW]);
    }
}
