//! Guesses at one account from the user's own provider, with the user's kind of browser.

use super::one_account::Fresh;
use crate::risk::crowd::{ATTEMPT, Scope, Wave};
use crate::risk::tests::story::{Login, START, home};
use crate::risk::{Assessment, Level};
use crate::time::{DAY, MINUTE, SECOND};

const BRUTE: (Wave, Scope, &str) = (Wave::BruteForce, Scope::Account, "112233");
const ROW: (Wave, Scope, &str) = (Wave::InARow, Scope::Account, "112233");

/// From the n-th range of the user's provider, on this device.
fn from_range(range: usize, device: &str) -> Login {
    home().ip(&format!("122.{}.{}.9", 56 + range % 2, range % 250)).device(device)
}

fn told(fresh: &Fresh) -> Vec<(Wave, Scope, &str)> {
    fresh.opened.iter().map(|(wave, scope, from)| (*wave, *scope, from.as_str())).collect()
}

fn text<'a>(judged: &'a Assessment, code: &str) -> Option<&'a str> {
    judged.reasons.iter().find(|reason| reason.code == code).map(|reason| reason.text.as_str())
}

#[test]
fn guesses_without_the_users_device_are_a_strangers_whatever_provider_and_browser_they_copy() {
    for named in [false, true] {
        let mut fresh = Fresh::new();
        let device = |n: usize| if named { format!("random {n}") } else { String::new() };
        for n in 0..300 {
            fresh.sees(&from_range(n, &device(n)).failed().at(START.plus(n as i64 * 2 * MINUTE)));
            assert_eq!(told(&fresh), if n < 4 { vec![] } else { vec![BRUTE] }, "{n}");
        }
        let entered = fresh.judge(&from_range(300, &device(300)).at(START.plus(601 * MINUTE)));
        assert_eq!(entered.level, Level::Red, "{entered:?}");
        let guessed = text(&entered, "account.bruteforce.distributed").expect("told");
        assert_eq!(guessed, "About 299 failed attempts from at least 32 places came before");
        let all = "300 failed attempts came before, 300 from other networks";
        assert_eq!(text(&entered, "account.failures"), Some(all));
        let own = fresh.judge(&home().at(START.plus(601 * MINUTE)));
        assert_eq!(own.level, Level::Green, "the user at home is not locked out: {own:?}");
    }
}

#[test]
fn a_hundred_failures_in_a_row_are_told_wherever_they_come_from_and_whatever_they_look_like() {
    let mut fresh = Fresh::of(&home().device(""));
    for n in 0..300 {
        let failed = from_range(n, "").failed().at(START.plus(n as i64 * 2 * MINUTE));
        let part = fresh.judge(&failed).reasons.iter().any(|reason| reason.code == ATTEMPT);
        assert_eq!(part, n > 100, "{n}");
        fresh.sees(&failed);
    }
    assert_eq!(told(&fresh), [ROW]);
    let entered = fresh.judge(&from_range(300, "").at(START.plus(601 * MINUTE)));
    assert_eq!(entered.level, Level::Red, "{entered:?}");
    let guessed = text(&entered, "account.bruteforce").expect("told");
    assert_eq!(guessed, "About 299 failed attempts in a row came before, from wherever");
    let own = home().device("").at(START.plus(602 * MINUTE));
    assert_ne!(fresh.judge(&own).level, Level::Red, "the user at home: {:?}", fresh.judge(&own));
}

#[test]
fn who_gets_in_at_home_begins_the_row_anew_and_who_does_so_elsewhere_does_not() {
    let mut fresh = Fresh::of(&home().device(""));
    for day in 0..40 {
        for n in 0..40 {
            fresh.sees(&from_range(n, "").failed().at(START.plus(day * DAY + n as i64 * MINUTE)));
        }
        fresh.sees(&home().device("").at(START.plus(day * DAY + 60 * MINUTE)));
    }
    assert_eq!(told(&fresh), []);
    for day in 40..43 {
        for n in 0..40 {
            fresh.sees(&from_range(n, "").failed().at(START.plus(day * DAY + n as i64 * MINUTE)));
        }
        let abroad = home().device("").ip("198.51.100.9").network(4134, "China Telecom");
        fresh.sees(&abroad.at(START.plus(day * DAY + 60 * MINUTE)));
    }
    assert_eq!(told(&fresh), [ROW]);
}

#[test]
fn whoever_lost_a_cookie_or_is_on_the_move_mistypes_without_an_alert() {
    for device in ["", "laptop"] {
        let mut fresh = Fresh::of(&home().device(device));
        for n in 0..12 {
            let at = START.plus(n as i64 * 8 * 3_600 * SECOND);
            for second in 0..3 {
                fresh.sees(&from_range(n, "").failed().at(at.plus(second * 10 * SECOND)));
            }
            fresh.sees(&from_range(n, "").at(at.plus(MINUTE)));
        }
        assert_eq!(told(&fresh), [], "{device:?}");
    }
}
