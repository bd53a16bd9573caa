//! An order that did not do what it should: what happened so far, in words, and what can be done now.

mod happened;

use std::collections::HashMap;

use leptos::prelude::*;
use porchlight_domain::Timestamp;
use porchlight_domain::id::{AlertId, DeliveryId, ProjectId, RevocationId};
use porchlight_domain::revocation::{Overall, Revocation};
use porchlight_domain::webhook::{Delivery, MessageType};
use serde::{Deserialize, Serialize};

use crate::access::Role;
#[cfg(feature = "ssr")]
use crate::access::{redirect, require_in};
use crate::error::AppResult;
#[cfg(feature = "ssr")]
use crate::format;
use crate::layout::{Allowed, project_path};
use crate::ui::change::{Change, Failure, Form, use_change};
#[cfg(feature = "ssr")]
use crate::ui::once::Once;
pub(super) use happened::Heard;
use happened::sentence;

/// What an operator looks at before doing something about an order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SoFar {
    /// When each delivery was last tried.
    pub tried: HashMap<DeliveryId, Timestamp>,
    /// The alerts that say that it did not do what it should, newest first.
    pub alerts: Vec<AlertId>,
}

/// Sends an order once more, now, to every active endpoint that ends sessions, and to whoever fetches.
#[server]
pub async fn redeliver_order(project: ProjectId, revocation: RevocationId) -> AppResult<()> {
    let by = require_in(Role::Analyst, project).await?;
    let redeliver = porchlight_domain::revocation::store::redeliver;
    let said = match redeliver(by.db(), &by.actor(), project, revocation, by.now()).await? {
        0 => "No endpoint can be sent to now: none took the order, or they are paused or disabled. An application that fetches its orders gets it again.".to_owned(),
        endpoints => {
            let endpoints = format::count(i64::try_from(endpoints).unwrap_or(i64::MAX), "endpoint", "endpoints");
            format!("The order is being sent again to {endpoints}.")
        }
    };
    Once::Said(said).leave(&by)
}

/// Gives a new order for those of its sessions that may still be in use, and goes to it.
#[server]
pub async fn order_again(project: ProjectId, revocation: RevocationId) -> AppResult<()> {
    use porchlight_domain::revocation::store;
    let by = require_in(Role::Analyst, project).await?;
    let url = &by.state.public_url;
    let new = store::order_again(by.db(), &by.actor(), project, revocation, url, by.now()).await?;
    redirect(&project_path(project, &format!("revocations/{new}")));
    Once::Said("This is the new order for what may still be in use.".to_owned()).leave(&by)
}

/// What can be done to an order.
#[derive(Clone, Copy)]
pub(super) struct Acts {
    send: Change,
    order: Change,
}

/// The page's acts.
pub(super) fn use_acts() -> Acts {
    Acts { send: use_change::<RedeliverOrder>(), order: use_change::<OrderAgain>() }
}

