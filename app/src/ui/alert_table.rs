//! Alerts in a table, and the marks of their state and of their user's answer.

use leptos::prelude::*;
use porchlight_domain::alert::{Alert, Resolution, State};
use porchlight_domain::id::ProjectId;
use porchlight_domain::question::Answer;

use crate::format;
use crate::layout::project_path;
use crate::ui::badge::{Tone, badge, level};
use crate::ui::table::Table;
use crate::ui::time::Time;

/// Where an alert stands, and what it turned out to be.
pub fn alert_state(alert: &Alert) -> AnyView {
    let state = match alert.state {
        State::Open => Some(badge(Tone::Warn, "open")),
        State::Acknowledged => Some(badge(Tone::Neutral, "acknowledged")),
        State::Closed => None,
    };
    let resolution = alert.resolution.map(|resolution| {
        let tone = match resolution {
            Resolution::ConfirmedThreat => Tone::Bad,
            Resolution::ConfirmedByUser | Resolution::Expected => Tone::Good,
            Resolution::FalseAlarm | Resolution::Inconclusive => Tone::Neutral,
        };
        badge(tone, resolution.label())
    });
    let closed =
        (alert.state == State::Closed && alert.resolution.is_none()).then(|| badge(Tone::Neutral, "closed"));
    view! { {state}" "{resolution}{closed} }.into_any()
}

/// What the user said when asked "Was this you?".
pub fn answer(alert: &Alert) -> AnyView {
    match (&alert.question, alert.answer()) {
        (None, _) => view! { <span class="faint">"not asked"</span> }.into_any(),
        (Some(_), None) => badge(Tone::Neutral, "asked"),
        (Some(_), Some(Answer::Yes)) => badge(Tone::Good, "“it was me”"),
        (Some(_), Some(Answer::No)) => badge(Tone::Bad, "“not me”"),
    }
}

/// A title that leads to the alert.
pub fn alert_link(project: ProjectId, alert: &Alert) -> AnyView {
    let page = project_path(project, &format!("alerts/{}", alert.id));
    view! { <a class="strong row-link" href=page>{alert.title.clone()}</a> }.into_any()
}

/// A few alerts beside something else.
pub fn alert_table(label: &'static str, project: ProjectId, alerts: Vec<Alert>) -> AnyView {
    let rows = alerts.into_iter().map(move |alert| {
        view! {
            <tr role="row">
                <td role="cell" data-label="Level">{level(alert.level, alert.score)}</td>
                <td class="wide" role="cell" data-label="Alert">{alert_link(project, &alert)}</td>
                <td class="when" role="cell" data-label="Last"><Time at=alert.last_event_at/></td>
                <td class="number" role="cell" data-label="Events">{format::number(alert.events)}</td>
                <td role="cell" data-label="Answer">{answer(&alert)}</td>
                <td role="cell" data-label="State">{alert_state(&alert)}</td>
            </tr>
        }
    });
    view! {
        <Table label=label head=&["Level", "Alert", "Last", "Events", "Answer", "State"]>{rows.collect_view()}</Table>
    }
    .into_any()
}
