//! An order that did not do what it should: what happened so far, in words, and what can be done now.

use std::collections::HashMap;

use leptos::prelude::*;
use porchlight_domain::Timestamp;
use porchlight_domain::id::{AlertId, DeliveryId, ProjectId, RevocationId};
use porchlight_domain::revocation::{Overall, Revocation};
use porchlight_domain::webhook::{Delivery, DeliveryState, MessageType, ReceiptStatus};
use serde::{Deserialize, Serialize};

use crate::access::Role;
#[cfg(feature = "ssr")]
use crate::access::{redirect, require_in};
use crate::error::AppResult;
use crate::format;
use crate::layout::{Allowed, project_path};
use crate::ui::change::{Change, Failure, Form, use_change};
use crate::ui::deliveries::short_url;
#[cfg(feature = "ssr")]
use crate::ui::once::Once;
use crate::ui::time::Time;

/// What an operator looks at before doing something about an order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SoFar {
    /// When each delivery was last tried.
    pub tried: HashMap<DeliveryId, Timestamp>,
    /// The alerts that say that it did not do what it should, newest first.
    pub alerts: Vec<AlertId>,
}

/// Sends an order once more, now, to every active endpoint that it went to, and to whoever fetches.
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
    let carried: Vec<_> = carried.map(|one| sentence(one, so_far.tried.get(&one.id), project)).collect();
    let nobody = carried.is_empty().then(|| {
        view! { <li>"No endpoint took orders when it was given. Only an application that fetches its orders can have it."</li> }
    });
    let id = order.id;
    let never = left.then(|| never(order, project));
    (awaits || left).then(|| {
        view! {
            <section class="card pad what-now" id="act">
                <h2>"What now"</h2>
                <ul class="happened">{nobody}{carried}{told}</ul>
                <Allowed role=Role::Analyst>{buttons(project, id, awaits, left, acts)}</Allowed>
                {never}
            </section>
        }
        .into_any()
    })
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
    let send =
        awaits.then(|| act(acts.send, if left { "button" } else { "button primary" }, "Send again now"));
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

/// What one endpoint answered, and when.
fn sentence(one: &Delivery, tried: Option<&Timestamp>, project: ProjectId) -> AnyView {
    let page = project_path(project, &format!("deliveries/{}", one.id));
    let to = view! { <a href=page><code>{short_url(&one.url).to_owned()}</code></a> };
    let (answer, at) = match (one.state, one.delivered_at) {
        (DeliveryState::Delivered, at) => (answered(one), at.or(tried.copied())),
        (DeliveryState::Pending, _) if one.attempts == 0 => ("was not tried yet".to_owned(), None),
        (DeliveryState::Pending, Some(at)) => {
            (format!("{}, and is being sent to again", answered(one)), Some(at))
        }
        (DeliveryState::Cancelled, _) => ("was given up".to_owned(), tried.copied()),
        (DeliveryState::Pending | DeliveryState::Failed, _) => (
            format!(
                "did not take it in {}, the last",
                format::count(one.attempts.into(), "attempt", "attempts")
            ),
            tried.copied(),
        ),
    };
    let at = at.map(|at| view! { " "<Time at=at/> });
    let next = one.on_hold_until.or(one.next_attempt_at);
    let next = next.map(|next| view! { "; next try "<Time at=next/> });
    let error = one.last_error.clone().map(|error| format!(": {error}"));
    view! { <li>{to}" "{answer}{at}{error}{next}"."</li> }.into_any()
}

/// `answered 200 without a receipt`.
fn answered(one: &Delivery) -> String {
    let receipt = one.signature.as_ref().map_or(ReceiptStatus::None, |signature| signature.receipt);
    let receipt = match receipt {
        ReceiptStatus::None => "without a receipt",
        ReceiptStatus::Unsigned => "with a receipt that is not signed",
        ReceiptStatus::Signed => "with a signed receipt",
        ReceiptStatus::Invalid => "with a receipt that was not believed",
    };
    let status = one.last_status.map(|status| format!(" {status}")).unwrap_or_default();
    format!("answered{status} {receipt}")
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

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use serde_json::json;

    use super::*;

    #[expect(clippy::expect_used, reason = "a test that has no delivery to tell of has failed")]
    fn told(change: serde_json::Value) -> String {
        let mut one = json!({
            "id": "dlv_0fz5r2bn3e9qj", "message_id": "msg_0fz5r2bn3e9qj", "endpoint_id": "ep_0fz5r2bn3e9qj",
            "url": "https://shop.example/hook", "type": "session.revocation.requested", "state": "delivered", "attempts": 1,
            "next_attempt_at": null, "last_status": 200, "last_error": null, "signature": null, "user": null, "alert": null,
            "revocation": null, "created_at": "2026-01-01T00:01:00Z", "delivered_at": "2026-01-01T00:01:00Z",
        });
        let fields = one.as_object_mut().expect("fields");
        fields.extend(change.as_object().expect("change").clone());
        let one: Delivery = serde_json::from_value(one).expect("delivery");
        let html = Owner::new()
            .with(|| sentence(&one, Some(&Timestamp::from_seconds(1_790_000_000)), ProjectId(1)).to_html());
        let mut text = String::new();
        for part in html.split('<').filter_map(|part| part.split_once('>')) {
            text.push_str(part.1);
        }
        text.replace("<!>", "")
    }

    #[test]
    fn it_is_told_which_endpoint_answered_what_and_when() {
        assert_eq!(
            told(json!({})),
            "shop.example/hook answered 200 without a receipt 2026-01-01 00:01:00 UTC."
        );
        let late = told(
            json!({ "state": "failed", "attempts": 3, "last_status": 503, "last_error": "it answered 503", "delivered_at": null }),
        );
        assert_eq!(
            late,
            "shop.example/hook did not take it in 3 attempts, the last 2026-09-21 14:13:20 UTC: it answered 503."
        );
        let new = told(
            json!({ "state": "pending", "attempts": 0, "last_status": null, "delivered_at": null, "next_attempt_at": "2026-01-01T00:02:00Z" }),
        );
        assert_eq!(new, "shop.example/hook was not tried yet; next try 2026-01-01 00:02:00 UTC.");
        let again = told(json!({ "state": "pending", "attempts": 2 }));
        assert!(
            again.starts_with("shop.example/hook answered 200 without a receipt, and is being sent to again"),
            "{again}"
        );
    }
}
