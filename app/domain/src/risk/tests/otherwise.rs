//! What would have made it green: few changes before many, and within sessions, too.

use super::story::{Login, habits, home, judge, thief};
use crate::risk::memory::{Known, Memory, Setup, remember};
use crate::risk::sequence::Rates;
use crate::risk::{Assessment, Calibration, Level};
use crate::rule::RuleSet;
use crate::time::SECOND;

fn wish(judged: &Assessment) -> &str {
    judged.account.counterfactual.as_ref().map_or("", |wish| &wish.text)
}

#[test]
fn every_unusual_login_has_one_however_many_changes_it_takes() {
    let mut most = 0;
    for logins in [1, 3, 8, 20, 60] {
        let usual = habits(logins, &home());
        for login in [
            thief(),
            thief().tor(),
            thief().hosting().no_cookie(),
            thief().forged(),
            thief().tor().no_client(),
            thief().vpn().device("laptop"),
        ] {
            let judged = judge(&login, &usual);
            if judged.level > Level::Green {
                assert!(wish(&judged).starts_with("It would have been green had "), "{logins}: {judged:?}");
                most = most
                    .max(1 + wish(&judged).matches(" and ").count() + wish(&judged).matches(", ").count());
            }
        }
    }
    assert!(most >= 2, "{most}");
}

/// How a session that began with `login` is judged when it goes on like this.
fn goes_on(login: &Login, then: Login, verb: &str) -> Assessment {
    let (memory, profile, rules) = (Memory::default(), habits(20, &home()), RuleSet::default());
    let setup =
        Setup { rules: &rules, alert_level: Level::Red, challenge: None, calibration: Calibration::SHIPPED };
    let first = memory.judge(&login.0, &profile, Known::default(), &setup);
    let kept = remember(None, &login.0, &profile, &Rates::default(), &first);
    let mut profile = profile;
    profile.learn(&login.0, &first);
    let then = then.verb(verb).at(login.0.at.plus(60 * SECOND));
    memory.judge(&then.0, &profile, Known { session: kept.as_ref(), ..Known::default() }, &setup)
}

#[test]
fn a_session_that_was_stolen_or_whose_login_awaits_a_word_says_what_would_have_made_it_green() {
    let stolen = goes_on(&home(), thief(), "access");
    assert!(stolen.level > Level::Green, "{stolen:?}");
    assert_eq!(
        wish(&stolen),
        "It would have been green had nothing spoken against who acts in it since it began"
    );
    let without = stolen.account.counterfactual.expect("a wish").without;
    assert!(without.iter().any(|code| code.starts_with("session.")), "{without:?}");

    let awaits = goes_on(&thief(), thief(), "access");
    assert_eq!(
        wish(&awaits),
        "It would have been green had somebody vouched for what came before in its session",
        "{awaits:?}"
    );
    assert_eq!(wish(&goes_on(&home(), home(), "access")), "");
}
