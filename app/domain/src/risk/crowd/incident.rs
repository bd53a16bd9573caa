//! A wave while it lasts: one incident, however many sources it comes from, so that one alert tells of it.

use serde::{Deserialize, Serialize};

use super::attempt::{Attempt, Key, Kind, Scope};
use super::sketch::Sketch;
use crate::Timestamp;
use crate::time::{DAY, HOUR, MINUTE};

/// How many incidents are kept; the one that was quiet longest makes room.
const KEPT: usize = 32;
/// After so much quiet an incident is over.
pub const QUIET: i64 = DAY;
/// How many of the accounts that were entered are named.
const NAMED: usize = 16;
/// Below so many attempts an hour …
const SLOW: f64 = 30.0;
/// … with at most this share on accounts that do not exist, it is spraying: somebody knows whom to try, and hides.
const UNKNOWN: f64 = 0.3;
/// On fewer accounts than these, or within less time, nobody can tell: a wave of one attempt is slow as well.
const ACCOUNTS: f64 = 5.0;
const PATIENCE: i64 = 10 * MINUTE;

/// What kind of wave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Wave {
    /// Many accounts, one or two tries each, fast: pairs that leaked elsewhere.
    Stuffing,
    /// Many accounts, few tries each, slowly: the usual passwords.
    Spray,
    /// One account's password, over and over: from many places or from one.
    BruteForce,
    /// One account's second factor, over and over: whoever does that has the password.
    SecondFactor,
    /// Too few accounts or too short a time to tell.
    Guessing,
}

impl Wave {
    /// Which of the waves over many accounts so many attempts on so many accounts within so much time are; `unknown`: the
    /// share on accounts that do not exist.
    pub(crate) fn of(attempts: f64, unknown: f64, users: f64, lasted: i64) -> Self {
        let hours = (lasted as f64 / HOUR as f64).max(1.0);
        let is_slow = attempts / hours < SLOW && unknown <= UNKNOWN;
        if users < ACCOUNTS && unknown <= UNKNOWN {
            Self::Guessing
        } else if !is_slow {
            Self::Stuffing
        } else if lasted < PATIENCE {
            Self::Guessing
        } else {
            Self::Spray
        }
    }
}

/// What a wave that was just found is called.
pub(super) struct Named {
    pub(super) key: Key,
    /// What its attempts have in common, for people.
    pub(super) label: String,
    /// The address of whoever guesses at one account from one place.
    pub(super) place: Option<String>,
    /// Of one account, what of it is guessed at; of many, how it goes on tells what kind of wave it is.
    pub(super) kind: Option<Wave>,
}

/// A wave of guesses. At most 32 are kept, each below 1 KB.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// Counts up; the same as long as the wave lasts, so that it is told once.
    pub number: u64,
    /// What its attempts have in common …
    pub scope: Scope,
    /// … for people: `203.0.113.7`, `M247`, `many networks`; of brute force, the account's id.
    pub label: String,
    /// Of brute force from one place, the address.
    pub place: Option<String>,
    /// Its first attempt that was counted.
    pub started: Timestamp,
    /// Its last.
    pub last: Timestamp,
    /// Attempts.
    pub attempts: u64,
    /// Attempts on accounts that have no history.
    pub unknown: u64,
    /// Logins among them, by strangers.
    pub hits: u64,
    /// Some of the accounts that were entered.
    pub entered: Vec<String>,
    kind: Option<Wave>,
    mixed: u64,
    users: Sketch,
}

impl Incident {
    fn key(&self) -> Key {
        Key { scope: self.scope, mixed: self.mixed }
    }

    /// About how many accounts it tried.
    pub fn users(&self) -> f64 {
        self.users.count().round()
    }

    /// What it is, as far as it has come.
    pub fn wave(&self) -> Wave {
        if let Some(kind) = self.kind {
            return kind;
        }
        let attempts = self.attempts as f64;
        let unknown = self.unknown as f64 / attempts.max(1.0);
        Wave::of(attempts, unknown, self.users(), self.last.since(self.started))
    }

