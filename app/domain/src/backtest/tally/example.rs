//! An event that a draft touches, as it is told.

use crate::backtest::outcome::{Example, Sketch};
use crate::backtest::replay::{Line, Verdict};
use crate::risk::Assessment;
use crate::rule::Outcome as Came;

fn sketch(verdict: &Verdict) -> Sketch {
    let Assessment { probability, level, decision, .. } = verdict.assessment;
    Sketch { probability, level, decision, alarm: verdict.alarm, mail: verdict.mail }
}

/// What happened, what both sides make of it, and why.
pub(super) fn example(line: &Line, before: &Verdict, after: &Verdict) -> Example {
    let (seen, event) = (&line.seen, &line.seen.event);
    let texts = |verdict: &Verdict| -> Vec<String> {
        let against = verdict.assessment.reasons.iter().filter(|reason| reason.evidence >= 0.0);
        against.take(3).map(|reason| reason.text.clone()).collect()
    };
    let (reasons, was) = (texts(after), texts(before));
    let reasons_before = if was == reasons { Vec::new() } else { was };
    let hit =
        after.assessment.account.rules.iter().filter(|note| !matches!(note.outcome, Came::Skipped { .. }));
    Example {
        event: line.id,
        at: seen.at,
        verb: event.verb.clone(),
        user: event.user.as_ref().map(|user| user.id.clone()),
        ip: event.address.as_ref().map(|address| address.ip.to_string()),
        place: seen.place.as_ref().and_then(crate::place::Place::label),
        client: seen.agent.label(),
        before: sketch(before),
        after: sketch(after),
        rules: hit.map(|note| note.name.clone()).collect(),
        reasons,
        reasons_before,
        answer: line.answer.map(|(answer, _)| answer),
    }
}