/// What happened, and what now; nothing where every session is confirmed dead and nobody contradicts.
pub(super) fn card(
    order: &Revocation,
    deliveries: &[Delivery],
    heard: Heard<'_>,
    so_far: SoFar,
    project: ProjectId,
    acts: Acts,
) -> Option<AnyView> {
    let (awaits, left) = (order.awaits_answer(), !order.left_over().is_empty());
    let told = so_far.alerts.into_iter().map(|alert| {
        let page = project_path(project, &format!("alerts/{alert}"));
        view! { <li>"Operators were told: "<a href=page>{format!("alert {alert}")}</a>"."</li> }
    });
    let told = told.collect_view();
    let carried = deliveries.iter().filter(|one| one.r#type == MessageType::SessionRevocationRequested);
    let carried: Vec<_> =
        carried.map(|one| sentence(one, heard, so_far.tried.get(&one.id), project)).collect();
    let deaf = heard.nobody_ends().then(|| view! { <li>"Nobody who ends sessions took it."</li> });
    let nobody = carried.is_empty().then(|| {
        view! { <li>"No endpoint took orders when it was given. Only an application that fetches its orders can have it."</li> }
    });
    let (id, others) = (order.id, happened::others(heard));
    if let Some(again) = order.again {
        return Some(followed(again, view! { {nobody}{deaf}{carried}{others}{told} }.into_any(), project));
    }
    let never = left.then(|| never(order, project));
    (awaits || left).then(|| {
        view! {
            <section class="card pad what-now" id="act">
                <h2>{if left { "What now" } else { "So far" }}</h2>
                <ul class="happened">{nobody}{deaf}{carried}{others}{told}</ul>
                <Allowed role=Role::Analyst>{buttons(project, id, awaits, left, acts)}</Allowed>
                {never}
            </section>
        }
        .into_any()
    })
}

/// Of one that was ordered again: the new order says what is to be done.
fn followed(again: RevocationId, happened: AnyView, project: ProjectId) -> AnyView {
    let page = project_path(project, &format!("revocations/{again}"));
    view! {
        <section class="card pad what-now" id="act">
            <h2>"Ordered again"</h2>
            <p>"What may still have been in use was ordered ended once more: "<a href=page>"see what became of that order"</a>"."</p>
            <ul class="happened">{happened}</ul>
        </section>
    }
    .into_any()
}

fn buttons(project: ProjectId, id: RevocationId, awaits: bool, left: bool, acts: Acts) -> AnyView {
    let act = |change: Change, class: &'static str, label: &'static str| {
        view! {
            <Form change=change quiet=true>
                <input type="hidden" name="project" value=project.to_string()/>
                <input type="hidden" name="revocation" value=id.to_string()/>
                <button class=class>{label}</button>
            </Form>
        }
    };
    let send = awaits.then(|| act(acts.send, "button", "Send again now"));
    let order = left.then(|| act(acts.order, "button primary", "Order again"));
    let hint = match (awaits, left) {
        (true, true) => {
            "Sent again it is the same message: an application that has answered may repeat its answer. A new order names what may still be in use, with a time limit of its own."
        }
        (true, false) => {
            "It is the same message, under the same webhook-id: an application that has it knows."
        }
        (false, _) => {
            "The application has answered this one. A new order names the sessions again, with a time limit of its own."
        }
    };
    view! {
        <Failure change=acts.send/>
        <Failure change=acts.order/>
        <div class="actions">{order}{send}</div>
        <p class="field-hint">{hint}</p>
    }
    .into_any()
}

/// What helps where the application never says that the sessions are dead.
fn never(order: &Revocation, project: ProjectId) -> AnyView {
    let user = project_path(project, &format!("users/{}", order.user.key));
    let webhooks = project_path(project, "webhooks");
    let first = match order.state {
        Overall::Contradicted => {
            "The application said that they were dead and they were not: end them in the application itself, by hand, and find out why its session store still takes them."
        }
        _ => {
            "Take the sessions to be in use. End them in the application itself, by hand: sign the user out everywhere there, change the password, lock the account."
        }
    };
    view! {
        <details class="more">
            <summary>"If the application never confirms"</summary>
            <ol>
                <li>{first}</li>
                <li>"Look at "<a href=user>"the user’s page"</a>" for what is done in those sessions meanwhile: Porchlight answers "<code>"block"</code>" to whoever goes on in a session that was ordered to end, if the application asks before it lets them."</li>
                <li>"Find out why: a delivery’s page says what was answered and what is probably wrong, an "<a href=webhooks>"endpoint’s page"</a>" sends a test. A receiver that does not send receipts answers 200 and nothing is known."</li>
                <li>"Once they are dead, say so with an API key: "<code>{format!("POST /api/v1/revocations/{}/receipt", order.id)}</code>". The order is then confirmed, late."</li>
            </ol>
        </details>
    }
    .into_any()
}
