//! Whoever keeps failing on one account from one place: brute force needs no second address.
//!
//! How many failures are too many is a matter of who fails. People try again a handful of times and then ask for a new
//! password, so 20 in a row open an alert. On the user's own device, where they are known, it may be their own mail program
//! with last year's password, which tries every few minutes: there it takes 100, the most that NIST SP 800-63B (§5.2.2)
//! lets anybody fail in a row. A colleague on the same network has another device, and is a stranger. Each account is counted by itself, so an office behind one address is not added up.

use serde::{Deserialize, Serialize};

use super::attempt::Attempt;
use crate::risk::term::Term;
use crate::time::{DAY, SECOND};

/// From so many failures on a stranger is guessing, …
const STRANGER: u32 = 20;
/// … and whoever is where the user is known, on what may be their own device.
pub(super) const KNOWN: u32 = 100;
/// So many say nothing: everybody mistypes.
const FEW: f64 = 5.0;
/// The power with which honest people who fail so often and then succeed get fewer (an estimate), and the most that it
/// says: of anybody, and of whoever succeeds on a device that is not the user's.
const ANYBODY: (f64, f64) = (2.0, 6.0);
const ELSEWHERE: (f64, f64) = (3.0, 8.0);
/// How many places are told apart: with more, it is distributed.
const PLACES: usize = 4;
/// After so many seconds without one, failures are counted anew.
const FORGET: u32 = (DAY / SECOND) as u32;

/// What so many failures in a row say against the login after them, by their number alone: 20 say 2.8, 100 the most.
pub(in crate::risk) fn guessing(failures: u32) -> f64 {
    says(failures, ANYBODY)
}

fn says(failures: u32, (power, most): (f64, f64)) -> f64 {
    (power * (f64::from(failures) / FEW).ln()).clamp(0.0, most)
}

/// One place. Seconds are counted from 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Guesser {
    place: u32,
    /// 0: several addresses of one range.
    address: u32,
    first: u32,
    last: u32,
    failures: u32,
}

/// The places from which most attempts on one account failed in a row. What is counted was there at least as often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Guessers([Guesser; PLACES]);

impl Guessers {
    /// Counts a failure; whoever gets in on the user's own device, where they are known, begins anew.
    pub(super) fn step(&mut self, attempt: &Attempt<'_>) {
        let (place, address) = (place(attempt), short(attempt.address()));
        let at = attempt.second();
        self.0
            .iter_mut()
            .filter(|known| known.last.abs_diff(at) > FORGET)
            .for_each(|known| known.failures = 0);
        let known = self.0.iter_mut().find(|known| known.failures > 0 && known.place == place);
        if attempt.passed {
            let own = attempt.own;
            return known.into_iter().filter(|_| own).for_each(|known| known.failures = 0);
        }
        if let Some(known) = known {
            known.failures = known.failures.saturating_add(1);
            (known.first, known.last) = (known.first.min(at), known.last.max(at));
            known.address = if known.address == address { address } else { 0 };
        } else if let Some(free) = self.0.iter_mut().find(|known| known.failures == 0) {
            *free = Guesser { place, address, first: at, last: at, failures: 1 };
        } else if let Some(least) = self.0.iter_mut().min_by_key(|known| known.failures) {
            let fresh = Guesser { place, address, first: at, last: at, failures: 1 };
            // Whoever mistyped a little makes room; guessers wear each other down.
            if f64::from(least.failures) <= FEW { *least = fresh } else { least.failures -= 1 }
        }
    }

    /// How often whoever makes this attempt has failed, if that is too often, and since which second.
    pub(super) fn guess(&self, attempt: &Attempt<'_>) -> Option<(u32, u32)> {
        let enough = if attempt.own { KNOWN } else { STRANGER };
        self.of(attempt)
            .map(|known| (known.failures, known.first))
            .filter(|(failures, _)| *failures >= enough)
    }

    /// What the failures from where this login comes from say against it.
    pub(super) fn evidence(&self, attempt: &Attempt<'_>) -> Option<Term> {
        let known = self.of(attempt)?;
        let one = known.address != 0 && known.address == short(attempt.address());
        let from = if one { "this address" } else { "this address range" };
        let span = crate::risk::context::span(u64::from(known.last.saturating_sub(known.first)));
        let text = format!("After {} failed attempts from {from} in {span}", known.failures);
        let evidence = says(known.failures, if attempt.own { ANYBODY } else { ELSEWHERE });
        (evidence > 0.0).then(|| Term::new("account.bruteforce", evidence, text))
    }

    fn of(&self, attempt: &Attempt<'_>) -> Option<&Guesser> {
        let (place, at) = (place(attempt), attempt.second());
        self.0
            .iter()
            .find(|known| known.failures > 0 && known.place == place && known.last.abs_diff(at) <= FORGET)
    }
}

/// Where nothing is known of the origin, that is a place as well.
fn place(attempt: &Attempt<'_>) -> u32 {
    short(attempt.place())
}

fn short(mixed: Option<u64>) -> u32 {
    mixed.map_or(1, |mixed| (mixed >> 32) as u32 | 2)
}
