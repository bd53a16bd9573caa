//! What became of an order at each endpoint, in which words.

use porchlight_domain::revocation::Receiver;
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
    let tried = Timestamp::from_seconds(1_790_000_000);
    plain(&Owner::new().with(|| sentence(&one, heard, Some(&tried), ProjectId(1)).to_html()))
}

fn plain(html: &str) -> String {
    let mut text = String::new();
    for part in html.split('<').filter_map(|part| part.split_once('>')) {
        text.push_str(part.1);
    }
    text.replace("<!>", "")
}

#[test]
fn it_is_told_which_endpoint_answered_what_and_when() {
    assert_eq!(told(json!({})), "shop.example/hook answered 200 without a receipt 2026-01-01 00:01:00 UTC.");
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
    let coming = |held: &str, next: Option<&str>| {
        let receiver: Receiver = serde_json::from_value(json!({
            "endpoint_id": "ep_0fz5r2bn3e9qj", "url": "https://shop.example/hook", "reception": "held", "held": held,
            "next_attempt_at": next, "delivered_at": null, "last_error": null, "delivery_id": "dlv_0fz5r2bn3e9qj",
            "receipt_id": null, "verdict": null,
        }))
        .expect("receiver");
        let pending = json!({ "state": "pending", "attempts": 0, "last_status": null, "delivered_at": null,
            "next_attempt_at": "2026-01-01T00:02:00Z", "on_hold_until": "2026-01-01T01:00:00Z" });
        told_of(pending, Heard { receipts: &[], receivers: &[receiver] })
    };
    assert_eq!(
        coming("paused: nothing is sent to it before it is resumed", None),
        "shop.example/hook was not tried yet; it is paused: nothing is sent to it before it is resumed."
    );
    assert_eq!(
        coming("on hold: it said so", Some("2026-01-01T00:05:00Z")),
        "shop.example/hook was not tried yet; it is on hold: it said so; next try 2026-01-01 00:05:00 UTC."
    );
    let again = told(json!({ "state": "pending", "attempts": 2 }));
    assert!(
        again.starts_with("shop.example/hook answered 200 without a receipt, and is being sent to again"),
        "{again}"
    );
}

#[test]
fn a_receipt_that_contradicts_is_told_by_what_it_says_and_a_listener_as_one() {
    let receipt = receipt(json!({
        "delivery_id": "dlv_0fz5r2bn3e9qj", "via": "answer", "verdict": "contradicts: a1s was revoked and is now failed",
    }));
    let heard = Heard { receipts: &[receipt], receivers: &[] };
    let said = told_of(json!({}), heard);
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

#[expect(clippy::expect_used, reason = "a test that has no receipt to tell of has failed")]
fn receipt(change: serde_json::Value) -> Receipt {
    let body =
        json!({ "receipt": { "sessions": [{ "id": "a1s", "outcome": "failed", "detail": "redis down" }] } });
    let mut one = json!({
        "id": "rcpt_0fz5r2bn3e9qj", "delivery_id": null, "endpoint_id": null, "via": "post", "signed": false,
        "verdict": "accepted", "body": body.to_string(), "received_at": "2026-01-01T00:01:00Z",
    });
    one.as_object_mut().expect("fields").extend(change.as_object().expect("change").clone());
    serde_json::from_value(one).expect("receipt")
}

#[test]
fn a_receipt_that_an_endpoint_posted_is_told_beside_its_answer() {
    let all = [receipt(json!({ "endpoint_id": "ep_0fz5r2bn3e9qj", "signed": true }))];
    let heard = Heard { receipts: &all, receivers: &[] };
    let says = "shop.example/hook says that it could not end a1s: redis down; it ";
    assert_eq!(
        told_of(json!({}), heard),
        format!("{says}answered 200, and posted a signed receipt 2026-01-01 00:01:00 UTC.")
    );
    let failed = told_of(json!({ "state": "failed", "attempts": 3, "delivered_at": null }), heard);
    let expected = format!("{says}posted a signed receipt, and did not take it in 3 attempts, the last");
    assert!(failed.starts_with(&expected), "{failed}");
    assert_eq!(others(heard).to_html().matches("<li>").count(), 0);
}

#[test]
fn a_receipt_of_which_nobody_can_tell_whose_it_is_stands_by_itself() {
    let all = [
        receipt(json!({ "verdict": "refused: the receipt is about another order" })),
        receipt(json!({ "via": "poll" })),
        receipt(json!({})),
        receipt(json!({ "verdict": "contradicts: a1s was revoked and is now failed" })),
    ];
    let heard = Heard { receipts: &all, receivers: &[] };
    let told = plain(&Owner::new().with(|| others(heard).to_html()));
    let at = "2026-01-01 00:01:00 UTC.";
    assert_eq!(
        told,
        format!(
            "Whoever has the API key says that it could not end a1s: redis down, and posted a receipt that is not signed {at}\
             Whoever has its receipt URL says that it could not end a1s: redis down, and posted a receipt that contradicts what was known {at}"
        )
    );
    assert!(
        told_of(json!({}), heard).contains("answered 200 without a receipt"),
        "it is not known to be its"
    );
}
