//! Rules: written, changed and removed by whom, and never another project's.

use porchlight_domain::db::Db;
use porchlight_domain::id::{ProjectId, RuleId};
use porchlight_domain::operator::Actor;
use porchlight_domain::page::Paging;
use porchlight_domain::project::{self, Settings};
use porchlight_domain::rule::store::*;
use porchlight_domain::rule::{NewRule, RuleKind, RulePatch, RuleTarget};
use porchlight_domain::time::HOUR;
use porchlight_domain::{Error, ledger};

use crate::support::NOW;

async fn shop(db: &Db, name: &str) -> ProjectId {
    project::store::create(db, &Actor::System, name, Settings::default(), NOW).await.expect("project").id
}

fn new(name: &str, filters: &[&str]) -> NewRule {
    NewRule {
        name: name.into(),
        description: "Since the incident".into(),
        kind: RuleKind::Deny,
        target: RuleTarget::Ip,
        source: Some("guest-123".into()),
        filters: filters.iter().map(|filter| (*filter).to_owned()).collect(),
    }
}

on_both! {
    async fn a_rule_is_written_changed_removed_and_every_change_is_in_the_ledger(db) {
        let shop = shop(db, "Shop").await;
        let rule = create(db, &Actor::System, shop, new("Bad", &["1.2.3.4", "", "122.56.232.7/22"]), NOW).await.expect("create");
        assert_eq!(rule.filters, ["1.2.3.4", "122.56.232.0/22"]);
        assert_eq!(get(db, shop, rule.id).await.expect("get"), rule);
        let later = NOW.plus(HOUR);
        let patch = RulePatch { kind: Some(RuleKind::Allow), filters: Some(vec!["::1".into()]), ..RulePatch::default() };
        let changed = update(db, &Actor::System, shop, rule.id, patch, later).await.expect("update");
        assert_eq!(get(db, shop, rule.id).await.expect("get"), changed);
        assert_eq!((changed.name.as_str(), changed.kind, changed.created_at, changed.updated_at), ("Bad", RuleKind::Allow, NOW, later));
        assert_eq!((changed.source.as_deref(), changed.filters), (Some("guest-123"), vec!["::1".to_owned()]));
        delete(db, &Actor::System, shop, rule.id, later).await.expect("delete");
        assert_eq!(list(db, shop).await.expect("list"), []);
        let entries = ledger::list(db, shop, Paging::default()).await.expect("ledger").rows;
        let actions: Vec<_> = entries.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(actions, ["rule.deleted", "rule.updated", "rule.created", "project.created"]);
        assert_eq!(entries[1].detail["before"]["kind"], "deny");
        assert_eq!(entries[1].detail["after"]["kind"], "allow");
    }

    async fn what_is_wrong_changes_nothing(db) {
        let shop = shop(db, "Shop").await;
        let bad = create(db, &Actor::System, shop, new("Bad", &["1.2.3.4", "x"]), NOW).await;
        assert!(matches!(&bad, Err(Error::Invalid(errors)) if errors[0].field == "filters[1]"), "{bad:?}");
        let rule = create(db, &Actor::System, shop, new("Bad", &["1.2.3.4"]), NOW).await.expect("create");
        let patch = RulePatch { target: Some(RuleTarget::Country), ..RulePatch::default() };
        let bad = update(db, &Actor::System, shop, rule.id, patch, NOW).await;
        assert!(matches!(&bad, Err(Error::Invalid(errors)) if errors[0].field == "filters[0]"), "{bad:?}");
        assert_eq!(list(db, shop).await.expect("list"), [rule]);
    }

    async fn another_projects_rule_cannot_be_read_changed_or_removed(db) {
        let (shop, bank) = (shop(db, "Shop").await, shop(db, "Bank").await);
        let rule = create(db, &Actor::System, shop, new("Bad", &["1.2.3.4"]), NOW).await.expect("create");
        assert!(matches!(get(db, bank, rule.id).await, Err(Error::NotFound)));
        assert!(matches!(update(db, &Actor::System, bank, rule.id, RulePatch::default(), NOW).await, Err(Error::NotFound)));
        assert!(matches!(delete(db, &Actor::System, bank, rule.id, NOW).await, Err(Error::NotFound)));
        assert!(matches!(delete(db, &Actor::System, shop, RuleId(1), NOW).await, Err(Error::NotFound)));
        let nobodys = create(db, &Actor::System, ProjectId(1), new("Bad", &[]), NOW).await;
        assert!(matches!(nobodys, Err(Error::NotFound)), "{nobodys:?}");
        assert_eq!((list(db, shop).await.expect("list"), list(db, bank).await.expect("list")), (vec![rule], vec![]));
    }

    async fn each_project_is_judged_by_its_own_rules(db) {
        let (shop, bank) = (shop(db, "Shop").await, shop(db, "Bank").await);
        create(db, &Actor::System, shop, new("Bad", &["1.2.3.4"]), NOW).await.expect("create");
        let sets = for_projects(db, &[shop, bank, shop]).await.expect("sets");
        assert_eq!((sets.len(), sets[&shop].is_empty(), sets[&bank].is_empty()), (2, false, true));
    }
}
