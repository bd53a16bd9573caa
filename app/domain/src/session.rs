//! A session: a login of a user as the application named it, from where, and whether it still lives.

mod seen;
#[cfg(feature = "store")]
pub mod store;
#[cfg(feature = "store")]
mod trace;

use serde::{Deserialize, Serialize};

pub use seen::{Contradiction, Seen, Sign};
#[cfg(feature = "store")]
pub(crate) use trace::Trace;

use crate::event::{EventUser, Observation};
use crate::id::{AlertId, EventId, RevocationId};
use crate::revocation;
use crate::risk::Level;
use crate::time::SECOND;
use crate::{Error, Result, Timestamp};

/// After a session ended, how long events of it may still come in that happened before it: clients have up to two seconds to
/// send one.
pub const GRACE: i64 = 3 * SECOND;

/// The longest session id taken, in bytes.
pub const MAX_ID: usize = 1_000;

/// What is known of a session's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Nothing says that it ended.
    Live,
    /// The user logged out, or the application said that it was gone already.
    Ended,
    /// The application said that it revoked it.
    Revoked,
    /// Nothing says that it ended, but it was not seen for as long as the project's sessions live: it counts as ended.
    Idle,
}

impl State {
    /// As stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Ended => "ended",
            Self::Revoked => "revoked",
            Self::Idle => "idle",
        }
    }

    /// From its stored text; anything unknown is live: the careful reading.
    pub fn from_stored(text: &str) -> Self {
        match text {
            "ended" => Self::Ended,
            "revoked" => Self::Revoked,
            _ => Self::Live,
        }
    }

    /// What a stored state counts as at `now`: a live session that was last seen `idle` microseconds ago or earlier is
    /// idle. Its next event makes it live again.
    pub fn at(self, last_seen_at: Timestamp, idle: i64, now: Timestamp) -> Self {
        if self == Self::Live && now.since(last_seen_at) >= idle { Self::Idle } else { self }
    }
}

impl std::str::FromStr for State {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        [Self::Live, Self::Idle, Self::Ended, Self::Revoked]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| Error::invalid("state", "must be live, idle, ended or revoked"))
    }
}

/// Where a session was last seen, in words for people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct SessionDetail {
    /// `Auckland, New Zealand`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// The network's name: `Spark New Zealand`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// `Chrome on macOS`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The client's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// The device token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_id: Option<String>,
}

impl SessionDetail {
    /// What an event tells of its session.
    pub fn of(seen: &Observation) -> Self {
        Self {
            place: seen.place.as_ref().and_then(crate::place::Place::label),
            country: seen.place.as_ref().and_then(|place| place.country.clone()),
            network: seen.network.as_ref().and_then(|network| network.name.clone()),
            agent: seen.agent.label(),
            ip: seen.event.address.as_ref().map(|address| address.ip.to_string()),
            device_id: seen.event.device_id.clone(),
        }
    }
}

/// A session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Session {
    /// The application's name for it.
    pub id: String,
    /// Whose login it is.
    pub user: EventUser,
    /// Whether it lives.
    pub state: State,
    /// When the login was, or the first event that named it.
    pub started_at: Timestamp,
    /// When its last event happened.
    pub last_seen_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Its last event; None when only an order to end it named it.
    pub last_event_id: Option<EventId>,
    /// Where it was last seen.
    pub detail: SessionDetail,
    /// How alarming: the worst since it began for which nobody vouched, by a “yes”, a passed challenge, or by closing its
    /// alert so.
    pub level: Level,
    /// The newest order to end it since it began.
    pub order: Option<SessionOrder>,
}

impl Session {
    /// True when it was ordered to end since it began: an application must not accept it any more, whatever it
    /// answered to the order.
    pub fn is_revoked(&self) -> bool {
        self.order.is_some()
    }
}

/// The login that began a session: how alarming it was.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Began {
    /// How alarming …
    pub level: Level,
    /// … in 0..1.
    pub score: f64,
    /// The alert that it opened or joined.
    pub alert: Option<AlertId>,
}

/// The order to end a session, and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SessionOrder {
    /// The order.
    pub revocation_id: RevocationId,
    /// Its state for this session.
    #[serde(flatten)]
    pub state: revocation::State,
}

/// Checks a session id that somebody typed or sent: what cannot be stored names no session.
pub fn checked_id(id: &str) -> Result<&str> {
    if id.is_empty() || id.len() > MAX_ID || id.contains('\0') {
        return Err(Error::invalid("session", format!("must have 1 to {MAX_ID} bytes and no NUL")));
    }
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::DAY;

    #[test]
    fn a_live_session_is_idle_once_it_was_not_seen_for_the_limit_and_an_ended_one_stays_ended() {
        let (seen, limit) = (Timestamp(1_000), 30 * DAY);
        assert_eq!(State::Live.at(seen, limit, seen.plus(limit - 1)), State::Live);
        assert_eq!(State::Live.at(seen, limit, seen.plus(limit)), State::Idle);
        assert_eq!(
            State::Live.at(seen, limit, Timestamp(0)),
            State::Live,
            "a clock that went back ends nothing"
        );
        for state in [State::Ended, State::Revoked] {
            assert_eq!(state.at(seen, limit, seen.plus(limit)), state);
        }
    }

    #[test]
    fn states_survive_their_text() {
        for state in [State::Live, State::Idle, State::Ended, State::Revoked] {
            assert_eq!(state.as_str().parse::<State>().ok(), Some(state));
        }
        assert_eq!(State::from_stored("idle"), State::Live, "idle is never stored");
    }
}
