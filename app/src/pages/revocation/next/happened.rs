//! What became of an order at each endpoint, in a sentence.

use leptos::prelude::*;
use porchlight_domain::Timestamp;
use porchlight_domain::id::ProjectId;
use porchlight_domain::revocation::{Receipt, Receiver, Reception};
use porchlight_domain::webhook::{Delivery, DeliveryState, ReceiptStatus};

use crate::format;
use crate::layout::project_path;
use crate::ui::deliveries::short_url;
use crate::ui::time::Time;

/// What is known of the receivers of an order.
#[derive(Clone, Copy, Default)]
pub(in super::super) struct Heard<'a> {
    /// What they said.
    pub receipts: &'a [Receipt],
    /// Who they are.
    pub receivers: &'a [Receiver],
}

impl Heard<'_> {
    /// What the answer to a delivery says, where it may be believed.
    fn words(self, one: &Delivery) -> Option<String> {
        let mut of = self.receipts.iter().rev().filter(|receipt| !receipt.is_refused());
        of.find(|receipt| receipt.delivery_id == Some(one.id)).and_then(Receipt::words)
    }

    fn listens(self, one: &Delivery) -> bool {
        let mut all = self.receivers.iter();
        all.any(|receiver| {
            receiver.endpoint_id == one.endpoint_id && receiver.reception == Reception::Observed
        })
    }

    /// True where it went to those alone that only listen.
    pub(super) fn nobody_ends(self) -> bool {
        !self.receivers.is_empty() && self.receivers.iter().all(|one| one.reception == Reception::Observed)
    }
}

/// What one endpoint answered, and when.
pub(super) fn sentence(
    one: &Delivery,
    heard: Heard<'_>,
    tried: Option<&Timestamp>,
    project: ProjectId,
) -> AnyView {
    let page = project_path(project, &format!("deliveries/{}", one.id));
    let to = view! { <a href=page><code>{short_url(&one.url).to_owned()}</code></a> };
    let (answer, at) = match (one.state, one.delivered_at) {
        (DeliveryState::Delivered, _) if heard.listens(one) => {
            ("only listens: it ends no sessions".to_owned(), None)
        }
        (DeliveryState::Delivered, at) => (answered(one, heard), at.or(tried.copied())),
        (DeliveryState::Pending, _) if one.attempts == 0 => ("was not tried yet".to_owned(), None),
        (DeliveryState::Pending, Some(at)) => {
            (format!("{}, and is being sent to again", answered(one, heard)), Some(at))
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

/// `answered 200 without a receipt`, or what its receipt says.
fn answered(one: &Delivery, heard: Heard<'_>) -> String {
    let signature = one.signature.as_ref();
    let receipt = match signature {
        Some(signature) if signature.is_unbelieved() => "with a receipt that was not believed",
        Some(signature) if signature.contradicts() => "with a receipt that contradicts what was known",
        None => "without a receipt",
        Some(signature) => match signature.receipt {
            ReceiptStatus::None | ReceiptStatus::Invalid => "without a receipt",
            ReceiptStatus::Unsigned => "with a receipt that is not signed",
            ReceiptStatus::Signed => "with a signed receipt",
        },
    };
    let status = one.last_status.map(|status| format!(" {status}")).unwrap_or_default();
    match heard.words(one).filter(|_| signature.is_some_and(|signature| !signature.is_unbelieved())) {
        Some(words) => format!("says that {words}; it answered{status} {receipt}"),
        None => format!("answered{status} {receipt}"),
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(change: serde_json::Value) -> String {
        told_of(change, Heard::default())
    }

    #[expect(clippy::expect_used, reason = "a test that has no delivery to tell of has failed")]
    fn told_of(change: serde_json::Value, heard: Heard<'_>) -> String {
        let mut one = json!({
            "id": "dlv_0fz5r2bn3e9qj", "message_id": "msg_0fz5r2bn3e9qj", "endpoint_id": "ep_0fz5r2bn3e9qj",
            "url": "https://shop.example/hook", "type": "session.revocation.requested", "state": "delivered", "attempts": 1,
            "next_attempt_at": null, "last_status": 200, "last_error": null, "signature": null, "user": null, "alert": null,
            "revocation": null, "created_at": "2026-01-01T00:01:00Z", "delivered_at": "2026-01-01T00:01:00Z",
        });
        let fields = one.as_object_mut().expect("fields");
        fields.extend(change.as_object().expect("change").clone());
        let one: Delivery = serde_json::from_value(one).expect("delivery");
        let html = Owner::new().with(|| {
            sentence(&one, heard, Some(&Timestamp::from_seconds(1_790_000_000)), ProjectId(1)).to_html()
        });
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

    #[test]
    fn a_receipt_that_contradicts_is_told_by_what_it_says_and_a_listener_as_one() {
        let body = json!({ "receipt": { "sessions": [{ "id": "a1s", "outcome": "failed", "detail": "redis down" }] } });
        let verdict = "contradicts: a1s was revoked and is now failed";
        let receipt: Receipt = serde_json::from_value(json!({
            "id": "rcpt_0fz5r2bn3e9qj", "delivery_id": "dlv_0fz5r2bn3e9qj", "via": "answer", "signed": false,
            "verdict": verdict, "body": body.to_string(), "received_at": "2026-01-01T00:01:00Z",
        }))
        .expect("receipt");
        let signature = json!({ "schemes": [], "secrets": [], "self_verified": true, "clock_offset_seconds": null,
            "receipt": "unsigned", "verdict": verdict, "diagnosis": null });
        let heard = Heard { receipts: &[receipt], receivers: &[] };
        let said = told_of(json!({ "signature": signature }), heard);
        assert!(
            said.starts_with(
                "shop.example/hook says that it could not end a1s: redis down; it answered 200 with a receipt that contradicts"
            ),
            "{said}"
        );
        let listener: Receiver = serde_json::from_value(json!({
            "endpoint_id": "ep_0fz5r2bn3e9qj", "url": "https://shop.example/hook", "reception": "observed",
            "delivered_at": "2026-01-01T00:01:00Z", "last_error": null, "delivery_id": "dlv_0fz5r2bn3e9qj",
            "receipt_id": null, "verdict": null,
        }))
        .expect("receiver");
        let heard = Heard { receipts: &[], receivers: &[listener] };
        assert!(heard.nobody_ends());
        assert_eq!(told_of(json!({}), heard), "shop.example/hook only listens: it ends no sessions.");
    }
}
