//! Waves of guesses over many accounts: credential stuffing and password spraying, in the midst of honest logins.

use super::{Limit, live};
use crate::lab::client::{self, Client, Updates};
use crate::lab::device::token;
use crate::lab::line::any_host;
use crate::lab::login::{Login, Origin};
use crate::lab::measure::Scored;
use crate::lab::parameters as p;
use crate::lab::policy::Policy;
use crate::lab::policy::engine::Engine;
use crate::lab::population::History;
use crate::lab::random::Random;
use crate::lab::world::{Spot, World};

/// Which wave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wave {
    /// Leaked pairs, each tried once, from many proxies, fast.
    Stuffing,
    /// A few usual passwords on every account, so slowly that no address is conspicuous.
    Spray,
    /// Everything on few accounts, from many addresses, until the password is found.
    BruteForce,
}

/// What came of the waves of one kind.
#[derive(Clone, Debug, Default)]
pub struct Waves {
    /// Scores of the guesses that were right.
    pub hits: Vec<Scored>,
    /// For each wave, after how many of its attempts it was found; infinite when it was not.
    pub found: Vec<f64>,
    /// Honest logins meanwhile and in the day after: 1 when it was challenged only because of the wave, else 0.
    pub honest: Vec<Scored>,
    /// Incidents that were opened while there was no wave.
    pub false_incidents: u32,
}

/// Some waves on one history, each of them on a copy of the engine, which lives on without it.
pub fn run(history: &History, seed: u64, wave: Wave, limit: Limit) -> Waves {
    let mut random = Random::stream(seed, 10 + wave as u64);
    let (mut out, mut engine) = (Waves::default(), Engine::new("wave"));
    let mut starts =
        p::WAVE_DAYS.iter().map(|day| i64::from(p::FIRST_DAY + day) * 86_400 + 50_000).peekable();
    let mut calm: Vec<(i64, u32, f64)> = Vec::new();
    let mut stormy: Vec<(i64, u32, f64)> = Vec::new();
    for (index, login) in history.logins.iter().enumerate() {
        if starts.next_if(|start| login.at >= *start).is_some() {
            let guesses = guesses(history, index, wave, &mut random);
            stormy.extend(befall(engine.clone(), history, index, &guesses, limit, &mut out));
        }
        let score = live(&mut engine, history, login, limit.tokens);
        if login.is_login() {
            calm.push((login.at, login.account, score));
        }
    }
    calm.sort_by_key(|row| (row.0, row.1));
    for (at, account, score) in stormy {
        let without = calm.binary_search_by_key(&(at, account), |row| (row.0, row.1));
        let before = without.map_or(f64::INFINITY, |found| calm[found].2);
        let only = score > limit.score && before <= limit.score;
        out.honest.push((f64::from(u8::from(only)), account));
    }
    out.false_incidents += engine.incidents;
    out
}

/// Honest scores under the wave.
fn befall(
    mut engine: Engine,
    history: &History,
    index: usize,
    guesses: &[Login],
    limit: Limit,
    out: &mut Waves,
) -> Vec<(i64, u32, f64)> {
    let until = guesses.last().map_or(0, |guess| guess.at) + 86_400;
    let window = history.logins[index..].iter().take_while(|login| login.at < until);
    let mut all: Vec<&Login> = window.chain(guesses).collect();
    all.sort_by_key(|login| login.at);
    let (mut honest, mut attempts, mut found) = (Vec::new(), 0_u32, None);
    let already = engine.incidents;
    for login in all {
        let attack = login.origin == Origin::Attacker;
        attempts += u32::from(attack);
        let seen = login.observe(&history.world, limit.tokens);
        let score = engine.score(&seen);
        if login.is_login() && attack {
            out.hits.push((score, login.account));
        } else if login.is_login() {
            honest.push((login.at, login.account, score));
        }
        // A hit that is challenged stays outside, and is no honest user who proves themselves.
        if !(attack && login.is_login()) {
            engine.learn(&seen);
        }
        if engine.incidents > already {
            found = found.or(Some(f64::from(attempts)));
        }
    }
    out.found.push(found.unwrap_or(f64::INFINITY));
    honest
}

/// The attempts of one wave, which begins where the history is.
fn guesses(history: &History, index: usize, wave: Wave, random: &mut Random) -> Vec<Login> {
    let world = &history.world;
    let start = history.logins[index].at;
    let mut known: Vec<u32> = history.logins[..index].iter().map(|login| login.account).collect();
    known.sort_unstable();
    known.dedup();
    let (count, proxies, hours, exist, right) = match wave {
        Wave::Stuffing => p::STUFFING,
        Wave::Spray => p::SPRAY,
        Wave::BruteForce => p::BRUTE_FORCE,
    };
    let proxies: Vec<(Spot, Client)> = (0..proxies).map(|_| proxy(world, start, random)).collect();
    let mut times: Vec<i64> = (0..count).map(|_| start + (random.unit() * hours * 3_600.0) as i64).collect();
    times.sort_unstable();
    if wave == Wave::BruteForce {
        let first = random.below(known.len().saturating_sub(p::BRUTE_FORCED).max(1));
        known = known.split_off(first);
        known.truncate(p::BRUTE_FORCED);
    }
    let attempt = |at: i64| {
        let exists = random.chance(exist);
        let unknown = history.accounts as u32 + random.below(1 << 24) as u32;
        let account = if exists { known[random.below(known.len())] } else { unknown };
        let hit = exists && random.chance(right / exist);
        let (spot, client) = proxies[random.below(proxies.len())];
        let verb = if hit { "log-in" } else { "log-in-denied" };
        let (token, session) = (token(random), if hit { random.bits() | 1 } else { 0 });
        Login { at, account, verb, spot, client, token, session, origin: Origin::Attacker }
    };
    let mut guesses: Vec<Login> = times.into_iter().map(attempt).collect();
    if wave == Wave::BruteForce {
        // Each account's last guess is the right one.
        for account in known {
            let last = guesses.iter_mut().rev().find(|guess| guess.account == account);
            last.into_iter().for_each(|last| (last.verb, last.session) = ("log-in", u64::from(account) + 1));
        }
    }
    guesses
}

/// A machine in a data centre or somebody's infected computer, with the tool's idea of a browser.
fn proxy(world: &World, at: i64, random: &mut Random) -> (Spot, Client) {
    let country = &world.countries[random.below(world.countries.len())];
    let spot = if random.chance(p::PROXY_HOSTING) {
        any_host(&country.hosting[random.below(country.hosting.len())], random)
    } else {
        let system = country.fixed[random.below(country.fixed.len())];
        any_host(&world.pool(system, country.cities.start + random.below(country.cities.len())), random)
    };
    let day = (at / 86_400) as i32 - p::FIRST_DAY;
    (spot, Client::on(client::any_kind(random.chance(0.2), random), Updates::new(random), day))
}
