//! The bench on real logins: the data set of das-group (Wiefling et al., ACM TOPS 26(1), 2022, doi:10.1145/3546069), read in
//! the order of time. Every login of the users that are taken is scored by all policies, then learned; attackers are made
//! of what others showed before ([`forge`]), and the takeovers that the data set itself marks are scored as they are.
//! Neither is learned.

mod forge;
mod report;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use super::attack::Attacker;
use super::bench::WITHOUT_TOKEN;
use super::measure::Scored;
use super::policy::Policy;
use super::policy::engine::Engine;
use super::policy::freeman::Freeman;
use super::policy::simple::{Rule, Simple};
use super::random::{Random, mix};
use crate::event::Observation;
use crate::time::DAY;
use crate::{Timestamp, event::verb};
use forge::Shown;

/// How the file is run.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// One user in so many is taken.
    pub one_in: u64,
    /// So many days at the beginning teach and are not measured.
    pub warm_up: i64,
    /// One measured login in so many is attacked just before.
    pub attacked: u64,
    /// Resamples behind each interval.
    pub resamples: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { one_in: 20, warm_up: 30, attacked: 5, resamples: super::parameters::RESAMPLES }
    }
}

/// A row of the file.
#[derive(Clone, Debug)]
pub struct Row {
    /// What happened.
    pub seen: Observation,
    /// The data set says that it was not the user.
    pub takeover: bool,
}

/// One policy and its scores.
struct Column {
    policy: Box<dyn Policy>,
    honest: Vec<Scored>,
    attacks: [Vec<Scored>; 4],
    takeovers: Vec<Scored>,
}

/// What is known of a user who is taken.
#[derive(Debug)]
struct Account {
    number: u32,
    logins: u32,
    last: Option<Arc<Observation>>,
}

/// The file so far.
pub struct Trial {
    options: Options,
    columns: Vec<Column>,
    accounts: HashMap<String, Account>,
    shown: Shown,
    random: Random,
    begins: Option<Timestamp>,
    /// Takeovers of accounts that nobody had logged in to before: there is nothing to compare them with.
    first: u32,
}

impl Trial {
    /// Knows nobody yet.
    pub fn new(options: Options) -> Self {
        // The file has neither coordinates nor device tokens.
        let simple = [Rule::NewAddress, Rule::NewDevice, Rule::NewCountry, Rule::Points];
        let mut policies: Vec<Box<dyn Policy>> = Vec::new();
        policies.extend(simple.map(|rule| Box::new(Simple::new(rule)) as Box<dyn Policy>));
        policies.push(Box::<Freeman>::default());
        policies.push(Box::new(Engine::new(WITHOUT_TOKEN)));
        Self {
            options,
            columns: policies.into_iter().map(Column::new).collect(),
            accounts: HashMap::new(),
            shown: Shown::default(),
            random: Random::new(1),
            begins: None,
            first: 0,
        }
    }

    /// True when this user is among those that are taken.
    pub fn takes(&self, user: &str) -> bool {
        let hash = user.bytes().fold(0, |hash, byte| mix(hash ^ u64::from(byte)));
        hash.is_multiple_of(self.options.one_in.max(1))
    }

    /// Takes the next row, in the order of time.
    pub fn add(&mut self, row: Row) {
        let Some(user) = row.seen.event.user.as_ref().map(|user| user.id.clone()) else { return };
        if !self.takes(&user) {
            return;
        }
        let begins = *self.begins.get_or_insert(row.seen.at);
        let measured = row.seen.at.since(begins) >= self.options.warm_up * DAY;
        if verb::is_failure(&row.seen.event.verb) {
            return self.columns.iter_mut().for_each(|column| column.learn(&row.seen));
        }
        let number = self.accounts.len() as u32;
        let account = self.accounts.entry(user).or_insert(Account { number, logins: 0, last: None });
        let (number, compared) = (account.number, account.logins > 0);
        if row.takeover {
            self.first += u32::from(!compared);
            if compared {
                self.columns.iter_mut().for_each(|column| column.takeover(&row.seen, number));
            }
            return;
        }
        let seen = Arc::new(row.seen);
        account.logins += 1;
        let usual = account.last.replace(seen.clone());
        if let Some(usual) = usual.filter(|_| measured) {
            self.attack(&usual, &seen, number);
            self.columns.iter_mut().for_each(|column| column.honest(&seen, number));
        }
        self.columns.iter_mut().for_each(|column| column.learn(&seen));
        self.shown.note(&seen);
    }

    /// Now and then somebody else tries the account just before its user comes.
    fn attack(&mut self, usual: &Observation, next: &Observation, number: u32) {
        if self.random.below(self.options.attacked.max(1) as usize) > 0 {
            return;
        }
        let at = Timestamp(usual.at.0 + (self.random.unit() * next.at.since(usual.at) as f64) as i64);
        for (place, attacker) in Attacker::ALL.into_iter().enumerate() {
            if let Some(attack) = self.shown.forge(attacker, usual, at, &mut self.random) {
                self.columns.iter_mut().for_each(|column| column.attack(place, &attack, number));
            }
        }
    }
}

impl Column {
    fn new(policy: Box<dyn Policy>) -> Self {
        Self { policy, honest: Vec::new(), attacks: Default::default(), takeovers: Vec::new() }
    }

    /// Policies learn what they have just scored.
    fn learn(&mut self, seen: &Observation) {
        self.policy.score(seen);
        self.policy.learn(seen);
    }

    fn honest(&mut self, seen: &Observation, user: u32) {
        self.honest.push((self.policy.score(seen), user));
    }

    fn attack(&mut self, attacker: usize, seen: &Observation, user: u32) {
        if let Some(scores) = self.attacks.get_mut(attacker) {
            scores.push((self.policy.score(seen), user));
        }
    }

    fn takeover(&mut self, seen: &Observation, user: u32) {
        self.takeovers.push((self.policy.score(seen), user));
    }
}
