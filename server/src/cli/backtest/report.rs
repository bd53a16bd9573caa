//! A back-test's outcome as text.

use std::fmt::Write;

use porchlight_domain::backtest::{Example, Outcome, Precision, Side};
use porchlight_domain::question::Answer;

use crate::cli::progress::thousands;

/// The report.
pub(super) fn text(outcome: &Outcome) -> String {
    let mut text = String::new();
    // Writing into memory cannot fail.
    let _ = figures(&mut text, outcome);
    let _ = rules(&mut text, outcome);
    let _ = examples(&mut text, outcome);
    text
}

fn figures(text: &mut String, outcome: &Outcome) -> std::fmt::Result {
    writeln!(
        text,
        "{} events, {} logins, {} of them honest; learned from {} events before\n",
        thousands(outcome.events),
        thousands(outcome.logins),
        thousands(outcome.honest),
        thousands(outcome.warm_up)
    )?;
    writeln!(text, "{:<24}{:>12}{:>12}{:>12}{:>12}", "", "as it is", "draft", "appear", "vanish")?;
    let (was, is) = (outcome.before, outcome.after);
    for (name, of, changes) in [
        (
            "alerts",
            (|side| side.alerts) as fn(Side) -> u64,
            Some((outcome.alerts_appear, outcome.alerts_vanish)),
        ),
        ("mails", |side| side.mails, Some((outcome.mails_appear, outcome.mails_vanish))),
        ("logins challenged", |side| side.challenged, None),
        ("events blocked", |side| side.blocked, None),
        ("orders to end sessions", |side| side.orders, None),
        ("waves of guesses", |side| side.waves, None),
    ] {
        let (appear, vanish) = changes.map(|(a, v)| (thousands(a), thousands(v))).unwrap_or_default();
        let (was, is) = (thousands(of(was)), thousands(of(is)));
        writeln!(text, "{name:<24}{was:>12}{is:>12}{appear:>12}{vanish:>12}")?;
    }
    writeln!(text)?;
    writeln!(text, "The draft touches {} events:", thousands(outcome.touched))?;
    writeln!(text, "  {:.1} of 10,000 honest logins", outcome.per_10_000())?;
    writeln!(text, "  {:.1} users a month", outcome.users_a_month())?;
    writeln!(text, "  right by users' answers: {}", precision(outcome.touched_answers))?;
    writeln!(text, "Alerts right by users' answers:")?;
    writeln!(text, "  as it is: {}", precision(was.answers))?;
    writeln!(text, "  draft:    {}", precision(is.answers))
}

/// `80 % (95 %: 49 to 94 %, 8 of 10)`
fn precision(answers: Precision) -> String {
    let Some(share) = answers.share() else { return "nobody has answered".to_owned() };
    let (low, high) = answers.interval();
    format!(
        "{:.0} % (95 %: {:.0} to {:.0} %; {} of {})",
        share * 100.0,
        low * 100.0,
        high * 100.0,
        answers.no,
        answers.yes + answers.no
    )
}

fn rules(text: &mut String, outcome: &Outcome) -> std::fmt::Result {
    if !outcome.rules.is_empty() {
        writeln!(text, "\nHits of rules: as it is, draft, right by users' answers (* changed)")?;
    }
    for rule in &outcome.rules {
        let mark = if rule.changed { '*' } else { ' ' };
        let (before, after) = (thousands(rule.before), thousands(rule.after));
        writeln!(text, "{mark} {before:>10} {after:>10}  {}  ({})", rule.name, precision(rule.answers))?;
    }
    if !outcome.overlaps.is_empty() {
        writeln!(text, "\nThe same events (Jaccard):")?;
    }
    for overlap in &outcome.overlaps {
        let draft = overlap.draft.as_deref().unwrap_or("the draft");
        writeln!(
            text,
            "  {:.2}  {draft} and {}  ({} events)",
            overlap.jaccard(),
            overlap.rule,
            overlap.both
        )?;
    }
    Ok(())
}

fn examples(text: &mut String, outcome: &Outcome) -> std::fmt::Result {
    if !outcome.examples.is_empty() {
        writeln!(text, "\nExamples of {}:", thousands(outcome.touched))?;
    }
    outcome.examples.iter().try_for_each(|example| one(text, example))
}

fn one(text: &mut String, example: &Example) -> std::fmt::Result {
    let Example { event, at, verb, user, ip, place, client, before, after, rules, reasons, answer } = example;
    let user = user.as_deref().unwrap_or("anonymous");
    write!(text, "  {}  {user} {verb}", at.human())?;
    for part in [ip, place, client].into_iter().flatten() {
        write!(text, ", {part}")?;
    }
    let side = |side: &porchlight_domain::backtest::Sketch| {
        let alert = if side.alarm { ", alert" } else { "" };
        format!("{} {:.2} {}{alert}", side.level.as_str(), side.probability, side.decision.as_str())
    };
    write!(text, "\n    {} -> {}", side(before), side(after))?;
    for part in rules.iter().chain(reasons) {
        write!(text, "; {part}")?;
    }
    let said = match answer {
        Some(Answer::Yes) => "; the user said it was them",
        Some(Answer::No) => "; the user said it was not them",
        None => "",
    };
    writeln!(text, "{said}  ({event})")
}
