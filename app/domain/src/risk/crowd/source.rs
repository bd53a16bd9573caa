//! What comes from one source (address, prefix, network, kind of client, or everywhere): its own baseline, and how far
//! what it sent lately departs from it.
//!
//! Departure is Page's cumulative sum of log-likelihood ratios ("Continuous Inspection Schemes", Biometrika 41, 1954):
//! by Lorden (1971) a limit of h means at least eʰ honest attempts between false alarms. That failures and successes of
//! first contacts are what to test is due to Jung, Paxson, Berger, Balakrishnan ("Fast Portscan Detection Using
//! Sequential Hypothesis Testing", IEEE S&P 2004), that a project's sum finds what no single source shows to Javed and
//! Paxson ("Detecting Stealthy, Distributed SSH Brute-Forcing", CCS 2013).

use serde::{Deserialize, Serialize};

use super::attempt::{KINDS, Kind};
use super::pace::{Moment, Pace, faded};
use super::table::Worth;

/// How attempts divide by kind before anything is known of a project: seven in eight from where the user is known, one
/// in twelve fails, nearly all of these the user's own typing.
pub(super) const HONEST: [f64; KINDS] = [0.85, 0.07, 0.05, 0.01, 0.01, 0.008, 0.002];
/// … and in a wave of guesses: hardly any succeed, most name an account once or an account that does not exist, many
/// hide their origin. What is said of `Again` is not used: users who forgot a password do it too.
const WAVE: [f64; KINDS] = [0.004, 0.016, 0.02, 0.01, 0.3, 0.3, 0.35];
/// The shares of a source's attempts that a wave may have: most of them, or few among many honest ones.
const MIXES: [f64; 2] = [0.5, 0.03];
/// For how long each is remembered: half as much after so many seconds. Few among many come slowly.
const MEMORY: [f64; 2] = [BURST, 3.0 * 86_400.0];
/// The half-life of what is a matter of hours.
pub(super) const BURST: f64 = 6.0 * 3_600.0;
/// The most that a single attempt says: a person who tries five of their own names is not a wave.
const STEP_MOST: f64 = 1.5;
/// The most that is remembered: after a day without any more of it a wave is over.
const SUM_MOST: f64 = 15.0;
/// The half-life of the baseline.
const BASELINE: f64 = 30.0 * 86_400.0;
/// The half-life of "lately".
const LATELY: f64 = 5.0 * 86_400.0;
/// How many attempts a parent's baseline weighs in a child's …
pub(super) const TRUST_PARENT: f64 = 20.0;
/// … and the shipped one in the project's.
pub(super) const TRUST_SHIPPED: f64 = 200.0;
/// No kind is believed rarer than this.
const RAREST: f64 = 0.000_5;
/// How much of what looks like a wave the baseline still learns, as a share of the source's logins: a source of which
/// nobody ever logs in never becomes normal, and no flood teaches a busy one to expect floods.
const LEARN_LEAST: f64 = 0.02;

/// Shares of the kinds of attempt.
pub(super) type Shares = [f64; KINDS];

/// One source. 64 bytes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Source {
    last: i64,
    baseline: [f32; KINDS],
    sums: [f32; 2],
    /// The seconds at which these left zero: where a departure began.
    since: [u32; 2],
    probes: f32,
    passes: f32,
    /// Probes of the last hours.
    burst: f32,
}

/// How a source counts an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counted {
    /// What it looks like to this source.
    pub(super) kind: Kind,
    /// A narrower source's own incident explains it: it says nothing more of this one.
    pub(super) explained: bool,
}

/// What one attempt moved.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moved {
    /// The source's baseline, before.
    pub(super) shares: Shares,
    /// The cumulative sum, after.
    pub(super) sum: f64,
    /// A probe that no narrower source explains, and the first such one of the last hours.
    pub(super) bursts: bool,
    pub(super) first: bool,
}

impl Source {
    /// Its own baseline, smoothed by its parent's.
    pub(super) fn shares(&self, parent: &Shares, trust: f64) -> Shares {
        let all: f64 = self.baseline.iter().map(|count| f64::from(*count)).sum();
        let mut shares = *parent;
        for (share, count) in shares.iter_mut().zip(self.baseline) {
            *share = ((f64::from(count) + trust * *share) / (all + trust)).max(RAREST);
        }
        shares
    }

    /// Counts an attempt; the baseline is left to [`Source::learn`], when it is known whose attempt it was.
    pub(super) fn step(
        &mut self,
        Counted { kind, explained }: Counted,
        moment: Moment,
        parent: &Shares,
        trust: f64,
    ) -> Moved {
        let pace = Pace::step(&mut self.last, moment);
        let (long, lately) = (pace.fade(BASELINE) as f32, pace.fade(LATELY) as f32);
        self.baseline.iter_mut().for_each(|count| *count *= long);
        self.probes *= lately;
        self.passes *= lately;
        self.burst *= pace.fade(BURST) as f32;
        let bursts = kind.is_probe() && !explained;
        let first = bursts && self.burst < 0.5;
        self.burst += if bursts { pace.weight(BURST) as f32 } else { 0.0 };
        let shares = self.shares(parent, trust);
        for (index, mix) in MIXES.into_iter().enumerate() {
            let step = if explained { 0.0 } else { likelihood(kind, &shares, mix).ln().min(STEP_MOST) };
            let step = step * pace.weight(MEMORY[index]);
            let sum = f64::from(self.sums[index]) * pace.fade(MEMORY[index]) + step;
            if self.sums[index] <= 0.0 {
                self.since[index] = u32::try_from(moment.at).unwrap_or(u32::MAX);
            }
            self.sums[index] = sum.clamp(0.0, SUM_MOST) as f32;
        }
        let weight = pace.weight(LATELY) as f32;
        self.probes += if kind.is_probe() { weight } else { 0.0 };
        self.passes += if matches!(kind, Kind::Own | Kind::Stranger) { weight } else { 0.0 };
        Moved { shares, sum: f64::from(self.sums[0].max(self.sums[1])), bursts, first }
    }

