//! Where an alert can go from where it stands.

use super::State;
use crate::question::Answer;
use crate::{Error, Result};

/// What moves an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// An operator takes it.
    Acknowledge,
    /// An operator is done with it.
    Close,
    /// An operator was not done after all.
    Reopen,
    /// Its user answered.
    Answer(Answer),
}

/// The state after `action`; a conflict in words when the state does not allow it.
///
/// A user's answer is always accepted: it arrives when it arrives. "No" opens even what was closed, because somebody is
/// in that account; "yes" closes.
pub fn transition(state: State, action: Action) -> Result<State> {
    match (state, action) {
        (State::Open, Action::Acknowledge) => Ok(State::Acknowledged),
        (State::Open | State::Acknowledged, Action::Close) => Ok(State::Closed),
        (State::Closed, Action::Reopen) => Ok(State::Open),
        (_, Action::Answer(Answer::Yes)) => Ok(State::Closed),
        (State::Closed, Action::Answer(Answer::No)) => Ok(State::Open),
        (state, Action::Answer(Answer::No)) => Ok(state),
        (State::Acknowledged, Action::Acknowledge) => {
            Err(Error::conflict("the alert is already acknowledged"))
        }
        (State::Closed, Action::Acknowledge) => Err(Error::conflict("a closed alert cannot be acknowledged")),
        (State::Closed, Action::Close) => Err(Error::conflict("the alert is already closed")),
        (State::Open | State::Acknowledged, Action::Reopen) => {
            Err(Error::conflict("the alert is not closed"))
        }
    }
}
