//! What rules do to a judgement, in which order, and what stays as it was.

use super::*;
use crate::risk::{Decision, Level, Reason};
use crate::time::DAY;

/// A rule with a condition.
pub(super) fn condition(id: i64, condition: &str, effect: &str) -> Rule {
    let list = rule(id, "deny", "location.ip", &[]);
    Rule { condition: Some(condition.into()), target: None, effect: effect.parse().expect("effect"), ..list }
}

pub(super) fn habits() -> Assessment {
    let reasons = vec![Reason { code: "net.country.new".into(), evidence: 2.0, ..Reason::default() }];
    Assessment { probability: 0.25, reasons, ..Assessment::default() }
}

fn judged_of(rules: &[Rule], login: Login, habits: Assessment) -> Assessment {
    let verdict = RuleSet::new(rules).evaluate(&facts(&login.0, &habits));
    let decide = |probability| match Level::of(probability) {
        Level::Green => Decision::Allow,
        Level::Orange | Level::Red => Decision::Challenge,
    };
    verdict.apply(habits, decide)
}

pub(super) fn judged(rules: &[Rule]) -> Assessment {
    judged_of(rules, home(), habits())
}

fn outcome(of: &Assessment) -> (f64, Level, Decision) {
    (of.probability, of.level, of.decision)
}

pub(super) fn codes(of: &Assessment) -> Vec<&str> {
    of.reasons.iter().map(|reason| reason.code.as_str()).collect()
}

#[test]
fn block_and_allow_end_the_discussion_and_a_challenge_leaves_the_score() {
    let block = judged(&[condition(1, "true", "block")]);
    assert_eq!(outcome(&block), (1.0, Level::Red, Decision::Block));
    assert_eq!(
        (codes(&block), block.reasons[0].text.as_str()),
        (vec!["rule.deny"], "Denied by the rule “Rule 1”")
    );
    let allow = judged(&[condition(1, "true", "allow")]);
    assert_eq!((outcome(&allow), codes(&allow)), ((0.0, Level::Green, Decision::Allow), vec!["rule.allow"]));
    let challenge = judged(&[condition(1, "true", "challenge")]);
    assert_eq!(outcome(&challenge), (0.25, Level::Green, Decision::Challenge));
    assert_eq!(codes(&challenge), ["net.country.new", "rule.challenge"]);
}

#[test]
fn among_equals_block_comes_before_challenge_before_allow_and_priority_before_all() {
    let decides = |rules: &[Rule]| judged(rules).decision;
    let (allow, challenge, block) =
        (condition(1, "true", "allow"), condition(2, "true", "challenge"), condition(3, "true", "block"));
    assert_eq!(decides(&[allow.clone(), challenge.clone(), block.clone()]), Decision::Block);
    assert_eq!(decides(&[allow.clone(), challenge.clone()]), Decision::Challenge);
    let office = Rule { priority: 1, ..allow };
    assert_eq!(decides(&[block.clone(), challenge.clone(), office]), Decision::Allow);
    let low = Rule { priority: -1, ..block };
    assert_eq!(decides(&[challenge, low]), Decision::Challenge);
    let list = rule(4, "deny", "location.ip", &["203.0.113.0/24"]);
    assert_eq!(decides(&[condition(1, "true", "allow"), list]), Decision::Block);
    let (first, second) = (condition(7, "true", "block"), condition(8, "true", "block"));
    assert_eq!(judged(&[second, first]).reasons[0].text, "Denied by the rule “Rule 7”");
}

#[test]
fn evidence_shifts_the_odds_and_is_told() {
    let shifted = judged(&[condition(1, "true", "evidence(+2)"), condition(2, "true", "evidence(-0.5)")]);
    let odds = shifted.probability / (1.0 - shifted.probability);
    assert!((odds - 1.5_f64.exp() / 3.0).abs() < 1e-9, "{odds}");
    assert_eq!((shifted.level, shifted.decision), (Level::Orange, Decision::Challenge));
    assert_eq!(codes(&shifted), ["net.country.new", "rule.evidence", "rule.evidence"]);
    let many: Vec<_> = (1..20).map(|id| condition(id, "true", "evidence(+10)")).collect();
    let capped = judged(&many).probability;
    assert!(capped < 1.0 && (capped / (1.0 - capped) * 3.0 / 10.0_f64.exp() - 1.0).abs() < 1e-6, "{capped}");
    let failed = judged_of(&many, home(), Assessment::default());
    assert!(
        failed.probability > 0.99 && failed.level == Level::Red,
        "an event that the habits say nothing of"
    );
}

