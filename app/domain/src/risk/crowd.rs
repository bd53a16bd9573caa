//! Across users: stuffing, spraying and distributed brute force, seen against each network's own baseline, in fixed
//! memory.
//!
//! Every attempt to log in is of one of seven kinds ([`attempt`]); every address, prefix, network and kind of client
//! has its own shares of these kinds, backed off to its parent's, and a cumulative sum of how much better a wave of
//! guesses explains what it sent lately ([`source`]). What fires is that sum, never a count, because a count that is
//! right for one network is wrong for the next, and for the same one a year later. Logins from where users are known
//! speak against a wave: an office behind one address is not an attack. What a login from a suspect source then says
//! is how much more likely a random login there is an attacker's than a random login anywhere.

mod account;
mod attempt;
mod guesser;
mod incident;
mod pace;
mod sketch;
mod snapshot;
mod source;
mod suspect;
mod table;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::term::{Term, tempered};
use crate::Timestamp;
use account::{Account, Brute};
pub use attempt::{Attempt, Familiarity, Scope};
use attempt::{Key, Kind};
pub(in crate::risk) use guesser::guessing;
pub use incident::{Incident, QUIET, Wave};
use incident::{Incidents, Named};
pub(in crate::risk) use sketch::{mix, mix_folded, mix_text};
use source::{HONEST, Moved, Source, TRUST_SHIPPED};
use table::Table;

/// Sources and accounts that are remembered: about 4 MB for a project that is this busy.
const SOURCES: usize = 16_384;
const ACCOUNTS: usize = 16_384;
/// A cumulative sum from which a wave is certain: at least e¹² ≈ 160,000 honest attempts between false alarms.
const LIMIT: f64 = 12.0;
/// How sharp that limit is.
const STEEP: f64 = 4.0;
/// The most that a success under distributed brute force says, beside the failures on the account itself.
const BRUTE_MOST: f64 = 2.0;
/// A wave is named by a source only from so many probes on.
const CULPRIT: f64 = 4.0;
/// Evidence below this is not told.
const TOLD: f64 = 0.3;
/// The log-odds that an attempt is part of the wave that goes on where it comes from: orange. What failed is no emergency.
const PART: f64 = 1.5;
/// The code of an attempt that is.
pub const ATTEMPT: &str = "wave.attempt";
/// What many users' attempts have in common. One for each project; its memory is bounded whatever is sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Crowd {
    project: Source,
    sources: Table<Source>,
    accounts: Table<Account>,
    incidents: Incidents,
}

impl Default for Crowd {
    fn default() -> Self {
        Self::new(SOURCES, ACCOUNTS)
    }
}

impl Crowd {
    /// A crowd that remembers at most so many sources and accounts.
    pub fn new(sources: usize, accounts: usize) -> Self {
        Self {
            project: Source::default(),
            sources: Table::new(sources),
            accounts: Table::new(accounts),
            incidents: Incidents::default(),
        }
    }

    /// Counts an attempt. Answers an incident when this attempt opened it: one alert tells of it.
    pub fn saw(&mut self, attempt: &Attempt<'_>) -> Option<&Incident> {
        let at = attempt.moment.at;
        let account = attempt.user.and_then(|user| self.accounts.get(user));
        let kind = attempt.kind(account.is_some_and(|account| account.is_tried(attempt)));
        let moved = self.project.step(kind, attempt.moment, &HONEST, Some(TRUST_SHIPPED));
        let mut found: Vec<(Key, Moved)> = Vec::with_capacity(5);
        found.push((Key::PROJECT, moved));
        let mut parent = moved.shares;
        for key in attempt.keys() {
            self.sources.update(key.mixed, at, Source::default, |source| {
                let moved = source.step(kind, attempt.moment, &parent, None);
                // A client is no network's child, and no network a client's.
                if key.scope != Scope::Client {
                    parent = moved.shares;
                }
                found.push((key, moved));
            });
        }
        let wave = probability(found.iter().map(|(_, moved)| moved.sum).fold(0.0, f64::max));
        self.project.learn(kind, &moved.shares, wave);
        for (key, moved) in found.iter().skip(1) {
            self.sources
                .update(key.mixed, at, Source::default, |source| source.learn(kind, &moved.shares, wave));
        }
        let strange_failure = !attempt.passed && attempt.familiarity != Familiarity::Familiar;
        let mut brute = None;
        if let Some(user) = attempt.user {
            self.accounts.update(user, at, Account::default, |account| {
                account.step(attempt, strange_failure);
                brute = account.brute(attempt);
            });
        }
        self.tell(attempt, kind, &found, brute)
    }

