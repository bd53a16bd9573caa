//! What is told of: which incident an attempt belongs to, and when one opens.
//!
//! A wave is one incident, however many sources it comes from. A source that stands out in it has one of its own, and so
//! has an account that gets more of it than chance gives: one wave hides no other attack. So many open, and no more.

use super::account::{Brute, Forced};
use super::attempt::{Attempt, Familiarity, Key, Kind, Scope};
use super::incident::{Incident, Named};
use super::source::{Moved, Source};
use super::wave::Wave;
use super::{ATTEMPT, Crowd, LIMIT, PART, Term};

/// A wave is named by a source only from so many probes on.
const CULPRIT: f64 = 4.0;
/// A source stands out in a wave with half of what is not told of otherwise, or with so many times what the others of its
/// kind send, and so many more.
const TIMES: f64 = 4.0;
const MORE: f64 = 8.0;
/// … but for an access network of which this attempt's range sent less than this share.
const POOL: f64 = 0.2;
/// … and a narrower one instead of a wider one with this share of it.
const MOST_OF_IT: f64 = 0.67;
/// Of so many sources within a day there are incidents of their own; then the project's tells of all. A wave that comes from
/// one address after the other is not as many alerts.
const SOURCES: usize = 6;
/// The same of accounts; then one incident tells of all further ones.
const ACCOUNTS: usize = 16;
/// … which is called so.
const MANY: &str = "many accounts";

impl Crowd {
    /// Counts the attempt to its incidents, and opens one where a sum passed its limit, or an account is being guessed at.
    pub(super) fn tell(
        &mut self,
        attempt: &Attempt<'_>,
        kind: Kind,
        found: &[(Key, Moved)],
        brute: Option<Forced>,
    ) -> Option<&Incident> {
        let told =
            self.tell_wave(attempt, kind, found).or_else(|| self.tell_brute(attempt, kind, found, brute));
        told.and_then(|number| self.incidents.numbered(number))
    }

    /// Counts it to a wave over many accounts; the number of its incident, where that is to be told.
    fn tell_wave(&mut self, attempt: &Attempt<'_>, kind: Kind, found: &[(Key, Moved)]) -> Option<u64> {
        let at = attempt.moment.at;
        let fired = found.iter().find(|(_, moved)| moved.sum >= LIMIT).map(|(key, _)| *key);
        let widest = fired.filter(|_| attempt.familiarity != Familiarity::Familiar)?;
        let got_in = || self.suspects(attempt, 0.0).iter().any(|suspect| suspect.evidence > 1.0);
        if attempt.passed && !got_in() {
            return None;
        }
        let is_open = |key: &Key| self.incidents.find(*key, at).is_some();
        let open = found.iter().rev().map(|(key, _)| *key).find(is_open);
        let has_room = self.incidents.sources(at) < SOURCES;
        let own = self.standing_out(attempt, found).filter(|key| has_room || is_open(key));
        let key = match (own, open) {
            (Some(own), Some(open)) if own.scope < open.scope => own,
            (_, Some(open)) => open,
            (Some(own), None) => own,
            (None, None) if has_room => self.culprit(found, at).unwrap_or(widest),
            (None, None) => Key::PROJECT,
        };
        let source = self.sources.get(key.mixed).filter(|_| key != Key::PROJECT).unwrap_or(&self.project);
        let (label, first) = (attempt.label(key.scope), source.since(LIMIT));
        let named = Named { key, label, place: None, kind: None, failures: 0.0, first };
        let told = self.incidents.count(attempt, kind, named);
        let is_new = self.incidents.find(key, at).is_some_and(|incident| incident.attempts == 1);
        if told.is_some() && is_new && key.scope < Scope::Client {
            self.explain(key, found, at);
        }
        told
    }

    /// What a source's own incident tells of speaks no longer against what is wider.
    fn explain(&mut self, told: Key, found: &[(Key, Moved)], at: i64) {
        let mut burst = 0.0;
        self.sources.update(told.mixed, at, Source::default, |source| {
            burst = source.burst(at);
            source.convict();
        });
        self.project.explain(burst);
        for (key, _) in found.iter().filter(|(key, _)| key.scope > told.scope && *key != Key::PROJECT) {
            self.sources.update(key.mixed, at, Source::default, |source| source.explain(burst));
        }
    }