#[test]
fn evidence_beyond_what_rules_may_add_is_told_with_its_part_of_that() {
    let told = |of: &Assessment| {
        let rules = of.reasons.iter().filter(|reason| reason.code == "rule.evidence");
        rules.map(|reason| reason.evidence).collect::<Vec<_>>()
    };
    let log_odds = |of: &Assessment| (of.probability / (1.0 - of.probability)).ln();
    for (side, effect) in [(1.0, "evidence(+5)"), (-1.0, "evidence(-5)")] {
        let rules: Vec<_> = (1..4).map(|id| condition(id, "true", effect)).collect();
        let judged = judged(&rules);
        let sum: f64 = told(&judged).iter().sum();
        assert!((sum - side * 10.0).abs() < 1e-9, "{judged:?}");
        assert!(
            (log_odds(&judged) - log_odds(&habits()) - sum).abs() < 1e-6,
            "what is told joins: {judged:?}"
        );
    }
    let within = judged(&[condition(1, "true", "evidence(+10)"), condition(2, "true", "evidence(-0.5)")]);
    assert_eq!(told(&within), [10.0, -0.5]);
}

#[test]
fn what_decides_is_kept_however_many_rules_of_higher_priority_count_something() {
    let mut rules: Vec<_> = (1..=40).map(|id| condition(id, "true", "evidence(+0.1)")).collect();
    rules.push(Rule { priority: -1, ..condition(41, "true", "block") });
    let blocked = judged(&rules);
    assert_eq!(verdict::denier(&blocked).map(|note| note.rule), Some(RuleId(41)));
    assert_eq!(
        (blocked.account.rules.len(), verdict::noted(&blocked.account).count()),
        (verdict::MAX_NOTES, 41)
    );
}

#[test]
fn tags_and_notices_change_no_decision() {
    let before = habits();
    let after = judged(&[condition(1, "true", "tag(kiosk)"), condition(2, "true", "notify")]);
    assert_eq!(outcome(&after), outcome(&before));
    assert_eq!(
        (verdict::tags(&after.account.rules), verdict::notifier(&after.account.rules).is_some()),
        (vec!["kiosk"], true)
    );
    assert_eq!(codes(&after), ["net.country.new", "rule.notify"]);
}

#[test]
fn a_rule_in_shadow_is_noted_and_changes_nothing_and_one_that_is_off_is_not_even_noted() {
    for effect in ["block", "challenge", "allow", "notify", "revoke(all)", "evidence(+5)", "tag(a)"] {
        let shadow = Rule { mode: Mode::Shadow, ..condition(1, "true", effect) };
        let mut after = judged(std::slice::from_ref(&shadow));
        let notes = std::mem::take(&mut after.account.rules);
        assert_eq!((notes.len(), &notes[0].outcome), (1, &Outcome::Shadow), "{effect}");
        assert!(verdict::notifier(&notes).is_none() && verdict::tags(&notes).is_empty());
        assert!(verdict::revoker(&notes).is_none());
        assert_eq!(after, habits(), "{effect}");
        assert_eq!(judged(&[Rule { mode: Mode::Off, ..shadow }]), habits());
    }
}

#[test]
fn a_rule_that_lacks_data_or_fails_is_skipped_and_says_why_and_the_others_go_on() {
    let lacking = condition(1, "session.age_minutes < 5", "block");
    let broken = condition(2, "1 / 0 == 1", "block");
    let unreadable = condition(3, "nonsense", "block");
    let after = judged(&[lacking, broken, unreadable, condition(4, "true", "challenge")]);
    assert_eq!(after.decision, Decision::Challenge);
    let notes: Vec<_> = after.account.rules.iter().map(|note| (note.rule.0, note.outcome.clone())).collect();
    let skipped = |why: &str| Outcome::Skipped { why: why.into() };
    assert_eq!(notes[0], (4, Outcome::Hit), "what hit comes first");
    assert_eq!(notes[1], (1, skipped("session.age_minutes is not known")));
    assert_eq!(notes[2], (2, skipped("it divides by zero")));
    assert!(
        matches!(&notes[3], (3, Outcome::Skipped { why }) if why.contains("there is no nonsense")),
        "{notes:?}"
    );
    let many: Vec<_> = (1..200).map(|id| condition(id, "session.age_minutes < 5", "block")).collect();
    assert_eq!(judged(&many).account.rules.len(), verdict::MAX_NOTES);
}

