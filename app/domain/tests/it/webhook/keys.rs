//! An endpoint's keys: of two kinds, each with its own rotation, which ends by the clock or by hand.

use porchlight_domain::time::DAY;
use porchlight_domain::webhook::SecretHint;
use porchlight_domain::{Error, Result, ledger};

use super::*;

async fn keys(db: &Db, project: ProjectId, endpoint: EndpointId) -> Vec<SecretHint> {
    store::hints(db, project, endpoint, NOW).await.expect("hints")
}

on_both! {
    async fn secrets_and_key_pairs_are_told_apart_and_rotate_each_for_itself(db) {
        let shop = project(db, "Shop").await;
        let hook = endpoint(db, shop, Format::Standard).await.id;
        let pair = store::add_key(db, &Actor::System, shop, hook, 24, NOW).await.expect("key");
        assert_eq!(pair.public_key.as_deref(), Some(pair.hint.as_str()));
        store::rotate(db, &Actor::System, shop, hook, None, 24, NOW).await.expect("rotate");
        let told: Vec<_> = keys(db, shop, hook).await.iter().map(|key| (key.public_key.is_some(), key.expires_at)).collect();
        assert_eq!(told, [(false, None), (true, None), (false, Some(NOW.plus(DAY)))], "the pair has no end");
        let other = store::add_key(db, &Actor::System, shop, hook, 0, NOW).await.expect("key");
        let ids: Vec<_> = keys(db, shop, hook).await.iter().filter(|key| key.public_key.is_some()).map(|key| key.id).collect();
        assert_eq!(ids, [other.id], "the pair before it is gone");
        store::remove_keys(db, &Actor::System, shop, hook, NOW).await.expect("remove");
        let left = keys(db, shop, hook).await;
        assert_eq!((left.len(), left.iter().any(|key| key.public_key.is_some())), (2, false));
    }

    async fn a_secret_that_was_typed_like_a_public_key_is_a_shared_one(db) {
        let shop = project(db, "Shop").await;
        let typed = NewEndpoint { url: "https://app.example/".into(), secret: Some("whpk_sixteen-letters".into()), ..NewEndpoint::default() };
        let hook = store::create(db, &Actor::System, shop, typed, NOW).await.expect("create").0.id;
        store::remove_keys(db, &Actor::System, shop, hook, NOW).await.expect("remove");
        let left = keys(db, shop, hook).await;
        assert_eq!((left.len(), &left[0].public_key), (1, &None));
    }

    async fn an_old_secret_is_retired_before_its_time_and_the_newest_never(db) {
        let (shop, other) = (project(db, "Shop").await, project(db, "Other").await);
        let hook = endpoint(db, shop, Format::Standard).await.id;
        let retire = async |project, id| -> Result<()> { store::retire(db, &Actor::System, project, hook, id, NOW).await };
        let first = keys(db, shop, hook).await[0].clone();
        assert!(matches!(retire(shop, first.id).await, Err(Error::Conflict(_))), "it is the only one");
        let (second, _) = store::rotate(db, &Actor::System, shop, hook, None, 168, NOW).await.expect("rotate");
        store::add_key(db, &Actor::System, shop, hook, 24, NOW).await.expect("key");
        assert!(matches!(retire(shop, second.id).await, Err(Error::Conflict(_))), "a newer pair does not replace it");
        assert!(matches!(retire(other, first.id).await, Err(Error::NotFound)));
        retire(shop, first.id).await.expect("retire");
        assert!(matches!(retire(shop, first.id).await, Err(Error::NotFound)));
        publish(db, message(shop, MessageType::AlertOpened, None)).await;
        let signers: Vec<_> = claim_at(db, NOW).await.remove(0).secrets.into_iter().map(|(hint, _)| hint).collect();
        assert_eq!((signers.len(), signers.contains(&second.hint)), (2, true), "the pair and the newest secret");
        let told = ledger::list(db, shop, Paging::default()).await.expect("ledger").rows.remove(0);
        assert_eq!((told.action.as_str(), &told.detail["secret"]["hint"]), ("endpoint.secret_retired", &json!(first.hint)));
    }

    async fn of_two_who_rotate_at_once_the_second_ends_what_the_first_made(db) {
        let shop = crate::session::shop(db, "Shop").await;
        let new = NewEndpoint { url: "https://app.example/hook".into(), ..NewEndpoint::default() };
        let id = store::create(db, &Actor::System, shop, new, NOW).await.expect("endpoint").0.id;
        for _ in 0..8 {
            let rotate = || store::rotate(db, &Actor::System, shop, id, None, 0, NOW);
            let add = || store::add_key(db, &Actor::System, shop, id, 0, NOW);
            let (one, other, key, second) = tokio::join!(rotate(), rotate(), add(), add());
            assert!(one.is_ok() && other.is_ok() && key.is_ok() && second.is_ok());
            let live = store::hints(db, shop, id, NOW).await.expect("hints");
            let pairs = live.iter().filter(|hint| hint.public_key.is_some()).count();
            assert_eq!((live.len() - pairs, pairs), (1, 1), "compromised is at once");
        }
    }
}
