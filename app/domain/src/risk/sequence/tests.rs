//! Takeovers and honest changes of settings, told as stories.

use super::*;
use crate::event::verb;
use crate::profile::Profile;
use crate::risk::memory::Memory;
use crate::risk::session::observe;
use crate::risk::tests::story::home;
use crate::risk::{Assessment, Level};

/// What a session says that logged in with these log-odds and did these things at these minutes: the level of each.
fn story(login: f64, actions: &[(&str, i64)]) -> Vec<(Level, Vec<&'static str>)> {
    let mut memory = SessionMemory::begin(&home().0, login);
    let (rates, profile) = (Rates::default(), Profile::default());
    let judged = actions.iter().map(|(verb, minutes)| {
        let event = home().verb(verb).minutes(*minutes);
        let terms = evidence(&memory, &event.0, &rates);
        let odds = memory.log_odds(event.0.at, &[], &terms);
        observe(&mut memory, &event.0, &profile, &rates);
        (Level::of(1.0 / (1.0 + (-odds).exp())), terms.iter().map(|term| term.code).collect())
    });
    judged.collect()
}

fn levels(login: f64, actions: &[(&str, i64)]) -> Vec<Level> {
    story(login, actions).into_iter().map(|(level, _)| level).collect()
}

#[test]
fn settings_may_be_changed_by_who_is_known() {
    let all = [("email-update", 1), ("api-key-create", 2), ("data-export", 5)];
    assert_eq!(levels(-12.0, &all), [Level::Green; 3]);
}

#[test]
fn a_takeover_is_seen_at_its_first_action() {
    for first in
        ["email-update", "password-update", "two-factor-disable", "recovery-codes-view", "payout-update"]
    {
        assert_eq!(levels(-1.5, &[(first, 1)]), [Level::Red], "{first}");
    }
    assert!(levels(-1.5, &[("data-export", 180)])[0] < Level::Red, "three hours later it is less");
}

#[test]
fn what_a_session_does_adds_up() {
    let doubtful = levels(-6.5, &[("email-update", 2), ("password-update", 4), ("two-factor-disable", 6)]);
    assert_eq!((doubtful[0], doubtful[2]), (Level::Green, Level::Red));
}

#[test]
fn email_password_and_second_factor_in_a_row_are_told_as_one_story() {
    let row = [("email-update", 1), ("password-update", 3), ("two-factor-disable", 20)];
    let told = story(-8.0, &row);
    assert_eq!(told[1].1, ["seq.sensitive.soon", "seq.email_then_password"]);
    assert_eq!(told[2].1, ["seq.sensitive.soon", "seq.email_then_mfa_off"]);
    let slow = story(-8.0, &[("email-update", 1), ("password-update", 3), ("two-factor-disable", 40)]);
    assert_eq!(slow[2].1, ["seq.sensitive.soon"], "the half hour is over");
}

#[test]
fn the_same_action_is_told_once() {
    let twice = story(-8.0, &[("api-key-create", 1), ("api-key-create", 2)]);
    assert_eq!((twice[0].1.len(), twice[1].1.len()), (1, 0));
}

#[test]
fn an_application_whose_users_export_daily_does_not_mind() {
    let mut rates = Rates::default();
    let memory = SessionMemory::begin(&home().0, -3.0);
    let export = home().verb("data-export").minutes(1);
    let says = |rates: &Rates| Term::sum(&evidence(&memory, &export.0, rates));
    let before = says(&rates);
    for day in 0..300 {
        (0..20).for_each(|_| rates.saw(&home().day(day).0));
        (0..15).for_each(|_| rates.saw(&home().day(day).verb("data-export").0));
    }
    assert!(before > 3.0 && says(&rates) == 0.0, "{before} {}", says(&rates));
}

