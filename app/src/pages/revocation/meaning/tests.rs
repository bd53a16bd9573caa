//! What an order's state means, in which words.

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
fn whoever_is_paused_is_named_wherever_it_matters() {
    let paused = "paused: nothing is sent to it before it is resumed";
    let receiver: Receiver = serde_json::from_value(json!({
        "endpoint_id": "ep_0fz5r2bn3e9qj", "url": "https://shop.example/b", "reception": "held", "held": paused,
        "delivered_at": null, "last_error": null, "delivery_id": "dlv_0fz5r2bn3e9qj", "receipt_id": null, "verdict": null,
    }))
    .expect("receiver");
    let told = |change| of(&order(change), std::slice::from_ref(&receiver), &[]);
    let stuck = json!({ "state": "requested", "stuck": format!("shop.example/b is {paused}") });
    let (tone, words) = told(stuck);
    assert_eq!(
        (tone, words),
        (Tone::Bad, format!("Nobody carries it out: shop.example/b is {paused}. {TAKE_IT}"))
    );
    let mut on_hold = receiver.clone();
    (on_hold.reception, on_hold.held) = (Reception::Failing, Some("on hold: it said so".to_owned()));
    let stuck = order(json!({ "state": "requested", "stuck": "shop.example/b is on hold: it said so" }));
    let words = of(&stuck, &[on_hold], &[]).1;
    assert_eq!(words, format!("Nobody carries it out: shop.example/b is on hold: it said so. {COMES}"));
    let over = told(json!({ "state": "unconfirmed" })).1;
    assert!(over.ends_with(&format!("until you know better. shop.example/b is {paused}.")), "{over}");
    let confirmed = told(json!({})).1;
    assert!(confirmed.contains(&format!("has not taken the order: it is {paused}. What")), "{confirmed}");
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
    let session = json!({ "id": "s5", "state": "confirmed", "outcome": "revoked", "detail": null,
        "updated_at": "2026-01-01T00:01:30Z", "contested_by": ["rcpt_0fz5r2bn3e9qj"] });
    let order = order(json!({ "contested": true, "sessions": [session] }));
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
    assert!(
        told("acknowledged").contains(
            "waiting for App B. shop.example/b took the order and sent no receipt: unless one comes"
        )
    );
    assert!(!told("waiting").contains("took the order"));
}
