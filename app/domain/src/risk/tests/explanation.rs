//! What is told of a judgement: complete, in order, and true.

use super::story::{habits, home, judge, thief};
use crate::agent::DeviceClass::Desktop;
use crate::event::Detail;
use crate::profile::Profile;
use crate::risk::{
    Assessment, Calibration, Hypothesis, Level, MODEL_VERSION, Reason, World, assess, probability_without,
};
use crate::rule::RuleSet;

fn told<'a>(judged: &'a Assessment, code: &str) -> &'a Reason {
    judged.reasons.iter().find(|reason| reason.code == code).unwrap_or_else(|| panic!("{code}: {judged:?}"))
}

#[test]
fn a_reason_tells_how_often_the_user_showed_the_value_and_how_common_it_is() {
    let judged = judge(&thief().client("Chrome", "120.0", "Windows", Desktop), &habits(8, &home()));
    let country = told(&judged, "net.country.new");
    assert_eq!((country.logins, country.last), (Some(0.0), None));
    assert!(country.share.is_some_and(|share| share > 0.0 && share < 0.1), "{country:?}");
    let best = judged.reasons.last().expect("a reason");
    assert!(best.evidence < 0.0, "the strongest that speaks for the user comes last: {judged:?}");
    assert_eq!(judged.reasons.iter().filter(|reason| reason.evidence < 0.0).count(), 1);
}

#[test]
fn an_unusual_login_has_a_headline_and_a_wish_that_would_have_made_it_green() {
    let usual = habits(20, &home());
    let rules = RuleSet::default();
    let world = World::new(&rules, Level::Red);
    let judged = judge(&thief(), &usual);
    assert_eq!((judged.account.model, judged.account.headline), (MODEL_VERSION, Some(Hypothesis::Stranger)));
    let wish = judged.account.counterfactual.expect("a wish");
    assert_eq!(wish.level, Level::Green);
    assert!(wish.text.starts_with("It would have been green had "), "{}", wish.text);
    let calm = judge(&home(), &usual);
    assert_eq!((calm.account.headline, calm.account.counterfactual), (None, None));
    let without: Vec<&str> = wish.without.iter().map(String::as_str).collect();
    let before = judge(&thief(), &usual).probability;
    assert!(probability_without(&thief().0, &usual, &world, &without) < before);
    assert_eq!(probability_without(&thief().0, &usual, &world, &[]), before);
}

#[test]
fn a_wish_for_a_known_device_is_true_of_one() {
    let rules = RuleSet::default();
    for logins in [3, 5, 10, 20, 40] {
        let usual = habits(logins, &home());
        for login in
            [thief(), thief().ip("203.0.113.7").network(4771, "Spark"), home().ip("192.0.2.1").device("new")]
        {
            let Some(wish) = judge(&login, &usual).account.counterfactual else { continue };
            if wish.text.ends_with("had the device been known") {
                let known = assess(&login.device("laptop").0, &usual, &World::new(&rules, Level::Red));
                assert_eq!(known.level, Level::Green, "{logins}: {wish:?} {known:?}");
            }
        }
    }
}

#[test]
fn without_what_was_named_nothing_speaks_against_the_user() {
    let usual = habits(20, &home());
    let rules = RuleSet::default();
    let world = World::new(&rules, Level::Red);
    for login in [thief(), thief().tor(), thief().device(""), thief().device("laptop"), thief().hosting()] {
        let judged = judge(&login, &usual);
        let named: Vec<&str> = judged.reasons.iter().map(|reason| reason.code.as_str()).collect();
        let left = probability_without(&login.0, &usual, &world, &named);
        assert!(Level::of(left) == Level::Green, "{left} {judged:?}");
    }
}

#[test]
fn the_sums_that_are_kept_are_what_the_calibration_reads() {
    let judged = judge(&thief(), &habits(20, &home()));
    let sums = judged.account.sums.expect("sums");
    let log_odds = Calibration::SHIPPED.log_odds(&sums);
    let expected = (judged.probability / (1.0 - judged.probability)).ln();
    assert!((log_odds - expected).abs() < 0.01, "{log_odds} {expected}");
}

#[test]
fn what_others_found_counts_and_is_told_but_not_without_bounds() {
    let (usual, rules) = (habits(20, &home()), RuleSet::default());
    let found = |evidence| Reason {
        code: "global.stuffing.hit".into(),
        text: "Many accounts are tried from there".into(),
        evidence,
        ..Reason::default()
    };
    let with = |around: &[Reason]| {
        assess(&thief().device("laptop").0, &usual, &World { around, ..World::new(&rules, Level::Red) })
    };
    let (calm, told_so) = (with(&[]), with(&[found(4.0)]));
    assert!(told_so.probability >= calm.probability && !told_so.reasons.is_empty());
    let at_home = |around: &[Reason]| {
        assess(&home().0, &usual, &World { around, ..World::new(&rules, Level::Red) }).probability
    };
    assert!(at_home(&[found(4.0)]) > at_home(&[]));
    assert!(at_home(&[found(1e9)]) < 0.5, "no neighbour's trouble alone turns a user's own login away");
    assert_eq!(at_home(&[found(f64::NAN)]), at_home(&[]));
}

#[test]
fn details_stored_by_older_engines_are_still_read() {
    let old = r#"{"reasons":[{"code":"net.country.new","text":"China is a new country","evidence":3.5}]}"#;
    let detail: Detail = serde_json::from_str(old).expect("detail");
    assert_eq!((detail.reasons[0].evidence, detail.account.model), (3.5, 0));
    let judged = judge(&thief(), &Profile::default());
    let json = serde_json::to_string(&judged).expect("json");
    assert_eq!(serde_json::from_str::<Assessment>(&json).expect("assessment"), judged);
}
