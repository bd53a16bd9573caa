//! What became of an order at each endpoint, in a sentence.

mod heard;
#[cfg(all(test, feature = "ssr"))]
mod tests;

use leptos::prelude::*;
use porchlight_domain::Timestamp;
use porchlight_domain::id::ProjectId;
use porchlight_domain::revocation::{Receipt, Via};
use porchlight_domain::webhook::{Delivery, DeliveryState};

use crate::format;
use crate::layout::project_path;
use crate::ui::deliveries::short_url;
use crate::ui::time::{Due, Time};
pub(in super::super) use heard::Heard;

/// What one endpoint answered, and when.
pub(super) fn sentence(
    one: &Delivery,
    heard: Heard<'_>,
    tried: Option<&Timestamp>,
    project: ProjectId,
) -> AnyView {
    let page = project_path(project, &format!("deliveries/{}", one.id));
    let to = view! { <a href=page><code>{short_url(&one.url).to_owned()}</code></a> };
    let said = heard.said(one);
    let (answer, at) = match (one.state, one.delivered_at) {
        (DeliveryState::Delivered, _) if heard.listens(one) => {
            ("only listens: it ends no sessions".to_owned(), None)
        }
        (DeliveryState::Delivered, at) => (answered(one, said), at.or(tried.copied())),
        (DeliveryState::Pending, _) if one.attempts == 0 => {
            (beside(said, "was not tried yet".to_owned()), None)
        }
        (DeliveryState::Pending, Some(at)) => {
            (format!("{}, and is being sent to again", answered(one, said)), Some(at))
        }
        (DeliveryState::Cancelled, _) => (beside(said, "was given up".to_owned()), tried.copied()),
        (DeliveryState::Pending | DeliveryState::Failed, _) => {
            let attempts = format::count(one.attempts.into(), "attempt", "attempts");
            (beside(said, format!("did not take it in {attempts}, the last")), tried.copied())
        }
    };
    let at = at.map(|at| view! { " "<Time at=at/> });
    let coming = heard.coming(one);
    let next = coming.map_or(one.on_hold_until.or(one.next_attempt_at), |coming| coming.next_attempt_at);
    let held = coming.and_then(|coming| coming.held.clone()).map(|held| format!("; it is {held}"));
    let next = next.map(|next| view! { "; next try "<Due at=next/> });
    let error = one.last_error.clone().map(|error| format!(": {error}"));
    view! { <li>{to}" "{answer}{at}{error}{held}{next}"."</li> }.into_any()
}

/// `answered 200 without a receipt`, or what its receipt says, however that came.
fn answered(one: &Delivery, said: Option<&Receipt>) -> String {
    let status = one.last_status.map(|status| format!(" {status}")).unwrap_or_default();
    let unbelieved = one.signature.as_ref().is_some_and(|signature| signature.is_unbelieved());
    let not_believed = if unbelieved { " with a receipt that was not believed" } else { "" };
    match said {
        Some(receipt) if receipt.via == Via::Answer => {
            says(receipt, format!("answered{status} with {}", kind(receipt)))
        }
        Some(receipt) => {
            says(receipt, format!("answered{status}{not_believed}, and posted {}", kind(receipt)))
        }
        None if unbelieved => format!("answered{status}{not_believed}"),
        None => format!("answered{status} without a receipt"),
    }
}

/// How it went, beside the receipt that it posted all the same.
fn beside(said: Option<&Receipt>, went: String) -> String {
    match said {
        Some(receipt) => says(receipt, format!("posted {}, and {went}", kind(receipt))),
        None => went,
    }
}

fn says(receipt: &Receipt, went: String) -> String {
    match receipt.words() {
        Some(words) => format!("says that {words}; it {went}"),
        None => went,
    }
}

fn kind(receipt: &Receipt) -> &'static str {
    match (receipt.contradicts(), receipt.signed) {
        (true, _) => "a receipt that contradicts what was known",
        (false, true) => "a signed receipt",
        (false, false) => "a receipt that is not signed",
    }
}

/// What was said by those of whom nobody can tell which endpoint they are, or whether they are one.
pub(super) fn others(heard: Heard<'_>) -> AnyView {
    let told = heard.of_others().map(|receipt| {
        let who = match receipt.via {
            Via::Poll => "Whoever has the API key",
            Via::Answer | Via::Post => "Whoever has its receipt URL",
        };
        let said = receipt.words().map(|words| format!("says that {words}, and")).unwrap_or_default();
        let page = format!("#{}", receipt.id);
        view! { <li>{who}" "{said}" posted "<a href=page>{kind(receipt)}</a>" "<Time at=receipt.received_at/>"."</li> }
    });
    told.collect_view().into_any()
}
