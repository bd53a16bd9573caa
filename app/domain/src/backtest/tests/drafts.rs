//! What a draft may be.

use super::*;

#[test]
fn a_draft_is_checked() {
    let good = draft(vec![write(rule(" Let in ", Effect::Allow, &["nz"]))]).checked().expect("draft");
    let RuleChange::Write { rule: written } = &good.rules[0] else { panic!("{good:?}") };
    assert_eq!((written.name.as_str(), written.filters[0].as_str()), ("Let in", "NZ"));
    let refused = |draft: Draft| assert!(draft.clone().checked().is_err(), "{draft:?}");
    refused(draft(Vec::new()));
    refused(draft(vec![write(rule("x", Effect::Allow, &["UK"]))]));
    refused(Draft { to: good.from, ..good.clone() });
    refused(Draft { to: good.from.plus(MAX_STRETCH + 1), ..good.clone() });
    refused(Draft { alert_level: Some(Level::Green), ..good.clone() });
    refused(Draft { challenge_per_10_000: Some(10_001), ..good });
}

#[test]
fn a_written_rule_replaces_the_one_of_its_name() {
    let now = [stored(7, rule("Same", Effect::Block, &["NZ"]))];
    let rules = draft(vec![
        write(rule("Same", Effect::Allow, &["AU"])),
        write(rule("Other", Effect::Notify, &["AU"])),
    ])
    .rules(&now);
    assert_eq!(rules.len(), 2);
    assert_eq!((rules[0].id, &rules[0].effect), (RuleId(7), &Effect::Allow));
    assert!(rules[1].id > RuleId(i64::MAX / 2));
}
