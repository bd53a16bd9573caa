//! What an order's state rests on: receipts, deliveries, and each thing that happened.

use leptos::prelude::*;
use porchlight_domain::id::{DeliveryId, ProjectId};
use porchlight_domain::revocation::{Overall, Receipt, Receiver, Step, Via};
use porchlight_domain::webhook::{Delivery, DeliveryState};

use super::receivers::endpoint;
use crate::format;
use crate::layout::project_path;
use crate::ui::badge::{Tone, badge};
use crate::ui::copy::Snippet;
use crate::ui::deliveries::{broken, receipt_state};
use crate::ui::orders::overall;
use crate::ui::table::Table;
use crate::ui::time::{Time, time_or};

/// What leaves no trace here.
const LIMIT: &str = "A receipt that is posted with more than 256 KiB is answered with 413 and not kept; of others 16 KiB are. What is done in a session within three seconds of its receipt counts as done before it.";

/// What the application said.
pub fn receipts(receipts: Vec<Receipt>, receivers: &[Receiver], project: ProjectId) -> AnyView {
    if receipts.is_empty() {
        return view! {
            <section class="card pad">
                <h2>"Receipts"</h2>
                <p class="faint">"None. Until one comes, nothing is known of what the application did. "{LIMIT}</p>
            </section>
        }
        .into_any();
    }
    let rows = receipts.into_iter().map(|receipt| received(receipt, receivers, project)).collect_view();
    view! {
        <section class="card">
            <div class="card-head"><h2>"Receipts"</h2></div>
            <Table label="Receipts" head=&["Received", "From", "How", "Signature", "Verdict", "Delivery", "As sent"]>{rows}</Table>
            <p class="pad faint">{LIMIT}</p>
        </section>
    }
    .into_any()
}

fn received(receipt: Receipt, receivers: &[Receiver], project: ProjectId) -> AnyView {
    let via = match receipt.via {
        Via::Answer => "in the webhook’s answer",
        Via::Post => "posted to its receipt URL",
        Via::Poll => "posted with the API key",
    };
    let signature = match (receipt.is_refused(), receipt.signed) {
        (true, _) => view! { <span class="faint">"not believed"</span> }.into_any(),
        (false, true) => badge(Tone::Good, "signed"),
        (false, false) => badge(Tone::Neutral, "unsigned"),
    };
    let tone = if receipt.verdict.starts_with("accepted") { Tone::Good } else { Tone::Bad };
    view! {
        <tr role="row" id=receipt.id.to_string()>
            <td role="cell" data-label="Received"><Time at=receipt.received_at/></td>
            <td class="wrap" role="cell" data-label="From">{from(&receipt, receivers, project)}</td>
            <td role="cell" data-label="How">{via}</td>
            <td role="cell" data-label="Signature">{signature}</td>
            <td class="wrap" role="cell" data-label="Verdict">{badge(tone, receipt.verdict)}</td>
            <td role="cell" data-label="Delivery">{receipt.delivery_id.map(|id| view! { <a href=project_path(project, &format!("deliveries/{id}"))>"Open"</a> })}</td>
            <td role="cell" data-label="As sent"><details><summary>"Show"</summary><Snippet text=format::pretty_json(&receipt.body) label="The receipt"/></details></td>
        </tr>
    }
    .into_any()
}

/// Whose receipt it is, as far as that is known.
fn from(receipt: &Receipt, receivers: &[Receiver], project: ProjectId) -> AnyView {
    let url = receivers.iter().find(|one| Some(one.endpoint_id) == receipt.endpoint_id).map(|one| &one.url);
    match (receipt.endpoint_id, url) {
        (Some(id), Some(url)) => endpoint(id, url, project),
        (Some(id), None) => view! { <code>{id.to_string()}</code> }.into_any(),
        (None, _) if receipt.via == Via::Poll => "the application’s API key".into_any(),
        (None, _) => view! { <span class="faint">"whoever has its receipt URL"</span> }.into_any(),
    }
}

/// A delivery by its id.
pub fn delivery(project: ProjectId, id: DeliveryId) -> AnyView {
    let page = project_path(project, &format!("deliveries/{id}"));
    view! { <a href=page><code>{id.to_string()}</code></a> }.into_any()
}

