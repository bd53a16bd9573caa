//! Which rules are accepted, and which events they hit.

use super::*;
use crate::risk::tests::story::{Login, home, thief};

/// A rule named after its number.
pub(crate) fn rule(id: i64, kind: &str, target: &str, filters: &[&str]) -> Rule {
    let new = new_rule(kind, target, filters).checked().expect("rule");
    let NewRule { description, kind, target, source, filters, .. } = new;
    let (created_at, updated_at) = Default::default();
    Rule {
        id: RuleId(id),
        name: format!("Rule {id}"),
        description,
        kind,
        target,
        source,
        filters,
        created_at,
        updated_at,
    }
}

fn new_rule(kind: &str, target: &str, filters: &[&str]) -> NewRule {
    NewRule {
        name: " Bad neighbours ".into(),
        description: String::new(),
        kind: kind.parse().expect("kind"),
        target: target.parse().expect("target"),
        source: None,
        filters: filters.iter().map(|filter| (*filter).to_owned()).collect(),
    }
}

fn complaints(new: NewRule) -> Vec<String> {
    match new.checked() {
        Err(Error::Invalid(errors)) => errors.into_iter().map(|error| error.field).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn filters_are_written_the_usual_way_and_blank_ones_left_out() {
    let filters = ["", " 1.2.3.4 ", "122.56.232.7/22", "1.2.3.4", "  ", "::ffff:5.6.7.0/120", "2001:db8::1"];
    let checked = new_rule("blacklist", "location.ip", &filters).checked().expect("rule");
    assert_eq!(checked.filters, ["1.2.3.4", "122.56.232.0/22", "5.6.7.0/24", "2001:db8::1"]);
    assert_eq!((checked.name.as_str(), checked.kind), ("Bad neighbours", RuleKind::Deny));
    let countries = new_rule("whitelist", "location.address.country_iso_code", &["nz", "", " AU"]).checked();
    assert_eq!(countries.expect("rule").filters, ["NZ", "AU"]);
}

#[test]
fn every_complaint_names_its_field() {
    let bad = new_rule("deny", "location.ip", &["1.2.3.4", "", "nonsense", "1.2.3.4/33"]);
    assert_eq!(complaints(NewRule { name: " ".into(), ..bad.clone() }), ["name", "filters[2]", "filters[3]"]);
    assert_eq!(complaints(NewRule { name: "a\nb".into(), filters: vec![], ..bad.clone() }), ["name"]);
    assert_eq!(complaints(NewRule { target: RuleTarget::Country, ..bad.clone() }).len(), 3);
    assert_eq!(complaints(new_rule("deny", "location.address.country_iso_code", &["UK"])), ["filters[0]"]);
    let many = vec!["1.2.3.4".to_owned(); MAX_FILTERS + 1];
    assert_eq!(complaints(NewRule { filters: many, ..bad.clone() }), ["filters"]);
    let long = Some("x".repeat(MAX_DESCRIPTION + 1));
    let bad = NewRule { description: "x".repeat(MAX_DESCRIPTION + 1), source: long, filters: vec![], ..bad };
    assert_eq!(complaints(bad), ["description", "source"]);
    assert!("greylist".parse::<RuleKind>().is_err() && "location.city".parse::<RuleTarget>().is_err());
}

#[test]
fn a_patch_changes_what_it_names_and_a_blank_source_lifts_the_limit() {
    let before = Rule { source: Some("guest".into()), ..rule(1, "deny", "location.ip", &["1.2.3.4"]) };
    let same = RulePatch::default().apply(&before).checked().expect("rule");
    assert_eq!(
        (same.name, same.filters, same.source),
        (before.name.clone(), before.filters.clone(), before.source.clone())
    );
    let patch =
        RulePatch { kind: Some(RuleKind::Allow), source: Some(String::new()), ..RulePatch::default() };
    let after = patch.apply(&before).checked().expect("rule");
    assert_eq!((after.kind, after.source, after.filters), (RuleKind::Allow, None, before.filters));
}

fn decided(rules: &[Rule], login: Login) -> Option<i64> {
    RuleSet::new(rules).decide(&login.0).map(|hit| hit.id.0)
}

#[test]
fn a_rule_hits_its_ranges_and_countries_and_deny_wins() {
    let allow = rule(1, "allow", "location.ip", &["203.0.113.7", "2001:db8::/32"]);
    let deny = rule(2, "deny", "location.ip", &["203.0.0.0/16", "10.0.0.0/8"]);
    let china = rule(3, "deny", "location.address.country_iso_code", &["CN"]);
    let rules = [allow.clone(), deny, china.clone()];
    for (login, id) in [
        (home(), Some(2)),
        (home().ip("203.1.0.1"), None),
        (home().ip("2001:db8:5::1"), Some(1)),
        (home().ip("10.255.255.255"), Some(2)),
        (home().ip("::ffff:10.0.0.1"), Some(2)),
        (thief(), Some(3)),
        (thief().ip("2001:db8::5"), Some(3)),
        (thief().nowhere(), None),
        (thief().nowhere().anonymous().ip(""), None),
    ] {
        assert_eq!(decided(&rules, login.clone()), id, "{:?}", login.0.event.address);
    }
    assert_eq!(decided(&[allow, china], home()), Some(1));
    assert!(RuleSet::new(&[]).is_empty());
}

#[test]
fn a_range_over_everything_hits_everything_of_its_kind() {
    let everything = [rule(1, "deny", "location.ip", &["0.0.0.0/0"])];
    assert_eq!(decided(&everything, home()), Some(1));
    assert_eq!(decided(&everything, home().ip("2001:db8::1")), None);
}

#[test]
fn a_tenants_rule_hits_only_its_own_events() {
    let guest =
        [Rule { source: Some("guest-123".into()), ..rule(1, "deny", "location.ip", &["203.0.113.7"]) }];
    assert_eq!(decided(&guest, home().source("guest-123")), Some(1));
    assert_eq!(decided(&guest, home().source("guest-124")), None);
    assert_eq!(decided(&guest, home()), None);
}