    /// What the crowd says of an attempt, to be asked before it is counted. Only a login on which nothing of the user is
    /// known is suspect because of a wave: it does not lock anybody out. What failed is told when it is part of one.
    pub fn evidence(&self, attempt: &Attempt<'_>) -> Vec<Term> {
        if !attempt.passed {
            return self.part_of(attempt).into_iter().collect();
        }
        let at = attempt.moment.at;
        let account = attempt.user.and_then(|user| self.accounts.get(user));
        let guessed = account.and_then(|account| account.guessers.evidence(attempt));
        let mut terms: Vec<_> = guessed.into_iter().collect();
        if attempt.familiarity == Familiarity::Familiar {
            return terms;
        }
        let own = if account.is_some_and(|account| account.is_tried(attempt)) { 1.0 } else { 0.0 };
        let suspects = self.suspects(attempt, own);
        if let Some(worst) = suspects.iter().max_by(|a, b| a.evidence.total_cmp(&b.evidence)) {
            terms.extend(self.hit(attempt, worst));
        }
        let brute = account.map_or(0.0, |account| account.under_attack(at));
        let evidence = tempered(brute * (1.0 - self.wave(Timestamp::from_seconds(at))), BRUTE_MOST);
        if evidence >= TOLD {
            let places = account.map_or(0.0, Account::places);
            let text = format!("About {places:.0} places failed to log in to this account before");
            terms.push(Term::new("account.bruteforce.distributed", evidence, text));
        }
        terms
    }

    /// How likely a stranger's failure on any account, within the last day, was part of a wave over the whole project.
    pub fn wave(&self, at: Timestamp) -> f64 {
        let at = at.seconds();
        let certain = self.incidents.find(Key::PROJECT, at).is_some();
        self.part(at) * if certain { 1.0 } else { probability(self.project.sum(at)) }
    }

    /// The same, now.
    fn during(&self, at: i64) -> f64 {
        self.part(at) * probability(self.project.sum(at))
    }

    /// Of the strangers' failures lately, the share beyond what the project's baseline expects.
    fn part(&self, at: i64) -> f64 {
        let excess = self.project.excess(at, &self.project.shares(&HONEST, TRUST_SHIPPED));
        (excess / self.project.probes(at).max(1.0)).min(1.0)
    }

    /// The waves that are remembered, in the order they were found.
    pub fn incidents(&self) -> &[Incident] {
        self.incidents.all()
    }

    /// What it occupies, in bytes.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.sources.bytes() + self.accounts.bytes()
    }

    /// Counts the attempt to its incident, and opens one where a sum passed its limit.
    fn tell(
        &mut self,
        attempt: &Attempt<'_>,
        kind: Kind,
        found: &[(Key, Moved)],
        brute: Option<Brute>,
    ) -> Option<&Incident> {
        let at = attempt.moment.at;
        let fired = found.iter().find(|(_, moved)| moved.sum >= LIMIT).map(|(key, _)| *key);
        if let Some(widest) = fired.filter(|_| attempt.familiarity != Familiarity::Familiar) {
            let named = self.culprit(found, at).unwrap_or(widest);
            let told =
                !attempt.passed || self.suspects(attempt, 0.0).iter().any(|suspect| suspect.evidence > 1.0);
            let keys: Vec<_> = found.iter().map(|(key, _)| *key).collect();
            let named = Named { key: named, label: attempt.label(named.scope), place: None };
            return told.then(|| self.incidents.count(attempt, kind, &keys, named)).flatten();
        }
        // A wave over all accounts tries some of them from many places as well: that is no incident of its own.
        let from_many = brute? == Brute::Distributed;
        if from_many && self.incidents.find(Key::PROJECT, at).is_some() {
            return None;
        }
        let key = Key { scope: Scope::Account, mixed: attempt.user? };
        let place = (!from_many).then(|| attempt.label(Scope::Address));
        let named = Named { key, label: attempt.label(Scope::Account), place };
        self.incidents.count(attempt, kind, &[key], named)
    }

    /// That a failure is part of a wave that was told: of one account's only where it is counted to it, of any other's where
    /// nothing of the user is known.
    fn part_of(&self, attempt: &Attempt<'_>) -> Option<Term> {
        let at = attempt.moment.at;
        let account = attempt.user.and_then(|user| Some((user, self.accounts.get(user)?)));
        let brute = account.filter(|(_, account)| account.brute(attempt).is_some());
        let own = brute.map(|(mixed, _)| Key { scope: Scope::Account, mixed });
        let strange = attempt.familiarity != Familiarity::Familiar;
        let sources = attempt.keys().filter(|_| strange);
        let all = Some(Key::PROJECT).filter(|_| strange && self.part(at) > 0.5);
        let incident =
            own.into_iter().chain(sources).chain(all).find_map(|key| self.incidents.find(key, at))?;
        let text = match incident.wave() {
            Wave::BruteForce => "Part of a series of guesses at this account’s password".to_owned(),
            _ => format!("Part of a wave of guessed passwords ({})", incident.label),
        };
        Some(Term::new(ATTEMPT, PART, text))
    }

    /// The narrowest source that explains half of what strangers do.
    fn culprit(&self, found: &[(Key, Moved)], at: i64) -> Option<Key> {
        let all = self.project.excess(at, &self.project.shares(&HONEST, TRUST_SHIPPED));
        let explains = |(key, _): &&(Key, Moved)| {
            !matches!(key.scope, Scope::Client | Scope::Project)
                && self
                    .sources
                    .get(key.mixed)
                    .is_some_and(|source| source.probes(at) >= (all / 2.0).max(CULPRIT))
        };
        found.iter().rfind(explains).map(|(key, _)| *key)
    }
}

/// How likely a source with this cumulative sum is part of a wave. Steep, because the sum is cut off soon above the limit.
fn probability(sum: f64) -> f64 {
    1.0 / (1.0 + (STEEP * (LIMIT - sum)).exp())
}
