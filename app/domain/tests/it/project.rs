//! Projects and their keys.

use porchlight_domain::Error;
use porchlight_domain::operator::Actor;
use porchlight_domain::page::Paging;
use porchlight_domain::project::Settings;
use porchlight_domain::project::store::*;
use porchlight_domain::{ledger, risk::Level};

use crate::support::NOW;

on_both! {
    async fn a_project_is_created_changed_and_every_change_is_in_the_ledger(db) {
        let shop = create(db, &Actor::System, " Shop ", Settings::default(), NOW).await.expect("create");
        assert_eq!((shop.name.as_str(), shop.settings.ask_users), ("Shop", false));
        let settings = Settings { ask_users: true, alert_level: Level::Orange, ..Settings::default() };
        update(db, &Actor::System, shop.id, "Shop 2", settings.clone(), NOW).await.expect("update");
        let read = get(db, shop.id).await.expect("get");
        assert_eq!((read.name.as_str(), &read.settings), ("Shop 2", &settings));
        let actions: Vec<_> = ledger::list(db, shop.id, Paging::default()).await.expect("ledger").rows;
        assert_eq!(actions.iter().map(|e| e.action.as_str()).collect::<Vec<_>>(), ["project.updated", "project.created"]);
    }

    async fn two_projects_cannot_have_one_name(db) {
        create(db, &Actor::System, "Shop", Settings::default(), NOW).await.expect("create");
        let again = create(db, &Actor::System, "Shop", Settings::default(), NOW).await;
        assert!(matches!(&again, Err(Error::Invalid(errors)) if errors[0].field == "name"), "{again:?}");
    }

    async fn a_key_opens_its_project_until_it_is_revoked(db) {
        let shop = create(db, &Actor::System, "Shop", Settings::default(), NOW).await.expect("create");
        let (id, key) = create_key(db, &Actor::System, shop.id, "production", NOW).await.expect("key");
        assert_eq!(authenticate(db, &key).await.expect("authenticate"), Some((id, shop.id)));
        assert_eq!(authenticate(db, "pl_unknown").await.expect("authenticate"), None);
        assert!(key.starts_with(&keys(db, shop.id).await.expect("keys")[0].hint));
        revoke_key(db, &Actor::System, shop.id, id, NOW).await.expect("revoke");
        assert_eq!(authenticate(db, &key).await.expect("authenticate"), None);
        assert!(matches!(revoke_key(db, &Actor::System, shop.id, id, NOW).await, Err(Error::NotFound)));
    }
}
