//! The trials of several seeds as one: users of different worlds are different users.

use super::attack::Attacker;
use super::measure::{Scored, descending};
use super::novelty::Novelty;
use super::trial::{Moment, Trial};

/// Trials with the same entrants.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    trials: Vec<Trial>,
}

impl Pool {
    /// Takes another world's results in.
    pub fn add(&mut self, trial: Trial) {
        self.trials.push(trial);
    }

    /// How many users there are.
    pub fn users(&self) -> usize {
        self.trials.iter().map(|trial| trial.accounts).sum()
    }

    /// The policies, in their order: name and own threshold.
    pub fn policies(&self) -> Vec<(String, Option<f64>)> {
        let columns = self.trials.first().map(|trial| &trial.columns);
        columns.into_iter().flatten().map(|column| (column.name.clone(), column.limit)).collect()
    }

    /// The place of a policy.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.policies().iter().position(|policy| policy.0 == name)
    }

    /// A policy's scores of some moments, in the order they came.
    pub fn scores(&self, policy: usize, keep: impl Fn(&Moment) -> bool) -> Vec<Scored> {
        self.all(policy, keep).map(|(_, score, _, user)| (score, user)).collect()
    }

    /// Moment, score, what is left of it without the named evidence, user.
    pub fn all(
        &self,
        policy: usize,
        keep: impl Fn(&Moment) -> bool,
    ) -> impl Iterator<Item = (&Moment, f64, Option<f64>, u32)> {
        let firsts = self.trials.iter().scan(0, |first, trial| {
            let this = *first;
            *first += trial.accounts as u32;
            Some(this)
        });
        let rows = firsts.zip(&self.trials).flat_map(move |(first, trial)| {
            let column = &trial.columns[policy];
            trial.moments.iter().enumerate().map(move |(index, moment)| {
                let rest = column.rests.get(index).copied();
                (moment, column.scores[index], rest, first + moment.account)
            })
        });
        rows.filter(move |row| keep(row.0))
    }

    /// A policy's measured honest scores, the most alarming first.
    pub fn honest(&self, policy: usize) -> Vec<Scored> {
        descending(self.scores(policy, |moment| moment.measured() && moment.attacker.is_none()))
    }

    /// A policy's measured scores of each attacker.
    pub fn attacks(&self, policy: usize) -> [Vec<Scored>; 4] {
        Attacker::ALL.map(|attacker| {
            self.scores(policy, |moment| moment.measured() && moment.attacker == Some(attacker))
        })
    }

    /// How new honest logins were.
    pub fn novelty(&self) -> Novelty {
        let mut sum = Novelty::default();
        self.trials.iter().for_each(|trial| sum.add(&trial.novelty));
        sum
    }
}
