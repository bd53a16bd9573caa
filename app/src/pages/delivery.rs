//! `/p/{project}/deliveries/{delivery}`: one delivery with its signature status, each attempt, and the order it carried.

mod attempt;

use std::time::Duration;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use porchlight_domain::id::{DeliveryId, ProjectId};
use porchlight_domain::revocation::Revocation;
use porchlight_domain::user::User;
use porchlight_domain::webhook::{
    Attempt, Delivery, DeliveryDetail, DeliveryState, MessageType, SignatureStatus, Trust,
};
use serde::{Deserialize, Serialize};

use crate::access::Role;
#[cfg(feature = "ssr")]
use crate::access::require_in;
use crate::error::AppResult;
use crate::format;
use crate::layout::{Allowed, project_path, use_project};
use crate::ui::change::{Change, Failure, Form, use_change};
use crate::ui::copy::Snippet;
use crate::ui::deliveries::{
    delivery_state, receipt_state, short_url, signature_state, whether_enforces, whether_ready,
};
use crate::ui::loaded::loaded;
#[cfg(feature = "ssr")]
use crate::ui::once::Once;
use crate::ui::orders::ordered_sessions;
use crate::ui::read::{Json, use_read};
use crate::ui::refresh::refresh;
use crate::ui::table::Facts;
use crate::ui::time::{Time, time_or};

/// A delivery with whom it is about and the order it carried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeliveryView {
    /// The delivery, its body, its attempts.
    pub detail: DeliveryDetail,
    /// Whom it is about.
    pub user: Option<User>,
    /// The order, with each session's state.
    pub order: Option<Revocation>,
    /// What the receiver has shown of how it takes signatures.
    pub trust: Trust,
}

/// A delivery.
#[server(input = Json)]
pub async fn get_delivery(project: ProjectId, delivery: DeliveryId) -> AppResult<DeliveryView> {
    use porchlight_domain::{revocation, user, webhook};
    let by = require_in(Role::Viewer, project).await?;
    let mut detail = webhook::store::get_delivery(by.db(), project, delivery).await?;
    if by.operator.role < Role::Admin {
        detail = detail.without_receipt_token();
    }
    detail.delivery = detail.delivery.seen_at(by.now());
    let user = match detail.delivery.user {
        Some(key) => user::store::get(by.db(), project, key).await.ok(),
        None => None,
    };
    let order = match detail.delivery.revocation {
        Some(id) => Some(revocation::store::get(by.db(), project, id).await?.revocation),
        None => None,
    };
    let trust = webhook::store::probes::trust(by.db(), project, by.now()).await?;
    let trust = trust.get(&detail.delivery.endpoint_id).copied().unwrap_or_default();
    Ok(DeliveryView { detail, user, order, trust })
}

/// Sends it once more, under the same `webhook-id`.
#[server]
pub async fn resend_delivery(project: ProjectId, delivery: DeliveryId) -> AppResult<()> {
    let by = require_in(Role::Analyst, project).await?;
    porchlight_domain::webhook::store::resend(by.db(), &by.actor(), project, delivery, by.now()).await?;
    Once::Said("It is being sent again.".to_owned()).leave(&by)
}

/// The page.
#[component]
pub fn DeliveryPage() -> impl IntoView {
    let (project, params) = (use_project(), use_params_map());
    let delivery = Memo::new(move |_| {
        params.with(|params| params.get("delivery")).and_then(|id| id.parse().ok()).unwrap_or(DeliveryId(0))
    });
    let read = use_read(move || GetDelivery { project: project.get(), delivery: delivery.get() });
    let resend = use_change::<ResendDelivery>();
    let pending = RwSignal::new(false);
    read.again_while(pending, Duration::from_secs(1));
    let show = move |view: DeliveryView| {
        pending.set(view.detail.delivery.state == DeliveryState::Pending);
        show(view, project.get_untracked(), resend)
    };
    view! {
        <Title text="Delivery"/>
        {loaded(read, show)}
    }
}

