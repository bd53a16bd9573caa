//! Whoever guesses at a second factor: they have the password, and a code of six digits is hit once in a million tries.
//!
//! NIST SP 800-63B (§5.2.2) has the verifier limit failures in a row, and §5.1.4.2 names codes that are short as the
//! reason. Users mistype a code, and try the last one of an authenticator too late; five wrong ones in a row, with less
//! than an hour between two, are hardly theirs. They are counted for the session, since that is who fails, and for the
//! account, since a session costs whoever has the password nothing: apart on what is, or looks like, the user's own device,
//! and on any other, so that what the user fails with is not held against others, nor theirs against the user.

use serde::{Deserialize, Serialize};

use super::attempt::{Attempt, Key, Kind, Scope, What};
use super::incident::{Incident, Named};
use super::sketch::mix;
use super::table::Worth;
use super::wave::Wave;
use super::{Crowd, PART, Term};
use crate::risk::Reason;

/// Wrong second factors in a row from which on they are told, and a right one after them proves nothing.
const FEW: u32 = 5;
/// … and from which on an alert tells of them.
const ALERT: u32 = 10;
/// Seconds without a failure that end a row.
const ROW: u32 = 3_600;
/// What the fifth one says, and the most: as for passwords, the share of honest people falls with the square of it.
const FIRST: f64 = 1.0;
const MOST: f64 = 6.0;
/// Sessions of one account that are told apart.
const SESSIONS: usize = 4;
/// An account's incident of this kind is another one than that of its password.
const SALT: u64 = 0x5ec0_4dfa_c704_0000;
/// The code of a wrong second factor after many, …
pub const FAILURES: &str = "account.challenge.failures";
/// … and of what comes after them as if the right one had been found.
pub const GUESSED: &str = "account.challenge.guessed";

/// … and of a right one after the user's "no", of whoever is none of theirs: that somebody has the password is known.
pub const RELAYED: &str = "account.challenge.relayed";

/// True of what was judged for these reasons: it came after so many wrong second factors, or so soon after a "no", that a right
/// one is no proof.
pub fn is_guessed(reasons: &[Reason]) -> bool {
    reasons.iter().any(|reason| reason.code == GUESSED || reason.code == RELAYED)
}

/// Failures in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Row {
    who: u32,
    first: u32,
    last: u32,
    failures: u32,
}

impl Row {
    fn at(&self, second: u32) -> u32 {
        if self.last.abs_diff(second) < ROW { self.failures } else { 0 }
    }

    fn fail(&mut self, second: u32) {
        self.failures = self.at(second).saturating_add(1);
        if self.failures == 1 {
            self.first = second;
        }
        self.last = self.last.max(second);
    }
}

/// What failed on the second factor of one account. 96 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Factors {
    /// On any device but the user's own …
    strange: Row,
    /// … and on what looks like it.
    own: Row,
    sessions: [Row; SESSIONS],
}

impl Factors {
    /// How many failures in a row whoever makes this attempt stands on.
    fn failures(&self, attempt: &Attempt<'_>) -> u32 {
        self.row(attempt).at(attempt.second())
    }

    /// The longest row that whoever makes this attempt stands on.
    fn row(&self, attempt: &Attempt<'_>) -> Row {
        let (who, second) = (who(attempt), attempt.second());
        let session = self.sessions.iter().filter(|row| row.who == who);
        let anywhere = if attempt.own { &self.own } else { &self.strange };
        session.chain([anywhere]).max_by_key(|row| row.at(second)).copied().unwrap_or_default()
    }

    fn fail(&mut self, attempt: &Attempt<'_>) {
        let (who, second) = (who(attempt), attempt.second());
        if attempt.own { &mut self.own } else { &mut self.strange }.fail(second);
        let place = self.sessions.iter().position(|row| row.who == who);
        // The one that was quiet longest makes room.
        let oldest =
            || self.sessions.iter().enumerate().min_by_key(|(_, row)| row.last).map(|(index, _)| index);
        let Some(row) = place.or_else(oldest).and_then(|index| self.sessions.get_mut(index)) else { return };
        if row.who != who {
            *row = Row { who, ..Row::default() };
        }
        row.fail(second);
    }

    /// A few wrong ones and then the right one: whoever mistyped. After many the right one says nothing.
    fn pass(&mut self, attempt: &Attempt<'_>) {
        if self.failures(attempt) >= FEW {
            return;
        }
        let (who, second) = (who(attempt), attempt.second());
        if let Some(row) = self.sessions.iter_mut().find(|row| row.who == who) {
            let anywhere = if attempt.own { &mut self.own } else { &mut self.strange };
            anywhere.failures = anywhere.failures.saturating_sub(row.at(second));
            row.failures = 0;
        }
    }
}

impl Worth for Factors {
    fn worth(&self, now: i64) -> f64 {
        let second = u32::try_from(now).unwrap_or(u32::MAX);
        let most = self.sessions.iter().chain([&self.strange, &self.own]).map(|row| row.at(second)).max();
        f64::from(most.unwrap_or(0))
    }
}

impl Crowd {
    /// What wrong second factors say of another one, and of what the account does after them.
    pub(super) fn second_factor(&self, attempt: &Attempt<'_>) -> Option<Term> {
        let failures = self.factors.get(attempt.user?)?.failures(attempt);
        let fails = attempt.what == What::Factor && !attempt.passed;
        let all = failures + u32::from(fails);
        if all < FEW {
            return None;
        }
        if fails {
            let text =
                format!("{all} wrong second factors in a row: somebody who has the password is guessing");
            return Some(Term::new(FAILURES, PART, text));
        }
        let evidence = (FIRST + 2.0 * (f64::from(all) / f64::from(FEW)).ln()).min(MOST);
        Some(Term::new(GUESSED, evidence, format!("After {all} wrong second factors in a row")))
    }

    /// Counts a second factor, right or wrong. Answers an incident when so many were wrong that one alert tells of it.
    pub(super) fn saw_factor(&mut self, attempt: &Attempt<'_>) -> Option<&Incident> {
        let (user, at) = (attempt.user?, attempt.moment.at);
        if attempt.passed {
            if self.factors.get(user).is_some() {
                self.factors.update(user, at, Factors::default, |factors| factors.pass(attempt));
            }
            return None;
        }
        let mut row = Row::default();
        self.factors.update(user, at, Factors::default, |factors| {
            factors.fail(attempt);
            row = factors.row(attempt);
        });
        if row.failures < ALERT {
            return None;
        }
        let key = Key { scope: Scope::Account, mixed: mix(user ^ SALT) };
        let (key, label) = self.account_or(Key::MANY_FACTORS, key, attempt);
        let (failures, first) = (row.failures.into(), row.first.into());
        let named = Named { key, label, place: None, kind: Some(Wave::SecondFactor), failures, first };
        let told = self.incidents.count(attempt, Kind::Again, named)?;
        self.incidents.numbered(told)
    }
}

/// Who fails: the session, or, where none is named, whoever is in that place. Never 0.
fn who(attempt: &Attempt<'_>) -> u32 {
    let mixed = attempt.session().or_else(|| attempt.place());
    mixed.map_or(1, |mixed| (mixed >> 32) as u32 | 2)
}
