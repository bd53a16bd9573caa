//! The reference sample of [`crate::risk::calibration`]: what honest logins and attacks of each kind show, in few rows.
//!
//! `cargo run -p porchlight-domain --features lab --example reference > app/domain/src/risk/calibration/reference.csv`

use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};

use super::attack::Attacker;
use super::bench::in_pairs;
use super::parameters as p;
use super::policy::Policy;
use super::policy::engine::Engine;
use super::population::{History, Wanted};
use super::trial::{self, Entrant, Moment};
use crate::event::Observation;
use crate::risk::{Calibration, Sums};

/// Each row of an attacker stands for so large a part of that kind's logins: the middle one of those of like evidence.
const ROWS: usize = 32;
/// Honest logins are divided at these log-odds, so that the few that look like an attack have rows of their own …
const DIVIDED: [f64; 10] = [-6.0, -5.0, -4.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0];
/// … at most so many in each part.
const PART_ROWS: usize = 4;

/// The sample, as its file is written.
pub fn reference(seeds: &[u64], users: usize) -> String {
    let jobs: Vec<(u64, f64, bool)> = seeds
        .iter()
        .flat_map(|seed| [(*seed, 1.0, false), (*seed, 1.0, true), (*seed, p::SPARSE, true)])
        .collect();
    let logins: Vec<Login> = in_pairs(&jobs, |(seed, slow, tokens)| played(*seed, *slow, *tokens, users))
        .into_iter()
        .flatten()
        .collect();
    let of = |who: Option<Attacker>| {
        let mut own: Vec<Login> = logins.iter().filter(|login| login.0 == who).copied().collect();
        own.sort_by(|a, b| scored(&a.1).total_cmp(&scored(&b.1)));
        own
    };
    let mut text = String::from(
        "# kind, share of its kind, evidence as a stranger / of the country / targeted / very targeted, common\n",
    );
    let honest = of(None);
    let part = |login: &Login| DIVIDED.iter().filter(|least| scored(&login.1) >= **least).count();
    for chunk in honest.chunk_by(|a, b| part(a) == part(b)) {
        write("honest", chunk, PART_ROWS, chunk.len() as f64 / honest.len() as f64, &mut text);
    }
    for (attacker, name) in
        Attacker::ALL.into_iter().zip(["stranger", "same_country", "targeted", "very_targeted"])
    {
        write(name, &of(Some(attacker)), ROWS, 1.0, &mut text);
    }
    text
}

/// Who it was, and what the login showed.
type Login = (Option<Attacker>, Sums);

fn scored(sums: &Sums) -> f64 {
    Calibration::SHIPPED.log_odds(sums)
}

/// The middles of as many equal parts of these logins, which are in order.
fn write(name: &str, logins: &[Login], rows: usize, share: f64, text: &mut String) {
    let rows = rows.min(logins.len());
    for row in 0..rows {
        let Some((_, sums)) = logins.get((2 * row + 1) * logins.len() / (2 * rows)) else { continue };
        let [a, b, c, d] = sums.hypotheses;
        // Writing into a string cannot fail.
        let _ = writeln!(
            text,
            "{name},{:.6},{a:.2},{b:.2},{c:.2},{d:.2},{:.2}",
            share / rows as f64,
            sums.common
        );
    }
}

fn played(seed: u64, slow: f64, tokens: bool, users: usize) -> Vec<Login> {
    let history = History::new(&Wanted { slow, ..Wanted::calm(seed, users) });
    let seen = Arc::<Mutex<Vec<Option<Sums>>>>::default();
    let witness = Witness { engine: Engine::new("reference"), seen: seen.clone() };
    let trial = trial::run(&history, seed, &mut [Entrant { policy: Box::new(witness), tokens }]);
    let seen = std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner));
    let told = |(moment, sums): (&Moment, Option<Sums>)| {
        Some((moment.attacker, sums?)).filter(|_| moment.measured())
    };
    trial.moments.iter().zip(seen).filter_map(told).collect()
}

/// Our engine, and the evidence of each login that it judged.
struct Witness {
    engine: Engine,
    seen: Arc<Mutex<Vec<Option<Sums>>>>,
}

impl Policy for Witness {
    fn name(&self) -> String {
        self.engine.name()
    }

    fn score(&mut self, seen: &Observation) -> f64 {
        let score = self.engine.score(seen);
        if seen.is_login() {
            self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(self.engine.sums());
        }
        score
    }

    fn learn(&mut self, seen: &Observation) {
        self.engine.learn(seen);
    }
}
