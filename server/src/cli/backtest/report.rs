//! A back-test's outcome as text.

use std::fmt::Write;

use porchlight_domain::backtest::{Example, Outcome, Precision, Side};
use porchlight_domain::question::Answer;
use serde_json::{Value, json};

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

/// The outcome with what follows from it: hits for 10,000 honest logins (from, to), and the share of right ones among the
/// answers with its 95 % interval, where there are any.
pub(super) fn json(outcome: &Outcome) -> serde_json::Result<Value> {
    let mut told = serde_json::to_value(outcome)?;
    told["per_10_000_honest"] = json!(outcome.per_10_000());
    for (place, answers) in [
        ("/touched_answers", outcome.touched_answers),
        ("/before/answers", outcome.before.answers),
        ("/after/answers", outcome.after.answers),
    ] {
        if let (Some(told), Some(share)) = (told.pointer_mut(place), answers.share()) {
            told["right"] = json!({ "share": share, "interval": answers.interval() });
        }
    }
    Ok(told)
}

fn figures(text: &mut String, outcome: &Outcome) -> std::fmt::Result {
    writeln!(
        text,
        "{} events, {} logins: {} honest, {} unusual and unanswered; learned from {} events before\n",
        thousands(outcome.events),
        thousands(outcome.logins),
        thousands(outcome.honest.saturating_sub(outcome.open)),
        thousands(outcome.open),
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
    for said in [outcome.moved().map(str::to_owned), outcome.mails_counted()].into_iter().flatten() {
        writeln!(text, "{said}")?;
    }
    writeln!(text)?;
    writeln!(text, "The draft touches {} events:", thousands(outcome.touched))?;
    writeln!(text, "  {} of 10,000 honest logins{}", outcome.per_10_000_told(), readings(outcome))?;
    writeln!(text, "  {:.1} users a month", outcome.users_a_month())?;
    writeln!(text, "  right by users' answers: {}", precision(outcome.touched_answers))?;
    writeln!(text, "Alerts right by users' answers:")?;
    writeln!(text, "  as it is: {}", precision(was.answers))?;
    writeln!(text, "  draft:    {}", precision(is.answers))
}

/// What the two ends of the interval are.
fn readings(outcome: &Outcome) -> String {
    match outcome.touched_open {
        0 => String::new(),
        open => format!("; unusual and unanswered: {} (from none of these honest to all)", thousands(open)),
    }
}

/// `80 % (95 %: 49 to 94 %; 8 of 10; 32 logins unanswered)`
fn precision(answers: Precision) -> String {
    let open = match answers.unanswered {
        0 => String::new(),
        1 => "; 1 login unanswered".to_owned(),
        open => format!("; {} logins unanswered", thousands(open)),
    };
    let Some(share) = answers.share() else { return format!("nobody has answered{open}") };
    let ((low, high), all) = (answers.interval(), answers.yes + answers.no);
    let percent = |share: f64| format!("{:.0}", share * 100.0);
    format!(
        "{} % (95 %: {} to {} %; {} of {all}{open})",
        percent(share),
        percent(low),
        percent(high),
        answers.no
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
    let Example { event, at, verb, user, ip, place, client, before, after, rules, reasons, answer, .. } =
        example;
    let user = user.as_deref().unwrap_or("anonymous");
    write!(text, "  {}  {user} {verb}", at.human())?;
    for part in [ip, place, client].into_iter().flatten() {
        write!(text, ", {part}")?;
    }
    let side = |side: &porchlight_domain::backtest::Sketch| {
        let alert = if side.alarm { ", alert" } else { "" };
        let mail = if side.mail { ", asked by mail" } else { "" };
        format!("{} {:.2} {}{alert}{mail}", side.level.as_str(), side.probability, side.decision.as_str())
    };
    write!(text, "\n    {}", side(before))?;
    for part in &example.reasons_before {
        write!(text, "; {part}")?;
    }
    let parted = if example.reasons_before.is_empty() { " " } else { "\n    " };
    write!(text, "{parted}-> {}", side(after))?;
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

#[cfg(test)]
mod tests {
    use porchlight_domain::backtest::Sketch;

    use super::*;

    #[test]
    fn each_side_is_told_with_its_own_reasons() {
        let mut example = Example {
            event: porchlight_domain::id::EventId(7),
            at: porchlight_domain::Timestamp(0),
            verb: "log-in".into(),
            user: None,
            ip: None,
            place: None,
            client: None,
            before: Sketch { probability: 1.0, alarm: true, mail: true, ..Sketch::default() },
            after: Sketch::default(),
            rules: Vec::new(),
            reasons: Vec::new(),
            reasons_before: vec!["Denied by the rule List".into()],
            answer: None,
        };
        let told = |example: &Example| {
            let mut text = String::new();
            one(&mut text, example).expect("text");
            text
        };
        let parted =
            "green 1.00 allow, alert, asked by mail; Denied by the rule List\n    -> green 0.00 allow  (";
        assert!(told(&example).contains(parted), "{}", told(&example));
        example.reasons = std::mem::take(&mut example.reasons_before);
        let after = "green 1.00 allow, alert, asked by mail -> green 0.00 allow; Denied by the rule List  (";
        assert!(told(&example).contains(after), "{}", told(&example));
    }

    #[test]
    fn what_nobody_answered_stands_by_itself_and_in_no_share() {
        let answers = Precision { yes: 2, no: 8, unanswered: 1_200 };
        assert_eq!(precision(answers), "80 % (95 %: 49 to 94 %; 8 of 10; 1,200 logins unanswered)");
        assert_eq!(precision(Precision { unanswered: 0, ..answers }), "80 % (95 %: 49 to 94 %; 8 of 10)");
        assert_eq!(
            precision(Precision { unanswered: 3, ..Precision::default() }),
            "nobody has answered; 3 logins unanswered"
        );
        let outcome = Outcome {
            logins: 10_001,
            honest: 10_000,
            open: 40,
            touched: 30,
            touched_honest: 30,
            touched_open: 20,
            ..Outcome::default()
        };
        let told = text(&outcome);
        assert!(told.contains("10,001 logins: 9,960 honest, 40 unusual and unanswered"), "{told}");
        let hits = "  10.0 to 30.0 of 10,000 honest logins; unusual and unanswered: 20 (from none of these honest to all)\n";
        assert!(told.contains(hits), "{told}");
        let told = json(&Outcome { touched_answers: answers, ..outcome.clone() }).expect("json");
        assert_eq!(told["per_10_000_honest"][1], 30.0, "{told}");
        assert_eq!(told["touched_answers"]["right"]["share"], 0.8, "{told}");
        assert!(told["before"]["answers"]["right"].is_null(), "nobody has answered: {told}");
        assert!(!text(&outcome).contains("Mails are"), "there are none");
        let mut mailed = outcome.clone();
        mailed.before.mails = 1;
        let counted = "Mails are the questions asked when an alert opens: not what is asked again after a day, and as if nobody \
                       were spared by the limit of 5 a day for one user.\n";
        assert!(text(&mailed).contains(counted), "{}", text(&mailed));
        let told = text(&Outcome { open: 0, touched_open: 0, ..outcome });
        assert!(told.contains("  30.0 of 10,000 honest logins\n"), "{told}");
    }
}
