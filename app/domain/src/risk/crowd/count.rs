//! Counting an attempt to log in: for the project, each of its sources, and its account.

use super::account::{Account, Counts, MEMORY};
use super::attempt::{Attempt, Familiarity, Key, Kind, Scope};
use super::incident::Incident;
use super::source::{BURST, Counted, HONEST, Moved, Source, TRUST_PARENT, TRUST_SHIPPED};
use super::{Crowd, probability};

/// So many failures of one account say how often a wave tries each: one that is tried without end is not what a wave does.
const TRIES: f64 = 32.0;

/// What an attempt looks like to its address and prefix, and what to everybody else.
#[derive(Clone, Copy)]
struct Kinds {
    near: Kind,
    wide: Kind,
}

impl Kinds {
    fn of(self, key: Key) -> Kind {
        if key.scope < Scope::Network { self.near } else { self.wide }
    }
}

impl Crowd {
    /// The same of an attempt to log in.
    pub(super) fn saw_login(&mut self, attempt: &Attempt<'_>) -> Option<&Incident> {
        let at = attempt.moment.at;
        let account = attempt.user.and_then(|user| self.accounts.get(user));
        let tried = account.is_some_and(|account| account.is_tried(attempt));
        // From however many places one account is tried: among many it is one attempt.
        let counted = account.is_some_and(|account| account.is_counted(attempt.moment));
        let kinds = Kinds { near: attempt.kind(tried), wide: attempt.kind(tried || counted) };
        let strange_failure = !attempt.passed && attempt.familiarity != Familiarity::Familiar;
        if strange_failure && account.is_none_or(|account| account.strange(at) < TRIES) {
            // Names that are nobody's are tried once each, which says nothing of how often accounts are.
            let tries = if attempt.is_unknown() { &mut self.tries.1 } else { &mut self.tries.0 };
            tries.count(attempt.moment, MEMORY, account.is_none_or(|account| account.is_fresh(at)));
        }
        let narrow = attempt.keys().filter(|key| key.scope < Scope::Client);
        let told = narrow.filter(|key| self.incidents.find(*key, at).is_some()).map(|key| key.scope).min();
        let found = self.step(attempt, kinds, told);
        self.learn(attempt, kinds, told, &found);
        let mut brute = None;
        if let Some(user) = attempt.user {
            self.accounts.update(user, at, Account::default, |account| {
                let probe = kinds.wide.is_probe();
                account.step(attempt, Counts { strange_failure, probe, told: told.is_some() });
                brute = account.brute(attempt);
            });
        }
        self.tell(attempt, kinds.near, &found, brute)
    }

    /// Counts an attempt for the project and each source of it, the widest first; `told`: the narrowest of these with an
    /// incident of its own, which explains the attempt to wider ones.
    fn step(&mut self, attempt: &Attempt<'_>, kinds: Kinds, told: Option<Scope>) -> Vec<(Key, Moved)> {
        let (at, moment) = (attempt.moment.at, attempt.moment);
        let counted = |key: Key| {
            let explained = told.is_some_and(|scope| key.scope > scope);
            Counted { kind: kinds.of(key), explained }
        };
        let counts = counted(Key::PROJECT);
        let moved = self.project.step(counts, moment, &HONEST, TRUST_SHIPPED);
        let mut found: Vec<(Key, Moved)> = Vec::with_capacity(5);
        found.push((Key::PROJECT, moved));
        let mut parent = moved.shares;
        for key in attempt.keys() {
            self.sources.update(key.mixed, at, Source::default, |source| {
                let moved = source.step(counted(key), moment, &parent, TRUST_PARENT);
                // A client is no network's child, and no network a client's.
                if key.scope != Scope::Client {
                    parent = moved.shares;
                }
                found.push((key, moved));
            });
        }
        found
    }

    /// Teaches the baselines an attempt, as far as no wave explains it.
    fn learn(&mut self, attempt: &Attempt<'_>, kinds: Kinds, told: Option<Scope>, found: &[(Key, Moved)]) {
        let most = found.iter().map(|(_, moved)| moved.sum).fold(0.0, f64::max);
        let wave = if told.is_some() { 1.0 } else { probability(most) };
        for (key, moved) in found {
            let kind = kinds.of(*key);
            if *key == Key::PROJECT {
                self.project.learn(kind, &moved.shares, wave);
                continue;
            }
            let learn = |source: &mut Source| source.learn(kind, &moved.shares, wave);
            self.sources.update(key.mixed, attempt.moment.at, Source::default, learn);
            if let Some(sent) = self.sent.get_mut(key.scope as usize).filter(|_| moved.bursts) {
                sent.count(attempt.moment, BURST, moved.first);
            }
        }
    }
}
