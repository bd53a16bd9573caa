//! What came out of a back-test: figures side by side, rules, examples.

use leptos::prelude::*;
use porchlight_domain::backtest::{Example, Outcome, Overlap, Precision, RuleHits, Side, Sketch};
use porchlight_domain::id::ProjectId;
use porchlight_domain::question::Answer;
use porchlight_domain::risk::Decision;

use crate::format;
use crate::layout::project_path;
use crate::ui::badge::{Tone, badge, level};
use crate::ui::table::{Facts, Table};
use crate::ui::time::Time;

/// The outcome.
pub(super) fn show(outcome: Outcome, project: ProjectId) -> AnyView {
    let played = format!(
        "{} events, {} logins, of which {} are unusual and unanswered; learned from {} events before.",
        number(outcome.events),
        number(outcome.logins),
        number(outcome.open),
        number(outcome.warm_up)
    );
    let facts = vec![
        ("Touched", text(format!("{} events", number(outcome.touched)))),
        ("Of 10,000 honest logins", hits(&outcome)),
        ("Users a month", text(format!("{:.1}", outcome.users_a_month()))),
        ("Touched rightly", text(precision(outcome.touched_answers))),
        ("Alerts right, as it is", text(precision(outcome.before.answers))),
        ("Alerts right, draft", text(precision(outcome.after.answers))),
    ];
    let figures = figures(&outcome);
    let rules = (!outcome.rules.is_empty()).then(|| rules(outcome.rules));
    let overlaps = (!outcome.overlaps.is_empty()).then(|| overlaps(outcome.overlaps));
    let examples = (!outcome.examples.is_empty()).then(|| examples(outcome.examples, project));
    view! {
        <p>{played}</p>
        {figures}
        <Facts facts=facts/>
        {rules}
        {overlaps}
        {examples}
    }
    .into_any()
}

fn text(text: String) -> AnyView {
    text.into_any()
}

fn number(count: u64) -> String {
    format::number(signed(count))
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// How many honest logins the draft touches, and what that hangs on.
fn hits(outcome: &Outcome) -> AnyView {
    let readings = (outcome.touched_open > 0).then(|| {
        let open = format::count(signed(outcome.touched_open), "unusual login", "unusual logins");
        view! { <small>{format!("Nobody has answered for {open} among them: the range is from none of these being honest to all.")}</small> }
    });
    view! { {outcome.per_10_000_told()}{readings} }.into_any()
}

/// `80 % (49 to 94 %, 8 of 10 answers)`; what nobody answered is in no share.
fn precision(answers: Precision) -> String {
    let Some(share) = answers.share() else { return "nobody has answered".to_owned() };
    let ((low, high), all) = (answers.interval(), answers.yes + answers.no);
    let percent = |share: f64| format!("{:.0}", share * 100.0);
    let all = format::count(signed(all), "answer", "answers");
    format!("{} % ({} to {} %, {} of {all})", percent(share), percent(low), percent(high), answers.no)
}

fn figures(outcome: &Outcome) -> AnyView {
    let (was, is) = (outcome.before, outcome.after);
    let row = move |name: &'static str, of: fn(Side) -> u64, changes: Option<(u64, u64)>| {
        let (appear, vanish) = changes.map(|(a, v)| (number(a), number(v))).unwrap_or_default();
        let (was, is) = (number(of(was)), number(of(is)));
        view! {
            <tr role="row">
                <td role="cell" data-label="What">{name}</td>
                <td role="cell" data-label="As it is">{was}</td>
                <td role="cell" data-label="Draft">{is}</td>
                <td role="cell" data-label="Appear">{appear}</td>
                <td role="cell" data-label="Vanish">{vanish}</td>
            </tr>
        }
    };
    let alerts = (outcome.alerts_appear, outcome.alerts_vanish);
    let mails = (outcome.mails_appear, outcome.mails_vanish);
    let said = [outcome.moved().map(str::to_owned), outcome.mails_counted()];
    let said = said.into_iter().flatten().map(|said| view! { <p><small>{said}</small></p> }).collect_view();
    view! {
        <Table label="As it is and with the draft" head=&["What", "As it is", "Draft", "Appear", "Vanish"]>
            {row("Alerts", |side| side.alerts, Some(alerts))}
            {row("Alarming logins, unanswered", |side| side.answers.unanswered, None)}
            {row("Mails", |side| side.mails, Some(mails))}
            {row("Logins challenged", |side| side.challenged, None)}
            {row("Events blocked", |side| side.blocked, None)}
            {row("Orders to end sessions", |side| side.orders, None)}
            {row("Waves of guesses", |side| side.waves, None)}
        </Table>
        {said}
    }
    .into_any()
}

