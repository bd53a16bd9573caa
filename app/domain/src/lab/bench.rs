//! The whole bench: worlds, trials, figures, report.

use super::figures::{self, Calibrated, Catches, Cut};
use super::measure::Estimate;
use super::parameters as p;
use super::policy::engine::Engine;
use super::policy::freeman::Freeman;
use super::policy::simple::Simple;
use super::pool::Pool;
use super::population::{History, Wanted};
use super::report::Report;
use super::scenario::{self, Outcome};
use super::trial::{self, Entrant, Trial};

/// Our engine's names in the tables.
pub const WITHOUT_TOKEN: &str = "Porchlight, address and user agent only";
/// See [`WITHOUT_TOKEN`].
pub const WITH_TOKEN: &str = "Porchlight with a device token";

/// How much is run.
#[derive(Clone, Debug)]
pub struct Options {
    /// One world for each.
    pub seeds: Vec<u64>,
    /// Users of each world.
    pub users: usize,
    /// Resamples behind each interval.
    pub resamples: usize,
    /// Whether waves, sessions, storms and patient attackers are run as well.
    pub scenarios: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { seeds: p::HELD_OUT_SEEDS.to_vec(), users: p::USERS, resamples: p::RESAMPLES, scenarios: true }
    }
}

/// All that was found out.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// The active population.
    pub active: Pool,
    /// The sparse one.
    pub sparse: Pool,
    /// Catches of every policy in the active population: at its own threshold, else at 1 %.
    pub policies: Vec<(String, Catches)>,
    /// The same in the sparse population.
    pub sparse_policies: Vec<(String, Catches)>,
    /// The engine: inputs and population, budget, catches.
    pub budgets: Vec<(&'static str, f64, Catches)>,
    /// T6.
    pub second: Catches,
    /// T7: attacks upon any login, and only upon second ones.
    pub dozen: [[Estimate; 4]; 2],
    /// T14: at the rate that the calibration believes, and at even odds.
    pub calibration: [Calibrated; 2],
    /// T15.
    pub faithfulness: Estimate,
    /// Attacks upon accounts of the sparse population that nobody logged in to for [`p::DORMANT`] days, at 1 %.
    pub dormant: Catches,
    /// T9 to T12, when they were run.
    pub scenarios: Option<Outcome>,
}

/// Runs it.
pub fn run(options: &Options) -> Report {
    let (active, sparse) = trials(options);
    let mut findings = find(active, sparse, options.resamples);
    if options.scenarios {
        let limits = [WITHOUT_TOKEN, WITH_TOKEN].map(|name| {
            let policy = findings.active.find(name).unwrap_or_default();
            figures::limit(&findings.active, policy, 0.01)
        });
        findings.scenarios = Some(scenario::run(&options.seeds, options.users, limits));
    }
    Report::new(options, &findings)
}

fn entrants(slow: bool) -> Vec<Entrant> {
    let mut all: Vec<Entrant> = Vec::new();
    if !slow {
        all.extend(
            Simple::all().into_iter().map(|policy| Entrant { policy: Box::new(policy), tokens: true }),
        );
    }
    all.push(Entrant { policy: Box::<Freeman>::default(), tokens: false });
    all.push(Entrant { policy: Box::new(Engine::new(WITHOUT_TOKEN)), tokens: false });
    all.push(Entrant { policy: Box::new(Engine::new(WITH_TOKEN)), tokens: true });
    all
}

/// All worlds, two at a time.
fn trials(options: &Options) -> (Pool, Pool) {
    let jobs: Vec<(u64, bool)> =
        options.seeds.iter().flat_map(|seed| [(*seed, false), (*seed, true)]).collect();
    let one = |(seed, slow): (u64, bool)| -> Trial {
        let slowness = if slow { p::SPARSE } else { 1.0 };
        let wanted = Wanted { slow: slowness, ..Wanted::calm(seed, options.users) };
        trial::run(&History::new(&wanted), seed, &mut entrants(slow))
    };
    let (mut active, mut sparse) = (Pool::default(), Pool::default());
    for ((_, slow), trial) in jobs.iter().zip(in_pairs(&jobs, |job| one(*job))) {
        if *slow { sparse.add(trial) } else { active.add(trial) }
    }
    (active, sparse)
}

/// All jobs, two at a time; the answers in the order of the jobs.
pub(super) fn in_pairs<J: Sync, R: Send>(jobs: &[J], work: impl Fn(&J) -> R + Sync) -> Vec<R> {
    let work = &work;
    let pair = |pair: &[J]| {
        std::thread::scope(|scope| {
            let running: Vec<_> = pair.iter().map(|job| scope.spawn(move || work(job))).collect();
            let done = running.into_iter().map(|job| job.join());
            done.map(|done| done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect::<Vec<R>>()
        })
    };
    jobs.chunks(2).flat_map(pair).collect()
}

fn find(active: Pool, sparse: Pool, resamples: usize) -> Findings {
    let table = |pool: &Pool| -> Vec<(String, Catches)> {
        let policies = pool.policies().into_iter().enumerate();
        let cut = |limit: Option<f64>| limit.map_or(Cut::Budget(0.01), Cut::Own);
        policies.map(|(i, (name, limit))| (name, figures::catches(pool, i, cut(limit), resamples))).collect()
    };
    let at = |pool: &Pool, name: &str, share: f64| {
        pool.find(name).map(|i| figures::catches(pool, i, Cut::Budget(share), resamples)).unwrap_or_default()
    };
    let budgets = vec![
        ("T1", 0.01, at(&active, WITHOUT_TOKEN, 0.01)),
        ("T2", 0.05, at(&active, WITHOUT_TOKEN, 0.05)),
        ("T3", 0.01, at(&active, WITH_TOKEN, 0.01)),
        ("T4", 0.005, at(&active, WITH_TOKEN, 0.005)),
        ("T5", 0.01, at(&sparse, WITH_TOKEN, 0.01)),
        ("T5", 0.05, at(&sparse, WITH_TOKEN, 0.05)),
    ];
    let token = active.find(WITH_TOKEN).unwrap_or_default();
    let even = -(p::BASE_RATE / (1.0 - p::BASE_RATE)).ln();
    Findings {
        policies: table(&active),
        sparse_policies: table(&sparse),
        budgets,
        second: figures::second_logins(&active, token, Cut::Budget(0.01), resamples),
        dozen: [false, true].map(|early| figures::first_dozen(&active, token, 0.98, early, resamples)),
        calibration: [(p::BASE_RATE, 0.0), (0.5, even)]
            .map(|(base, shift)| figures::calibration(&active, token, base, shift, resamples)),
        faithfulness: figures::faithfulness(&active, token, 0.01, resamples),
        dormant: figures::dormant(&sparse, sparse.find(WITH_TOKEN).unwrap_or_default(), resamples),
        scenarios: None,
        active,
        sparse,
    }
}
