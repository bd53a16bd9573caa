//! Rules: written, changed and removed by whom, and never another project's.

mod counted;
mod ends;

use porchlight_domain::db::Db;
use porchlight_domain::event::store::{Arrival, record};
use porchlight_domain::id::{ProjectId, RuleId};
use porchlight_domain::operator::Actor;
use porchlight_domain::page::Paging;
use porchlight_domain::project::{self, Settings};
use porchlight_domain::risk::Decision;
use porchlight_domain::rule::store::*;
use porchlight_domain::rule::{Effect, Hits, Mode, NewRule, RulePatch, RuleTarget};
use porchlight_domain::time::{DAY, HOUR};
use porchlight_domain::{Error, ledger};

use serde_json::Value;

use crate::event::{arrival, login};
use crate::support::NOW;

async fn shop(db: &Db, name: &str) -> ProjectId {
    project::store::create(db, &Actor::System, name, Settings::default(), NOW).await.expect("project").id
}

fn new(name: &str, filters: &[&str]) -> NewRule {
    NewRule {
        name: name.into(),
        description: "Since the incident".into(),
        effect: Effect::Block,
        condition: None,
        target: Some(RuleTarget::Ip),
        filters: filters.iter().map(|filter| (*filter).to_owned()).collect(),
        source: Some("guest-123".into()),
        verbs: vec!["log-in".into()],
        priority: 0,
        expires_at: None,
        mode: Mode::Enforce,
    }
}

/// Eve does something at home.
fn event(project: ProjectId, verb: &str) -> Arrival {
    let event = Value::Object(
        login("eve", "s-1")
            .as_object()
            .expect("object")
            .clone()
            .into_iter()
            .chain([("verb".to_owned(), verb.into())])
            .collect(),
    );
    arrival(project, NOW, event)
}

/// A rule with a condition, as a file or a form says it.
pub fn condition(name: &str, condition: &str, effect: &str) -> NewRule {
    NewRule {
        condition: Some(condition.into()),
        target: None,
        source: None,
        verbs: Vec::new(),
        effect: effect.parse().expect("effect"),
        ..new(name, &[])
    }
}