    /// Teaches the baseline an attempt, but for the part of it that a wave explains (one step of expectation
    /// maximisation: Dempster, Laird, Rubin, 1977), `wave` being the probability that there is one.
    pub(super) fn learn(&mut self, kind: Kind, shares: &Shares, wave: f64) {
        let (probes, passes) = (f64::from(self.probes), f64::from(self.passes));
        let mix = probes / (probes + passes).max(1.0);
        let guilty = wave * (1.0 - (1.0 - mix) / likelihood(kind, shares, mix));
        self.baseline[kind as usize] += (1.0 - guilty).max(LEARN_LEAST * (1.0 - mix)).min(1.0) as f32;
    }

    /// The cumulative sum as of this second.
    pub(super) fn sum(&self, at: i64) -> f64 {
        let sums = self.sums.into_iter().zip(MEMORY);
        sums.map(|(sum, half_life)| f64::from(sum) * faded(self.last, at, half_life)).fold(0.0, f64::max)
    }

    /// The second at which what it departs by began: of a matter of hours, where that is enough.
    pub(super) fn since(&self, enough: f64) -> i64 {
        let fast = f64::from(self.sums[0]) >= enough;
        i64::from(if fast { self.since[0] } else { self.since[1] })
    }

    /// Strangers' first failures lately beyond what the baseline expects.
    pub(super) fn excess(&self, at: i64, shares: &Shares) -> f64 {
        let share = |of: &[Kind]| of.iter().map(|kind| shares[*kind as usize]).sum::<f64>();
        let probes = share(&[Kind::Probe, Kind::Nobody, Kind::Hidden]);
        let expected = self.passes(at) * probes / share(&[Kind::Own, Kind::Stranger]);
        (self.probes(at) - expected).max(0.0)
    }

    /// Strangers' first failures of the last hours, but for those that narrower sources explain.
    pub(super) fn burst(&self, at: i64) -> f64 {
        f64::from(self.burst) * faded(self.last, at, BURST)
    }

    /// A narrower source, which sent so much within the last hours, explains its share of what this one looks suspect for, and
    /// was no habit of this one's either: else the narrower one would look usual beside it.
    pub(super) fn explain(&mut self, burst: f64) {
        self.unlearn(burst as f32);
        let left = (1.0 - burst / f64::from(self.burst).max(1.0)).clamp(0.0, 1.0) as f32;
        self.sums.iter_mut().for_each(|sum| *sum *= left);
        self.burst *= left;
    }

    /// It is told of: that is certain, and what it sent within the last hours, before that was known, is not usual.
    pub(super) fn convict(&mut self) {
        self.sums[0] = SUM_MOST as f32;
        self.unlearn(self.burst);
    }

    /// Takes so many probes out of the baseline.
    fn unlearn(&mut self, burst: f32) {
        let probes = [Kind::Probe, Kind::Nobody, Kind::Hidden].map(|kind| kind as usize);
        let learned: f32 = probes.iter().map(|kind| self.baseline[*kind]).sum();
        let left = (1.0 - burst / learned.max(1.0)).clamp(0.0, 1.0);
        probes.into_iter().for_each(|kind| self.baseline[kind] *= left);
    }

    /// Strangers' first failures lately.
    pub(super) fn probes(&self, at: i64) -> f64 {
        f64::from(self.probes) * faded(self.last, at, LATELY)
    }

    /// Logins lately.
    pub(super) fn passes(&self, at: i64) -> f64 {
        f64::from(self.passes) * faded(self.last, at, LATELY)
    }

    /// Logins in the baseline: how usual this source is.
    pub(super) fn usual(&self) -> f64 {
        f64::from(self.baseline[Kind::Own as usize] + self.baseline[Kind::Stranger as usize])
    }
}

impl Worth for Source {
    fn worth(&self, now: i64) -> f64 {
        let known: f32 = self.baseline.iter().sum();
        f64::from(known) * faded(self.last, now, BASELINE) + 3.0 * self.sum(now) + self.probes(now)
    }
}

/// P(kind | a wave has this share of the source's attempts) / P(kind | baseline).
fn likelihood(kind: Kind, shares: &Shares, mix: f64) -> f64 {
    // Whoever tries one account over and over is no wave over many, however rarely users do it: see `guesser`.
    if kind == Kind::Again {
        return 1.0;
    }
    1.0 - mix + mix * WAVE[kind as usize] / shares[kind as usize].max(RAREST)
}
