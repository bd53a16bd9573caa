//! Prints how fast the engine judges and learns, with as many users as wished, each profile kept as its bytes:
//! `cargo run --release -p porchlight-domain --features lab --example engine_speed -- [USERS]` (100,000 without).
//!
//! One step is what an event costs without the store: read the profile, judge, teach population and profile, write it.

use std::time::Instant;

use porchlight_domain::event::Observation;
use porchlight_domain::lab::population::{History, Wanted};
use porchlight_domain::profile::Profile;
use porchlight_domain::risk::{Level, Population, World, assess};
use porchlight_domain::rule::RuleSet;

/// Users who live a year; the others are copies of them.
const LIVED: usize = 1_500;
/// Steps that are timed.
const STEPS: usize = 200_000;

fn main() {
    let users = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(100_000_usize);
    let history = History::new(&Wanted::calm(11, LIVED));
    let rules = RuleSet::default();
    let mut population = Population::default();
    let mut lived: Vec<Profile> = vec![Profile::default(); LIVED];
    let mut last: Vec<Option<Observation>> = vec![None; LIVED];
    for login in history.logins.iter().filter(|login| login.is_login()) {
        let (seen, profile) = (login.observe(&history.world, true), &mut lived[login.account as usize]);
        let world = World { population: &population, ..World::new(&rules, Level::Red) };
        let judged = assess(&seen, profile, &world);
        population.learn(&seen, profile, &judged);
        profile.learn(&seen, &judged);
        last[login.account as usize] = Some(seen);
    }
    let mut kept: Vec<Vec<u8>> = (0..users).map(|user| lived[user % LIVED].encode()).collect();
    let logins: Vec<Option<&Observation>> = last.iter().map(Option::as_ref).collect();
    let mut micros: Vec<f64> = Vec::with_capacity(STEPS);
    let mut user = 0_usize;
    for _ in 0..STEPS {
        // A stride that is prime visits the users in no order that a cache could guess.
        user = (user + 7_368_787) % users;
        let Some(seen) = logins[user % LIVED] else { continue };
        let start = Instant::now();
        let mut profile = Profile::decode(&kept[user]).unwrap_or_default();
        let world = World { population: &population, ..World::new(&rules, Level::Red) };
        let judged = assess(seen, &profile, &world);
        population.learn(seen, &profile, &judged);
        profile.learn(seen, &judged);
        kept[user] = profile.encode();
        micros.push(start.elapsed().as_secs_f64() * 1e6);
    }
    micros.sort_by(f64::total_cmp);
    let at = |share: f64| micros[((micros.len() - 1) as f64 * share) as usize];
    let mut sizes: Vec<usize> = kept.iter().map(Vec::len).collect();
    sizes.sort_unstable();
    let bytes: usize = kept.iter().map(Vec::capacity).sum::<usize>() + kept.len() * size_of::<Vec<u8>>();
    println!(
        "{users} users, {} steps: p50 {:.1} µs, p99 {:.1} µs, p99.9 {:.1} µs",
        micros.len(),
        at(0.5),
        at(0.99),
        at(0.999)
    );
    println!(
        "profiles: median {} bytes, p99 {}, largest {}; together {:.1} MB; population {:.1} MB encoded",
        sizes[sizes.len() / 2],
        sizes[sizes.len() * 99 / 100],
        sizes[sizes.len() - 1],
        bytes as f64 / 1e6,
        population.encode().len() as f64 / 1e6
    );
}