on_both! {
    async fn a_rule_is_written_changed_removed_and_every_change_is_in_the_ledger(db) {
        let shop = shop(db, "Shop").await;
        let rule = create(db, &Actor::System, shop, new("Bad", &["1.2.3.4", "", "122.56.232.0/22"]), NOW).await.expect("create");
        assert_eq!(rule.filters, ["1.2.3.4", "122.56.232.0/22"]);
        assert_eq!(get(db, shop, rule.id).await.expect("get"), rule);
        let later = NOW.plus(HOUR);
        let patch = RulePatch { effect: Some(Effect::Allow), filters: Some(vec!["::1".into()]), ..RulePatch::default() };
        let changed = update(db, &Actor::System, shop, rule.id, patch, later).await.expect("update");
        assert_eq!(get(db, shop, rule.id).await.expect("get"), changed);
        assert_eq!((changed.name.as_str(), changed.effect, changed.created_at, changed.updated_at), ("Bad", Effect::Allow, NOW, later));
        assert_eq!((changed.source.as_deref(), changed.filters), (Some("guest-123"), vec!["::1".to_owned()]));
        delete(db, &Actor::System, shop, rule.id, later).await.expect("delete");
        assert_eq!(list(db, shop).await.expect("list"), []);
        let entries = ledger::list(db, shop, Paging::default()).await.expect("ledger").rows;
        let actions: Vec<_> = entries.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(actions, ["rule.deleted", "rule.updated", "rule.created", "project.created"]);
        assert_eq!(entries[1].detail["before"]["effect"], "block");
        assert_eq!(entries[1].detail["after"]["effect"], "allow");
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

    async fn every_field_of_a_rule_is_stored(db) {
        let shop = shop(db, "Shop").await;
        let full = NewRule {
            source: Some("guest".into()),
            verbs: vec!["log-in".into(), "access".into()],
            priority: -7,
            expires_at: Some(NOW.plus(HOUR)),
            mode: Mode::Shadow,
            ..condition("Tor", "network.tor &&\n  risk.score > 0.2", "evidence(-2.25)")
        };
        let rule = create(db, &Actor::System, shop, full.clone(), NOW).await.expect("create");
        assert_eq!(NewRule::from(&get(db, shop, rule.id).await.expect("get")), full);
        let patch = RulePatch { expires_at: Some(String::new()), mode: Some(Mode::Off), ..RulePatch::default() };
        update(db, &Actor::System, shop, rule.id, patch, NOW).await.expect("update");
        let after = NewRule::from(&get(db, shop, rule.id).await.expect("get"));
        assert_eq!(after, NewRule { expires_at: None, mode: Mode::Off, ..full });
    }

    async fn a_condition_that_is_wrong_is_refused_with_its_place(db) {
        let shop = shop(db, "Shop").await;
        for (text, complaint) in [
            ("place.contry == \"NZ\"", "line 1, column 6: there is no place.contry"),
            ("true &&", "line 1"),
            (" ", "must not be blank"),
        ] {
            let bad = create(db, &Actor::System, shop, condition("Bad", text, "block"), NOW).await;
            let Err(Error::Invalid(errors)) = &bad else { panic!("{bad:?}") };
            assert_eq!(errors[0].field, "condition");
            assert!(errors[0].message.contains(complaint), "{errors:?}");
        }
        let megabyte = condition("Big", &"true || ".repeat(1 << 17), "block");
        let bad = create(db, &Actor::System, shop, megabyte, NOW).await;
        assert!(matches!(&bad, Err(Error::Invalid(errors)) if errors[0].message.starts_with("must be at most 4096 bytes")));
        assert_eq!(list(db, shop).await.expect("list"), []);
    }

    async fn a_set_is_compiled_again_only_when_its_rules_have_changed(db) {
        let shop = shop(db, "Shop").await;
        let set = async || for_projects(db, &[shop]).await.expect("sets").remove(&shop).expect("set");
        let rule = create(db, &Actor::System, shop, condition("Any", "true", "block"), NOW).await.expect("create");
        let first = set().await;
        assert!(std::sync::Arc::ptr_eq(&first, &set().await));
        delete(db, &Actor::System, shop, rule.id, NOW).await.expect("delete");
        assert!(!first.is_empty() && set().await.is_empty());
    }

    async fn files_are_applied_as_often_as_one_likes_and_what_is_gone_is_deleted_only_when_asked(db) {
        let shop = shop(db, "Shop").await;
        let by_hand = create(db, &Actor::System, shop, new("By hand", &["1.2.3.4"]), NOW).await.expect("create");
        let taken = create(db, &Actor::System, shop, new("Taken over", &["1.2.3.4"]), NOW).await.expect("create");
        let files = || vec![condition("One", "true", "tag(one)"), condition("Taken over", "true", "challenge")];
        let run = async |files, how| apply(db, &Actor::System, shop, files, how, NOW).await.expect("apply");
        let dry = run(files(), Apply { dry_run: true, ..Apply::default() }).await;
        assert_eq!((dry.created, dry.changed), (vec!["One".to_owned()], vec!["Taken over".to_owned()]));
        assert_eq!(list(db, shop).await.expect("list").len(), 2, "a dry run changes nothing");
        run(files(), Apply::default()).await;
        let again = run(files(), Apply::default()).await;
        assert_eq!(again, Applied { same: vec!["One".into(), "Taken over".into()], ..Applied::default() });
        let now = get(db, shop, taken.id).await.expect("get");
        assert_eq!((now.managed, now.effect, now.target), (true, Effect::Challenge, None));
        let fewer = || vec![condition("One", "true", "tag(two)")];
        let left = run(fewer(), Apply::default()).await;
        assert_eq!((left.changed, left.missing), (vec!["One".to_owned()], vec!["Taken over".to_owned()]));
        let pruned = run(fewer(), Apply { prune: true, ..Apply::default() }).await;
        assert_eq!((pruned.same, pruned.pruned), (vec!["One".to_owned()], vec!["Taken over".to_owned()]));
        let names: Vec<_> = list(db, shop).await.expect("list").into_iter().map(|rule| rule.name).collect();
        assert_eq!(names, ["By hand", "One"]);
        assert!(!get(db, shop, by_hand.id).await.expect("get").managed);
        let actions: Vec<_> = ledger::list(db, shop, Paging::default()).await.expect("ledger").rows.into_iter().map(|entry| entry.action).collect();
        assert_eq!(actions[..4], ["rule.deleted", "rule.updated", "rule.updated", "rule.created"], "only what changed");
    }

    async fn rules_whose_files_were_all_renamed_make_room_for_themselves(db) {
        let shop = shop(db, "Shop").await;
        let named = |name: &str| (0..300).map(|number| new(&format!("{name} {number}"), &[])).collect::<Vec<_>>();
        let run = async |files, prune| apply(db, &Actor::System, shop, files, Apply { prune, ..Apply::default() }, NOW).await;
        run(named("Old"), true).await.expect("apply");
        assert!(matches!(run(named("New"), false).await, Err(Error::Conflict(text)) if text.contains("at most 500")));
        let applied = run(named("New"), true).await.expect("apply");
        assert_eq!((applied.created.len(), applied.pruned.len(), list(db, shop).await.expect("list").len()), (300, 300, 300));
    }

    async fn files_that_are_wrong_change_nothing(db) {
        let shop = shop(db, "Shop").await;
        let twice = vec![condition("One", "true", "block"), condition("One", "true", "allow")];
        let bad = vec![condition("One", "true", "block"), condition("Two", "nonsense", "allow")];
        for files in [twice, bad] {
            assert!(apply(db, &Actor::System, shop, files, Apply::default(), NOW).await.is_err());
        }
        for _ in 0..2 {
            create(db, &Actor::System, shop, new("Twin", &[]), NOW).await.expect("create");
        }
        let twin = apply(db, &Actor::System, shop, vec![condition("Twin", "true", "block")], Apply::default(), NOW).await;
        assert!(matches!(&twin, Err(Error::Conflict(text)) if text.contains("two rules")), "{twin:?}");
        assert_eq!(list(db, shop).await.expect("list").len(), 2);
    }

    async fn hits_are_counted_with_the_events_and_go_with_the_rule(db) {
        let shop = shop(db, "Shop").await;
        let shadow = NewRule { mode: Mode::Shadow, ..condition("Shadow", "event.verb == 'access'", "block") };
        let shadow = create(db, &Actor::System, shop, shadow, NOW).await.expect("create");
        let tag = create(db, &Actor::System, shop, condition("Tag", "true", "tag(seen)"), NOW).await.expect("create");
        let lacking = condition("Lacking", "place.city == 'Auckland'", "block");
        let lacking = create(db, &Actor::System, shop, lacking, NOW).await.expect("create");
        let event = |verb| event(shop, verb);
        for group in [vec![event("access"), event("access")], vec![event("log-in")]] {
            record(db, &group, "http://localhost", NOW).await.expect("record");
        }
        let found = hits(db, shop, NOW).await.expect("hits");
        assert_eq!(found[&shadow.id], Hits { shadow: 2, ..Hits::default() });
        assert_eq!(found[&tag.id], Hits { enforced: 3, ..Hits::default() });
        assert_eq!(found[&lacking.id], Hits { skipped: 3, ..Hits::default() });
        assert!(hits(db, shop, NOW.plus(HITS_DAYS * DAY)).await.expect("hits").is_empty());
        delete(db, &Actor::System, shop, tag.id, NOW).await.expect("delete");
        assert_eq!(hits(db, shop, NOW).await.expect("hits").len(), 2);
    }

    async fn a_rule_that_notifies_opens_one_alert_and_asks_nobody(db) {
        let settings = Settings { ask_users: true, ..Settings::default() };
        let shop = project::store::create(db, &Actor::System, "Shop", settings, NOW).await.expect("project").id;
        create(db, &Actor::System, shop, condition("Watch", "event.verb == 'access'", "notify"), NOW).await.expect("create");
        let group = [event(shop, "access"), event(shop, "access")];
        let recorded = record(db, &group, "http://localhost", NOW).await.expect("record");
        assert_eq!(recorded[0].assessment.decision, Decision::Allow);
        let alerts = porchlight_domain::alert::store::list(db, shop, &Default::default(), Paging::default()).await.expect("alerts").rows;
        assert_eq!(alerts.len(), 1, "{alerts:?}");
        assert!(alerts[0].title.contains("access reported by the rule “Watch”"), "{}", alerts[0].title);
    }
}