    fn count(&mut self, attempt: &Attempt<'_>, kind: Kind) {
        let at = Timestamp::from_seconds(attempt.moment.at);
        (self.started, self.last) = (self.started.min(at), self.last.max(at));
        self.attempts += 1;
        self.unknown += u64::from(kind == Kind::Nobody || (kind == Kind::Hidden && attempt.is_unknown()));
        if let Some(user) = attempt.user {
            self.users.add(user);
        }
        if attempt.passed {
            self.hits += 1;
            if self.entered.len() < NAMED && !self.entered.iter().any(|id| id == attempt.user_id()) {
                self.entered.push(attempt.user_id().to_owned());
            }
        }
    }
}

/// All incidents that are not forgotten.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Incidents {
    kept: Vec<Incident>,
    next: u64,
}

impl Incidents {
    /// Counts an attempt that belongs to a wave: to the open incident of this name, else to a new one, the last of all.
    /// True for a new one.
    pub(super) fn count(&mut self, attempt: &Attempt<'_>, kind: Kind, named: Named) -> bool {
        let at = Timestamp::from_seconds(attempt.moment.at);
        let belongs = |open: &&mut Incident| at.since(open.last) < QUIET && open.key() == named.key;
        if let Some(open) = self.kept.iter_mut().find(belongs) {
            open.count(attempt, kind);
            return false;
        }
        if self.kept.len() >= KEPT
            && let Some((oldest, _)) = self.kept.iter().enumerate().min_by_key(|(_, incident)| incident.last)
        {
            self.kept.remove(oldest);
        }
        self.next += 1;
        let mut fresh = Incident {
            number: self.next,
            scope: named.key.scope,
            label: named.label,
            place: named.place,
            started: at,
            last: at,
            attempts: 0,
            unknown: 0,
            hits: 0,
            entered: Vec::new(),
            kind: named.kind,
            mixed: named.key.mixed,
            users: Sketch::default(),
        };
        fresh.count(attempt, kind);
        self.kept.push(fresh);
        true
    }

    fn open(&self, at: i64) -> impl Iterator<Item = &Incident> {
        let at = Timestamp::from_seconds(at);
        self.kept.iter().filter(move |incident| at.since(incident.last) < QUIET)
    }

    /// How many sources have an open incident of their own.
    pub(super) fn sources(&self, at: i64) -> usize {
        self.open(at).filter(|open| open.scope < Scope::Project).count()
    }

    /// How many accounts have.
    pub(super) fn accounts(&self, at: i64) -> usize {
        self.open(at).filter(|open| open.scope == Scope::Account).count()
    }

    /// The sources of this scope that have an open incident of their own.
    pub(super) fn of(&self, scope: Scope, at: i64) -> impl Iterator<Item = u64> {
        self.open(at).filter(move |open| open.scope == scope).map(|open| open.mixed)
    }

    /// True while a wave over many accounts is told of.
    pub(super) fn is_wave(&self, at: i64) -> bool {
        self.open(at).any(|open| open.kind.is_none())
    }

    /// The open incident with this key.
    pub(super) fn find(&self, key: Key, at: i64) -> Option<&Incident> {
        self.open(at).find(|incident| incident.key() == key)
    }

    /// Without what a damaged encoding holds beyond the limits.
    pub(super) fn bounded(mut self) -> Self {
        self.kept.truncate(KEPT);
        self.kept.iter_mut().for_each(|incident| incident.entered.truncate(NAMED));
        self
    }

    pub(super) fn all(&self) -> &[Incident] {
        &self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_many_accounts_over_a_while_are_a_slow_wave() {
        let known = |attempts, users, lasted| Wave::of(attempts, 0.0, users, lasted);
        assert_eq!(known(1.0, 1.0, 0), Wave::Guessing, "one attempt is no pace");
        assert_eq!(known(60.0, 1.0, 1_000_000), Wave::Guessing, "one account within a second");
        assert_eq!(known(25.0, 25.0, PATIENCE - 1), Wave::Guessing);
        assert_eq!(known(25.0, 4.0, DAY), Wave::Guessing);
        assert_eq!(known(25.0, ACCOUNTS, PATIENCE), Wave::Spray);
        assert_eq!(known(200.0, 200.0, HOUR), Wave::Stuffing, "fast");
        assert_eq!(Wave::of(25.0, 0.9, 25.0, DAY), Wave::Stuffing, "pairs that leaked elsewhere");
    }
}
