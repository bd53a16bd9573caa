//! The state machine of an order, for each session and as a whole. Pure: the store only writes down what it says.
//!
//! ```text
//! requested → delivered → acknowledged → confirmed { revoked | already_ended | not_found }
//!                                      → refused  ·  deferred { until }
//! no receipt by confirm_by → unconfirmed          a sign of life after confirmed → contradicted
//! ```

mod overall;

use serde::{Deserialize, Serialize};

pub use overall::{Overall, overall};

use crate::Timestamp;

/// How a session died, by the application's word; the later the stronger. `not_found` only says "not here": another
/// receiver of the same order may have it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// There is no such session.
    NotFound,
    /// It had ended before.
    AlreadyEnded,
    /// It was ended by this order.
    Revoked,
}

impl Outcome {
    /// As stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::AlreadyEnded => "already_ended",
            Self::Revoked => "revoked",
        }
    }

    /// For people: `already ended`.
    pub fn words(self) -> &'static str {
        match self {
            Self::NotFound => "not found",
            Self::AlreadyEnded => "already ended",
            Self::Revoked => "revoked",
        }
    }
}

/// How far an order has come for one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Given, not yet delivered.
    Requested,
    /// An endpoint has it.
    Delivered,
    /// An endpoint accepted it without saying what it did: the effect is unknown.
    Acknowledged,
    /// The application says that the session is dead.
    Confirmed {
        /// How it died.
        outcome: Outcome,
    },
    /// The application says that it could not end it.
    Refused,
    /// The application will end it, and says until when.
    Deferred {
        /// Until when.
        until: Timestamp,
    },
    /// Nothing was heard in time.
    Unconfirmed,
    /// Said to be dead, but seen alive more than three seconds after the receipt.
    Contradicted,
}

impl State {
    /// Its name, as stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Delivered => "delivered",
            Self::Acknowledged => "acknowledged",
            Self::Confirmed { .. } => "confirmed",
            Self::Refused => "refused",
            Self::Deferred { .. } => "deferred",
            Self::Unconfirmed => "unconfirmed",
            Self::Contradicted => "contradicted",
        }
    }

    /// True when the application has said that it is dead, whatever was seen since.
    pub fn is_answered(self) -> bool {
        matches!(self, Self::Confirmed { .. } | Self::Contradicted)
    }

    /// True when nothing more is awaited.
    pub fn is_settled(self) -> bool {
        matches!(self, Self::Confirmed { .. } | Self::Refused | Self::Unconfirmed | Self::Contradicted)
    }
}

/// What can happen to an order for one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// An endpoint took the message.
    Delivered,
    /// It answered with success and without a receipt.
    Acknowledged,
    /// A receipt: the session is dead.
    Died(Outcome),
    /// A receipt: it could not be ended.
    Failed,
    /// A receipt: it will be ended until then.
    Deferred(Timestamp),
    /// The time for a receipt is over, at this moment.
    Overdue(Timestamp),
    /// An event shows that it lives.
    SeenAlive,
}

/// A fact that contradicts what is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Illegal {
    /// What is known.
    pub state: State,
    /// What is claimed.
    pub fact: Fact,
}

/// What a fact makes of a state. Deliveries are repeated and facts arrive late: one that adds nothing changes nothing.
pub fn transition(state: State, fact: Fact) -> Result<State, Illegal> {
    let illegal = Err(Illegal { state, fact });
    match (state, fact) {
        (State::Contradicted, Fact::Died(_) | Fact::Failed | Fact::Deferred(_)) => illegal,
        (State::Requested, Fact::Delivered) => Ok(State::Delivered),
        (State::Requested | State::Delivered, Fact::Acknowledged) => Ok(State::Acknowledged),
        (_, Fact::Delivered | Fact::Acknowledged) => Ok(state),

        (State::Confirmed { outcome: before }, Fact::Died(now)) => {
            Ok(State::Confirmed { outcome: before.max(now) })
        }
        // Whoever failed to end a session knows of it; "not here" from somebody else does not undo that.
        (State::Refused, Fact::Died(Outcome::NotFound)) => Ok(State::Refused),
        (_, Fact::Died(outcome)) => Ok(State::Confirmed { outcome }),

        (
            State::Confirmed { outcome: Outcome::Revoked | Outcome::AlreadyEnded },
            Fact::Failed | Fact::Deferred(_),
        ) => illegal,
        (_, Fact::Failed) => Ok(State::Refused),
        // The time is over: another promise does not bring it back.
        (State::Unconfirmed, Fact::Deferred(_)) => Ok(state),
        (_, Fact::Deferred(until)) => Ok(State::Deferred { until }),

        // A promise holds for the session that it was given for, however long the order waits for others.
        (State::Deferred { until }, Fact::Overdue(now)) if until > now => Ok(state),
        (
            State::Requested | State::Delivered | State::Acknowledged | State::Deferred { .. },
            Fact::Overdue(_),
        ) => Ok(State::Unconfirmed),
        (_, Fact::Overdue(_)) => Ok(state),

        (State::Confirmed { .. } | State::Contradicted, Fact::SeenAlive) => Ok(State::Contradicted),
        (_, Fact::SeenAlive) => illegal,
    }
}

/// When the wait for the next of an order's sessions is over: each has its own limit. That is `confirm_by`, or the time
/// until which the application put it off, if that is later. `confirm_by` where none is awaited.
pub fn next_limit(confirm_by: Timestamp, sessions: &[State]) -> Timestamp {
    let limit = |state: &State| match state {
        State::Deferred { until } => confirm_by.max(*until),
        _ => confirm_by,
    };
    let awaited = sessions.iter().filter(|state| !state.is_settled());
    awaited.map(limit).min().unwrap_or(confirm_by)
}

#[cfg(test)]
mod tests;
