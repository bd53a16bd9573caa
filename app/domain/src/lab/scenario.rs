//! What one login cannot show: waves of guesses, stolen sessions, patient attackers, and storms that are none of these.

pub mod patient;
pub mod session;
pub mod storm;
pub mod wave;

use super::bench::in_pairs;
use super::login::Login;
use super::measure::{Estimate, Scored, bootstrap, share_above};
use super::parameters as p;
use super::policy::Policy;
use super::policy::engine::Engine;
use super::pool::Pool;
use super::population::{History, Wanted};
use super::trial::Trial;
use session::Sessions;
use wave::{Wave, Waves};

/// What a scenario is measured against.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// Whether the application gives device tokens.
    pub tokens: bool,
    /// Above this score a login is challenged: 1 % of the honest ones of a calm year.
    pub score: f64,
}

/// Lets an engine live through an event.
fn live(engine: &mut Engine, history: &History, login: &Login, tokens: bool) -> f64 {
    let seen = login.observe(&history.world, tokens);
    let score = engine.score(&seen);
    engine.learn(&seen);
    score
}

/// What all scenarios showed.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Stuffing, spraying and brute force, without device tokens.
    pub waves: [Waves; 3],
    /// Sessions, with device tokens.
    pub sessions: Sessions,
    /// For each of [`storm::STORMS`] and each of the limits, the share challenged.
    pub storms: Vec<[Vec<Scored>; 2]>,
    /// Patient attackers' logins, the first ones first; with device tokens.
    pub poison: Vec<Vec<Scored>>,
    /// Accounts that several people share; with device tokens.
    pub shared: Pool,
    /// Scores above these are challenged: without device tokens, and with them.
    pub limits: [f64; 2],
}

/// One world's part of one scenario.
enum Part {
    Wave(usize, Waves),
    Sessions(Sessions),
    Storm(usize, usize, Vec<Scored>),
    Poison(Vec<Vec<Scored>>),
    Shared(Trial),
}

/// Runs all scenarios on these worlds; above the `limits` a login is challenged, without device tokens and with them.
pub fn run(seeds: &[u64], users: usize, limits: [f64; 2]) -> Outcome {
    let limit = |tokens: usize| Limit { tokens: tokens == 1, score: limits[tokens] };
    let mut jobs: Vec<(u32, Box<dyn Fn() -> Part + Send + Sync>)> = Vec::new();
    for (seed, first) in seeds.iter().copied().zip((0..).step_by(users)) {
        let calm = move || History::new(&Wanted::calm(seed, users));
        for (index, kind) in [Wave::Stuffing, Wave::Spray, Wave::BruteForce].into_iter().enumerate() {
            let limit = limit(0);
            jobs.push((first, Box::new(move || Part::Wave(index, wave::run(&calm(), seed, kind, limit)))));
        }
        let with = limit(1);
        jobs.push((first, Box::new(move || Part::Sessions(session::run(&calm(), seed, with)))));
        jobs.push((first, Box::new(move || Part::Poison(patient::poison(&calm(), seed, with)))));
        let shared = Wanted { sharing: p::SHARING, ..Wanted::calm(seed, users) };
        jobs.push((first, Box::new(move || Part::Shared(patient::shared(&History::new(&shared), seed)))));
        for (index, storm) in storm::STORMS.into_iter().enumerate() {
            for tokens in 0..2 {
                let limit = limit(tokens);
                let run = move || Part::Storm(index, tokens, storm::run(seed, users, storm, limit));
                jobs.push((first, Box::new(run)));
            }
        }
    }
    let mut out =
        Outcome { storms: vec![Default::default(); storm::STORMS.len()], limits, ..Outcome::default() };
    let parts = in_pairs(&jobs, |(_, job)| job());
    jobs.iter().zip(parts).for_each(|((first, _), part)| out.take(*first, part));
    out
}

impl Outcome {
    fn take(&mut self, first: u32, part: Part) {
        let add = |to: &mut Vec<Scored>, from: Vec<Scored>| {
            to.extend(from.into_iter().map(|(score, account)| (score, first + account)));
        };
        match part {
            Part::Wave(index, waves) => {
                let to = &mut self.waves[index];
                add(&mut to.hits, waves.hits);
                add(&mut to.honest, waves.honest);
                to.found.extend(waves.found);
                to.false_incidents += waves.false_incidents;
            }
            Part::Sessions(sessions) => {
                add(&mut self.sessions.honest, sessions.honest);
                add(&mut self.sessions.theft, sessions.theft);
                add(&mut self.sessions.middle, sessions.middle);
                add(&mut self.sessions.takeover, sessions.takeover);
            }
            Part::Storm(storm, tokens, scores) => add(&mut self.storms[storm][tokens], scores),
            Part::Shared(trial) => self.shared.add(trial),
            Part::Poison(logins) => {
                self.poison.resize(logins.len(), Vec::new());
                self.poison.iter_mut().zip(logins).for_each(|(to, from)| add(to, from));
            }
        }
    }
}

/// The share of scores above a limit, with its interval over accounts (or whatever the second number tells apart).
pub fn share(scores: &[Scored], limit: f64, resamples: usize) -> Estimate {
    let users = scores.iter().map(|scored| scored.1 as usize + 1).max().unwrap_or(1);
    let figures = bootstrap(users, resamples, 5, |weights| vec![share_above(scores, limit, weights)]);
    figures.first().copied().unwrap_or_default()
}
