//! What is printed: markdown for people, and two charts.

use std::fmt::Write;

use super::attack::Attacker;
use super::bench::{Findings, Options, WITH_TOKEN, WITHOUT_TOKEN};
use super::figures::{self, Catches};
use super::measure::Estimate;
use super::parameters as p;
use super::{chart, target};

/// The outcome of the bench.
#[derive(Clone, Debug)]
pub struct Report {
    /// All tables, as markdown.
    pub text: String,
    /// The reliability diagram, as SVG.
    pub reliability: String,
    /// Attackers caught against honest logins challenged, as SVG.
    pub curves: String,
}

impl Report {
    /// Writes the findings down.
    pub fn new(options: &Options, found: &Findings) -> Self {
        let mut text = String::new();
        head(&mut text, options, found);
        novelty(&mut text, found);
        policies(&mut text, found);
        text.push_str(&target::table(found));
        notes(&mut text, found);
        alarms(&mut text, found);
        let token = found.active.find(WITH_TOKEN).unwrap_or_default();
        Self {
            text,
            reliability: chart::reliability(&found.calibration[0].bins),
            curves: chart::curves("Engine with a device token", &figures::curve(&found.active, token)),
        }
    }
}

fn head(text: &mut String, options: &Options, found: &Findings) {
    let Options { seeds, users, resamples } = options;
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

/// `97.1 (96.5–97.6)`.
pub(super) fn percent(estimate: Estimate) -> String {
    let [value, low, high] = [estimate.value, estimate.low, estimate.high].map(|share| share * 100.0);
    format!("{value:.1} ({low:.1}–{high:.1})")
}
