//! A wave while it lasts: one incident, however many sources it comes from, so that one alert tells of it.

use serde::{Deserialize, Serialize};

use super::attempt::{Attempt, Key, Kind, Scope};
use super::sketch::Sketch;
use super::wave::Wave;
use crate::Timestamp;
use crate::time::{DAY, HOUR, MINUTE};

/// How many incidents are kept; the one that was quiet longest makes room.
const KEPT: usize = 32;
/// After so much quiet an incident is over.
pub const QUIET: i64 = DAY;
/// While it goes on it is told again: its alert may have been closed. Not sooner than after an hour with so many attempts
/// more, or after six hours with so few.
const AGAIN: [(i64, u64); 2] = [(HOUR, 20), (6 * HOUR, 3)];
/// What belongs to a wave over many accounts began at least so long before it was noticed …
const BEFORE: i64 = 10 * MINUTE;
/// … and at most so long, as what began on one account.
const LONGEST: i64 = 7 * DAY;
/// How many of the accounts that were entered are named.
const NAMED: usize = 16;

/// What a wave that was just found is called.
pub(super) struct Named {
    pub(super) key: Key,
    /// What its attempts have in common, for people.
    pub(super) label: String,
    /// The address of whoever guesses at one account from one place.
    pub(super) place: Option<String>,
    /// Of one account, what of it is guessed at; of many, how it goes on tells what kind of wave it is.
    pub(super) kind: Option<Wave>,
    /// Of one account, how many failures it is found by, this one among them.
    pub(super) failures: f64,
    /// The second at which it began.
    pub(super) first: i64,
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
    /// The attempt by which it was noticed.
    pub started: Timestamp,
    /// When what belongs to it began, as far as that is known.
    pub since: Timestamp,
    /// Its last attempt.
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
    /// How often it was told, the last time when, and of how many attempts.
    times: u32,
    told_at: Timestamp,
    told_of: u64,
    /// Its alert is written, as far as this process knows.
    #[serde(skip, default = "told")]
    told: bool,
}

fn told() -> bool {
    true
}

impl Incident {
    fn key(&self) -> Key {
        Key { scope: self.scope, mixed: self.mixed }
    }

    /// True when it was told before: it goes on.
    pub fn goes_on(&self) -> bool {
        self.times > 1
    }

    /// Its number, where it was not told yet, or is to be told again.
    fn is_news(&mut self) -> Option<u64> {
        let (quiet, more) = (self.last.since(self.told_at), self.attempts.saturating_sub(self.told_of));
        let again = AGAIN.iter().any(|(after, attempts)| quiet >= *after && more >= *attempts);
        let was_told = std::mem::replace(&mut self.told, true);
        if again {
            self.tell();
        }
        (again || !was_told).then_some(self.number)
    }

    fn tell(&mut self) {
        self.times = self.times.saturating_add(1);
        (self.told_at, self.told_of) = (self.last, self.attempts);
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
    /// Counts an attempt that belongs to a wave: to the open incident of this name, else to a new one. Its number, where it is
    /// to be told.
    pub(super) fn count(&mut self, attempt: &Attempt<'_>, kind: Kind, named: Named) -> Option<u64> {
        let at = Timestamp::from_seconds(attempt.moment.at);
        let belongs = |open: &Incident| at.since(open.last) < QUIET && open.key() == named.key;
        if let Some(place) = self.kept.iter().position(belongs) {
            self.kept[place].count(attempt, kind);
            return self.kept[place].is_news();
        }
        if self.kept.len() >= KEPT
            && let Some((oldest, _)) = self.kept.iter().enumerate().min_by_key(|(_, incident)| incident.last)
        {
            self.kept.remove(oldest);
        }
        self.next += 1;
        let noticed = if named.kind.is_some() { at } else { at.plus(-BEFORE) };
        let since = Timestamp::from_seconds(named.first).clamp(at.plus(-LONGEST), noticed);
        let mut fresh = Incident {
            number: self.next,
            scope: named.key.scope,
            label: named.label,
            place: named.place,
            started: at,
            since,
            last: at,
            attempts: (named.failures.round() as u64).saturating_sub(1),
            unknown: 0,
            hits: 0,
            entered: Vec::new(),
            kind: named.kind,
            mixed: named.key.mixed,
            users: Sketch::default(),
            times: 0,
            told_at: at,
            told_of: 0,
            told: true,
        };
        fresh.count(attempt, kind);
        fresh.tell();
        self.kept.push(fresh);
        Some(self.next)
    }

    /// The alert of this one was not written.
    #[cfg(feature = "store")]
    pub(super) fn untell(&mut self, number: u64) {
        self.kept.iter_mut().filter(|one| one.number == number).for_each(|one| one.told = false);
    }

    /// This one, where it was not told since.
    #[cfg(feature = "store")]
    pub(super) fn tell_again(&mut self, number: u64) -> Option<&Incident> {
        let incident = self.kept.iter_mut().find(|one| one.number == number)?;
        incident.is_news().map(|_| &*incident)
    }

    /// This one.
    pub(super) fn numbered(&self, number: u64) -> Option<&Incident> {
        self.kept.iter().find(|one| one.number == number)
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

    /// True while a wave over many accounts is told of that comes from anywhere.
    pub(super) fn is_wave(&self, at: i64) -> bool {
        self.open(at).any(|open| open.kind.is_none() && open.scope >= Scope::Client)
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
