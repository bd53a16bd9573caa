//! Which rules are accepted, and which events their lists hit.

#[cfg(feature = "rules")]
mod effects;
mod ends;

use super::*;
use crate::event::Observation;
use crate::risk::Assessment;
use crate::risk::tests::story::{Login, home, thief};

/// A rule of today's kind, named after its number.
pub(crate) fn rule(id: i64, effect: &str, target: &str, filters: &[&str]) -> Rule {
    let new = NewRule { name: format!("Rule {id}"), ..new_rule(effect, target, filters) };
    new.checked().expect("rule").into_rule(RuleId(id), false, Timestamp::default(), Timestamp::default())
}

fn new_rule(effect: &str, target: &str, filters: &[&str]) -> NewRule {
    NewRule {
        name: " Bad neighbours ".into(),
        description: String::new(),
        effect: Effect::from_thisdata(effect).expect("effect"),
        condition: None,
        target: Some(target.parse().expect("target")),
        filters: filters.iter().map(|filter| (*filter).to_owned()).collect(),
        source: None,
        verbs: Vec::new(),
        priority: 0,
        expires_at: None,
        mode: Mode::Enforce,
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
    let filters = ["", " 1.2.3.4 ", "122.56.232.0/22", "1.2.3.4", "  ", "::ffff:5.6.7.0/120", "2001:db8::1"];
    let checked = new_rule("blacklist", "location.ip", &filters).checked().expect("rule");
    assert_eq!(checked.filters, ["1.2.3.4", "122.56.232.0/22", "5.6.7.0/24", "2001:db8::1"]);
    assert_eq!((checked.name.as_str(), checked.effect), ("Bad neighbours", Effect::Block));
    let countries = new_rule("whitelist", "location.address.country_iso_code", &["nz", "", " AU"]).checked();
    assert_eq!(countries.expect("rule").filters, ["NZ", "AU"]);
}

#[test]
fn every_complaint_names_its_field() {
    let bad = new_rule("deny", "location.ip", &["1.2.3.4", "", "nonsense", "1.2.3.4/33"]);
    assert_eq!(complaints(NewRule { name: " ".into(), ..bad.clone() }), ["name", "filters[2]", "filters[3]"]);
    assert_eq!(complaints(NewRule { name: "a\nb".into(), filters: vec![], ..bad.clone() }), ["name"]);
    assert_eq!(complaints(NewRule { target: Some(RuleTarget::Country), ..bad.clone() }).len(), 3);
    assert_eq!(complaints(new_rule("deny", "location.address.country_iso_code", &["UK"])), ["filters[0]"]);
    let wide = new_rule("deny", "location.ip", &["203.0.113.7/2", "2001:db8::1/32"]);
    assert_eq!(complaints(wide), ["filters[0]", "filters[1]"]);
    let many = vec!["1.2.3.4".to_owned(); MAX_FILTERS + 1];
    assert_eq!(complaints(NewRule { filters: many, ..bad.clone() }), ["filters"]);
    let long = Some("x".repeat(MAX_DESCRIPTION + 1));
    let bad = NewRule { description: "x".repeat(MAX_DESCRIPTION + 1), source: long, filters: vec![], ..bad };
    assert_eq!(complaints(bad), ["description", "source"]);
    assert!(Effect::from_thisdata("greylist").is_err() && "location.city".parse::<RuleTarget>().is_err());
}

#[test]
fn a_patch_changes_what_it_names_and_a_blank_source_lifts_the_limit() {
    let before = Rule { source: Some("guest".into()), ..rule(1, "deny", "location.ip", &["1.2.3.4"]) };
    let changed = |patch: RulePatch| patch.apply(&before).expect("patch").checked().expect("rule");
    assert_eq!(changed(RulePatch::default()), NewRule::from(&before));
    let patch =
        RulePatch { effect: Some(Effect::Allow), source: Some(String::new()), ..RulePatch::default() };
    let after = changed(patch);
    assert_eq!((after.effect, after.source, after.filters), (Effect::Allow, None, before.filters.clone()));
    let end = |text: &str| RulePatch { expires_at: Some(text.into()), ..RulePatch::default() };
    assert_eq!(changed(end("1970-01-01T00:00:01Z")).expires_at, Some(Timestamp::from_seconds(1)));
    assert_eq!(changed(end(" ")).expires_at, None);
    assert!(end("soon").apply(&before).is_err());
}

#[test]
fn a_list_has_no_condition_and_a_condition_no_list() {
    let list = new_rule("deny", "location.ip", &["1.2.3.4"]);
    let condition = Some("network.tor".to_owned());
    assert_eq!(complaints(NewRule { condition: condition.clone(), ..list.clone() }), ["target"]);
    assert_eq!(complaints(NewRule { target: None, ..list.clone() }), ["condition"]);
    assert_eq!(complaints(NewRule { condition, target: None, ..list.clone() }), ["filters"]);
    assert_eq!(complaints(NewRule { priority: 1_001, ..list.clone() }), ["priority"]);
    let verbs = (0..=MAX_VERBS).map(|number| format!("verb-{number}")).collect();
    assert_eq!(complaints(NewRule { verbs, ..list }), ["verbs"]);
}

#[test]
fn a_patch_may_make_a_condition_of_a_list() {
    let list = rule(1, "deny", "location.ip", &["1.2.3.4"]);
    let condition = || RulePatch { condition: Some("true".into()), ..RulePatch::default() };
    let after = condition().apply(&list).expect("patch");
    assert_eq!((after.condition.as_deref(), after.target, after.filters), (Some("true"), None, vec![]));
    let list = Rule { condition: Some("true".into()), target: None, filters: vec![], ..list };
    let patch = RulePatch {
        target: Some(RuleTarget::Country),
        filters: Some(vec!["NZ".into()]),
        ..RulePatch::default()
    };
    let after = patch.apply(&list).expect("patch").checked().expect("rule");
    assert_eq!((after.condition, after.target), (None, Some(RuleTarget::Country)));
}

/// What is known of an event when nothing is known of its user.
pub(super) fn facts<'a>(seen: &'a Observation, assessment: &'a Assessment) -> Facts<'a> {
    Facts { seen, assessment, logins: None, device_known: None, user_since: None, session_since: None }
}

fn decided(rules: &[Rule], login: Login) -> Option<i64> {
    let assessment = Assessment::default();
    let verdict = RuleSet::new(rules).evaluate(&facts(&login.0, &assessment));
    verdict.decider().map(|note| note.rule.0)
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

#[test]
fn a_rule_that_can_do_nothing_is_saved_and_doubted() {
    let listed = NewRule::from(&rule(1, "deny", "location.ip", &["203.0.113.7"]));
    let end = home().0.at;
    let expired = NewRule { expires_at: Some(end), ..listed.clone() };
    assert_eq!(
        expired.doubts(end),
        [format!("It expired on {} UTC: it does nothing any more.", end.human())]
    );
    assert_eq!(expired.doubts(end.plus(-1)), [""; 0]);
    let never = NewRule {
        condition: Some("network.tor && false".into()),
        target: None,
        filters: Vec::new(),
        ..expired
    };
    assert_eq!(never.doubts(end).len(), 2);
    assert!(never.checked().is_ok());
    assert_eq!(listed.doubts(end), [""; 0]);
    let all = NewRule { filters: vec!["203.0.113.7".into(), "::ffff:0:0/96".into()], ..listed.clone() };
    let told = "Its range 0.0.0.0/0 holds every IPv4 address: it hits every event with one.";
    assert_eq!(all.doubts(end), [told]);
    let none = NewRule { filters: vec![String::new()], ..listed };
    assert_eq!(none.doubts(end), ["It has no filters: it will never hit."]);
}
