//! What the state of an order means, in a sentence.

use porchlight_domain::revocation::{Overall, Receipt, Receiver, Reception, Revocation, Via, against};

use crate::ui::badge::Tone;
use crate::ui::deliveries::short_url;

/// What it means that nothing that ends sessions gets it.
const STUCK: (Tone, &str) = (
    Tone::Bad,
    "Nobody carries it out: no endpoint that ends sessions takes it. Set one up or enable it, or let the application fetch its orders with an API key.",
);

/// What an order's state means for whoever has to act on it.
pub(super) fn of(order: &Revocation, receivers: &[Receiver], receipts: &[Receipt]) -> (Tone, String) {
    let lacks = |one: &&Receiver| matches!(one.reception, Reception::Failing | Reception::Failed);
    let lacking = receivers.iter().find(lacks).filter(|_| order.state == Overall::Confirmed);
    let (tone, words) = match (order.contested, &order.stuck, lacking) {
        (true, ..) => return (Tone::Warn, contested(receipts, receivers)),
        (false, Some(_), _) => STUCK,
        (false, None, Some(one)) => return (Tone::Warn, unheard(one)),
        (false, None, None) if order.put_off().is_some() => put_off(order.state),
        (false, None, None) => meaning(order.state),
    };
    let all = [Some(words.to_owned()), withheld(order), mute(order, receivers)];
    (tone, all.into_iter().flatten().collect::<Vec<_>>().join(" "))
}

/// Who contradicts a confirmation, as far as anybody can tell, and what they say.
fn contested(receipts: &[Receipt], receivers: &[Receiver]) -> String {
    const LOOK: &str = "It may still be in use; look at the receipts.";
    let Some(one) = against(receipts).pop() else {
        return format!("Confirmed, but a receipt says that a session could not be ended. {LOOK}");
    };
    let named = receivers.iter().find(|receiver| Some(receiver.endpoint_id) == one.endpoint_id);
    let who = match (named, one.via) {
        (Some(receiver), _) => short_url(&receiver.url).to_owned(),
        (None, Via::Poll) => "a receipt that was posted with the API key".to_owned(),
        (None, Via::Post | Via::Answer) => {
            "an unsigned receipt, of which nobody can tell whose it is,".to_owned()
        }
    };
    let what = one.words().unwrap_or_else(|| "a session could not be ended".to_owned());
    format!("Confirmed, but {who} says that {what}. {LOOK}")
}

