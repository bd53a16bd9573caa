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
mod count;
mod factor;
mod familiarity;
mod guesser;
mod incident;
mod pace;
mod sketch;
mod snapshot;
mod source;
mod spread;
mod suspect;
mod table;
mod tell;
#[cfg(test)]
mod tests;
mod wave;

use serde::{Deserialize, Serialize};

use super::term::{Term, tempered};
use crate::Timestamp;
use account::Account;
use attempt::What;
pub use attempt::{Attempt, Familiarity, Scope};
use factor::Factors;
pub use factor::{FAILURES, GUESSED, RELAYED, is_guessed};
pub(in crate::risk) use guesser::guessing;
use incident::Incidents;
pub use incident::{Incident, QUIET};
pub(in crate::risk) use sketch::{mix, mix_folded, mix_text};
use source::{BURST, HONEST, Source, TRUST_SHIPPED};
use spread::Spread;
use table::Table;
pub use wave::Wave;

/// Sources and accounts that are remembered: about 4 MB for a project that is this busy.
const SOURCES: usize = 16_384;
const ACCOUNTS: usize = 16_384;
/// Accounts of which a second factor was wrong within the last hour.
const FACTORS: usize = 4_096;
/// A cumulative sum from which a wave is certain: at least e¹² ≈ 160,000 honest attempts between false alarms.
const LIMIT: f64 = 12.0;
/// How sharp that limit is.
const STEEP: f64 = 4.0;
/// Evidence below this is not told.
const TOLD: f64 = 0.3;
/// The log-odds that an attempt is part of the wave that goes on where it comes from: orange. What failed is no emergency.
pub(in crate::risk) const PART: f64 = 1.5;
/// The code of an attempt that is.
pub const ATTEMPT: &str = "wave.attempt";
/// What many users' attempts have in common. One for each project; its memory is bounded whatever is sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Crowd {
    project: Source,
    sources: Table<Source>,
    accounts: Table<Account>,
    factors: Table<Factors>,
    incidents: Incidents,
    /// Strangers' failures, and on how many accounts: of users, and of others.
    tries: (Spread, Spread),
    /// What networks, prefixes and addresses send, and how many they are.
    sent: [Spread; 3],
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
            factors: Table::new(FACTORS.min(accounts)),
            incidents: Incidents::default(),
            tries: Default::default(),
            sent: Default::default(),
        }
    }

    /// Counts an attempt. Answers an incident when this attempt opened it: one alert tells of it.
    pub fn saw(&mut self, attempt: &Attempt<'_>) -> Option<&Incident> {
        match attempt.what {
            What::Login => self.saw_login(attempt),
            What::Factor => self.saw_factor(attempt),
            What::Action => None,
        }
    }

    /// What the crowd says of an attempt, to be asked before it is counted. Only a login on which nothing of the user is
    /// known is suspect because of a wave: it does not lock anybody out. What failed is told when it is part of one.
    pub fn evidence(&self, attempt: &Attempt<'_>) -> Vec<Term> {
        if attempt.what != What::Login {
            return self.second_factor(attempt).into_iter().collect();
        }
        if !attempt.passed {
            return self.part_of(attempt).into_iter().collect();
        }
        let account = attempt.user.and_then(|user| self.accounts.get(user));
        let mut terms: Vec<_> =
            account.and_then(|account| account.guessers.evidence(attempt)).into_iter().collect();
        if attempt.familiarity != Familiarity::Familiar {
            let own = if account.is_some_and(|account| account.is_tried(attempt)) { 1.0 } else { 0.0 };
            let suspects = self.suspects(attempt, own);
            let worst = suspects.iter().max_by(|a, b| a.evidence.total_cmp(&b.evidence));
            terms.extend(worst.and_then(|worst| self.hit(attempt, worst)));
        }
        let distributed = account.and_then(|account| self.distributed(attempt, account));
        let is_told = distributed.is_some() || !terms.is_empty();
        terms.extend(distributed);
        terms.extend(account.filter(|_| !is_told).and_then(|account| self.in_a_row(attempt, account)));
        terms.extend(self.second_factor(attempt));
        terms
    }

    /// What several places' failures on an account say of a login after them on a device that is not surely the user's.
    fn distributed(&self, attempt: &Attempt<'_>, account: &Account) -> Option<Term> {
        let at = attempt.moment.at;
        let own = account.under_attack(at) * (1.0 - self.excused(account, at));
        let evidence = tempered(own, account.says(at));
        let (failures, places) = account.tried(at);
        let told = evidence >= TOLD && !attempt.own && places > 1;
        let text = || format!("About {failures} failed attempts from at least {places} places came before");
        told.then(|| Term::new("account.bruteforce.distributed", evidence, text()))
    }

    /// What more failures in a row than anybody may have say of a login after them where the user is not known: they
    /// looked like the user, and so may it.
    fn in_a_row(&self, attempt: &Attempt<'_>, account: &Account) -> Option<Term> {
        let at = attempt.moment.at;
        let failures = account.in_a_row(at).filter(|_| !attempt.at_home)?;
        let evidence = tempered(1.0 - self.excused(account, at), guessing(failures as u32));
        let text = || format!("About {failures:.0} failed attempts in a row came before, from wherever");
        (evidence >= TOLD).then(|| Term::new("account.bruteforce", evidence, text()))
    }

    /// How likely waves over many accounts left a user's failures of the last day, 0..1: those that came from sources that are
    /// told of, and all others where a wave comes from anywhere; of one who got more than chance gives, as many.
    pub fn excuses(&self, user: &str, at: Timestamp) -> f64 {
        let account = self.accounts.get(mix_text(user));
        account.map_or(self.wave(at), |account| self.excused(account, at.seconds()))
    }

    fn excused(&self, account: &Account, at: i64) -> f64 {
        let (all, told) = account.away(at);
        if all <= 0.0 {
            return self.wave_at(at);
        }
        let reach = self.reach().max(1.0);
        (told.min(reach) + self.wave_at(at) * (all - told).min(reach)) / all
    }

    /// The most failures that a wave over many accounts leaves on one by chance.
    fn reach(&self) -> f64 {
        self.tries.0.reach().max(self.tries.1.reach())
    }

    /// How likely a stranger's failure on any account, within the last day, was part of a wave over many accounts.
    pub fn wave(&self, at: Timestamp) -> f64 {
        self.wave_at(at.seconds())
    }

    fn wave_at(&self, at: i64) -> f64 {
        let certain = self.incidents.is_wave(at);
        self.part(at) * if certain { 1.0 } else { probability(self.project.sum(at)) }
    }

    /// How many strangers' failures the sources of this scope sent within the last hours, and how many they are.
    fn spread(&self, scope: Scope, at: i64) -> Option<(f64, f64)> {
        self.sent.get(scope as usize).map(|sent| sent.now(at, BURST))
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

    /// The alert of this incident was not written: the next attempt that belongs to it opens it.
    #[cfg(feature = "store")]
    pub(crate) fn untell(&mut self, number: u64) {
        self.incidents.untell(number);
    }

    /// The incident, where its alert was not written and nobody has opened it since.
    #[cfg(feature = "store")]
    pub(crate) fn tell_again(&mut self, number: u64) -> Option<&Incident> {
        self.incidents.tell_again(number)
    }

    /// What it occupies, in bytes.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.sources.bytes() + self.accounts.bytes() + self.factors.bytes()
    }
}

/// How likely a source with this cumulative sum is part of a wave. Steep, because the sum is cut off soon above the limit.
fn probability(sum: f64) -> f64 {
    1.0 / (1.0 + (STEEP * (LIMIT - sum)).exp())
}
