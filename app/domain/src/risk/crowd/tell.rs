//! What is told of: which incident an attempt belongs to, and when one opens.
//!
//! A wave is one incident, however many sources it comes from. A source that stands out in it has one of its own, and so
//! has an account that gets more of it than chance gives: one wave hides no other attack. So many open, and no more.

use super::account::Brute;
use super::attempt::{Attempt, Familiarity, Key, Kind, Scope};
use super::incident::{Incident, Named, Wave};
use super::source::{Moved, Source};
use super::{ATTEMPT, Crowd, LIMIT, PART, Term};

/// A wave is named by a source only from so many probes on.
const CULPRIT: f64 = 4.0;
/// A source stands out in a wave with half of what is not told of otherwise, or with so many times what the others of its
/// kind send, and so many more.
const TIMES: f64 = 4.0;
const MORE: f64 = 8.0;
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
        brute: Option<(Brute, f64)>,
    ) -> Option<&Incident> {
        let opened = self.tell_wave(attempt, kind, found) || self.tell_brute(attempt, kind, found, brute);
        self.incidents.all().last().filter(|_| opened)
    }

    /// True when the attempt opened the incident of a wave over many accounts.
    fn tell_wave(&mut self, attempt: &Attempt<'_>, kind: Kind, found: &[(Key, Moved)]) -> bool {
        let at = attempt.moment.at;
        let fired = found.iter().find(|(_, moved)| moved.sum >= LIMIT).map(|(key, _)| *key);
        let Some(widest) = fired.filter(|_| attempt.familiarity != Familiarity::Familiar) else {
            return false;
        };
        let got_in = || self.suspects(attempt, 0.0).iter().any(|suspect| suspect.evidence > 1.0);
        if attempt.passed && !got_in() {
            return false;
        }
        let is_open = |key: &Key| self.incidents.find(*key, at).is_some();
        let open = found.iter().rev().map(|(key, _)| *key).find(is_open);
        let has_room = self.incidents.sources(at) < SOURCES;
        let own = self.standing_out(found, at).filter(|key| has_room || is_open(key));
        let key = match (own, open) {
            (Some(own), Some(open)) if own.scope < open.scope => own,
            (_, Some(open)) => open,
            (Some(own), None) => own,
            (None, None) if has_room => self.culprit(found, at).unwrap_or(widest),
            (None, None) => Key::PROJECT,
        };
        let named = Named { key, label: attempt.label(key.scope), place: None, kind: None };
        let opened = self.incidents.count(attempt, kind, named);
        if opened && key.scope < Scope::Client {
            self.explain(key, found, at);
        }
        opened
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

    /// True when the attempt opened the incident of one account. A wave over all accounts tries some of them often, too:
    /// what it leaves on one by chance is no incident of its own.
    fn tell_brute(
        &mut self,
        attempt: &Attempt<'_>,
        kind: Kind,
        found: &[(Key, Moved)],
        brute: Option<(Brute, f64)>,
    ) -> bool {
        let (Some((brute, failures)), Some(user)) = (brute, attempt.user) else { return false };
        let at = attempt.moment.at;
        let in_wave = self.wave_at(at) > 0.5 || found.iter().any(|(_, moved)| moved.sum >= LIMIT);
        if in_wave && failures <= self.reach() {
            return false;
        }
        let (key, label) = self.account_or(Key::MANY, Key { scope: Scope::Account, mixed: user }, attempt);
        let one_place = brute == Brute::OnePlace && key != Key::MANY;
        let place = one_place.then(|| attempt.label(Scope::Address));
        self.incidents.count(attempt, kind, Named { key, label, place, kind: Some(Wave::BruteForce) })
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
    fn standing_out(&self, found: &[(Key, Moved)], at: i64) -> Option<Key> {
        let burst = |mixed: u64| self.sources.get(mixed).map_or(0.0, |source| source.burst(at));
        let mut chosen: Option<(Key, f64)> = None;
        for (key, moved) in found {
            let Some((mut all, mut sources)) = self.spread(key.scope, at) else { continue };
            for told in self.incidents.of(key.scope, at).filter(|mixed| *mixed != key.mixed) {
                (all, sources) = (all - burst(told), sources - 1.0);
            }
            let own = burst(key.mixed);
            let others = (all - own).max(0.0) / (sources - 1.0).max(1.0);
            let stands_out = own >= all / 2.0 || own >= TIMES * others + MORE;
            let fired = moved.sum >= LIMIT && stands_out;
            if chosen.map_or(fired, |(_, wider)| own >= MOST_OF_IT * wider) {
                chosen = Some((*key, own));
            }
        }
        chosen.map(|(key, _)| key)
    }
}
