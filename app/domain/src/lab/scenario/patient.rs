//! Attackers with time: who log in again and again until they are a habit; and accounts that are unlike others.

use super::Limit;
use crate::lab::attack::{Attacker, forge};
use crate::lab::login::Login;
use crate::lab::measure::Scored;
use crate::lab::parameters as p;
use crate::lab::policy::Policy;
use crate::lab::policy::engine::Engine;
use crate::lab::population::History;
use crate::lab::random::Random;
use crate::lab::trial::{self, Account, Entrant, Trial};

/// A patient attacker per account: from the victim's country through a VPN, always on the same device, unchallenged and
/// unanswered, while the victim goes on as ever. For each of the attacker's logins the scores.
pub fn poison(history: &History, seed: u64, limit: Limit) -> Vec<Vec<Scored>> {
    let mut random = Random::stream(seed, 30);
    let mut engine = Engine::new("poison");
    let mut accounts = vec![Account::default(); history.accounts];
    let mut scores = vec![Vec::new(); p::PATIENT.0];
    let start = i64::from(p::FIRST_DAY + p::WARM_UP) * 86_400;
    let mut camps: Vec<Option<(Login, usize)>> = vec![None; history.accounts];
    for login in &history.logins {
        let index = login.account as usize;
        if login.is_login() && login.at > start {
            if let (None, Some(usual)) = (&camps[index], accounts[index].usual()) {
                let first = forge(Attacker::Vpn, usual, login.at - 60, &history.world, &mut random);
                camps[index] = Some((first, 0));
            }
            if let Some((camp, tries)) = &mut camps[index] {
                while *tries < p::PATIENT.0 && camp.at < login.at {
                    let seen = camp.observe(&history.world, limit.tokens);
                    scores[*tries].push((engine.score(&seen), login.account));
                    engine.learn_unanswered(&seen);
                    *tries += 1;
                    camp.at += p::PATIENT.1 * 86_400 + random.below(7_200) as i64;
                }
            }
        }
        super::live(&mut engine, history, login, limit.tokens);
        if login.is_login() {
            accounts[index].note(login);
        }
    }
    scores
}

/// Honest logins and attacks where each account has several users.
pub fn shared(history: &History, seed: u64) -> Trial {
    let mut entrants = [Entrant { policy: Box::new(Engine::new("shared")), tokens: true }];
    trial::run(history, seed, &mut entrants)
}