#[test]
fn a_rule_holds_in_its_scope_and_until_it_expires() {
    let block = condition(1, "true", "block");
    let verbs = vec!["log-out".to_owned(), "log-in".to_owned()];
    assert_eq!(judged(&[Rule { verbs, ..block.clone() }]).decision, Decision::Block);
    assert_eq!(judged(&[Rule { verbs: vec!["log-out".into()], ..block.clone() }]), habits());
    assert_eq!(judged(&[Rule { source: Some("guest".into()), ..block.clone() }]), habits());
    let now = home().0.received_at;
    let until = |end| judged(&[Rule { expires_at: Some(end), ..block.clone() }]);
    assert_eq!((until(now.plus(1)).decision, until(now)), (Decision::Block, habits()));
    assert_eq!(until(now.plus(-DAY)), habits());
}

#[test]
fn conditions_of_low_priority_give_way_when_all_together_cost_too_much() {
    let dear = format!("[{}1].all(x, user.logins != x + 1)", "2, ".repeat(150));
    let many: Vec<_> = (1..100).map(|id| condition(id, &dear, "block")).collect();
    let set = RuleSet::new(&many);
    let seen = home().0;
    let verdict = set.evaluate(&facts(&seen, &Assessment::default()));
    let gave_way = |note: &&RuleNote| matches!(&note.outcome, Outcome::Skipped { why } if why.contains("higher priority"));
    let some = verdict.notes.iter().filter(gave_way).count();
    assert!((40..99).contains(&some), "{some}");
    assert!(verdict.notes.iter().rev().take(some).all(|note| gave_way(&note)), "the last ones");
}

#[test]
fn a_rules_own_tests_say_when_it_does_something_else() {
    let rule = NewRule::from(&condition(1, "network.tor && event.verb == \"log-in\"", "challenge"));
    let run = |given: &str, expect: &str| {
        let text = format!("{{\"given\": {given}, \"expect\": \"{expect}\"}}");
        serde_json::from_str::<Vector>(&text).expect("vector").run(&rule)
    };
    assert_eq!(run(r#"{"network": {"tor": true}}"#, "hit").expect("run"), None);
    assert_eq!(run(r#"{"network": {"tor": true}, "event": {"verb": "access"}}"#, "miss").expect("run"), None);
    assert_eq!(run("{}", "skip").expect("run"), None);
    assert_eq!(run("{}", "hit").expect("run").as_deref(), Some("it is skipped: network.tor is not known"));
    assert_eq!(run(r#"{"network": {"tor": true}}"#, "miss").expect("run").as_deref(), Some("it hits"));
    assert!(run(r#"{"event": {"ip": "nonsense"}}"#, "hit").is_err());
    assert!(serde_json::from_str::<Vector>(r#"{"given": {"netwrok": {}}, "expect": "hit"}"#).is_err());
}

#[test]
fn a_stored_condition_with_a_range_wider_than_it_looks_goes_on_and_no_new_one_has_such() {
    let source = "inCidr(event.ip, '203.0.113.7/2')";
    let listed = NewRule::from(&rule(1, "deny", "location.ip", &["203.0.113.7"]));
    let written = NewRule { condition: Some(source.into()), target: None, filters: Vec::new(), ..listed };
    assert_eq!(complaints(written.clone()), ["condition"]);
    assert!(written.clone().checked_beside(Some(source)).is_ok(), "another mode of it");
    assert!(written.clone().checked_beside(Some("network.tor")).is_err(), "another condition before");
    let stored = written.into_rule(RuleId(1), false, Timestamp::default(), Timestamp::default());
    assert_eq!(decided(&[stored], home()), Some(1), "203.0.113.7 is in 192.0.0.0/2");
}
