//! What a login from a suspect source says: how much more likely a random login there is an attacker's than a random
//! login anywhere.

use super::attempt::{Attempt, Key, Scope};
use super::incident::Incident;
use super::source::{HONEST, TRUST_PARENT, TRUST_SHIPPED};
use super::wave::Wave;
use super::{Crowd, TOLD, Term, probability};

/// The share of guesses that hit: .5 % of leaked pairs work elsewhere.
const HIT: f64 = 0.005;
/// The share of logins that are an attacker's when there is no wave, as far as this evidence goes.
const USUALLY: f64 = 0.001;
/// The most that a login inside a wave says: from one of its addresses or ranges, or through a data centre or VPN that
/// it uses; …
const HIT_MOST: f64 = 4.0;
/// … with the same rare kind of client, through any of these. An access network that it uses says nothing: its customers
/// are many who have nothing to do with it.
const CLIENT_MOST: f64 = 1.0;
/// A kind of client that more than this share of logins shows identifies nobody.
const POPULAR: f64 = 0.02;

/// A source of an attempt that a wave may come from.
pub(super) struct Suspect {
    pub(super) key: Key,
    pub(super) evidence: f64,
}

impl Crowd {
    /// What each source of this login says; `own` guesses are the account's own.
    pub(super) fn suspects(&self, attempt: &Attempt<'_>, own: f64) -> Vec<Suspect> {
        let at = attempt.moment.at;
        let project = self.project.shares(&HONEST, TRUST_SHIPPED);
        let usual = self.project.usual().max(1.0);
        let during = self.during(at);
        let suspect = |key: Key| {
            let source = self.sources.get(key.mixed)?;
            let is_wide = matches!(key.scope, Scope::Client | Scope::Network);
            let popular = key.scope == Scope::Client && source.usual() / usual > POPULAR;
            if popular || (is_wide && !attempt.hidden) {
                return None;
            }
            let guesses = (source.excess(at, &source.shares(&project, TRUST_PARENT)) - own).max(0.0);
            let told = key.scope < Scope::Client && self.incidents.find(key, at).is_some();
            let wave = if told { 1.0 } else { probability(source.sum(at)).max(during) };
            let odds = guesses * HIT / (source.passes(at) + 1.0);
            let most = if key.scope == Scope::Client { CLIENT_MOST } else { HIT_MOST };
            let evidence = (wave * odds / USUALLY).ln_1p().min(most);
            Some(Suspect { key, evidence })
        };
        attempt.keys().filter_map(suspect).collect()
    }

    /// The sentence about the worst of them, when there is something to tell.
    pub(super) fn hit(&self, attempt: &Attempt<'_>, worst: &Suspect) -> Option<Term> {
        if worst.evidence < TOLD {
            return None;
        }
        let at = attempt.moment.at;
        let incident = self.incidents.find(worst.key, at).or_else(|| self.incidents.find(Key::PROJECT, at));
        let wave = incident.map_or(Wave::Stuffing, Incident::wave);
        let (code, what) = match wave {
            Wave::Spray => ("global.spray.hit", "a slow wave of guessed passwords"),
            Wave::Guessing => ("global.stuffing.hit", "a wave of guessed passwords"),
            Wave::Stuffing | Wave::BruteForce | Wave::InARow | Wave::SecondFactor => {
                ("global.stuffing.hit", "a wave of stolen passwords")
            }
        };
        let label = attempt.label(worst.key.scope);
        let users = incident.map_or(0.0, Incident::users);
        let text = if users < 2.0 {
            format!("Comes from where {what} comes from ({label})")
        } else {
            format!("Comes from where {what} comes from ({label}): about {users:.0} accounts tried so far")
        };
        Some(Term::new(code, worst.evidence, text))
    }
}
