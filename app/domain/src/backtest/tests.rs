//! Both sides of a replay, and what is counted of their difference.

mod drafts;
mod sides;

use super::*;
use crate::event::NewUser;
use crate::id::{EventId, UserKey};
use crate::question::Answer;
use crate::risk::tests::story::{Login, home, thief};
use crate::risk::{Calibration, Decision};
use crate::rule::{Effect, Ends, RuleSet, RuleTarget};
use crate::time::HOUR;

fn rule(name: &str, effect: Effect, countries: &[&str]) -> NewRule {
    NewRule {
        name: name.into(),
        description: String::new(),
        effect,
        condition: None,
        target: Some(RuleTarget::Country),
        filters: countries.iter().map(|country| (*country).to_owned()).collect(),
        source: None,
        verbs: Vec::new(),
        priority: 0,
        expires_at: None,
        mode: Mode::Enforce,
    }
}

fn line(id: i64, login: &Login, user: &str) -> Line {
    let mut seen = login.0.clone();
    seen.received_at = seen.at;
    seen.event.user = Some(NewUser { id: user.into(), authenticated: true, ..NewUser::default() });
    let key = UserKey(user.bytes().map(i64::from).sum());
    Line {
        id: EventId(id),
        person: Some(Person { key, since: home().0.at, has_mail: true }),
        seen,
        late: false,
        answer: None,
        closings: Vec::new(),
    }
}

/// Twenty days of logins at home by two users; on the last day a thief logs in as each.
fn story() -> Vec<Line> {
    let mut lines = Vec::new();
    for day in 0..20 {
        lines.push(line(day * 10, &home().day(day), "eve"));
        lines.push(line(day * 10 + 1, &home().day(day).later(1), "bob"));
    }
    lines.push(line(1_000, &thief().day(20), "eve"));
    lines.push(line(1_001, &thief().day(20).later(1), "bob"));
    lines
}

fn draft(rules: Vec<RuleChange>) -> Draft {
    let from = home().0.at;
    Draft { rules, ..Draft::of(from.plus(10 * DAY), from.plus(40 * DAY)) }
}

fn side(rules: &[Rule], settings: &Settings, hears_all: bool) -> Replay {
    let (settings, calibration) = (Settings { ask_users: true, ..settings.clone() }, Calibration::SHIPPED);
    Replay::new(Terms { settings, rules: RuleSet::new(rules), calibration, hears_all })
}

fn played(lines: &[Line], draft: &Draft, now: &[Rule]) -> Outcome {
    let then = draft.rules(now);
    let mut tally = Tally::new(draft, now, &then, Calibration::SHIPPED);
    let settings = Settings::default();
    let before = side(now, &settings, true).play(lines);
    let after = side(&then, &draft.settings(&settings), false).play(lines);
    tally.count(lines, &before, &after);
    tally.finish()
}

fn write(rule: NewRule) -> RuleChange {
    RuleChange::Write { rule: Box::new(rule) }
}

fn stored(id: i64, new: NewRule) -> Rule {
    new.into_rule(RuleId(id), false, Timestamp::default(), Timestamp::default())
}

#[test]
fn a_draft_that_changes_nothing_touches_nothing() {
    let outcome = played(&story(), &draft(Vec::new()), &[]);
    assert_eq!(outcome.before, outcome.after);
    assert_eq!((outcome.touched, outcome.examples.len()), (0, 0));
    assert_eq!((outcome.warm_up, outcome.events, outcome.logins), (20, 22, 22));
    assert_eq!(outcome.before.alerts, 2, "the engine sees both thefts by itself");
    assert_eq!(outcome.before.mails, 2);
}

