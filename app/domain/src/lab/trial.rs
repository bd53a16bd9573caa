//! One history run past all policies: every honest login is scored, then learned; attacks are scored on the way and
//! never learned, so that the honest history stays honest.

use std::collections::HashMap;

use super::attack::{Attacker, forge};
use super::login::{Login, Origin};
use super::novelty::{News, Novelty};
use super::parameters as p;
use super::policy::Policy;
use super::population::History;
use super::random::Random;

/// A policy that takes part.
pub struct Entrant {
    /// The policy.
    pub policy: Box<dyn Policy>,
    /// Whether the application gives it device tokens.
    pub tokens: bool,
}

/// When a score was given.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Whose account.
    pub account: u32,
    /// How many logins the account had before.
    pub nth: u32,
    /// The day of the lab.
    pub day: i32,
    /// The day of the account's first login.
    pub joined: i32,
    /// Who it was, when not the user.
    pub attacker: Option<Attacker>,
    /// Upon a newcomer's second login, beside the ordinary attacks.
    pub extra: bool,
    /// Days since the account's last login.
    pub away: i32,
    /// Where the login was made.
    pub origin: Origin,
    /// What it showed for the first time: address, prefix, network, country, browser family, token.
    pub news: News,
}

impl Moment {
    /// Part of the figures: after the warm-up, and not the account's first login.
    pub fn measured(&self) -> bool {
        self.day >= p::WARM_UP && self.nth >= 1 && !self.extra
    }
}

/// One policy's scores, in the order of the moments.
#[derive(Clone, Debug, Default)]
pub struct Column {
    /// The policy's name.
    pub name: String,
    /// Its own threshold, if it has one.
    pub limit: Option<f64>,
    /// Scores.
    pub scores: Vec<f64>,
    /// Scores without the evidence that was named; empty for policies that name none.
    pub rests: Vec<f64>,
}

/// What came out.
#[derive(Clone, Debug, Default)]
pub struct Trial {
    /// How many accounts there are.
    pub accounts: usize,
    /// When each score was given.
    pub moments: Vec<Moment>,
    /// The policies.
    pub columns: Vec<Column>,
    /// How new honest logins are, counted over the measured ones.
    pub novelty: Novelty,
}

/// Runs a history past the policies.
pub fn run(history: &History, seed: u64, entrants: &mut [Entrant]) -> Trial {
    let plan = Plan::new(history, seed);
    let columns = entrants.iter().map(|entrant| Column {
        name: entrant.policy.name(),
        limit: entrant.policy.limit(),
        ..Column::default()
    });
    let mut trial = Trial { accounts: history.accounts, columns: columns.collect(), ..Trial::default() };
    let mut random = Random::stream(seed, 3);
    let mut accounts: Vec<Account> = vec![Account::default(); history.accounts];
    for (index, login) in history.logins.iter().enumerate() {
        let account = &mut accounts[login.account as usize];
        if !login.is_login() {
            judge(history, entrants, login, true, |_, _, _| {});
            continue;
        }
        if account.logins == 0 {
            account.joined = login.day();
        }
        for (attacker, extra) in plan.at(index) {
            let Some(usual) = account.usual() else { continue };
            let at = account.last + (random.unit() * (login.at - account.last) as f64) as i64;
            let attack = forge(*attacker, usual, at, &history.world, &mut random);
            let news = trial.novelty.news(&history.world, &attack);
            trial.add(account, &attack, news, Some(*attacker), *extra);
            trial.score(history, entrants, &attack, false);
        }
        let news = trial.novelty.news(&history.world, login);
        trial.add(account, login, news, None, false);
        trial.score(history, entrants, login, true);
        let measured = trial.moments.last().is_some_and(Moment::measured);
        trial.novelty.see(&history.world, login, news, measured);
        account.note(login);
    }
    trial
}

impl Trial {
    fn add(&mut self, account: &Account, login: &Login, news: News, attacker: Option<Attacker>, extra: bool) {
        let (nth, joined) = (account.logins, account.joined);
        let (day, origin) = (login.day(), login.origin);
        let away = ((login.at - account.last) / 86_400) as i32;
        self.moments.push(Moment {
            account: login.account,
            nth,
            day,
            joined,
            attacker,
            extra,
            away,
            origin,
            news,
        });
    }

    fn score(&mut self, history: &History, entrants: &mut [Entrant], login: &Login, learn: bool) {
        judge(history, entrants, login, learn, |index, score, rest| {
            self.columns[index].scores.push(score);
            self.columns[index].rests.extend(rest);
        });
    }
}

fn judge(
    history: &History,
    entrants: &mut [Entrant],
    login: &Login,
    learn: bool,
    mut tell: impl FnMut(usize, f64, Option<f64>),
) {
    let with = login.observe(&history.world, true);
    let without = login.observe(&history.world, false);
    for (index, entrant) in entrants.iter_mut().enumerate() {
        let seen = if entrant.tokens { &with } else { &without };
        let score = entrant.policy.score(seen);
        tell(index, score, entrant.policy.rest(seen));
        if learn {
            entrant.policy.learn(seen);
        }
    }
}

/// What an attacker can find out about an account, and what the trial counts.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// How many logins it had.
    pub logins: u32,
    joined: i32,
    last: i64,
    home: Option<Login>,
    any: Option<Login>,
}

impl Account {
    /// The login an attacker would imitate: the latest from home, else from work or the carrier, else any.
    pub fn usual(&self) -> Option<&Login> {
        self.home.as_ref().or(self.any.as_ref())
    }

    /// Counts an honest login.
    pub fn note(&mut self, login: &Login) {
        self.logins += 1;
        self.last = login.at;
        match login.origin {
            Origin::Home => self.home = Some(*login),
            Origin::Office | Origin::Carrier => self.any = Some(*login),
            _ => self.any = self.any.or(Some(*login)),
        }
    }
}

/// Which logins are attacked, in which ways, just before they happen.
struct Plan(HashMap<usize, Vec<(Attacker, bool)>>);

impl Plan {
    fn new(history: &History, seed: u64) -> Self {
        let mut random = Random::stream(seed, 4);
        let mut plan = Self(HashMap::new());
        let mut logins: Vec<Vec<usize>> = vec![Vec::new(); history.accounts];
        for (index, login) in history.logins.iter().enumerate().filter(|(_, login)| login.is_login()) {
            logins[login.account as usize].push(index);
        }
        for own in &logins {
            let day = |index: &usize| history.logins[*index].day();
            if let Some(second) = own.get(1).filter(|second| day(second) >= p::SETTLED) {
                plan.attack(*second, p::SECOND_LOGIN_ATTACKS, true);
            }
            let mut late: Vec<usize> =
                own.iter().skip(1).filter(|index| day(index) >= p::WARM_UP).copied().collect();
            for _ in 0..p::ATTACKED_LOGINS.min(late.len()) {
                let chosen = late.swap_remove(random.below(late.len()));
                plan.attack(chosen, 1, false);
            }
        }
        plan
    }

    fn attack(&mut self, index: usize, times: usize, extra: bool) {
        let attacks = self.0.entry(index).or_default();
        for _ in 0..times {
            attacks.extend(Attacker::ALL.map(|attacker| (attacker, extra)));
        }
    }

    fn at(&self, index: usize) -> &[(Attacker, bool)] {
        self.0.get(&index).map_or(&[], Vec::as_slice)
    }
}
