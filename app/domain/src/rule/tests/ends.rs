//! Rules that end sessions.

use super::effects::{codes, condition, habits, judged};
use super::*;

#[test]
fn a_rule_that_ends_sessions_changes_no_decision_and_is_told() {
    let (one, all) = (condition(1, "true", "revoke(session)"), condition(2, "true", "revoke(all)"));
    let after = judged(&[one.clone(), all]);
    assert_eq!((after.probability, after.level, after.decision), {
        let before = habits();
        (before.probability, before.level, before.decision)
    });
    assert_eq!(codes(&after), ["net.country.new", "rule.revoke"]);
    assert_eq!(after.reasons[1].text, "The rule “Rule 2” ends all sessions of the user");
    let ends = |rules: &[Rule]| verdict::revoker(&judged(rules).account.rules).map(|(_, ends)| ends);
    assert_eq!(ends(&[one]), Some(Ends::Session));
    assert_eq!(ends(&[condition(3, "false", "revoke(all)")]), None);
}

#[test]
fn a_rule_of_higher_priority_that_allows_spares_the_session() {
    let (ends, allows) = (condition(1, "true", "revoke(session)"), condition(2, "true", "allow"));
    let revoked = |rules: &[Rule]| verdict::revoker(&judged(rules).account.rules).is_some();
    assert!(revoked(&[ends.clone(), allows.clone()]), "among equals it is ended");
    let office = Rule { priority: 1, ..allows };
    assert!(!revoked(&[ends.clone(), office.clone()]));
    let spared = &judged(&[ends.clone(), office.clone()]).account.rules[1];
    let why = "the rule “Rule 2” of a higher priority allows it".to_owned();
    assert_eq!((spared.rule, &spared.outcome), (RuleId(1), &Outcome::Skipped { why }));
    let blocks = Rule { priority: 2, ..condition(3, "true", "block") };
    assert!(revoked(&[ends.clone(), office.clone(), blocks]), "what is blocked is not spared");
    let shadow = Rule { mode: Mode::Shadow, ..office };
    assert!(revoked(&[ends, shadow]));
}

#[test]
fn however_many_rules_hit_the_one_that_ends_sessions_is_kept() {
    let mut rules: Vec<_> = (1..100).map(|id| condition(id, "true", "tag(a)")).collect();
    rules.push(Rule { priority: -1, ..condition(100, "true", "revoke(all)") });
    let after = judged(&rules);
    assert_eq!(after.account.rules.len(), verdict::MAX_NOTES);
    assert!(verdict::revoker(&after.account.rules).is_some());
}
