//! Publishing: who gets which bytes.

use porchlight_domain::Error;
use porchlight_domain::id::{AlertId, RevocationId, UserKey};
use porchlight_domain::webhook::DeliveryState;

use super::*;

on_both! {
    async fn each_endpoint_gets_the_body_of_its_format(db) {
        let shop = project(db, "Shop").await;
        let standard = endpoint(db, shop, Format::Standard).await;
        let legacy = endpoint(db, shop, Format::ThisData).await;
        let flat = json!({ "version": 1, "was_user": false, "user": { "id": "u_42", "name": "Zoë" } });
        publish(db, message(shop, MessageType::QuestionAnswered, Some(flat.clone()))).await;
        for claimed in claim_at(db, NOW).await {
            let body: Value = serde_json::from_slice(&claimed.body).expect("json");
            if claimed.endpoint == legacy.id {
                assert!(claimed.body.is_ascii(), "ThisData's .NET client hashes ASCII");
                assert_eq!(body, flat);
            } else {
                assert_eq!(claimed.endpoint, standard.id);
                let expected = format!(r#"{{"type":"question.answered","timestamp":"{NOW}","data":"#);
                assert!(claimed.body.starts_with(expected.as_bytes()));
                assert_eq!(body["data"]["user"]["name"], "Zoë");
            }
        }
    }

    async fn without_a_flat_body_thisdata_endpoints_get_the_typed_one_and_with_a_null_one_nothing(db) {
        let shop = project(db, "Shop").await;
        let legacy = endpoint(db, shop, Format::ThisData).await;
        publish(db, message(shop, MessageType::QuestionAnswered, Some(Value::Null))).await;
        assert_eq!(deliveries(db, shop).await, []);
        publish(db, message(shop, MessageType::SessionZombie, None)).await;
        let claimed = claim_at(db, NOW).await;
        assert_eq!(claimed[0].endpoint, legacy.id);
        assert!(claimed[0].body.starts_with(br#"{"type":"session.zombie""#));
    }

    async fn an_endpoint_gets_only_the_types_it_takes_and_only_its_project_s(db) {
        let (shop, other) = (project(db, "Shop").await, project(db, "Other").await);
        let types = vec![MessageType::SessionRevocationRequested];
        let new = NewEndpoint { url: "https://app.example/".into(), types, ..NewEndpoint::default() };
        store::create(db, &Actor::System, shop, new, NOW).await.expect("create");
        publish(db, message(shop, MessageType::AlertOpened, None)).await;
        publish(db, message(other, MessageType::SessionRevocationRequested, None)).await;
        assert_eq!(deliveries(db, shop).await, []);
        publish(db, message(shop, MessageType::SessionRevocationRequested, None)).await;
        assert_eq!(deliveries(db, shop).await.len(), 1);
    }

    async fn what_is_rolled_back_is_not_owed(db) {
        let shop = project(db, "Shop").await;
        endpoint(db, shop, Format::Standard).await;
        let mut tx = db.begin().await.expect("begin");
        store::publish(&mut tx, message(shop, MessageType::AlertOpened, None), NOW).await.expect("publish");
        drop(tx);
        assert_eq!(deliveries(db, shop).await, []);
    }

    async fn deliveries_are_found_by_what_they_are_about(db) {
        let shop = project(db, "Shop").await;
        let hook = endpoint(db, shop, Format::Standard).await;
        let about = NewMessage {
            user: Some(UserKey(1)),
            alert: Some(AlertId(2)),
            revocation: Some(RevocationId(3)),
            ..message(shop, MessageType::SessionRevocationRequested, None)
        };
        publish(db, about).await;
        publish(db, message(shop, MessageType::AlertOpened, None)).await;
        let filters = [
            DeliveryFilter { user: Some(UserKey(1)), ..DeliveryFilter::default() },
            DeliveryFilter { alert: Some(AlertId(2)), ..DeliveryFilter::default() },
            DeliveryFilter { revocation: Some(RevocationId(3)), ..DeliveryFilter::default() },
            DeliveryFilter { r#type: Some(MessageType::SessionRevocationRequested), ..DeliveryFilter::default() },
        ];
        for filter in filters {
            let found = store::list_deliveries(db, shop, filter.clone(), Paging::default()).await.expect("list").rows;
            assert_eq!(found.iter().map(|one| one.revocation).collect::<Vec<_>>(), [Some(RevocationId(3))], "{filter:?}");
        }
        let all = DeliveryFilter { endpoint: Some(hook.id), state: Some(DeliveryState::Pending), ..DeliveryFilter::default() };
        let first = store::list_deliveries(db, shop, all.clone(), Paging::new(None, Some(1))).await.expect("list");
        let second = store::list_deliveries(db, shop, all, Paging::new(first.next.as_deref(), Some(1))).await.expect("list");
        assert_eq!((first.rows.len(), second.rows.len(), second.next), (1, 1, None));
        assert!(first.rows[0].id > second.rows[0].id, "newest first");
    }

    async fn a_test_goes_to_one_endpoint_whatever_it_takes(db) {
        let shop = project(db, "Shop").await;
        endpoint(db, shop, Format::Standard).await;
        let types = vec![MessageType::SessionZombie];
        let new = NewEndpoint { url: "https://app.example/".into(), types, ..NewEndpoint::default() };
        let (hook, _) = store::create(db, &Actor::System, shop, new, NOW).await.expect("create");
        let id = store::send_test(db, &Actor::System, shop, hook.id, NOW).await.expect("test");
        let sent = deliveries(db, shop).await;
        assert_eq!((sent.len(), sent[0].id, sent[0].endpoint_id, sent[0].r#type), (1, id, hook.id, MessageType::EndpointTest));
    }

    async fn a_delivery_that_is_being_sent_cannot_be_resent_at_the_same_time(db) {
        let shop = project(db, "Shop").await;
        endpoint(db, shop, Format::Standard).await;
        publish(db, message(shop, MessageType::AlertOpened, None)).await;
        let id = claim_at(db, NOW).await[0].delivery;
        let refused = store::resend(db, &Actor::System, shop, id, NOW).await;
        assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    }
}