fn show(view: DeliveryView, project: ProjectId, resend: Change) -> AnyView {
    let DeliveryView { detail: DeliveryDetail { delivery, body, attempts }, user, order, trust } = view;
    let (id, pending) = (delivery.id, delivery.state == DeliveryState::Pending);
    let tries = i64::from(delivery.attempts);
    let moved = moved(&delivery, &attempts);
    let attempts = attempts.into_iter().rev().map(attempt::attempt).collect_view();
    view! {
        <header class="page-head">
            <div>
                <a class="back" href=project_path(project, "deliveries")>"Deliveries"</a>
                <Title text=format!("{} to {} · Deliveries", delivery.r#type.as_str(), short_url(&delivery.url))/>
                <h1><code>{delivery.r#type.as_str()}</code>" to "{short_url(&delivery.url).to_owned()}</h1>
                <p class="badges">{delivery_state(delivery.state)}{signature_state(delivery.signature.as_ref())}{pending.then(refresh)}</p>
            </div>
            <Allowed role=Role::Analyst>
                <div class="actions">
                    <Failure change=resend/>
                    <Form change=resend quiet=true>
                        <input type="hidden" name="project" value=project.to_string()/>
                        <input type="hidden" name="delivery" value=id.to_string()/>
                        <button class="button">"Resend"</button>
                    </Form>
                </div>
            </Allowed>
        </header>
        {failure(&delivery)}
        {moved}
        {delivery.signature.as_ref().and_then(|signature| signature.diagnosis.clone()).map(|diagnosis| view! {
            <p class="notice" data-tone="warn">{diagnosis}</p>
        })}
        <div class="columns">
            <div>
                {order.map(|order| ordered_sessions(order_title(delivery.r#type), order, project))}
                <section class="card">
                    <h2 class="card-title">"Attempts"<span class="faint">{format::count(tries, "attempt", "attempts")}</span></h2>
                    <div class="attempts">{attempts}</div>
                    {(tries == 0).then(|| view! { <p class="pad faint">"None yet."</p> })}
                </section>
                <section class="card pad">
                    <h2>"Body"</h2>
                    <Snippet text=format::pretty_json(&body) label="The body, indented for reading"/>
                    <details class="more">
                        <summary>"The bytes that were sent and signed"</summary>
                        <Snippet text=body label="The body, as sent and signed"/>
                    </details>
                </section>
            </div>
            <div>
                <section class="card pad">
                    <h2>"Signature"</h2>
                    {signature(delivery.signature.clone(), trust)}
                </section>
                <section class="card pad">
                    <h2>"Delivery"</h2>
                    {about(&delivery, user, project)}
                </section>
            </div>
        </div>
    }
    .into_any()
}

/// That its endpoint is elsewhere today than where this was sent.
fn moved(delivery: &Delivery, attempts: &[Attempt]) -> Option<AnyView> {
    let sent = attempts.iter().rev().find_map(|attempt| attempt.url.clone())?;
    (sent != delivery.url).then(|| {
        view! {
            <p class="notice" data-tone="warn">
                "It was last sent to "<code>{sent}</code>". Its endpoint is now at "<code>{delivery.url.clone()}</code>"."
            </p>
        }
        .into_any()
    })
}

/// Why it is not delivered.
fn failure(delivery: &Delivery) -> Option<AnyView> {
    let error = delivery.last_error.clone()?;
    let (tone, what) = match delivery.state {
        DeliveryState::Pending => ("warn", "The last attempt failed: "),
        DeliveryState::Failed => ("bad", "It failed: "),
        DeliveryState::Cancelled => ("warn", "It was cancelled: "),
        DeliveryState::Delivered => return None,
    };
    Some(view! { <p class="notice" data-tone=tone>{what}{error}"."</p> }.into_any())
}

/// What the message has to do with the order.
fn order_title(kind: MessageType) -> &'static str {
    match kind {
        MessageType::SessionRevocationRequested => "The order it carries",
        MessageType::RevocationUnconfirmed => "The order that was not confirmed",
        _ => "The order it tells of",
    }
}

fn signature(status: Option<SignatureStatus>, trust: Trust) -> AnyView {
    let receiver =
        [("Receiver enforces", whether_enforces(trust)), ("Ready for the new key", whether_ready(trust))];
    let Some(status) = status else {
        return view! { <p class="faint">"It is signed when it is sent."</p><Facts facts=receiver.into()/> }
            .into_any();
    };
    let offset = match status.clock_offset_seconds {
        None => "not told".to_owned(),
        Some(0) => "agrees with ours".to_owned(),
        Some(seconds) => format!("{} s {}", seconds.abs(), if seconds > 0 { "ahead" } else { "behind" }),
    };
    let verified = if status.self_verified { "yes, before it left" } else { "no" };
    let mut facts = vec![
        ("Schemes", status.schemes.join(", ").into_any()),
        ("Signed with", view! { <code>{status.secrets.join(", ")}</code> }.into_any()),
        ("Verified", verified.into_any()),
        ("Receiver’s clock", offset.into_any()),
        ("Receipt", receipt_state(&status)),
    ];
    facts.extend(receiver);
    view! { <Facts facts=facts/> }.into_any()
}

fn about(delivery: &Delivery, user: Option<User>, project: ProjectId) -> AnyView {
    let link =
        |page: String, label: String| view! { <a href=project_path(project, &page)>{label}</a> }.into_any();
    let endpoint = link(format!("webhooks/{}", delivery.endpoint_id), short_url(&delivery.url).to_owned());
    let mut facts = vec![
        ("Endpoint", endpoint),
        ("webhook-id", view! { <code>{delivery.message_id.to_string()}</code> }.into_any()),
    ];
    facts
        .extend(user.map(|user| ("User", link(format!("users/{}", user.key), user.name.unwrap_or(user.id)))));
    facts.extend(
        delivery.alert.map(|alert| ("Alert", link(format!("alerts/{alert}"), format!("Alert {alert}")))),
    );
    facts.push(("Published", view! { <Time at=delivery.created_at/> }.into_any()));
    facts.push(("Delivered", time_or(delivery.delivered_at, "not yet")));
    facts.push(match delivery.on_hold_until {
        Some(until) => ("On hold until", view! { <Time at=until/> }.into_any()),
        None => ("Next attempt", time_or(delivery.next_attempt_at, "none planned")),
    });
    view! { <Facts facts=facts/> }.into_any()
}