fn rules(rules: Vec<RuleHits>) -> AnyView {
    let rows = rules.into_iter().map(|rule| {
        let changed = rule.changed.then(|| badge(Tone::Neutral, "draft"));
        view! {
            <tr role="row">
                <td role="cell" data-label="Rule">{rule.name}" "{changed}</td>
                <td role="cell" data-label="As it is">{number(rule.before)}</td>
                <td role="cell" data-label="Draft">{number(rule.after)}</td>
                <td role="cell" data-label="Right">{precision(rule.answers)}</td>
            </tr>
        }
    });
    view! {
        <h3>"Hits of rules"</h3>
        <Table label="Hits of rules" head=&["Rule", "As it is", "Draft", "Right"]>{rows.collect_view()}</Table>
    }
    .into_any()
}

fn overlaps(overlaps: Vec<Overlap>) -> AnyView {
    let rows = overlaps.into_iter().map(|overlap| {
        let share = format!("{:.0} %", overlap.jaccard() * 100.0);
        view! {
            <tr role="row">
                <td role="cell" data-label="Draft">{overlap.draft.unwrap_or_else(|| "The draft".to_owned())}</td>
                <td role="cell" data-label="Rule">{overlap.rule}</td>
                <td role="cell" data-label="In common">{share}<small>{number(overlap.both)}" events"</small></td>
            </tr>
        }
    });
    view! {
        <h3>"What other rules hit already"</h3>
        <Table label="Overlap" head=&["Draft", "Rule", "In common"]>{rows.collect_view()}</Table>
    }
    .into_any()
}

fn examples(examples: Vec<Example>, project: ProjectId) -> AnyView {
    let rows = examples.into_iter().map(|example| row(example, project)).collect_view();
    view! {
        <h3>"Examples"</h3>
        <Table label="Examples" head=&["When", "Who", "As it is", "Draft", "Why"]>{rows}</Table>
    }
    .into_any()
}

fn row(example: Example, project: ProjectId) -> AnyView {
    let event = project_path(project, &format!("events/{}", example.event));
    let from: Vec<_> = [example.ip, example.place, example.client].into_iter().flatten().collect();
    let was = (!example.reasons_before.is_empty()).then(|| {
        view! { <small>{format!("As it is: {}", example.reasons_before.join("; "))}</small> }
    });
    let mut why = example.rules;
    why.extend(example.reasons);
    why.extend(example.answer.map(|answer| match answer {
        Answer::Yes => "the user said it was them".to_owned(),
        Answer::No => "the user said it was not them".to_owned(),
    }));
    view! {
        <tr role="row">
            <td role="cell" data-label="When"><a href=event><Time at=example.at/></a></td>
            <td role="cell" data-label="Who">{example.user.unwrap_or_else(|| "Anonymous".to_owned())}<small>{format::verb(&example.verb)}</small><small>{from.join(", ")}</small></td>
            <td role="cell" data-label="As it is">{side(example.before)}</td>
            <td role="cell" data-label="Draft">{side(example.after)}</td>
            <td class="wide" role="cell" data-label="Why">{why.join("; ")}{was}</td>
        </tr>
    }
    .into_any()
}

fn side(side: Sketch) -> AnyView {
    let decision = match side.decision {
        Decision::Allow => None,
        other => Some(view! { <small>{other.as_str()}</small> }),
    };
    let alert = side.alarm.then(|| view! { <small>"alert"</small> });
    let mail = side.mail.then(|| view! { <small>"asked by mail"</small> });
    view! { {level(side.level, side.probability)}{decision}{alert}{mail} }.into_any()
}
