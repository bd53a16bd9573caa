//! One try of a delivery: what went out, what came back, how long it took.

use leptos::prelude::*;
use porchlight_domain::webhook::Attempt;

use crate::format;
use crate::ui::badge::{Tone, badge};
use crate::ui::copy::Snippet;
use crate::ui::time::Time;

/// An attempt, opened on request.
pub(super) fn attempt(attempt: Attempt) -> AnyView {
    let outcome = match attempt.status {
        Some(status) if (200..300).contains(&status) => badge(Tone::Good, status.to_string()),
        Some(status) => badge(Tone::Bad, status.to_string()),
        None => badge(Tone::Bad, "no answer"),
    };
    let offset = attempt.signature.clock_offset_seconds.filter(|seconds| seconds.abs() > 5);
    view! {
        <details class="attempt">
            <summary>
                <span class="strong">"Attempt "{attempt.number}</span>
                {outcome}
                <span class="faint">{format::duration(attempt.duration_us)}</span>
                <Time at=attempt.started_at/>
                {attempt.error.map(|error| view! { <span class="why-not">{error}</span> })}
            </summary>
            {attempt.diagnosis.map(|diagnosis| view! { <p class="notice" data-tone="warn">{diagnosis}</p> })}
            {offset.map(|seconds| view! { <p class="faint">"The receiver’s clock differs by "{seconds}" s."</p> })}
            <h3>"Sent"</h3>
            <Snippet text=headers(&attempt.request_headers) label="Request headers"/>
            <h3>"Answered"</h3>
            <Snippet text=answer(&attempt.response_headers, &attempt.response_body) label="Response"/>
        </details>
    }
    .into_any()
}

fn headers(headers: &[(String, String)]) -> String {
    headers.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("\n")
}

fn answer(sent: &[(String, String)], body: &str) -> String {
    match (sent.is_empty(), body.is_empty()) {
        (true, true) => "nothing".to_owned(),
        (_, true) => format!("{}\n\n(empty body)", headers(sent)),
        _ => format!("{}\n\n{body}", headers(sent)),
    }
}