/// Of a session that one does not know: who may have it, and took the order without a word.
fn mute(order: &Revocation, receivers: &[Receiver]) -> Option<String> {
    let named = order.sessions.iter().filter_map(|session| session.withheld.as_ref());
    let withheld: Vec<_> =
        named.chain(order.whole.iter().filter_map(|whole| whole.withheld.as_ref())).collect();
    let awaited = |one: &Receiver| {
        let mut parties = withheld.iter().flat_map(|withheld| &withheld.waiting_for);
        parties.any(|party| party.endpoint_id == Some(one.endpoint_id))
    };
    let mute = receivers.iter().find(|one| one.reception == Reception::Acknowledged && awaited(one))?;
    let url = short_url(&mute.url);
    Some(if order.settled_at.is_none() {
        format!(
            "{url} took the order and sent no receipt: unless one comes, the order ends unconfirmed at its time limit. If it ends no sessions, have it only listen."
        )
    } else {
        format!("{url} took the order and sent no receipt. If it ends no sessions, have it only listen.")
    })
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

/// What it means where the application put off all that is awaited.
fn put_off(state: Overall) -> (Tone, &'static str) {
    match state {
        Overall::Partly => {
            (Tone::Bad, "Some sessions are confirmed dead; the application will end the others later.")
        }
        Overall::Acknowledged => (
            Tone::Warn,
            "The application says that it will end the sessions later. Whether it has is not known before its next receipt comes.",
        ),
        other => meaning(other),
    }
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
        let order = order(json!({}));
        let receiver = |reception: &str| -> Receiver {
            serde_json::from_value(json!({
                "endpoint_id": "ep_0fz5r2bn3e9qj", "url": "https://shop.example/500", "reception": reception,
                "delivered_at": null, "last_error": "answered 500", "delivery_id": "dlv_0fz5r2bn3e9qj",
                "receipt_id": null, "verdict": null,
            }))
            .expect("receiver")
        };
        let told = |reception| of(&order, &[receiver("answered"), receiver(reception)], &[]);
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
            let order = order(json!({ "state": "delivered", "sessions": sessions }));
            of(&order, &[], &[]).1
        };
        let known = "An endpoint has the order. What came of it is not known.";
        assert_eq!(told(json!([session("a")])), format!("{known} {words}."));
        assert_eq!(
            told(json!([session("a"), session("b")])),
            format!("{known} {words}; so it is with 2 of its sessions.")
        );
    }

    fn order(change: serde_json::Value) -> Revocation {
        let mut order = json!({
            "id": "rev_0fz5r2bn3e9qj", "user": { "key": "usr_0fz5r2bn3e9qj", "id": "1", "name": null }, "scope": "one",
            "state": "confirmed", "reason": { "code": "user.reported", "text": "Reported" }, "initiated_by": "user",
            "requested_at": "2026-01-01T00:01:00Z", "confirm_by": "2026-01-01T00:02:00Z", "sessions": [],
        });
        let fields = order.as_object_mut().expect("fields");
        fields.extend(change.as_object().expect("change").clone());
        serde_json::from_value(order).expect("order")
    }

    #[test]
    fn a_contested_order_says_who_contradicts_as_far_as_that_is_known() {
        let order = order(json!({ "contested": true }));
        let receiver: Receiver = serde_json::from_value(json!({
            "endpoint_id": "ep_0fz5r2bn3e9qj", "url": "https://shop.example/b", "reception": "answered",
            "delivered_at": null, "last_error": null, "delivery_id": "dlv_0fz5r2bn3e9qj", "receipt_id": null, "verdict": null,
        }))
        .expect("receiver");
        let told = |endpoint: Option<&str>, via: &str| {
            let body = json!({ "receipt": { "sessions": [{ "id": "s5", "outcome": "failed" }] } });
            let receipt: Receipt = serde_json::from_value(json!({
                "id": "rcpt_0fz5r2bn3e9qj", "delivery_id": null, "endpoint_id": endpoint, "via": via, "signed": false,
                "verdict": "contradicts: s5 was revoked and is now failed", "body": body.to_string(),
                "received_at": "2026-01-01T00:01:00Z",
            }))
            .expect("receipt");
            let words = of(&order, std::slice::from_ref(&receiver), &[receipt]).1;
            words.split(" says that it could not end s5. ").next().map(str::to_owned)
        };
        let before = |who: &str| Some(format!("Confirmed, but {who}"));
        assert_eq!(told(Some("ep_0fz5r2bn3e9qj"), "answer"), before("shop.example/b"));
        assert_eq!(told(None, "post"), before("an unsigned receipt, of which nobody can tell whose it is,"));
        assert_eq!(told(None, "poll"), before("a receipt that was posted with the API key"));
    }

    #[test]
    fn an_order_that_was_put_off_is_not_said_to_wait_for_its_first_receipt() {
        let deferred = json!({ "id": "a", "state": "deferred", "until": "2026-01-01T23:00:00Z", "detail": null,
            "updated_at": "2026-01-01T00:01:10Z" });
        let order = order(json!({ "state": "acknowledged", "sessions": [deferred] }));
        let words = of(&order, &[], &[]).1;
        assert!(words.starts_with("The application says that it will end the sessions later."), "{words}");
    }

    #[test]
    fn of_a_session_that_one_does_not_know_it_is_told_who_took_the_order_without_a_word() {
        let party = json!({ "endpoint_id": "ep_0fz5r2bn3e9qj", "name": "App B" });
        let withheld = json!({ "said_by": [], "waiting_for": [party], "out_of_reach": [], "words": "App A does not know this session; waiting for App B" });
        let session = json!({ "id": "a", "state": "acknowledged", "detail": null, "updated_at": "2026-01-01T00:01:30Z", "withheld": withheld });
        let order = order(json!({ "state": "acknowledged", "sessions": [session] }));
        let told = |reception: &str| {
            let receiver: Receiver = serde_json::from_value(json!({
                "endpoint_id": "ep_0fz5r2bn3e9qj", "url": "https://shop.example/b", "reception": reception,
                "delivered_at": null, "last_error": null, "delivery_id": "dlv_0fz5r2bn3e9qj", "receipt_id": null, "verdict": null,
            }))
            .expect("receiver");
            of(&order, &[receiver], &[]).1
        };
        assert!(told("acknowledged").contains(
            "waiting for App B. shop.example/b took the order and sent no receipt: unless one comes"
        ));
        assert!(!told("waiting").contains("took the order"));
    }
}
