//! What differs between the two sides, counted and told.

use super::*;

#[test]
fn what_appears_and_vanishes_makes_the_drafts_alerts_of_those_there_are() {
    let mut lines = story();
    // Hours before the theft that opens the alert as it is, the draft's rule opens one.
    lines.insert(40, line(900, &thief().day(20).later(-1), "eve"));
    let home = home().0.place.and_then(|place| place.country).expect("country");
    for drafted in [
        rule("All", Effect::Notify, &[&home]),
        rule("None", Effect::Allow, &["CN"]),
        rule("Deny", Effect::Block, &[&home]),
    ] {
        let name = drafted.name.clone();
        let outcome = played(&lines, &draft(vec![write(drafted)]), &[]);
        let (was, is) = (outcome.before.alerts, outcome.after.alerts);
        assert_eq!(was + outcome.alerts_appear - outcome.alerts_vanish, is, "{name}");
        let mails = outcome.before.mails + outcome.mails_appear - outcome.mails_vanish;
        assert_eq!(mails, outcome.after.mails, "{name}");
    }
}

#[test]
fn without_its_rule_an_event_is_told_with_the_rules_reason_as_it_is_alone() {
    let home = home().0.place.and_then(|place| place.country).expect("country");
    let list = stored(7, rule("List", Effect::Block, &[&home]));
    let outcome = played(&story(), &draft(vec![RuleChange::Remove { rule: RuleId(7) }]), &[list]);
    let example = outcome.examples.first().expect("example");
    let names = |reasons: &[String]| reasons.iter().any(|reason| reason.contains("List"));
    assert!(names(&example.reasons_before) && !names(&example.reasons), "{example:?}");
}

#[test]
fn a_rule_that_moves_has_in_common_with_another_what_either_side_of_it_hits() {
    let home = home().0.place.and_then(|place| place.country).expect("country");
    let tag = |name: &str, countries: &[&str]| rule(name, Effect::Tag("seen".into()), countries);
    let now = [stored(7, tag("Moves", &[&home])), stored(8, tag("Stays", &[&home, "CN"]))];
    let outcome = played(&story(), &draft(vec![write(tag("Moves", &["CN"]))]), &now);
    let moved = outcome.rules.iter().find(|rule| rule.name == "Moves").expect("a rule");
    assert_eq!((moved.before, moved.after), (20, 2));
    let overlap = outcome.overlaps.first().expect("overlap");
    assert_eq!((overlap.draft.as_deref(), overlap.both, overlap.either), (Some("Moves"), 22, 22));
}
