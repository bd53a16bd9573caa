//! What is printed: markdown for people, and two charts.

use std::fmt::Write;

use super::attack::Attacker;
use super::bench::{Findings, Options, WITH_TOKEN, WITHOUT_TOKEN};
use super::figures::{self, Catches, Cut};
use super::measure::Estimate;
use super::parameters as p;
use super::policy::freeman::FREEMAN;
use super::scenario::{self, Outcome};
use super::{chart, goal};

/// The outcome of the bench.
#[derive(Clone, Debug)]
pub struct Report {
    /// All tables, as markdown.
    pub text: String,
    /// File names and SVG: the reliability diagram, and attackers caught against honest logins challenged.
    pub charts: Vec<(&'static str, String)>,
}

impl Report {
    /// Writes the findings down.
    pub fn new(options: &Options, found: &Findings) -> Self {
        let mut text = String::new();
        head(&mut text, options, found);
        novelty(&mut text, found);
        policies(&mut text, found);
        text.push_str(&goal::table(found, options.resamples));
        notes(&mut text, found);
        alarms(&mut text, found);
        if let Some(outcome) = &found.scenarios {
            patience(&mut text, outcome, found, options.resamples);
        }
        let mut charts = vec![("reliability.svg", chart::reliability(&found.calibration[0].bins))];
        for (file, name) in [
            ("caught-with-token.svg", WITH_TOKEN),
            ("caught-without-token.svg", WITHOUT_TOKEN),
            ("caught-by-freeman.svg", FREEMAN),
        ] {
            if let Some(policy) = found.active.find(name) {
                charts.push((file, chart::curves(name, &figures::curve(&found.active, policy))));
            }
        }
        Self { text, charts }
    }
}

fn head(text: &mut String, options: &Options, found: &Findings) {
    let Options { seeds, users, resamples, .. } = options;
    let role = if seeds.iter().all(|seed| p::HELD_OUT_SEEDS.contains(seed)) {
        "held out: nothing was tuned on them"
    } else {
        "not the held-out ones: figures to tune by, not to publish"
    };
    let _ = writeln!(
        text,
        "# Detection\n\nSeeds {seeds:?} ({role}). {users} users each, {} days, of which the last {} are measured; {} and {} \
         honest logins measured in the active and the sparse population. 95 % intervals by {resamples} resamples of the \
         users.\n",
        p::DAYS,
        p::DAYS - p::WARM_UP,
        found.active.novelty().logins,
        found.sparse.novelty().logins,
    );
}

fn novelty(text: &mut String, found: &Findings) {
    text.push_str(
        "## Is the population like a real one?\n\nHonest logins that show a value its user never showed:\n\n",
    );
    text.push_str("| | wanted | active | sparse |\n|---|---|---|---|\n");
    let (active, sparse) = (found.active.novelty().shares(), found.sparse.novelty().shares());
    for (index, (name, wanted)) in p::NOVELTY.iter().enumerate() {
        let shares = [*wanted, active[index], sparse[index]].map(|share| format!("{:.1} %", share * 100.0));
        let _ = writeln!(text, "| {name} | {} |", shares.join(" | "));
    }
    text.push('\n');
}

fn policies(text: &mut String, found: &Findings) {
    text.push_str("## Policies on the same logins\n\nShare of honest logins challenged, share of attackers caught, in %. ");
    text.push_str("Rules of thumb as they are; scores at a budget of 1 %.\n\n| policy | challenged |");
    for attacker in Attacker::ALL {
        let _ = write!(text, " {} |", attacker.name());
    }
    text.push_str("\n|---|---|---|---|---|---|\n");
    let mut row = |name: &str, of: &str, catches: &Catches| {
        let cells: Vec<String> = catches.caught.iter().map(|caught| percent(*caught)).collect();
        let _ = writeln!(text, "| {name}{of} | {} | {} |", percent(catches.challenged), cells.join(" | "));
    };
    found.policies.iter().for_each(|(name, catches)| row(name, "", catches));
    found.sparse_policies.iter().for_each(|(name, catches)| row(name, ", sparse population", catches));
    text.push('\n');
}

fn notes(text: &mut String, found: &Findings) {
    let [_, early] = &found.dozen;
    let medians: Vec<String> = early.iter().map(|estimate| format!("{:.0}", estimate.value)).collect();
    let even = found.calibration[1].error;
    let _ = writeln!(
        text,
        "\nT7 where only second logins are attacked (the hardest case): {}. T14 with as many attackers as users, the \
         prior moved accordingly: {:.3} ({:.3}–{:.3}).",
        medians.join(" / "),
        even.value,
        even.low,
        even.high,
    );
}

/// What false alarms are made of.
fn alarms(text: &mut String, found: &Findings) {
    text.push_str("\n## What the challenged honest logins are\n\nShares in %, at a budget of 1 %.\n\n");
    text.push_str("| | of all | challenged, address + user agent | challenged, token |\n|---|---|---|---|\n");
    let of = |name: &str| {
        let policy = found.active.find(name).unwrap_or_default();
        figures::challenged(&found.active, policy, 0.01)
    };
    for ((what, all, without), (_, _, with)) in of(WITHOUT_TOKEN).into_iter().zip(of(WITH_TOKEN)) {
        let [all, without, with] = [all, without, with].map(|share| share * 100.0);
        let _ = writeln!(text, "| {what} | {all:.1} | {without:.1} | {with:.1} |");
    }
}

/// Attackers and accounts for which there is no target.
fn patience(text: &mut String, outcome: &Outcome, found: &Findings, resamples: usize) {
    let (days, limit) = (p::PATIENT.1, outcome.limits[1]);
    let caught = outcome.poison.iter().map(|scores| percent(scenario::share(scores, limit, resamples)));
    let dormant = found.dormant.caught.map(percent);
    let shared = figures::catches(&outcome.shared, 0, Cut::Own(limit), resamples);
    let forced = &outcome.waves[2];
    let found = forced.found.iter().filter(|attempts| attempts.is_finite()).count();
    let quiet: u32 = outcome.waves.iter().map(|waves| waves.false_incidents).sum();
    let years = outcome.waves.len() * forced.found.len() / p::WAVE_DAYS.len();
    let _ = writeln!(
        text,
        "\n## Without a target\n\n\
         * A patient attacker who logs in every {days} days, the question never answered, is flagged at login 1, 2, … in \
         {} % (with a device token).\n\
         * Accounts that nobody logged in to for {} days (sparse population, token, 1 %), caught: {} %.\n\
         * Accounts that {} people share, at the threshold of all others: {} % of their logins challenged; caught: {} %.\n\
         * Distributed brute force on {} accounts at once (address + user agent): {} % of the hits caught, {found} of {} \
         waves reported.\n\
         * Waves reported while there was none, in {years} calm years: {quiet}.",
        caught.collect::<Vec<_>>().join(" / "),
        p::DORMANT,
        dormant.join(" / "),
        p::SHARING,
        percent(shared.challenged),
        shared.caught.map(percent).join(" / "),
        p::BRUTE_FORCED,
        percent(scenario::share(&forced.hits, outcome.limits[0], resamples)),
        forced.found.len(),
    );
}

/// `97.1 (96.5–97.6)`.
pub(super) fn percent(estimate: Estimate) -> String {
    let [value, low, high] = [estimate.value, estimate.low, estimate.high].map(|share| share * 100.0);
    format!("{value:.1} ({low:.1}–{high:.1})")
}
