//! The targets, and whether they are met.

mod around;

use std::fmt::Write;

use super::attack::Attacker;
use super::bench::Findings;
use super::measure::Estimate;

/// How a figure is to be read.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Goal {
    /// At least this share.
    AtLeast(f64),
    /// At most this number.
    AtMost(f64),
}

/// One line of the table.
#[derive(Clone, Debug)]
struct Row {
    id: &'static str,
    what: String,
    goal: Goal,
    figure: Estimate,
    /// How many hundredths make the unit: 100 for per cent, 1 for plain numbers.
    unit: f64,
}

impl Row {
    /// A target is met by the figure itself; the interval says how sure that is.
    fn met(&self) -> bool {
        match self.goal {
            Goal::AtLeast(least) => self.figure.value >= least,
            Goal::AtMost(most) => self.figure.value <= most,
        }
    }
}

/// Names, budgets, and what is to be caught of each attacker.
const CATCHES: [(&str, &str, [f64; 4]); 6] = [
    ("T1", "active, address + user agent, 1 %", [0.95, 0.83, 0.30, 0.14]),
    ("T2", "active, address + user agent, 5 %", [0.99, 0.96, 0.78, 0.58]),
    ("T3", "active + token, 1 %", [0.99, 0.98, 0.90, 0.84]),
    ("T4", "active + token, .5 %", [0.98, 0.94, 0.75, 0.60]),
    ("T5", "sparse + token, 1 %", [0.94, 0.81, 0.38, 0.28]),
    ("T5", "sparse + token, 5 %", [0.995, 0.99, 0.95, 0.92]),
];

/// The table as markdown.
pub fn table(found: &Findings, resamples: usize) -> String {
    let rows = rows(found, resamples);
    let met = rows.iter().filter(|row| row.met()).count();
    let mut text = format!("## Targets: {met} of {} met\n\n", rows.len());
    text.push_str("| # | what | target | figure (95 % interval) | |\n|---|---|---|---|---|\n");
    for row in &rows {
        let Row { id, what, goal, figure, unit } = row;
        let number = |value: f64| {
            let value = value * unit;
            if *unit > 1.0 {
                format!("{value:.1}")
            } else {
                format!("{value:.3}").trim_end_matches('0').trim_end_matches('.').to_owned()
            }
        };
        let goal = match goal {
            Goal::AtLeast(least) => format!("≥ {}", number(*least)),
            Goal::AtMost(most) => format!("≤ {}", number(*most)),
        };
        let met = if row.met() { "met" } else { "**missed**" };
        let (value, low, high) = (number(figure.value), number(figure.low), number(figure.high));
        let _ = writeln!(text, "| {id} | {what} | {goal} | {value} ({low}–{high}) | {met} |");
    }
    text
}

fn rows(found: &Findings, resamples: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    for ((id, what, goals), (_, _, catches)) in CATCHES.iter().zip(&found.budgets) {
        for ((attacker, goal), figure) in Attacker::ALL.iter().zip(goals).zip(catches.caught) {
            let what = format!("{what}: {} caught, %", attacker.name());
            rows.push(Row { id, what, goal: Goal::AtLeast(*goal), figure, unit: 100.0 });
        }
    }
    for ((attacker, goal), figure) in Attacker::ALL.iter().zip([0.70, 0.50]).zip(found.second.caught) {
        let what = format!("second login only, token, 1 % overall: {} caught, %", attacker.name());
        rows.push(Row { id: "T6", what, goal: Goal::AtLeast(goal), figure, unit: 100.0 });
    }
    for ((attacker, goal), figure) in Attacker::ALL.iter().zip([0.0, 0.0, 1.0, 1.0]).zip(found.dozen[0]) {
        let what = format!("first 12 logins, 98 % of {} caught: median challenges", attacker.name());
        rows.push(Row { id: "T7", what, goal: Goal::AtMost(goal), figure, unit: 1.0 });
    }
    if let Some(outcome) = &found.scenarios {
        around::rows(outcome, resamples, &mut rows);
    }
    let error = found.calibration[0].error;
    let what = "calibration error".to_owned();
    rows.push(Row { id: "T14", what, goal: Goal::AtMost(0.02), figure: error, unit: 1.0 });
    let what = "flagged logins below the threshold without the named evidence, %".to_owned();
    rows.push(Row { id: "T15", what, goal: Goal::AtLeast(0.95), figure: found.faithfulness, unit: 100.0 });
    rows
}