#[test]
fn a_rule_that_lets_a_country_in_makes_alerts_and_mails_vanish() {
    let mut lines = story();
    let there = lines[40].seen.place.as_ref().and_then(|place| place.country.clone()).expect("country");
    lines[40].answer = Some((Answer::No, lines[40].seen.at.plus(HOUR)));
    let existing = stored(7, rule("Seen before", Effect::Tag("abroad".into()), &[&there]));
    let outcome = played(&lines, &draft(vec![write(rule("Let in", Effect::Allow, &[&there]))]), &[existing]);
    assert_eq!((outcome.alerts_vanish, outcome.mails_vanish, outcome.alerts_appear), (2, 2, 0));
    assert_eq!((outcome.touched, outcome.touched_users, outcome.honest), (2, 2, 21));
    assert_eq!(outcome.touched_honest, 1, "the denied login was not honest");
    assert_eq!((outcome.open, outcome.touched_open), (1, 1), "whether the other one was, nobody has said");
    assert_eq!(outcome.per_10_000_told(), "0.0 to 476.2", "0 of 20, or 1 of 21");
    assert_eq!(outcome.touched_answers, Precision { yes: 0, no: 1, unanswered: 1 });
    let overlap = outcome.overlaps.first().expect("overlap");
    assert_eq!((overlap.draft.as_deref(), overlap.both, overlap.either), (Some("Let in"), 2, 2));
    assert!((overlap.jaccard() - 1.0).abs() < 1e-9);
    assert_eq!(outcome.examples.len(), 2);
    assert_eq!(outcome.examples[0].rules, ["Seen before", "Let in"]);
    assert_eq!(outcome.examples[0].answer, Some(Answer::No));
}

#[test]
fn what_came_too_late_to_alarm_anybody_alarms_nobody_here_and_is_judged_all_the_same() {
    let notify = write(rule("Tell", Effect::Notify, &["CN"]));
    let ends = write(rule("End", Effect::Revoke(Ends::All), &["CN"]));
    let mut lines = story();
    lines[40].late = true;
    let outcome = played(&lines, &draft(vec![notify, ends]), &[]);
    assert_eq!((outcome.before.alerts, outcome.before.mails), (1, 1), "the other thief's");
    assert_eq!((outcome.after.alerts, outcome.after.orders), (1, 1));
    assert_eq!(outcome.touched, 2, "the rules hit both");
}

#[test]
fn a_rule_in_shadow_touches_what_it_would_hit_and_changes_nothing() {
    let shadow = NewRule { mode: Mode::Shadow, ..rule("No home", Effect::Block, &["NZ"]) };
    let outcome = played(&story(), &draft(vec![write(shadow)]), &[]);
    assert_eq!(outcome.before, outcome.after);
    assert_eq!(outcome.rules[0].after, outcome.touched);
    assert!(outcome.touched >= 20, "{}", outcome.touched);
    assert!(outcome.per_10_000().0 > 9_000.0 && outcome.examples.len() == 20);
}

#[test]
fn the_orders_that_a_rule_would_give_are_counted_and_none_in_shadow() {
    let ends = rule("Not from there", Effect::Revoke(Ends::All), &["CN"]);
    let outcome = played(&story(), &draft(vec![write(ends.clone())]), &[]);
    assert_eq!((outcome.before.orders, outcome.after.orders, outcome.touched), (0, 2, 2), "{outcome:?}");
    assert_eq!(outcome.before.blocked, outcome.after.blocked);
    let shadow = NewRule { mode: Mode::Shadow, ..ends };
    let outcome = played(&story(), &draft(vec![write(shadow)]), &[]);
    assert_eq!((outcome.after.orders, outcome.touched), (0, 2));
}

#[test]
fn a_removed_rule_and_a_changed_mode_are_counted_as_changes() {
    let block = stored(7, rule("No home", Effect::Block, &["NZ"]));
    for change in
        [RuleChange::Remove { rule: block.id }, RuleChange::Mode { rule: block.id, mode: Mode::Off }]
    {
        let outcome = played(&story(), &draft(vec![change]), std::slice::from_ref(&block));
        assert!(outcome.before.blocked >= 20 && outcome.after.blocked == 0, "{outcome:?}");
        assert_eq!((outcome.rules[0].before, outcome.rules[0].after), (outcome.before.blocked, 0));
        assert!(outcome.rules[0].changed);
    }
}

#[test]
fn a_replay_sees_nothing_that_comes_later() {
    let lines = story();
    let whole = side(&[], &Settings::default(), true).play(&lines);
    for end in [1, 17, 39] {
        let part = side(&[], &Settings::default(), true).play(&lines[..end]);
        assert_eq!(part, whole[..end]);
    }
    let mut paged = side(&[], &Settings::default(), true);
    let pages: Vec<_> = lines.chunks(7).flat_map(|page| paged.play(page)).collect();
    assert_eq!(pages, whole, "pages are no boundaries");
}

