//! The short way against the plain one: a contest and two replays side by side, on a log with a bit of everything.

use super::*;
use crate::agent::DeviceClass;
use crate::backtest::{Draft, Person, RuleChange, Tally};
use crate::event::NewUser;
use crate::id::{EventId, RuleId, UserKey};
use crate::project::Settings;
use crate::question::Answer;
use crate::risk::Calibration;
use crate::risk::tests::random::SplitMix;
use crate::risk::tests::story::{Login, START, home, thief};
use crate::rule::{Effect, Mode, NewRule, Rule, RuleSet};
use crate::time::{DAY, HOUR};

const USERS: u64 = 12;
const EVENTS: i64 = 2_400;

/// Sixty days of users at home and on the road, their sessions, mistakes, thieves and guesses; some answer, truthfully.
fn log() -> Vec<Line> {
    let mut chance = SplitMix(7);
    let mut lines: Vec<Line> = (0..EVENTS).map(|number| line(number, &mut chance)).collect();
    for line in &mut lines {
        let stolen = line.seen.event.device_id.as_deref() == Some("thief");
        if line.person.is_some() && chance.below(if stolen { 2 } else { 60 }) == 0 {
            let answer = if stolen { Answer::No } else { Answer::Yes };
            line.answer = Some((answer, line.seen.at.plus(HOUR)));
        }
    }
    lines
}

fn line(number: i64, chance: &mut SplitMix) -> Line {
    let user = chance.below(USERS);
    let own = home().ip(&format!("203.0.{user}.7")).device(&format!("laptop {user}"));
    let login = match chance.below(100) {
        0..45 => own,
        45..65 => own.verb("access"),
        65..70 => own.verb("password-update"),
        70..80 => own.ip(&format!("198.51.{user}.{}", chance.below(9))).network(9500, "Vodafone"),
        80..84 => own.client("Safari", "17", "iOS", DeviceClass::Mobile).device("phone"),
        84..88 => own.failed(),
        88..92 => own.ip(&format!("192.0.2.{}", chance.below(200))).network(1, "Guesses").failed(),
        92..94 => own.vpn().device(""),
        94..96 => own.anonymous(),
        96..98 => thief(),
        _ => thief().verb("email-update"),
    };
    let Login(mut seen) = login.at(START.plus(number * (60 * DAY / EVENTS)));
    let mut person = None;
    if let Some(NewUser { id, .. }) = &mut seen.event.user {
        *id = format!("user {user}");
        let key = UserKey(i64::try_from(user).expect("small") + 1);
        person = Some(Person { key, since: START, has_mail: !user.is_multiple_of(5) });
    }
    seen.event.session_id = Some(format!("session {user} {}", chance.below(3)));
    Line { id: EventId(number + 1), person, seen, late: false, answer: None, closings: Vec::new() }
}

fn terms(rules: &[Rule], settings: Settings, hears_all: bool) -> Terms {
    let settings = Settings { ask_users: true, ..settings };
    Terms { settings, rules: RuleSet::new(rules), calibration: Calibration::SHIPPED, hears_all }
}

fn rule(effect: Effect, condition: &str) -> NewRule {
    NewRule {
        name: format!("{effect} {condition}"),
        description: String::new(),
        effect,
        condition: Some(condition.into()),
        target: None,
        filters: Vec::new(),
        source: None,
        verbs: Vec::new(),
        priority: 0,
        expires_at: None,
        mode: Mode::Enforce,
    }
}

/// What is in force.
fn rules() -> Vec<Rule> {
    let rules = [
        (7, rule(Effect::Notify, "event.verb == \"email-update\"")),
        (8, rule(Effect::Evidence(150), "place.country == \"CN\"")),
    ];
    rules.map(|(id, new)| new.into_rule(RuleId(id), false, START, START)).to_vec()
}

/// Drafts, and whether all of them learn what is learned without.
fn drafts() -> Vec<(bool, Draft)> {
    let base = Draft::of(START.plus(20 * DAY), START.plus(90 * DAY));
    let with = |change| Draft { rules: vec![change], ..base.clone() };
    let write = |effect, condition: &str| with(RuleChange::Write { rule: Box::new(rule(effect, condition)) });
    let elsewhere = "network.asn == 9500";
    vec![
        (true, base.clone()),
        (true, write(Effect::Challenge, elsewhere)),
        (true, write(Effect::Tag("abroad".into()), elsewhere)),
        (false, Draft { challenge_per_10_000: Some(300), ..base.clone() }),
        (true, Draft { ask_a_day: Some(1), ..base.clone() }),
        (true, Draft { alert_level: Some(Level::Orange), ..base.clone() }),
        (false, write(Effect::Allow, elsewhere)),
        (false, write(Effect::Block, "!device.known")),
        (false, write(Effect::Evidence(-300), "place.country == \"CN\"")),
        (false, with(RuleChange::Remove { rule: RuleId(8) })),
    ]
}

/// All but the words, which a contest tells only where they may be asked for.
fn wordless(verdicts: &[Verdict]) -> Vec<Verdict> {
    let mut verdicts = verdicts.to_vec();
    for verdict in &mut verdicts {
        verdict.assessment.reasons.iter_mut().for_each(|reason| reason.text.clear());
        verdict.assessment.account.budget = None;
    }
    verdicts
}

#[test]
fn a_contest_comes_out_as_two_replays_do() {
    let (lines, now) = (log(), rules());
    for (together, draft) in drafts() {
        let (then, label) = (draft.rules(&now), draft.label(&now));
        let before = || terms(&now, Settings::default(), false);
        let after = || terms(&then, draft.settings(&Settings::default()), false);
        let plain = (Replay::new(before()).play(&lines), Replay::new(after()).play(&lines));
        let mut contest = Contest::new(before(), after());
        let tally = || Tally::new(&draft, &now, &then, Calibration::SHIPPED);
        let (mut plainly, mut shortly) = (tally(), tally());
        let mut short = (Vec::new(), Vec::new());
        for page in lines.chunks(257) {
            let (one, other) = contest.play(page).expect("page");
            shortly.count(page, &one, &other);
            short.0.extend(one);
            short.1.extend(other);
        }
        plainly.count(&lines, &plain.0, &plain.1);
        assert_eq!(contest.own.is_none(), together, "{label}");
        assert!(wordless(&short.0) == wordless(&plain.0), "as it is: {label}");
        assert!(wordless(&short.1) == wordless(&plain.1), "with the draft: {label}");
        let outcome = plainly.finish();
        assert_eq!(shortly.finish(), outcome, "{label}");
        assert!(outcome.before.alerts > 10 && outcome.before.answers.no > 5, "{label}: {outcome:?}");
    }
}

#[test]
fn the_sides_part_when_only_one_hears_an_answer() {
    let lines = log();
    let terms = |hears_all| terms(&[], Settings::default(), hears_all);
    let mut contest = Contest::new(terms(true), terms(false));
    let (one, other) = contest.play(&lines).expect("log");
    assert!(contest.own.is_some(), "an honest login was answered that nobody would have asked about");
    assert!(wordless(&one) == wordless(&Replay::new(terms(true)).play(&lines)));
    assert!(wordless(&other) == wordless(&Replay::new(terms(false)).play(&lines)));
}
