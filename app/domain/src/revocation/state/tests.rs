//! Every state against every fact.

use super::Overall as O;
use super::State as S;
use super::*;

const SOON: Timestamp = Timestamp(1_000);
const LATER: Timestamp = Timestamp(2_000);
const DIED: fn(Outcome) -> S = |outcome| S::Confirmed { outcome };
const AWAY: S = S::Deferred { until: SOON };

fn states() -> [S; 10] {
    let [gone, ended, revoked] = [Outcome::NotFound, Outcome::AlreadyEnded, Outcome::Revoked].map(DIED);
    [
        S::Requested,
        S::Delivered,
        S::Acknowledged,
        AWAY,
        S::Unconfirmed,
        S::Refused,
        gone,
        ended,
        revoked,
        S::Contradicted,
    ]
}

/// Rows: facts. Columns: states. `-`: contradicts what is known. `later`: deferred to another time.
const TABLE: &str = "
              requested     delivered     acknowledged  deferred      unconfirmed   refused       not_found     already_ended revoked       contradicted
delivered     delivered     delivered     acknowledged  deferred      unconfirmed   refused       not_found     already_ended revoked       contradicted
acknowledged  acknowledged  acknowledged  acknowledged  deferred      unconfirmed   refused       not_found     already_ended revoked       contradicted
revoked       revoked       revoked       revoked       revoked       revoked       revoked       revoked       revoked       revoked       -
already_ended already_ended already_ended already_ended already_ended already_ended already_ended already_ended already_ended revoked       -
not_found     not_found     not_found     not_found     not_found     not_found     refused       not_found     already_ended revoked       -
failed        refused       refused       refused       refused       refused       refused       refused       -             -             -
deferred      later         later         later         later         unconfirmed   later         later         -             -             -
overdue       unconfirmed   unconfirmed   unconfirmed   unconfirmed   unconfirmed   refused       not_found     already_ended revoked       contradicted
seen_alive    -             -             -             -             -             -             contradicted  contradicted  contradicted  contradicted
";

fn fact(name: &str) -> Fact {
    match name {
        "delivered" => Fact::Delivered,
        "acknowledged" => Fact::Acknowledged,
        "revoked" => Fact::Died(Outcome::Revoked),
        "already_ended" => Fact::Died(Outcome::AlreadyEnded),
        "not_found" => Fact::Died(Outcome::NotFound),
        "failed" => Fact::Failed,
        "deferred" => Fact::Deferred(LATER),
        "overdue" => Fact::Overdue(SOON),
        "seen_alive" => Fact::SeenAlive,
        other => panic!("no such fact: {other}"),
    }
}

fn name(state: S) -> &'static str {
    match state {
        S::Confirmed { outcome } => outcome.as_str(),
        S::Deferred { until } if until == LATER => "later",
        other => other.as_str(),
    }
}

#[test]
fn every_fact_does_to_every_state_what_the_table_says() {
    let mut lines = TABLE.lines().filter(|line| !line.is_empty());
    let header: Vec<_> = lines.next().expect("header").split_whitespace().collect();
    assert_eq!(header, states().map(name));
    let mut cells = 0;
    for line in lines {
        let mut words = line.split_whitespace();
        let fact = fact(words.next().expect("a fact"));
        for (state, expected) in states().into_iter().zip(words) {
            let after = transition(state, fact);
            assert_eq!(after.map_or("-", name), expected, "{state:?} and {fact:?}");
            cells += 1;
        }
    }
    assert_eq!(cells, 90, "nine facts and ten states");
}

#[test]
fn a_bare_200_never_looks_like_a_dead_session() {
    for fact in [Fact::Delivered, Fact::Acknowledged] {
        let state = transition(S::Requested, fact).expect("legal");
        assert!(!matches!(state, S::Confirmed { .. }) && !state.is_settled());
        assert_eq!(transition(state, Fact::Overdue(SOON)), Ok(S::Unconfirmed));
    }
}

#[test]
fn every_state_that_awaits_something_ends_when_the_time_is_over() {
    for state in states() {
        assert!(transition(state, Fact::Overdue(SOON)).expect("legal").is_settled(), "{state:?}");
    }
}

#[test]
fn what_was_put_off_outlives_the_limit_of_others_and_holds_up_none_of_them() {
    let later = S::Deferred { until: LATER };
    assert_eq!(transition(later, Fact::Overdue(SOON)), Ok(later));
    assert_eq!(transition(later, Fact::Overdue(LATER)), Ok(S::Unconfirmed));
    assert_eq!(next_limit(SOON, &[S::Acknowledged, later]), SOON, "one is still awaited");
    assert_eq!(next_limit(SOON, &[S::Unconfirmed, S::Deferred { until: Timestamp(3_000) }, later]), LATER);
    assert_eq!(next_limit(LATER, &[AWAY]), LATER, "no promise shortens the wait");
    assert_eq!(next_limit(SOON, &[S::Refused]), SOON);
}

#[test]
fn the_whole_is_as_bad_as_its_worst_session() {
    let [gone, _, revoked] = [Outcome::NotFound, Outcome::AlreadyEnded, Outcome::Revoked].map(DIED);
    for (sessions, expected) in [
        (&[S::Requested, S::Requested][..], O::Requested),
        (&[S::Delivered, S::Delivered], O::Delivered),
        (&[S::Acknowledged, S::Delivered], O::Acknowledged),
        (&[AWAY], O::Acknowledged),
        (&[revoked, gone], O::Confirmed),
        (&[revoked, S::Acknowledged], O::Partly),
        (&[revoked, S::Refused], O::Partly),
        (&[revoked, S::Unconfirmed], O::Partly),
        (&[S::Refused, S::Unconfirmed], O::Refused),
        (&[S::Unconfirmed, S::Unconfirmed], O::Unconfirmed),
        (&[revoked, S::Contradicted, S::Refused], O::Contradicted),
        (&[], O::Requested),
    ] {
        assert_eq!(overall(sessions), expected, "{sessions:?}");
        assert_eq!(expected.as_str().parse::<O>().ok(), Some(expected));
    }
}

#[test]
fn a_state_reads_as_json_beside_its_session() {
    let json = |state: S| serde_json::to_value(state).expect("json");
    assert_eq!(
        json(DIED(Outcome::AlreadyEnded)),
        serde_json::json!({ "state": "confirmed", "outcome": "already_ended" })
    );
    assert_eq!(json(S::Requested), serde_json::json!({ "state": "requested" }));
}