#[test]
fn what_one_account_does_again_and_again_becomes_usual_for_nobody() {
    let mut memory = Memory::default();
    let mut keys_after = |user: &str, session: &str, day: i64| {
        let mut login = home().day(day).verb("api-key-create");
        login.0.event.session_id = Some(session.to_owned());
        login.0.event.user.as_mut().expect("a user").id = user.to_owned();
        memory.learn(&login.0, &mut Profile::default(), &Assessment::default());
        memory.learned.rates.actions[Action::ApiKey as usize].round()
    };
    assert_eq!(keys_after("ann", "s", 0), 1.0);
    assert_eq!((0..600).map(|_| keys_after("ann", "s", 0)).last(), Some(1.0), "in one session");
    assert_eq!((0..600).map(|n| keys_after("ann", &n.to_string(), 0)).last(), Some(3.0), "in one day");
    assert_eq!((keys_after("ann", "t", 1), keys_after("ben", "s", 1)), (4.0, 5.0), "as before");
}

#[test]
fn sentences_say_what_and_how_soon() {
    let memory = SessionMemory::begin(&home().0, -3.0);
    for (minutes, text) in [
        (0, "The password was changed right after the login"),
        (1, "The password was changed 60 seconds after the login"),
        (3, "The password was changed 3 minutes after the login"),
        (150, "The password was changed 2 hours after the login"),
        (1_500, "The password was changed 25 hours after the login"),
    ] {
        let event = home().verb("password-update").minutes(minutes);
        assert_eq!(evidence(&memory, &event.0, &Rates::default())[0].text, text);
    }
}

#[test]
fn what_was_done_before_is_told_with_what_alarms() {
    let (mut memory, rates) = (SessionMemory::begin(&home().0, -3.0), Rates::default());
    for verb in ["recovery-codes-view", "email-update"] {
        observe(&mut memory, &home().verb(verb).minutes(1).0, &Profile::default(), &rates);
    }
    let event = home().verb("two-factor-update").minutes(2);
    let told = evidence(&memory, &event.0, &rates).remove(0).text;
    let soon = "2 minutes after the login; before it, the e-mail address was changed, \
                the recovery of the account was shown or changed";
    assert_eq!(told, format!("A second factor was added or replaced {soon}"));
    assert_eq!(Action::Factor.how_soon(&told), Some(soon));
    assert_eq!(Action::Email.how_soon(&told), None);
}

#[test]
fn every_sensitive_verb_has_its_action() {
    let sensitive = verb::TABLE.iter().filter(|known| known.meaning == verb::Meaning::Sensitive);
    let actions: Vec<_> = sensitive.filter_map(|known| Action::of(known.name)).collect();
    assert_eq!(actions.len(), 9, "one verb each, and two of the recovery: {actions:?}");
    for verb in ["access", "log-in", "", "log-out", "email-change"] {
        assert_eq!(Action::of(verb), None);
    }
}

#[test]
fn two_replicas_rates_add_up() {
    let (mut one, mut two, mut all) = (Rates::default(), Rates::default(), Rates::default());
    for day in 0..200 {
        let (login, action) = (home().day(day), home().day(day).verb("api-key-create"));
        for (rates, seen) in [(&mut one, &login), (&mut two, &action)] {
            rates.saw(&seen.0);
            all.saw(&seen.0);
        }
    }
    one.merge(&two);
    assert!((one.share(Action::ApiKey) - all.share(Action::ApiKey)).abs() < 1e-4, "{one:?} {all:?}");
}

#[test]
fn what_comes_late_counts_as_if_it_had_come_in_time() {
    let counted = |late: i64| {
        let mut rates = Rates::default();
        (0..200).for_each(|_| rates.saw(&home().0));
        (0..100).for_each(|_| rates.saw(&home().day(-late).verb("data-export").0));
        rates.actions[Action::Export as usize]
    };
    assert!((counted(0) - 100.0).abs() < 1e-3 && counted(600) < 1.0, "{} {}", counted(0), counted(600));
}