    /// Counts it to the incident of one account; its number, where that is to be told. A wave over all accounts tries some of them often, too:
    /// what it leaves on one by chance is no incident of its own.
    fn tell_brute(
        &mut self,
        attempt: &Attempt<'_>,
        kind: Kind,
        found: &[(Key, Moved)],
        brute: Option<Forced>,
    ) -> Option<u64> {
        let (Forced { how, failures, first }, user) = brute.zip(attempt.user)?;
        let at = attempt.moment.at;
        let in_wave = self.wave_at(at) > 0.5 || found.iter().any(|(_, moved)| moved.sum >= LIMIT);
        if in_wave && failures <= self.reach() {
            return None;
        }
        let (key, label) = self.account_or(Key::MANY, Key { scope: Scope::Account, mixed: user }, attempt);
        let one_place = how == Brute::OnePlace && key != Key::MANY;
        let place = one_place.then(|| attempt.label(Scope::Address));
        let kind_of = if how == Brute::InARow && key != Key::MANY { Wave::InARow } else { Wave::BruteForce };
        let named = Named { key, label, place, kind: Some(kind_of), failures, first };
        self.incidents.count(attempt, kind, named)
    }

    /// The account's own incident, or, where too many have one, that of all further accounts; and what it is called.
    pub(super) fn account_or(&self, many: Key, key: Key, attempt: &Attempt<'_>) -> (Key, String) {
        let at = attempt.moment.at;
        if self.incidents.find(key, at).is_none() && self.incidents.accounts(at) >= ACCOUNTS {
            return (many, MANY.to_owned());
        }
        (key, attempt.label(Scope::Account))
    }

    /// That a failure is part of a wave that was told: of one account's only where it is counted to it, of any other's where
    /// nothing of the user is known.
    pub(super) fn part_of(&self, attempt: &Attempt<'_>) -> Option<Term> {
        let at = attempt.moment.at;
        let account = attempt.user.and_then(|user| Some((user, self.accounts.get(user)?)));
        let brute = account.filter(|(_, account)| account.brute(attempt).is_some());
        let own = brute.map(|(mixed, _)| [Key { scope: Scope::Account, mixed }, Key::MANY]);
        let strange = attempt.familiarity != Familiarity::Familiar;
        let sources = attempt.keys().filter(|_| strange);
        let all = Some(Key::PROJECT).filter(|_| strange && self.part(at) > 0.5);
        let incident = own
            .into_iter()
            .flatten()
            .chain(sources)
            .chain(all)
            .find_map(|key| self.incidents.find(key, at))?;
        let text = match incident.wave() {
            Wave::BruteForce => "Part of a series of guesses at this account’s password".to_owned(),
            Wave::InARow => "One of a hundred failures in a row on this account, or more".to_owned(),
            _ => format!("Part of a wave of guessed passwords ({})", incident.label),
        };
        Some(Term::new(ATTEMPT, PART, text))
    }

    /// The narrowest source that explains half of what strangers did within the last hours.
    fn culprit(&self, found: &[(Key, Moved)], at: i64) -> Option<Key> {
        let all = self.project.burst(at);
        let explains = |(key, _): &&(Key, Moved)| {
            key.scope < Scope::Client
                && self
                    .sources
                    .get(key.mixed)
                    .is_some_and(|source| source.burst(at) >= (all / 2.0).max(CULPRIT))
        };
        found.iter().rfind(explains).map(|(key, _)| *key)
    }

    /// The narrowest source with most of what comes from one that passed its limit by itself, and sends far more than others
    /// of its kind do, but for those with an incident of their own.
    fn standing_out(&self, attempt: &Attempt<'_>, found: &[(Key, Moved)]) -> Option<Key> {
        let at = attempt.moment.at;
        let burst = |mixed: u64| self.sources.get(mixed).map_or(0.0, |source| source.burst(at));
        let near =
            found.iter().find(|(key, _)| key.scope == Scope::Prefix).map_or(0.0, |(key, _)| burst(key.mixed));
        let is_wide = self.incidents.find(Key::PROJECT, at).is_some();
        let mut chosen: Option<(Key, f64)> = None;
        for (key, moved) in found {
            let Some((mut all, mut sources)) = self.spread(key.scope, at) else { continue };
            for told in self.incidents.of(key.scope, at).filter(|mixed| *mixed != key.mixed) {
                (all, sources) = (all - burst(told), sources - 1.0);
            }
            let own = burst(key.mixed);
            let others = (all - own).max(0.0) / (sources - 1.0).max(1.0);
            // A pool of proxies has many in each large access network: that is the wave that is told, and no other.
            let is_pool = is_wide && key.scope == Scope::Network && !attempt.hidden && near < POOL * own;
            let stands_out = own >= all / 2.0 || (own >= TIMES * others + MORE && !is_pool);
            let fired = moved.sum >= LIMIT && stands_out;
            if chosen.map_or(fired, |(_, wider)| own >= MOST_OF_IT * wider) {
                chosen = Some((*key, own));
            }
        }
        chosen.map(|(key, _)| key)
    }
}
