//! What judging and learning cost without the store, with many users, each profile kept as its bytes.

use std::time::Instant;

use porchlight_domain::event::{NewEvent, Observation};
use porchlight_domain::lab::population::{History, Wanted};
use porchlight_domain::profile::{Profile, Sighting};
use porchlight_domain::risk::memory::{Known, Memory, Setup, remember};
use porchlight_domain::risk::session::SessionMemory;
use porchlight_domain::risk::{Calibration, Level};
use porchlight_domain::rule::RuleSet;

/// Users in memory; so many of them live a year, the others are copies.
const USERS: usize = 100_000;
const LIVED: usize = 1_500;
const STEPS: usize = 200_000;

/// The engine with what it knows.
struct Bench {
    rules: RuleSet,
    memory: Memory,
}

impl Bench {
    /// One event: read the profile, judge, remember the session, teach memory and profile, write it.
    fn step(
        &mut self,
        seen: &Observation,
        kept: &mut Vec<u8>,
        session: Option<SessionMemory>,
    ) -> Option<SessionMemory> {
        let mut profile = Profile::decode(kept).unwrap_or_default();
        let seen = &Sighting::from(seen);
        let setup = Setup {
            rules: &self.rules,
            alert_level: Level::Red,
            challenge: None,
            calibration: Calibration::SHIPPED,
        };
        let known = Known { session: session.as_ref(), user_since: None, ..Known::default() };
        let judged = self.memory.judge(seen, &profile, known, &setup);
        let session = remember(session, seen, &profile, &self.memory.learned.rates, &judged);
        self.memory.learn(seen, &mut profile, &judged);
        *kept = profile.encode();
        session
    }
}

/// Prints quantiles of single steps, and what the profiles take.
pub fn measure() {
    let history = History::new(&Wanted::calm(11, LIVED));
    let mut bench = Bench { rules: RuleSet::default(), memory: Memory::default() };
    let mut lived: Vec<Vec<u8>> = vec![Profile::default().encode(); LIVED];
    let mut last: Vec<Option<Observation>> = vec![None; LIVED];
    for login in history.logins.iter().filter(|login| login.is_login()) {
        let user = login.account as usize;
        let seen = login.observe(&history.world, true);
        bench.step(&seen, &mut lived[user], None);
        last[user] = Some(seen);
    }
    let mut kept: Vec<Vec<u8>> = (0..USERS).map(|user| lived[user % LIVED].clone()).collect();
    let (mut logins, mut requests) = (Vec::with_capacity(STEPS), Vec::with_capacity(STEPS));
    let mut user = 0_usize;
    for _ in 0..STEPS {
        // A stride that is prime visits the users in no order that a cache could guess.
        user = (user + 7_368_787) % USERS;
        let Some(seen) = &last[user % LIVED] else { continue };
        let request =
            Observation { event: NewEvent { verb: "access".into(), ..seen.event.clone() }, ..seen.clone() };
        let began = Instant::now();
        let session = bench.step(seen, &mut kept[user], None);
        logins.push(began.elapsed().as_secs_f64() * 1e6);
        let began = Instant::now();
        bench.step(&request, &mut kept[user], session);
        requests.push(began.elapsed().as_secs_f64() * 1e6);
    }
    show("login", logins);
    show("request within a session", requests);
    let mut sizes: Vec<usize> = kept.iter().map(Vec::len).collect();
    sizes.sort_unstable();
    let bytes: usize = kept.iter().map(Vec::capacity).sum::<usize>() + kept.len() * size_of::<Vec<u8>>();
    println!(
        "  profiles: median {} bytes, p99 {}, largest {}; together {:.1} MB; what is learned of all {:.1} MB encoded",
        sizes[sizes.len() / 2],
        sizes[sizes.len() * 99 / 100],
        sizes[sizes.len() - 1],
        bytes as f64 / 1e6,
        bench.memory.learned.encode().len() as f64 / 1e6
    );
}

fn show(what: &str, mut micros: Vec<f64>) {
    micros.sort_by(f64::total_cmp);
    let at = |share: f64| micros[((micros.len() - 1) as f64 * share) as usize];
    println!(
        "engine, {USERS} users, {what}: p50 {:.1} µs, p99 {:.1} µs, p99.9 {:.1} µs",
        at(0.5),
        at(0.99),
        at(0.999)
    );
}
