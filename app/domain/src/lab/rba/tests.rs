//! The trial on a made-up file: the same as on the real one, but small.

use super::{Options, Row, Trial};
use crate::lab::population::{History, Wanted};

fn played(options: Options, takeover: impl Fn(usize) -> bool) -> Trial {
    let history = History::new(&Wanted::calm(11, 80));
    let mut trial = Trial::new(options);
    for (index, login) in history.logins.iter().enumerate() {
        trial.add(Row { seen: login.observe(&history.world, false), takeover: takeover(index) });
    }
    trial
}

const ALL: Options = Options { one_in: 1, warm_up: 60, attacked: 5, resamples: 20 };

#[test]
fn our_engine_catches_more_than_the_published_score_on_the_same_rows() {
    let trial = played(ALL, |_| false);
    let report = trial.report(1);
    let caught = |policy: &str, place: usize| -> f64 {
        let row = report.lines().find(|line| line.contains(policy) && line.contains("at 1.0 %"));
        let cell = row.and_then(|row| row.split('|').nth(place)).unwrap_or_else(|| panic!("{report}"));
        cell.split_whitespace().next().and_then(|figure| figure.parse().ok()).unwrap()
    };
    for attacker in [3, 4, 5] {
        assert!(caught("Porchlight", attacker) > caught("Freeman", attacker), "{report}");
    }
    assert!(caught("Porchlight", 2) <= 1.05, "{report}");
}

#[test]
fn only_some_users_are_taken_and_always_the_same() {
    let (some, again) = [0, 1].map(|_| played(Options { one_in: 4, ..ALL }, |_| false)).into();
    assert!((8..40).contains(&some.accounts.len()), "{}", some.accounts.len());
    assert_eq!(some.report(1), again.report(1));
}

#[test]
fn a_marked_takeover_is_scored_and_never_learned() {
    let honest = played(ALL, |_| false);
    let marked = played(ALL, |index| index % 50 == 49);
    let [takeovers, learned] = [&marked, &honest].map(|trial| trial.columns[0].takeovers.len());
    assert!(takeovers > 100 && learned == 0);
    assert!(marked.columns[0].honest.len() < honest.columns[0].honest.len());
    assert!(!marked.report(1).contains("NaN"));
}

#[test]
fn an_empty_file_makes_an_empty_table() {
    let report = Trial::new(ALL).report(1);
    assert!(report.contains("0 users") && !report.contains("NaN"), "{report}");
}
