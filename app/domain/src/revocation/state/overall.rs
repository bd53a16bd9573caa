//! The state of an order as a whole, which follows from its sessions.

use serde::{Deserialize, Serialize};

use super::State;
use crate::Error;

/// How far an order has come as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Overall {
    /// Given, not yet delivered.
    Requested,
    /// An endpoint has it.
    Delivered,
    /// Accepted; the effect is unknown.
    Acknowledged,
    /// Every session is said to be dead.
    Confirmed,
    /// Some sessions are said to be dead, some are not.
    Partly,
    /// None is said to be dead, and the application says that it could not.
    Refused,
    /// Nothing was heard in time.
    Unconfirmed,
    /// At least one session that was said to be dead was seen alive, more than three seconds after the receipt: what was on
    /// its way by then still counts as before it.
    Contradicted,
}

impl Overall {
    /// Its name, as stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Delivered => "delivered",
            Self::Acknowledged => "acknowledged",
            Self::Confirmed => "confirmed",
            Self::Partly => "partly",
            Self::Refused => "refused",
            Self::Unconfirmed => "unconfirmed",
            Self::Contradicted => "contradicted",
        }
    }
}

impl std::str::FromStr for Overall {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        use Overall::{
            Acknowledged, Confirmed, Contradicted, Delivered, Partly, Refused, Requested, Unconfirmed,
        };
        [Requested, Delivered, Acknowledged, Confirmed, Partly, Refused, Unconfirmed, Contradicted]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| Error::invalid("state", "must be requested, delivered, acknowledged, confirmed, partly, refused, unconfirmed or contradicted"))
    }
}

/// The state of the whole, from the states of its sessions. The worst news wins; no news is not good news.
pub fn overall(sessions: &[State]) -> Overall {
    let any = |wanted: fn(&State) -> bool| sessions.iter().any(wanted);
    let dead = |state: &State| matches!(state, State::Confirmed { .. });
    if any(|state| *state == State::Contradicted) {
        Overall::Contradicted
    } else if !sessions.is_empty() && sessions.iter().all(dead) {
        Overall::Confirmed
    } else if any(|state| matches!(state, State::Confirmed { .. })) {
        Overall::Partly
    } else if any(|state| *state == State::Refused) {
        Overall::Refused
    } else if any(|state| *state == State::Unconfirmed) {
        Overall::Unconfirmed
    } else if any(|state| matches!(state, State::Acknowledged | State::Deferred { .. })) {
        Overall::Acknowledged
    } else if any(|state| *state == State::Delivered) {
        Overall::Delivered
    } else {
        Overall::Requested
    }
}
