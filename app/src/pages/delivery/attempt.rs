//! One try of a delivery: what went out, what came back, how long it took.

use leptos::prelude::*;
use porchlight_domain::webhook::{Attempt, Phases};

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
            {phases(attempt.phases)}
            {attempt.diagnosis.map(|diagnosis| view! { <p class="notice" data-tone="warn">{diagnosis}</p> })}
            {offset.map(|seconds| view! { <p class="faint">"The receiver’s clock differs by "{seconds}" s."</p> })}
            <h3>"Sent"</h3>
            {(attempt.observer == Some(true)).then(|| view! { <p class="faint">"As to one that only listens: an order goes to it without its receipt URL."</p> })}
            {attempt.url.map(|url| view! { <p class="wrap">"To "<code>{url}</code></p> })}
            <Snippet text=headers(&attempt.request_headers) label="Request headers"/>
            <h3>"Answered"</h3>
            <Snippet text=answer(&attempt.response_headers, &attempt.response_body) label="Response"/>
        </details>
    }
    .into_any()
}

/// Where the time went: a bar for those who look, words for all.
fn phases(phases: Phases) -> AnyView {
    const WHOLE: i64 = 1_000;
    let each = phases.each().into_iter().filter_map(|(phase, us)| Some((phase, us?))).collect::<Vec<_>>();
    let total = each.iter().map(|(_, us)| *us).sum::<i64>().max(1);
    let bars = each.iter().scan(0, |x, (phase, us)| {
        let (from, width) = (*x, us.saturating_mul(WHOLE) / total);
        *x += width;
        Some(view! { <rect data-phase=phase.as_str() x=from y="0" width=width height="10"/> })
    });
    let words = each.iter().map(|(phase, us)| {
        let name = phase.name();
        view! { <li data-phase=phase.as_str()>{format!("{name} {}", format::duration(*us))}</li> }
    });
    let reused = phases.is_reused().then(|| view! { <li>"connection reused"</li> });
    (!each.is_empty())
        .then(|| {
            view! {
                <div class="phases">
                    <svg viewBox=format!("0 0 {WHOLE} 10") preserveAspectRatio="none" aria-hidden="true">{bars.collect_view()}</svg>
                    <ul aria-label="Where the time went">{reused}{words.collect_view()}</ul>
                </div>
            }
        })
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
