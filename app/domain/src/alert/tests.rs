//! Every move of an alert, allowed or refused.

use super::*;

#[test]
fn every_move_of_an_alert_is_allowed_or_refused_as_written() {
    use Action::{Acknowledge, Close, Reopen};
    use State::{Acknowledged, Closed, Open};
    let (yes, no) = (Action::Answer(Answer::Yes), Action::Answer(Answer::No));
    let table = [
        (Open, Acknowledge, Some(Acknowledged)),
        (Open, Close, Some(Closed)),
        (Open, Reopen, None),
        (Open, yes, Some(Closed)),
        (Open, no, Some(Open)),
        (Acknowledged, Acknowledge, None),
        (Acknowledged, Close, Some(Closed)),
        (Acknowledged, Reopen, None),
        (Acknowledged, yes, Some(Closed)),
        (Acknowledged, no, Some(Acknowledged)),
        (Closed, Acknowledge, None),
        (Closed, Close, None),
        (Closed, Reopen, Some(Open)),
        (Closed, yes, Some(Closed)),
        (Closed, no, Some(Open)),
    ];
    for (state, action, expected) in table {
        let got = transition(state, action);
        assert_eq!(got.as_ref().ok().copied(), expected, "{state:?} {action:?}: {got:?}");
        assert!(
            expected.is_some() || matches!(got, Err(Error::Conflict(_))),
            "{state:?} {action:?}: {got:?}"
        );
    }
}

#[test]
fn states_and_resolutions_survive_their_text() {
    for state in [State::Open, State::Acknowledged, State::Closed] {
        assert_eq!(state.as_str().parse::<State>().ok(), Some(state));
        assert_eq!(serde_json::to_value(state).ok(), Some(state.as_str().into()));
    }
    for resolution in Resolution::ALL {
        assert_eq!(resolution.as_str().parse::<Resolution>().ok(), Some(resolution));
        assert_eq!(serde_json::to_value(resolution).ok(), Some(resolution.as_str().into()));
    }
    assert!("snoozed".parse::<State>().is_err());
    assert!("maybe".parse::<Resolution>().is_err());
}

#[test]
fn a_note_is_trimmed_and_bounded() {
    assert_eq!(checked_note("  called Eve ").ok(), Some(Some("called Eve".to_owned())));
    assert_eq!(checked_note(" \n ").ok(), Some(None));
    assert!(checked_note(&"ü".repeat(MAX_NOTE)).is_ok());
    assert!(checked_note(&"ü".repeat(MAX_NOTE + 1)).is_err());
}
