//! Deliveries in a table, and the marks of what became of them.

mod trust;

use leptos::prelude::*;
use porchlight_domain::Timestamp;
use porchlight_domain::event::EventUser;
use porchlight_domain::id::{ProjectId, RevocationId};
use porchlight_domain::revocation::Brief;
use porchlight_domain::webhook::{Delivery, DeliveryState, ReceiptStatus, SignatureStatus, Subject, Trust};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::access::Access;
#[cfg(feature = "ssr")]
use crate::error::AppResult;
use crate::format;
use crate::layout::project_path;
use crate::ui::badge::{Tone, badge};
use crate::ui::form::ticked;
use crate::ui::orders::brief;
use crate::ui::table::Table;
use crate::ui::time::{Due, Time};
pub use trust::{enforces, mark_of_ready, ready, whether_enforces, whether_ready};

/// What became of a delivery.
pub fn delivery_state(state: DeliveryState) -> AnyView {
    let tone = match state {
        DeliveryState::Pending => Tone::Warn,
        DeliveryState::Delivered => Tone::Good,
        DeliveryState::Failed => Tone::Bad,
        DeliveryState::Cancelled => Tone::Neutral,
    };
    badge(tone, state.as_str())
}

/// Whether an attempt was signed; checked by ourselves before it left. What the receiver makes of it is not known.
pub fn signature_state(signature: Option<&SignatureStatus>) -> AnyView {
    match signature {
        None => view! { <span class="faint">"not sent yet"</span> }.into_any(),
        Some(signature) if signature.self_verified => badge(Tone::Neutral, "signed"),
        Some(_) => badge(Tone::Bad, "signature does not hold"),
    }
}

/// What the answer said of the order it answered, and what was made of that.
pub fn receipt_state(signature: &SignatureStatus) -> AnyView {
    let state = match (signature.receipt, signature.is_unbelieved()) {
        (ReceiptStatus::Unsigned, _) if signature.contradicts() => badge(Tone::Warn, "unsigned, contradicts"),
        (ReceiptStatus::Signed, _) if signature.contradicts() => badge(Tone::Warn, "signed, contradicts"),
        (ReceiptStatus::None, _) => view! { <span class="faint">"none"</span> }.into_any(),
        (ReceiptStatus::Unsigned, false) => badge(Tone::Neutral, "unsigned"),
        (ReceiptStatus::Unsigned, true) => badge(Tone::Bad, "unsigned, not believed"),
        (ReceiptStatus::Signed, false) => badge(Tone::Good, "signed"),
        (ReceiptStatus::Signed, true) => badge(Tone::Bad, "signed, not believed"),
        (ReceiptStatus::Invalid, _) => badge(Tone::Bad, "not believed"),
    };
    let verdict = signature.verdict.clone().map(|verdict| view! { <small>{verdict}</small> });
    view! { {state}{verdict} }.into_any()
}

/// The host and path of a URL: what tells endpoints apart.
pub fn short_url(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, rest)| rest)
}

/// A type's name, which may break after each dot.
pub fn broken(name: &'static str) -> AnyView {
    name.split_inclusive('.').map(|part| view! { {part}<wbr/> }).collect_view().into_any()
}

/// When a delivery that waits is tried.
fn next_try(next: Option<Timestamp>, on_hold: Option<Timestamp>) -> Option<AnyView> {
    match (on_hold, next) {
        (Some(until), _) => Some(view! { <small>"on hold, next try "<Due at=until/></small> }.into_any()),
        (None, Some(at)) => Some(view! { <small>"next try "<Due at=at/></small> }.into_any()),
        (None, None) => None,
    }
}

/// A delivery as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Listed {
    /// The delivery.
    pub delivery: Delivery,
    /// What its message is about.
    pub subject: Subject,
    /// What its receiver has shown of how it takes signatures.
    pub trust: Trust,
}

/// These deliveries as a list shows them.
#[cfg(feature = "ssr")]
pub async fn listed(by: &Access, project: ProjectId, rows: Vec<Delivery>) -> AppResult<Vec<Listed>> {
    use porchlight_domain::webhook::store;
    let subjects = store::subjects(by.db(), &rows).await?;
    let trust = store::probes::trust(by.db(), project, by.now()).await?;
    let mut list = Vec::with_capacity(rows.len());
    for delivery in rows {
        let subject = subjects.get(&delivery.message_id).cloned().unwrap_or_default();
        let trust = trust.get(&delivery.endpoint_id).copied().unwrap_or_default();
        list.push(Listed { delivery: delivery.seen_at(by.now()), subject, trust });
    }
    Ok(list)
}

