//! What judging and learning cost without the store, with many users, each profile kept as its bytes.

use std::fmt::Write;
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

/// How long single steps took, and what the profiles take.
#[derive(Debug)]
pub struct Speed {
    login: Vec<f64>,
    request: Vec<f64>,
    sizes: Vec<usize>,
    bytes: usize,
    learned: usize,
}

/// Lets some users live a year, copies them, and takes steps of all of them, a login and a request each.
pub fn measure() -> Speed {
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
    let (mut login, mut request) = (Vec::with_capacity(STEPS), Vec::with_capacity(STEPS));
    let mut user = 0_usize;
    for _ in 0..STEPS {
        // A stride that is prime visits the users in no order that a cache could guess.
        user = (user + 7_368_787) % USERS;
        let Some(seen) = &last[user % LIVED] else { continue };
        let next =
            Observation { event: NewEvent { verb: "access".into(), ..seen.event.clone() }, ..seen.clone() };
        let began = Instant::now();
        let session = bench.step(seen, &mut kept[user], None);
        login.push(began.elapsed().as_secs_f64() * 1e6);
        let began = Instant::now();
        bench.step(&next, &mut kept[user], session);
        request.push(began.elapsed().as_secs_f64() * 1e6);
    }
    [&mut login, &mut request].into_iter().for_each(|micros| micros.sort_by(f64::total_cmp));
    let mut sizes: Vec<usize> = kept.iter().map(Vec::len).collect();
    sizes.sort_unstable();
    let bytes = kept.iter().map(Vec::capacity).sum::<usize>() + kept.len() * size_of::<Vec<u8>>();
    Speed { login, request, sizes, bytes, learned: bench.memory.learned.encode().len() }
}

impl Speed {
    /// Target T13, as rows of the table of targets.
    pub fn rows(&self) -> String {
        let mut rows = String::new();
        for (what, most, figure) in [
            ("a login: p50, µs", 20.0, at(&self.login, 0.5)),
            ("a login: p99, µs", 300.0, at(&self.login, 0.99)),
            ("profiles, MB", 150.0, self.bytes as f64 / 1e6),
        ] {
            let verdict = if figure <= most { "met" } else { "**missed**" };
            let _ = writeln!(
                rows,
                "| T13 | engine alone, {USERS} users, {what} | ≤ {most:.0} | {figure:.1} | {verdict} |"
            );
        }
        rows
    }

    /// All of it, a line each.
    pub fn lines(&self) -> String {
        let mut lines = String::new();
        for (what, micros) in [("login", &self.login), ("request within a session", &self.request)] {
            let _ = writeln!(
                lines,
                "engine, {USERS} users, {what}: p50 {:.1} µs, p99 {:.1} µs, p99.9 {:.1} µs",
                at(micros, 0.5),
                at(micros, 0.99),
                at(micros, 0.999)
            );
        }
        let _ = writeln!(
            lines,
            "  profiles: median {} bytes, p99 {}, largest {}; together {:.1} MB; what is learned of all {:.1} MB encoded",
            at(&self.sizes, 0.5),
            at(&self.sizes, 0.99),
            at(&self.sizes, 1.0),
            self.bytes as f64 / 1e6,
            self.learned as f64 / 1e6
        );
        lines
    }
}

/// This quantile of what is sorted.
fn at<T: Copy + Default>(sorted: &[T], share: f64) -> T {
    let place = (sorted.len().saturating_sub(1) as f64 * share) as usize;
    sorted.get(place).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_say_what_is_met_and_what_is_not() {
        let speed =
            Speed { login: vec![5.0, 400.0], request: vec![], sizes: vec![], bytes: 60_000_000, learned: 0 };
        let rows = speed.rows();
        assert!(
            rows.contains("p50, µs | ≤ 20 | 5.0 | met |") && rows.contains("p99, µs | ≤ 300 | 5.0 | met |")
        );
        let slow = Speed { login: vec![400.0], ..speed };
        assert!(slow.rows().contains("p99, µs | ≤ 300 | 400.0 | **missed** |"));
    }
}
