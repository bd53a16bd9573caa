//! What the state of an order means, in a sentence.

use porchlight_domain::revocation::{Overall, Receiver, Reception, Revocation};

use crate::ui::badge::Tone;
use crate::ui::deliveries::short_url;

/// What it means that not all receivers agree.
const CONTESTED: (Tone, &str) = (
    Tone::Warn,
    "Confirmed, but another endpoint contradicts: a receipt says that a session could not be ended. It may still be in use there; look at the receipts.",
);

/// What it means that nothing that ends sessions gets it.
const STUCK: (Tone, &str) = (
    Tone::Bad,
    "Nobody carries it out: no endpoint that ends sessions takes it. Set one up or enable it, or let the application fetch its orders with an API key.",
);

/// What an order's state means for whoever has to act on it.
pub(super) fn of(order: &Revocation, receivers: &[Receiver]) -> (Tone, String) {
    let lacks = |one: &&Receiver| matches!(one.reception, Reception::Failing | Reception::Failed);
    let lacking = receivers.iter().find(lacks).filter(|_| order.state == Overall::Confirmed);
    let (tone, words) = match (order.contested, &order.stuck, lacking) {
        (true, ..) => CONTESTED,
        (false, Some(_), _) => STUCK,
        (false, None, Some(one)) => return (Tone::Warn, unheard(one)),
        (false, None, None) => meaning(order.state),
    };
    (tone, [Some(words.to_owned()), withheld(order)].into_iter().flatten().collect::<Vec<_>>().join(" "))
}

/// Who does not know a session while another may have it.
fn withheld(order: &Revocation) -> Option<String> {
    let named = order.sessions.iter().map(|session| &session.withheld);
    let all: Vec<_> = named.chain(order.whole.iter().map(|whole| &whole.withheld)).flatten().collect();
    let first = &all.first()?.words;
    Some(match all.len() {
        1 => format!("{first}."),
        many => format!("{first}; so it is with {many} of its sessions."),
    })
}

/// One has confirmed it, another does not have it.
fn unheard(one: &Receiver) -> String {
    let url = short_url(&one.url);
    format!(
        "Confirmed, but {url} has not taken the order: each attempt failed. What it holds of these sessions may still be in use."
    )
}

fn meaning(state: Overall) -> (Tone, &'static str) {
    match state {
        Overall::Requested => (
            Tone::Warn,
            "No endpoint has taken the order yet. An application that asks with its API key sees it now.",
        ),
        Overall::Delivered => (Tone::Warn, "An endpoint has the order. What came of it is not known."),
        Overall::Acknowledged => (
            Tone::Warn,
            "The application accepted the order. Whether the sessions ended is not known before its receipt comes.",
        ),
        Overall::Confirmed => {
            (Tone::Good, "The application’s receipts say that every session of this order is dead.")
        }
        Overall::Partly => (Tone::Bad, "Some sessions are confirmed dead; the others may still be in use."),
        Overall::Refused => {
            (Tone::Bad, "The application says that it could not end the sessions. They may still be in use.")
        }
        Overall::Unconfirmed => {
            (Tone::Bad, "No receipt came in time. Take the sessions to be in use until you know better.")
        }
        Overall::Contradicted => {
            (Tone::Bad, "A session that the application said was dead has been seen alive since.")
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_confirmed_order_that_one_receiver_never_got_says_so_first() {
        let order: Revocation = serde_json::from_value(json!({
            "id": "rev_0fz5r2bn3e9qj", "user": { "key": "usr_0fz5r2bn3e9qj", "id": "1", "name": null }, "scope": "one",
            "state": "confirmed", "reason": { "code": "user.reported", "text": "Reported" }, "initiated_by": "user",
            "requested_at": "2026-01-01T00:01:00Z", "confirm_by": "2026-01-01T00:02:00Z", "sessions": [],
        }))
        .expect("order");
        let receiver = |reception: &str| -> Receiver {
            serde_json::from_value(json!({
                "endpoint_id": "ep_0fz5r2bn3e9qj", "url": "https://shop.example/500", "reception": reception,
                "delivered_at": null, "last_error": "answered 500", "delivery_id": "dlv_0fz5r2bn3e9qj",
                "receipt_id": null, "verdict": null,
            }))
            .expect("receiver")
        };
        let told = |reception| of(&order, &[receiver("answered"), receiver(reception)]);
        for lacks in ["failing", "failed"] {
            let (tone, words) = told(lacks);
            assert_eq!(tone, Tone::Warn);
            assert!(words.starts_with("Confirmed, but shop.example/500 has not taken the order"), "{words}");
        }
        assert_eq!(told("answered").0, Tone::Good);
    }

    #[test]
    fn an_order_that_one_receiver_does_not_know_says_who_is_waited_for() {
        let words = "App A does not know this session; waiting for App B";
        let session = |id: &str| {
            json!({ "id": id, "state": "delivered", "detail": null, "updated_at": "2026-01-01T00:01:30Z",
                "withheld": { "said_by": [], "waiting_for": [], "out_of_reach": [], "words": words } })
        };
        let told = |sessions: serde_json::Value| {
            let order: Revocation = serde_json::from_value(json!({
                "id": "rev_0fz5r2bn3e9qj", "user": { "key": "usr_0fz5r2bn3e9qj", "id": "1", "name": null }, "scope": "listed",
                "state": "delivered", "reason": { "code": "user.reported", "text": "Reported" }, "initiated_by": "user",
                "requested_at": "2026-01-01T00:01:00Z", "confirm_by": "2026-01-01T00:02:00Z", "sessions": sessions,
            }))
            .expect("order");
            of(&order, &[]).1
        };
        let known = "An endpoint has the order. What came of it is not known.";
        assert_eq!(told(json!([session("a")])), format!("{known} {words}."));
        assert_eq!(
            told(json!([session("a"), session("b")])),
            format!("{known} {words}; so it is with 2 of its sessions.")
        );
    }
}