/// A list of deliveries.
pub fn deliveries(rows: Vec<Listed>, project: ProjectId) -> AnyView {
    let rows = rows.into_iter().map(|row| delivery(row, project, None)).collect_view();
    view! {
        <Table label="Deliveries" head=&["Message", "User", "Order", "State", "Answer", "Signature", "Published"]>{rows}</Table>
    }
    .into_any()
}

/// A list of deliveries, each with a box to select it.
pub fn selectable(rows: Vec<Listed>, project: ProjectId) -> AnyView {
    // Inside of the form, so that a box that was ticked is ticked when it comes back.
    let rows = rows.into_iter().map(move |row| {
        let id = row.delivery.id.to_string();
        let label = format!("Select delivery {id}");
        let select = view! { <td class="select" role="cell" data-label="Select"><input type="checkbox" name="deliveries[]" value=id.clone() checked=ticked("deliveries[]", &id, false) aria-label=label/></td> };
        delivery(row, project, Some(select.into_any()))
    });
    view! {
        <Table label="Deliveries" head=&["Select", "Message", "User", "Order", "State", "Answer", "Signature", "Published"]>{rows.collect_view()}</Table>
    }
    .into_any()
}

fn delivery(
    Listed { delivery, subject, trust }: Listed,
    project: ProjectId,
    select: Option<AnyView>,
) -> AnyView {
    let page = project_path(project, &format!("deliveries/{}", delivery.id));
    let answer = match (delivery.last_error, delivery.last_status) {
        (Some(error), _) => error.into_any(),
        (None, Some(status)) => view! { <span class="number">{status}</span> }.into_any(),
        (None, None) => view! { <span class="faint">"–"</span> }.into_any(),
    };
    let next = next_try(delivery.next_attempt_at, delivery.on_hold_until);
    let signed = delivery.signature.as_ref();
    view! {
        <tr role="row" class="opens">
            {select}
            <td class="wide" role="cell" data-label="Message">
                <a class="row-link" href=page><code>{broken(delivery.r#type.as_str())}</code></a>
                <small class="to">"to "{short_url(&delivery.url).to_owned()}</small>
            </td>
            <td role="cell" data-label="User">{subject.user.map(|user| whom(&user, subject.session, project))}</td>
            <td role="cell" data-label="Order">{delivery.revocation.zip(subject.order).map(|(id, order)| carried(id, order, project))}</td>
            <td role="cell" data-label="State">{delivery_state(delivery.state)}{next}</td>
            <td class="wrap" role="cell" data-label="Answer">{answer}</td>
            <td role="cell" data-label="Signature">{signature_state(signed)}<small>{enforces(trust)}</small><small>{ready(trust)}</small></td>
            <td role="cell" data-label="Published"><Time at=delivery.created_at/></td>
        </tr>
    }
    .into_any()
}

/// Whom it is about, and in which session.
fn whom(user: &EventUser, session: Option<String>, project: ProjectId) -> AnyView {
    let page = project_path(project, &format!("users/{}", user.key));
    let session = session.map(|id| view! { <small><code class="clip">{id}</code></small> });
    view! { <a class="clip name" href=page>{user.label().to_owned()}</a>{session} }.into_any()
}

/// How far the order that it carries has come, and which sessions it names.
fn carried(id: RevocationId, order: Brief, project: ProjectId) -> AnyView {
    let page = project_path(project, &format!("revocations/{id}"));
    let standing = brief(&order);
    let sessions = match order.sessions {
        0 => "all of the user".into_any(),
        1 => view! { <code class="clip">{order.first}</code> }.into_any(),
        many => format::count(many, "session", "sessions").into_any(),
    };
    view! { <a class="plain" href=page>{standing}</a><small>{sessions}</small> }.into_any()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_on_hold_says_so_whatever_is_planned() {
        let [next, until] = [1_790_000_000, 1_790_000_300].map(Timestamp::from_seconds);
        let told = |next, until| {
            Owner::new().with(|| next_try(next, until).map(|small| small.to_html()).unwrap_or_default())
        };
        let held = told(Some(next), Some(until));
        assert!(held.contains("on hold, next try") && held.contains(&until.human()), "{held}");
        assert!(!held.contains(&next.human()), "{held}");
        assert!(told(Some(next), None).contains("next try"));
        assert_eq!(told(None, None), "");
    }
}
