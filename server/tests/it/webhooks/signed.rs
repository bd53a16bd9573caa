//! What receivers get: the headers, the signatures, the same id on every try.

use data_encoding::{BASE64, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use porchlight_domain::webhook::DeliveryState;
use sha2::{Sha256, Sha512};

use super::*;
use crate::support::receiver::{Received, Receiver};

/// As a receiver writes it from the specification.
fn v1(secret: &str, received: &Received) -> String {
    let key = BASE64.decode(secret.strip_prefix("whsec_").expect("prefix").as_bytes()).expect("base64");
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("key");
    mac.update(
        format!("{}.{}.", received.header("webhook-id"), received.header("webhook-timestamp")).as_bytes(),
    );
    mac.update(&received.body);
    format!("v1,{}", BASE64.encode(&mac.finalize().into_bytes()))
}

fn x_signature(secret: &str, received: &Received) -> String {
    let mut mac = Hmac::<Sha512>::new_from_slice(secret.as_bytes()).expect("key");
    mac.update(&received.body);
    HEXLOWER.encode(&mac.finalize().into_bytes())
}

on_both_engines! {
    async fn a_standard_webhook_verifies_by_its_specification(fresh) {
        let outgoing = Outgoing::start(&fresh.db).await;
        let receiver = Receiver::start(|_| (204, String::new())).await;
        let (_, secret) = outgoing.endpoint(&receiver.url, Format::Standard).await;
        outgoing.publish(NOW).await;
        outgoing.send(NOW).await;
        let received = receiver.received().remove(0);
        assert_eq!(received.header("webhook-signature"), v1(secret.expose(), &received));
        assert_eq!(received.header("webhook-timestamp"), NOW.seconds().to_string());
        assert_eq!(received.header("content-type"), "application/json");
        assert!(received.header("user-agent").starts_with("Porchlight/"));
        assert_eq!(received.header("x-signature"), "");
        assert_eq!(received.json()["data"]["user"]["name"], "Zoë");
        let sent = outgoing.only().await;
        assert_eq!(received.header("webhook-id"), sent.delivery.message_id.to_string());
        assert_eq!((sent.delivery.state, sent.body.as_bytes()), (DeliveryState::Delivered, &received.body[..]));
        let signature = sent.delivery.signature.expect("signature");
        assert_eq!((signature.schemes, signature.self_verified), (vec!["v1".to_owned()], true));
        assert!(secret.expose().starts_with(signature.secrets[0].trim_end_matches('…')), "{:?}", signature.secrets);
    }

    async fn a_thisdata_webhook_has_both_signatures_over_ascii_bytes(fresh) {
        let outgoing = Outgoing::start(&fresh.db).await;
        let receiver = Receiver::start(|_| (200, "OK".into())).await;
        let (_, secret) = outgoing.endpoint(&receiver.url, Format::ThisData).await;
        outgoing.publish(NOW).await;
        outgoing.send(NOW).await;
        let received = receiver.received().remove(0);
        assert!(received.body.is_ascii());
        assert_eq!(received.json()["user"]["name"], "Zoë");
        assert_eq!(received.header("x-signature"), x_signature(secret.expose(), &received));
        assert_eq!(received.header("webhook-signature"), v1(secret.expose(), &received));
        let schemes = outgoing.only().await.delivery.signature.expect("signature").schemes;
        assert_eq!(schemes, ["v1", "x-signature"]);
    }

    async fn both_secrets_sign_while_a_rotation_overlaps(fresh) {
        let outgoing = Outgoing::start(&fresh.db).await;
        let receiver = Receiver::start(|_| (200, String::new())).await;
        let (id, old) = outgoing.endpoint(&receiver.url, Format::Standard).await;
        let rotated = store::rotate(&fresh.db, &Actor::System, outgoing.project, id, None, 24, NOW).await.expect("rotate");
        outgoing.publish(NOW).await;
        outgoing.send(NOW).await;
        let received = receiver.received().remove(0);
        let expected = format!("{} {}", v1(rotated.1.expose(), &received), v1(old.expose(), &received));
        assert_eq!(received.header("webhook-signature"), expected);
    }

    async fn a_failure_is_tried_again_under_the_same_id_with_a_new_signature(fresh) {
        let outgoing = Outgoing::start(&fresh.db).await;
        let tries = std::sync::atomic::AtomicU32::new(0);
        let receiver = Receiver::start(move |_| {
            let first = tries.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
            if first { (500, "boom".into()) } else { (200, String::new()) }
        })
        .await;
        let (_, secret) = outgoing.endpoint(&receiver.url, Format::Standard).await;
        outgoing.publish(NOW).await;
        outgoing.send(NOW).await;
        let failed = outgoing.only().await;
        assert_eq!((failed.delivery.state, failed.delivery.last_status), (DeliveryState::Pending, Some(500)));
        assert_eq!(failed.attempts[0].response_body, "boom");
        let next = failed.delivery.next_attempt_at.expect("another try");
        outgoing.send(next.plus(-1)).await;
        assert_eq!(receiver.received().len(), 1, "not before its time");
        outgoing.send(next).await;
        let received = receiver.received();
        assert_eq!(received.len(), 2);
        assert_eq!(received[0].header("webhook-id"), received[1].header("webhook-id"));
        assert_eq!(received[0].body, received[1].body);
        assert_eq!(received[1].header("webhook-timestamp"), next.seconds().to_string());
        assert_eq!(received[1].header("webhook-signature"), v1(secret.expose(), &received[1]));
        let delivered = outgoing.only().await;
        assert_eq!((delivered.delivery.state, delivered.attempts.len()), (DeliveryState::Delivered, 2));
    }

    async fn an_endpoint_without_a_secret_that_opens_gets_nothing_unsigned(fresh) {
        let outgoing = Outgoing::start(&fresh.db).await;
        let receiver = Receiver::start(|_| (200, String::new())).await;
        // Before anything is sealed: later another key refuses to start.
        let other_key = Db::connect(&fresh.url, [8; 32], NOW).await.expect("connect");
        outgoing.endpoint(&receiver.url, Format::ThisData).await;
        outgoing.publish(NOW).await;
        assert!(Db::connect(&fresh.url, [8; 32], NOW).await.is_err());
        let other = worker(&other_key, &["127.0.0.0/8"], 1_000);
        within(until_idle(NOW, |now| other.step(now))).await.expect("steps");
        assert!(receiver.received().is_empty());
        let failed = outgoing.only().await.delivery;
        assert!(failed.last_error.is_some_and(|error| error.contains("SECRET_KEY")));
        assert!(failed.signature.is_some_and(|signature| !signature.self_verified && signature.schemes.is_empty()));
        other_key.close().await;
    }
}