/// What carried the order.
pub fn deliveries(deliveries: Vec<Delivery>, project: ProjectId) -> AnyView {
    if deliveries.is_empty() {
        let webhooks = project_path(project, "webhooks");
        return view! {
            <section class="card pad">
                <h2>"Deliveries"</h2>
                <p class="faint">
                    "None: no endpoint asked for orders when this one was given. "<a href=webhooks>"Set one up"</a>
                    ", or let the application fetch its orders with an API key."
                </p>
            </section>
        }
        .into_any();
    }
    let rows = deliveries.into_iter().map(|one| carried(one, project)).collect_view();
    view! {
        <section class="card">
            <div class="card-head"><h2>"Deliveries"</h2></div>
            <Table label="Deliveries" head=&["Message", "To", "State", "Answer", "Receipt in it", "Delivered"]>{rows}</Table>
        </section>
    }
    .into_any()
}

fn carried(one: Delivery, project: ProjectId) -> AnyView {
    let tone = match one.state {
        DeliveryState::Pending => Tone::Warn,
        DeliveryState::Delivered => Tone::Good,
        DeliveryState::Failed => Tone::Bad,
        DeliveryState::Cancelled => Tone::Neutral,
    };
    let answer = one.last_status.map(|status| status.to_string());
    let receipt = one.signature.as_ref().map(receipt_state);
    let diagnosis = one.signature.and_then(|signature| signature.diagnosis);
    view! {
        <tr role="row">
            <td role="cell" data-label="Message"><a href=project_path(project, &format!("deliveries/{}", one.id))><code>{broken(one.r#type.as_str())}</code></a></td>
            <td class="wrap" role="cell" data-label="To"><code>{one.url}</code></td>
            <td role="cell" data-label="State">{badge(tone, one.state.as_str())}<span class="sub">{format::count(one.attempts.into(), "attempt", "attempts")}</span></td>
            <td role="cell" data-label="Answer">{answer}{one.last_error.map(|error| view! { <span class="sub">{error}</span> })}</td>
            <td role="cell" data-label="Receipt in it">{receipt}{diagnosis.map(|text| view! { <span class="sub">{text}</span> })}</td>
            <td role="cell" data-label="Delivered">{time_or(one.delivered_at, "not yet")}</td>
        </tr>
    }
    .into_any()
}

/// Each thing that happened, in order.
pub fn history(steps: Vec<Step>, project: ProjectId) -> AnyView {
    let rows = steps.into_iter().map(move |step| {
        let session = match step.session_id {
            Some(id) => view! { <code>{id}</code> }.into_any(),
            None => view! { <span class="faint">"the order"</span> }.into_any(),
        };
        // A deferral is of one session; no order as a whole is in that state.
        let state = match step.state.parse::<Overall>() {
            Ok(state) => overall(state),
            Err(_) => badge(Tone::Warn, step.state.replace('_', " ")),
        };
        view! {
            <tr role="row">
                <td role="cell" data-label="When"><Time at=step.at/></td>
                <td class="wrap" role="cell" data-label="Session">{session}</td>
                <td role="cell" data-label="State">{state}</td>
                <td role="cell" data-label="By">{cause(&step.cause, project)}</td>
            </tr>
        }
    });
    view! {
        <section class="card">
            <div class="card-head"><h2>"History"</h2></div>
            <Table label="History" head=&["When", "Session", "State", "By"]>{rows.collect_view()}</Table>
        </section>
    }
    .into_any()
}

/// A cause, with a link to what it names: `delivery dlv_… was given up: nobody is left who could answer`.
fn cause(cause: &str, project: ProjectId) -> AnyView {
    let (what, rest) = cause.split_once(' ').unwrap_or((cause, ""));
    let (id, after) = rest.split_at(rest.find([' ', ':']).unwrap_or(rest.len()));
    let page = match what {
        "delivery" => project_path(project, &format!("deliveries/{id}")),
        "endpoint" => project_path(project, &format!("webhooks/{id}")),
        "event" => project_path(project, &format!("events/{id}")),
        "receipt" => format!("#{id}"),
        _ => return cause.to_owned().into_any(),
    };
    view! { <a href=page>{format!("{what} {id}")}</a>{after.to_owned()} }.into_any()
}
