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

#[test]
fn every_fact_does_to_every_state_what_this_table_says() {
    let [gone, ended, revoked] = [Outcome::NotFound, Outcome::AlreadyEnded, Outcome::Revoked].map(DIED);
    let late = S::Deferred { until: LATER };
    let (no, late_no) = (None, S::Unconfirmed);
    let some = |state: S| Some(state);
    // Columns: requested, delivered, acknowledged, deferred, unconfirmed, refused, not found, already ended, revoked, contradicted.
    let table: [(Fact, [Option<S>; 10]); 9] = [
        (
            Fact::Delivered,
            [
                S::Delivered,
                S::Delivered,
                S::Acknowledged,
                AWAY,
                late_no,
                S::Refused,
                gone,
                ended,
                revoked,
                S::Contradicted,
            ]
            .map(some),
        ),
        (
            Fact::Acknowledged,
            [
                S::Acknowledged,
                S::Acknowledged,
                S::Acknowledged,
                AWAY,
                late_no,
                S::Refused,
                gone,
                ended,
                revoked,
                S::Contradicted,
            ]
            .map(some),
        ),
        (
            Fact::Died(Outcome::Revoked),
            [
                some(revoked),
                some(revoked),
                some(revoked),
                some(revoked),
                some(revoked),
                some(revoked),
                some(revoked),
                some(revoked),
                some(revoked),
                no,
            ],
        ),
        (
            Fact::Died(Outcome::AlreadyEnded),
            [
                some(ended),
                some(ended),
                some(ended),
                some(ended),
                some(ended),
                some(ended),
                some(ended),
                some(ended),
                some(revoked),
                no,
            ],
        ),
        (
            Fact::Died(Outcome::NotFound),
            [
                some(gone),
                some(gone),
                some(gone),
                some(gone),
                some(gone),
                some(S::Refused),
                some(gone),
                some(ended),
                some(revoked),
                no,
            ],
        ),
        (
            Fact::Failed,
            [
                some(S::Refused),
                some(S::Refused),
                some(S::Refused),
                some(S::Refused),
                some(S::Refused),
                some(S::Refused),
                some(S::Refused),
                no,
                no,
                no,
            ],
        ),
        (
            Fact::Deferred(LATER),
            [
                some(late),
                some(late),
                some(late),
                some(late),
                some(late_no),
                some(late),
                some(late),
                no,
                no,
                no,
            ],
        ),
        (
            Fact::Overdue,
            [late_no, late_no, late_no, late_no, late_no, S::Refused, gone, ended, revoked, S::Contradicted]
                .map(some),
        ),
        (
            Fact::SeenAlive,
            [
                no,
                no,
                no,
                no,
                no,
                no,
                some(S::Contradicted),
                some(S::Contradicted),
                some(S::Contradicted),
                some(S::Contradicted),
            ],
        ),
    ];
    for (fact, row) in table {
        for (state, expected) in states().into_iter().zip(row) {
            let expected = expected.ok_or(Illegal { state, fact });
            assert_eq!(transition(state, fact), expected, "{state:?} and {fact:?}");
        }
    }
}

#[test]
fn a_bare_200_never_looks_like_a_dead_session() {
    for fact in [Fact::Delivered, Fact::Acknowledged] {
        let state = transition(S::Requested, fact).expect("legal");
        assert!(!matches!(state, S::Confirmed { .. }) && !state.is_settled());
        assert_eq!(transition(state, Fact::Overdue), Ok(S::Unconfirmed));
    }
}

#[test]
fn every_state_that_awaits_something_ends_when_the_time_is_over() {
    for state in states() {
        assert!(transition(state, Fact::Overdue).expect("legal").is_settled(), "{state:?}");
    }
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
