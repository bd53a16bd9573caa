//! The targets of waves, sessions and storms.

use super::{Goal, Row};
use crate::lab::measure::{Estimate, Scored, bootstrap, descending, share_above, threshold};
use crate::lab::scenario::storm::STORMS;
use crate::lab::scenario::wave::Waves;
use crate::lab::scenario::{Outcome, share};

/// Sessions that may be alarmed about.
const SESSION_BUDGET: f64 = 0.002;

pub(super) fn rows(outcome: &Outcome, resamples: usize, rows: &mut Vec<Row>) {
    let [stuffing, spray, _] = &outcome.waves;
    wave(("T9", "stuffing", 0.95), stuffing, outcome.limits[0], resamples, rows);
    let what = "stuffing: attempts until it is found (median; the range of all waves)".to_owned();
    let figure = middle(&stuffing.found);
    rows.push(Row { id: "T9", what, goal: Goal::AtMost(60.0), figure, unit: 1.0 });
    wave(("T10", "spray", 0.90), spray, outcome.limits[0], resamples, rows);
    let sessions = &outcome.sessions;
    let login = "login challenged (1 %) or session alarmed (.2 %)";
    for (name, how, attacks, goal) in [
        ("cookie theft", "session alarmed (.2 %)", &sessions.theft, 0.95),
        ("in the middle", login, &sessions.middle, 0.80),
        ("takeover sequence", login, &sessions.takeover, 0.95),
    ] {
        let what = format!("{name}, token: {how} before the second sensitive action, %");
        let figure = under(&sessions.honest, attacks, resamples);
        rows.push(Row { id: "T11", what, goal: Goal::AtLeast(goal), figure, unit: 100.0 });
    }
    for ((_, name, _), scores) in STORMS.iter().zip(&outcome.storms) {
        for (tokens, inputs) in ["address + user agent", "token"].into_iter().enumerate() {
            let what = format!("{name}, {inputs}: challenged, % (budget 1 %)");
            let figure = share(&scores[tokens], outcome.limits[tokens], resamples);
            rows.push(Row { id: "T12", what, goal: Goal::AtMost(0.015), figure, unit: 100.0 });
        }
    }
}

fn wave(
    (id, name, goal): (&'static str, &str, f64),
    waves: &Waves,
    limit: f64,
    resamples: usize,
    rows: &mut Vec<Row>,
) {
    let hits = share(&waves.hits, limit, resamples);
    let what = format!("{name}: hits caught (address + user agent), %");
    rows.push(Row { id, what, goal: Goal::AtLeast(goal), figure: hits, unit: 100.0 });
    let Estimate { value, low, high } = share(&waves.honest, 0.5, resamples);
    let figure = Estimate { value: value * 1e4, low: low * 1e4, high: high * 1e4 };
    let what = format!("{name}: extra challenges per 10,000 honest logins");
    rows.push(Row { id, what, goal: Goal::AtMost(5.0), figure, unit: 1.0 });
}

/// Attacks above the threshold that few honest sessions exceed.
fn under(honest: &[Scored], attacks: &[Scored], resamples: usize) -> Estimate {
    let honest = descending(honest.to_vec());
    let users = honest.iter().chain(attacks).map(|scored| scored.1 as usize + 1).max().unwrap_or(1);
    let figures = bootstrap(users, resamples, 6, |weights| {
        vec![share_above(attacks, threshold(&honest, SESSION_BUDGET, weights), weights)]
    });
    figures.first().copied().unwrap_or_default()
}

fn middle(values: &[f64]) -> Estimate {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |index: usize| sorted.get(index).copied().unwrap_or(f64::NAN);
    Estimate { value: at(sorted.len() / 2), low: at(0), high: at(sorted.len().saturating_sub(1)) }
}
