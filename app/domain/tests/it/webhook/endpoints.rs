//! Endpoints and their secrets.

use porchlight_domain::time::HOUR;
use porchlight_domain::webhook::{DeliveryState, EndpointChange, EndpointState, MAX_ENDPOINTS};
use porchlight_domain::{Error, ledger};

use super::*;

fn state(state: EndpointState) -> EndpointChange {
    EndpointChange { state: Some(state), ..EndpointChange::default() }
}

async fn change(db: &Db, endpoint: &Endpoint, project: ProjectId, change: EndpointChange) -> Endpoint {
    store::update(db, &Actor::System, project, endpoint.id, change, NOW).await.expect("update")
}

on_both! {
    async fn an_endpoint_is_created_with_its_secret_shown_once_and_nowhere_else(db) {
        let shop = project(db, "Shop").await;
        let new = NewEndpoint {
            url: "https://App.example/hook".into(),
            description: " production ".into(),
            types: vec![MessageType::AlertOpened],
            secret: Some("hello-wide-world".into()),
            ..NewEndpoint::default()
        };
        let (created, secret) = store::create(db, &Actor::System, shop, new, NOW).await.expect("create");
        assert_eq!(secret.expose(), "hello-wide-world");
        assert_eq!(reread(db, shop, created.id).await, created);
        assert_eq!((created.url.as_str(), created.description.as_str()), ("https://app.example/hook", "production"));
        let recorded = ledger::list(db, shop, Paging::default()).await.expect("ledger").rows;
        assert_eq!(recorded[0].action, "endpoint.created");
        let everything = format!("{created:?}{}{:?}", json!(created), recorded);
        assert!(!everything.contains("hello-wide-world"), "{everything}");
        let sealed: Vec<u8> = sqlx::query_scalar("SELECT sealed FROM endpoint_secret").fetch_one(db.reader()).await.expect("row");
        assert!(!sealed.windows(5).any(|window| window == b"hello"), "sealed at rest");
    }

    async fn what_cannot_be_an_endpoint_is_refused_by_its_field(db) {
        let shop = project(db, "Shop").await;
        let good = || NewEndpoint { url: "https://app.example/".into(), ..NewEndpoint::default() };
        let cases = [
            (NewEndpoint { url: "ftp://app.example".into(), ..good() }, "url"),
            (NewEndpoint { description: "two\nlines".into(), ..good() }, "description"),
            (NewEndpoint { format: Format::ThisData, types: vec![MessageType::AlertOpened], ..good() }, "types"),
            (NewEndpoint { secret: Some("fifteen-letters".into()), ..good() }, "secret"),
            (NewEndpoint { format: Format::ThisData, secret: Some("four".into()), ..good() }, "secret"),
        ];
        for (new, field) in cases {
            let refused = store::create(db, &Actor::System, shop, new, NOW).await;
            assert!(matches!(&refused, Err(Error::Invalid(errors)) if errors[0].field == field), "{field}: {refused:?}");
        }
        assert_eq!(store::list(db, shop).await.expect("list"), []);
        let nowhere = store::create(db, &Actor::System, ProjectId(1), good(), NOW).await;
        assert!(matches!(nowhere, Err(Error::NotFound)), "{nowhere:?}");
    }

    async fn a_short_secret_is_for_thisdatas_format_alone(db) {
        let shop = project(db, "Shop").await;
        let short = NewEndpoint {
            url: "https://app.example/".into(),
            format: Format::ThisData,
            secret: Some("hello".into()),
            ..NewEndpoint::default()
        };
        let (created, _) = store::create(db, &Actor::System, shop, short, NOW).await.expect("as ThisData took them");
        let standard = || EndpointChange { format: Some(Format::Standard), ..EndpointChange::default() };
        let refused = store::update(db, &Actor::System, shop, created.id, standard(), NOW).await;
        assert!(matches!(&refused, Err(Error::Invalid(errors)) if errors[0].field == "format"), "{refused:?}");
        store::rotate(db, &Actor::System, shop, created.id, None, 0, NOW).await.expect("rotate");
        store::update(db, &Actor::System, shop, created.id, standard(), NOW).await.expect("long enough now");
        let typed = store::rotate(db, &Actor::System, shop, created.id, Some("hello"), 0, NOW).await;
        assert!(matches!(&typed, Err(Error::Invalid(errors)) if errors[0].field == "secret"), "{typed:?}");
    }

    async fn a_project_has_at_most_fifty_endpoints(db) {
        let shop = project(db, "Shop").await;
        for _ in 0..MAX_ENDPOINTS {
            endpoint(db, shop, Format::Standard).await;
        }
        let new = NewEndpoint { url: "https://app.example/".into(), ..NewEndpoint::default() };
        let refused = store::create(db, &Actor::System, shop, new.clone(), NOW).await;
        assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
        let first = store::list(db, shop).await.expect("list")[0].id;
        store::delete(db, &Actor::System, shop, first, NOW).await.expect("delete");
        store::create(db, &Actor::System, shop, new, NOW).await.expect("room again");
    }

    async fn another_project_s_endpoint_is_not_there(db) {
        let (shop, other) = (project(db, "Shop").await, project(db, "Other").await);
        let id = endpoint(db, shop, Format::Standard).await.id;
        publish(db, message(shop, MessageType::AlertOpened, None)).await;
        let sent = deliveries(db, shop).await[0].id;
        let system = &Actor::System;
        assert!(matches!(store::get(db, other, id).await, Err(Error::NotFound)));
        assert!(matches!(store::update(db, system, other, id, EndpointChange::default(), NOW).await, Err(Error::NotFound)));
        assert!(matches!(store::delete(db, system, other, id, NOW).await, Err(Error::NotFound)));
        assert!(matches!(store::rotate(db, system, other, id, None, 24, NOW).await, Err(Error::NotFound)));
        assert!(matches!(store::hints(db, other, id, NOW).await, Err(Error::NotFound)));
        assert!(matches!(store::send_test(db, system, other, id, NOW).await, Err(Error::NotFound)));
        assert!(matches!(store::get_delivery(db, other, sent).await, Err(Error::NotFound)));
        assert!(matches!(store::resend(db, system, other, sent, NOW).await, Err(Error::NotFound)));
        assert_eq!(deliveries(db, other).await, []);
    }

    async fn a_paused_endpoint_s_deliveries_wait_until_it_is_resumed(db) {
        let shop = project(db, "Shop").await;
        let hook = endpoint(db, shop, Format::Standard).await;
        publish(db, message(shop, MessageType::AlertOpened, None)).await;
        let paused = change(db, &hook, shop, state(EndpointState::Paused)).await;
        assert_eq!((paused.state, paused.state_reason.as_deref()), (EndpointState::Paused, Some("paused by hand")));
        publish(db, message(shop, MessageType::QuestionAnswered, None)).await;
        assert!(claim_at(db, NOW.plus(HOUR)).await.is_empty());
        assert!(deliveries(db, shop).await.iter().all(|one| one.state == DeliveryState::Pending && one.next_attempt_at.is_none()));
        let resumed = change(db, &hook, shop, state(EndpointState::Active)).await;
        assert_eq!((resumed.state, resumed.state_reason), (EndpointState::Active, None));
        assert_eq!(claim_at(db, NOW).await.len(), 2);
    }

    async fn a_test_reaches_a_paused_endpoint_and_nothing_else_does(db) {
        let shop = project(db, "Shop").await;
        let hook = endpoint(db, shop, Format::Standard).await;
        publish(db, message(shop, MessageType::AlertOpened, None)).await;
        change(db, &hook, shop, state(EndpointState::Paused)).await;
        let test = store::send_test(db, &Actor::System, shop, hook.id, NOW).await.expect("test");
        let claimed = claim_at(db, NOW).await;
        assert_eq!(claimed.iter().map(|one| one.delivery).collect::<Vec<_>>(), [test]);
        let waits = |one: &Delivery| one.state == DeliveryState::Pending && one.next_attempt_at.is_none();
        assert!(deliveries(db, shop).await.iter().all(|one| one.id == test || waits(one)));
        change(db, &hook, shop, state(EndpointState::Disabled)).await;
        let refused = store::send_test(db, &Actor::System, shop, hook.id, NOW).await;
        assert!(matches!(&refused, Err(Error::Conflict(why)) if why.contains("disabled")), "{refused:?}");
    }

    async fn a_disabled_endpoint_s_deliveries_are_cancelled_and_it_gets_no_more(db) {
        let shop = project(db, "Shop").await;
        let hook = endpoint(db, shop, Format::Standard).await;
        publish(db, message(shop, MessageType::AlertOpened, None)).await;
        change(db, &hook, shop, state(EndpointState::Disabled)).await;
        publish(db, message(shop, MessageType::AlertOpened, None)).await;
        let all = deliveries(db, shop).await;
        assert_eq!(all.iter().map(|one| one.state).collect::<Vec<_>>(), [DeliveryState::Cancelled]);
        let refused = store::resend(db, &Actor::System, shop, all[0].id, NOW).await;
        assert!(matches!(&refused, Err(Error::Conflict(why)) if why.contains("disabled")), "{refused:?}");
        change(db, &hook, shop, state(EndpointState::Active)).await;
        store::resend(db, &Actor::System, shop, all[0].id, NOW).await.expect("resend");
        assert_eq!(claim_at(db, NOW).await.len(), 1);
    }

    async fn a_deleted_endpoint_is_gone_with_its_secrets_and_its_deliveries_stay_on_record(db) {
        let shop = project(db, "Shop").await;
        let hook = endpoint(db, shop, Format::Standard).await;
        publish(db, message(shop, MessageType::AlertOpened, None)).await;
        store::delete(db, &Actor::System, shop, hook.id, NOW).await.expect("delete");
        assert!(matches!(store::get(db, shop, hook.id).await, Err(Error::NotFound)));
        assert_eq!(store::list(db, shop).await.expect("list"), []);
        let kept = deliveries(db, shop).await;
        assert_eq!((kept[0].state, kept[0].url.as_str()), (DeliveryState::Cancelled, "https://app.example/hook"));
        let secrets: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM endpoint_secret").fetch_one(db.reader()).await.expect("count");
        assert_eq!(secrets, 0);
        let refused = store::resend(db, &Actor::System, shop, kept[0].id, NOW).await;
        assert!(matches!(&refused, Err(Error::Conflict(why)) if why.contains("deleted")), "{refused:?}");
    }

    async fn both_secrets_sign_while_a_rotation_overlaps_the_newest_first(db) {
        let shop = project(db, "Shop").await;
        let new = NewEndpoint { url: "https://app.example/".into(), ..NewEndpoint::default() };
        let (hook, old) = store::create(db, &Actor::System, shop, new, NOW).await.expect("create");
        let (hint, new) = store::rotate(db, &Actor::System, shop, hook.id, None, 24, NOW).await.expect("rotate");
        let shown = store::hints(db, shop, hook.id, NOW).await.expect("hints");
        assert_eq!(shown.iter().map(|one| one.expires_at).collect::<Vec<_>>(), [None, Some(NOW.plus(24 * HOUR))]);
        assert_eq!(shown[0], hint);
        publish(db, message(shop, MessageType::AlertOpened, None)).await;
        let signing = |claimed: &[Claimed]| claimed[0].secrets.iter().map(|(_, secret)| secret.clone()).collect::<Vec<_>>();
        assert_eq!(signing(&claim_at(db, NOW.plus(23 * HOUR)).await), [new.clone(), old]);
        assert_eq!(signing(&claim_at(db, NOW.plus(25 * HOUR)).await), [new]);
    }

    async fn a_secret_that_got_out_stops_signing_at_once(db) {
        let shop = project(db, "Shop").await;
        let hook = endpoint(db, shop, Format::Standard).await;
        let typed = store::rotate(db, &Actor::System, shop, hook.id, Some("a-secret-of-our-own"), 0, NOW).await.expect("rotate");
        let shown = store::hints(db, shop, hook.id, NOW).await.expect("hints");
        assert_eq!(shown, [typed.0]);
        for hours in [-1, 169] {
            let refused = store::rotate(db, &Actor::System, shop, hook.id, None, hours, NOW).await;
            assert!(matches!(&refused, Err(Error::Invalid(errors)) if errors[0].field == "overlap_hours"));
        }
        for _ in 0..3 {
            store::rotate(db, &Actor::System, shop, hook.id, None, 24, NOW).await.expect("rotate");
        }
        let fifth = store::rotate(db, &Actor::System, shop, hook.id, None, 24, NOW).await;
        assert!(matches!(fifth, Err(Error::Conflict(_))), "{fifth:?}");
    }
}