#[test]
fn an_answer_is_learned_when_it_was_given_by_those_who_would_have_asked() {
    let mut lines = story();
    lines[40].answer = Some((Answer::Yes, lines[40].seen.at.plus(2 * HOUR)));
    lines.push(line(2_000, &thief().day(20).later(1), "eve"));
    lines.push(line(2_001, &thief().day(20).later(3), "eve"));
    lines.sort_by_key(|line| (line.seen.at, line.id));
    let loud = side(&[], &Settings::default(), false).play(&lines);
    let level = |verdicts: &[Verdict], id: i64| {
        let place = lines.iter().position(|line| line.id == EventId(id)).expect("line");
        verdicts[place].assessment.level
    };
    assert!(level(&loud, 2_000) > Level::Green, "before the answer");
    assert_eq!(level(&loud, 2_001), Level::Green, "after it");
    let there = lines[40].seen.place.as_ref().and_then(|place| place.country.clone()).expect("country");
    let block = stored(1, NewRule { verbs: vec!["never".into()], ..rule("Idle", Effect::Block, &[&there]) });
    let mut idle = side(&[block], &Settings::default(), false).play(&lines);
    assert!(idle.iter_mut().all(|one| one.assessment.account.rule_set.take().is_some()));
    assert_eq!(idle, loud, "a rule that hits nothing");
}

#[test]
fn the_alert_level_and_the_budget_are_tried() {
    let lines = story();
    let base = draft(Vec::new());
    let all = Draft { challenge_per_10_000: Some(10_000), ..base.clone() };
    let outcome = played(&lines, &all, &[]);
    assert_eq!(outcome.after.challenged, outcome.logins, "a budget of everything challenges everything");
    assert!(outcome.before.challenged < outcome.after.challenged);
    assert_eq!(outcome.overlaps, Vec::new());
    let none = Draft { ask_a_day: Some(0), ..base };
    let outcome = played(&lines, &none, &[]);
    assert_eq!((outcome.mails_vanish, outcome.alerts_vanish), (2, 0));
    assert_eq!((outcome.touched, outcome.touched_users), (2, 2), "who is no longer asked");
    assert!(outcome.examples.iter().all(|example| example.before.mail && !example.after.mail));
    assert!(outcome.examples.iter().all(|example| example.after.decision != Decision::Block));
}

#[test]
fn what_nobody_answered_for_says_nothing_of_precision_and_makes_hits_an_interval() {
    let mut lines = story();
    let block = || draft(vec![write(rule("No home", Effect::Block, &["NZ", "CN"]))]);
    let outcome = played(&lines, &block(), &[]);
    assert_eq!(
        (outcome.touched, outcome.open, outcome.touched_open),
        (22, 2, 2),
        "the thieves, whatever the rule says"
    );
    assert_eq!((outcome.touched_answers.share(), outcome.touched_answers.unanswered), (None, 22));
    assert_eq!(outcome.before.answers, Precision { yes: 0, no: 0, unanswered: 2 });
    lines[41].answer = Some((Answer::No, lines[41].seen.at.plus(HOUR)));
    let outcome = played(&lines, &block(), &[]);
    assert_eq!((outcome.honest, outcome.open, outcome.before.answers.share()), (21, 1, Some(1.0)));
    lines[40].answer = Some((Answer::Yes, lines[40].seen.at.plus(HOUR)));
    let outcome = played(&lines, &block(), &[]);
    assert_eq!((outcome.open, outcome.touched_honest, outcome.per_10_000()), (0, 21, (10_000.0, 10_000.0)));
    assert_eq!((outcome.per_10_000_told().as_str(), outcome.before.answers.share()), ("10000.0", Some(0.5)));
    assert_eq!(Outcome::default().per_10_000(), (0.0, 0.0));
}

#[test]
fn the_interval_is_wilsons() {
    let near =
        |(low, high): (f64, f64), (l, h): (f64, f64)| (low - l).abs() < 5e-4 && (high - h).abs() < 5e-4;
    let of = |yes, no| Precision { yes, no, unanswered: 1_000 }.interval();
    assert!(near(of(10, 0), (0.0, 0.2775)));
    assert!(near(of(5, 5), (0.2366, 0.7634)));
    assert!(near(of(1, 99), (0.9455, 0.9982)));
    assert_eq!(Precision::default().interval(), (0.0, 1.0));
    assert_eq!(Precision::default().share(), None);
}
