//! What each endpoint did with an order: which of them has not answered.

use leptos::prelude::*;
use porchlight_domain::id::{EndpointId, ProjectId};
use porchlight_domain::revocation::{Receiver, Reception};

use super::evidence::delivery;
use crate::layout::project_path;
use crate::ui::badge::{Tone, badge};
use crate::ui::deliveries::short_url;
use crate::ui::table::Table;
use crate::ui::time::time_or;

/// The endpoints that it went to; nothing where it went to none.
pub fn receivers(receivers: &[Receiver], project: ProjectId) -> Option<AnyView> {
    let rows = receivers.iter().cloned().map(|one| receiver(one, project)).collect_view();
    (!receivers.is_empty()).then(|| {
        view! {
            <section class="card">
                <div class="card-head"><h2>"Receivers"</h2></div>
                <Table label="Receivers" head=&["Endpoint", "It", "Arrived", "Its receipt", "Delivery"]>{rows}</Table>
            </section>
        }
        .into_any()
    })
}

fn receiver(one: Receiver, project: ProjectId) -> AnyView {
    let error = one.last_error.filter(|_| one.delivered_at.is_none());
    let held = one.held.filter(|_| one.delivered_at.is_none());
    let receipt = one.receipt_id.map(|id| view! { <a href=format!("#{id}")>{one.verdict}</a> });
    view! {
        <tr role="row">
            <td class="wrap" role="cell" data-label="Endpoint">{endpoint(one.endpoint_id, &one.url, project)}</td>
            <td role="cell" data-label="It">{reception(one.reception)}{error.into_iter().chain(held).map(|words| view! { <span class="sub">{words}</span> }).collect_view()}</td>
            <td role="cell" data-label="Arrived">{time_or(one.delivered_at, "not yet")}</td>
            <td class="wrap" role="cell" data-label="Its receipt">{receipt}</td>
            <td role="cell" data-label="Delivery">{delivery(project, one.delivery_id)}</td>
        </tr>
    }
    .into_any()
}

fn reception(reception: Reception) -> AnyView {
    let (tone, words) = match reception {
        Reception::Waiting => (Tone::Warn, "not sent yet"),
        Reception::Held => (Tone::Bad, "held back"),
        Reception::Failing => (Tone::Bad, "still failing"),
        Reception::Failed => (Tone::Bad, "given up"),
        Reception::Cancelled => (Tone::Neutral, "cancelled"),
        Reception::Observed => (Tone::Neutral, "only listens"),
        Reception::Acknowledged => (Tone::Warn, "acknowledged, no receipt"),
        Reception::Answered => (Tone::Good, "sent its receipt"),
    };
    badge(tone, words)
}

/// An endpoint by its host and path.
pub fn endpoint(id: EndpointId, url: &str, project: ProjectId) -> AnyView {
    let page = project_path(project, &format!("webhooks/{id}"));
    view! { <a href=page><code>{short_url(url).to_owned()}</code></a> }.into_any()
}
