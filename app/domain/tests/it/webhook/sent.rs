//! What a delivery shows as sent: the bytes of then, whatever its endpoint is like today.

use porchlight_domain::id::RevocationId;
use porchlight_domain::time::MINUTE;
use porchlight_domain::webhook::Policy;

use super::completions::{answer, complete, ended};
use super::receivers::{answered, dossier, order};
use super::*;

fn listens(observer: bool) -> EndpointChange {
    let policy = Some(Policy { observer, ..Policy::default() });
    EndpointChange { policy, ..EndpointChange::default() }
}

/// The body as it is shown, and of each attempt whether its endpoint only listened then.
async fn shown(db: &Db, shop: ProjectId, id: RevocationId) -> (String, Vec<Option<bool>>) {
    let delivery = dossier(db, shop, id).await.deliveries[0];
    let sent = store::get_delivery(db, shop, delivery).await.expect("delivery");
    (sent.body, sent.attempts.iter().map(|one| one.observer).collect())
}

on_both! {
    async fn what_a_listener_was_sent_is_shown_so_also_when_it_listens_no_more(db) {
        let policy = Policy { observer: true, ..Policy::default() };
        let (shop, id, endpoints) = order(db, vec![policy]).await;
        let claimed = claim_at(db, NOW).await.pop().expect("claimed");
        let then = String::from_utf8(claimed.body.clone()).expect("text");
        complete(db, &[ended(claimed, answer(200, ""), NOW)], NOW).await;
        store::update(db, &Actor::System, shop, endpoints[0].id, listens(false), NOW).await.expect("changed");
        assert_eq!(shown(db, shop, id).await, (then.clone(), vec![Some(true)]));
        assert!(!then.contains("receipt_url"), "{then}");
        let delivery = dossier(db, shop, id).await.deliveries[0];
        store::resend(db, &Actor::System, shop, delivery, NOW).await.expect("resent");
        assert_eq!(shown(db, shop, id).await.0, then, "until it is sent again");
        answered(db, &endpoints, &[(200, "")], NOW.plus(MINUTE)).await;
        let (now, attempts) = shown(db, shop, id).await;
        assert!(now.contains("receipt_url"), "{now}");
        assert_eq!(attempts, [Some(true), Some(false)]);
    }

    async fn what_another_was_sent_is_shown_so_also_when_it_only_listens_now(db) {
        let (shop, id, endpoints) = order(db, vec![Policy::default()]).await;
        answered(db, &endpoints, &[(200, "")], NOW).await;
        let (then, _) = shown(db, shop, id).await;
        assert!(then.contains("receipt_url"), "{then}");
        store::update(db, &Actor::System, shop, endpoints[0].id, listens(true), NOW).await.expect("changed");
        assert_eq!(shown(db, shop, id).await, (then, vec![Some(false)]));
    }

    async fn what_was_not_sent_yet_is_shown_as_it_would_be(db) {
        let (shop, id, endpoints) = order(db, vec![Policy::default()]).await;
        assert!(shown(db, shop, id).await.0.contains("receipt_url"));
        store::update(db, &Actor::System, shop, endpoints[0].id, listens(true), NOW).await.expect("changed");
        let (body, attempts) = shown(db, shop, id).await;
        assert!(!body.contains("receipt_url") && attempts.is_empty(), "{body}");
    }

    async fn a_body_is_shown_in_the_format_in_which_it_was_sent(db) {
        let shop = project(db, "Shop").await;
        let told = endpoint(db, shop, Format::ThisData).await;
        publish(db, message(shop, MessageType::QuestionAnswered, Some(json!({ "was_user": false })))).await;
        for claimed in claim_at(db, NOW).await {
            complete(db, &[ended(claimed, answer(200, ""), NOW)], NOW).await;
        }
        let standard = EndpointChange { format: Some(Format::Standard), ..EndpointChange::default() };
        store::update(db, &Actor::System, shop, told.id, standard, NOW).await.expect("changed");
        let sent = store::get_delivery(db, shop, deliveries(db, shop).await[0].id).await.expect("delivery");
        assert_eq!((sent.body.as_str(), sent.attempts[0].format), (r#"{"was_user":false}"#, Some(Format::ThisData)));
    }
}
