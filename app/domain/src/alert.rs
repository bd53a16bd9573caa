//! An alert: something an operator should look at, from its opening to its resolution.

mod closing;
pub mod headline;
mod kind;
pub mod payload;
mod repeat;
#[cfg(feature = "store")]
pub mod store;
mod transition;
mod unasked;
pub mod wave;

use serde::{Deserialize, Serialize};

pub use closing::{Closing, Known, shown};
#[cfg(feature = "store")]
pub(crate) use kind::is_of_login;
pub use kind::{
    CONTRADICTED, DENIED, KINDS, LOGGED_OUT, LOGIN, REFUSED, REPEAT, RULE, SIBLING, UNCONFIRMED, UNOBEYED,
    WAVE, ZOMBIE, checked_kind, kind_label,
};
pub(crate) use repeat::REPORTED;
pub use repeat::is_repeat;
pub use transition::{Action, transition};
pub use unasked::Unasked;

use crate::event::EventUser;
use crate::id::{AlertId, EventId, UserKey};
use crate::question::{Answer, Question};
use crate::risk::Level;
use crate::{Error, Result, Timestamp};

/// The longest note, in characters.
pub const MAX_NOTE: usize = 4_000;

/// Where an alert stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nobody has taken it yet.
    Open,
    /// An operator is on it.
    Acknowledged,
    /// Done; the resolution says how.
    Closed,
}

impl State {
    /// As stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Closed => "closed",
        }
    }
}

impl std::str::FromStr for State {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "open" => Ok(Self::Open),
            "acknowledged" => Ok(Self::Acknowledged),
            "closed" => Ok(Self::Closed),
            _ => Err(Error::invalid("state", "must be open, acknowledged or closed")),
        }
    }
}

/// What an alert turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// It was somebody else.
    ConfirmedThreat,
    /// The user said that it was them.
    ConfirmedByUser,
    /// Unusual, but known and fine: a trip, a new telephone, a test.
    Expected,
    /// Nothing unusual: the judgement was wrong.
    FalseAlarm,
    /// Nobody could tell.
    Inconclusive,
}

impl Resolution {
    /// In the order they are offered.
    pub const ALL: [Self; 5] =
        [Self::ConfirmedThreat, Self::ConfirmedByUser, Self::Expected, Self::FalseAlarm, Self::Inconclusive];

    /// As stored: `confirmed_threat`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ConfirmedThreat => "confirmed_threat",
            Self::ConfirmedByUser => "confirmed_by_user",
            Self::Expected => "expected",
            Self::FalseAlarm => "false_alarm",
            Self::Inconclusive => "inconclusive",
        }
    }

    /// For people: `Confirmed threat`.
    pub fn label(self) -> &'static str {
        match self {
            Self::ConfirmedThreat => "Confirmed threat",
            Self::ConfirmedByUser => "Confirmed by the user",
            Self::Expected => "Expected",
            Self::FalseAlarm => "False alarm",
            Self::Inconclusive => "Inconclusive",
        }
    }

    /// What it says of the login, as its user's answer would; None where it says nothing.
    pub fn says(self) -> Option<Answer> {
        match self {
            Self::ConfirmedThreat => Some(Answer::No),
            Self::ConfirmedByUser | Self::Expected | Self::FalseAlarm => Some(Answer::Yes),
            Self::Inconclusive => None,
        }
    }
}

impl std::str::FromStr for Resolution {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text).ok_or_else(|| {
            let known = Self::ALL.map(Self::as_str).join(", ");
            Error::invalid("resolution", format!("must be one of {known}"))
        })
    }
}

/// Something an operator should look at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Alert {
    /// Its number.
    pub id: AlertId,
    /// Whose account it is about; None for the anonymous user, and for what many users share.
    pub user: Option<EventUser>,
    /// The event that opened it; null where none did: of an order for a user without events, or of what a source asks for.
    pub event_id: Option<EventId>,
    /// What kind of thing happened: `login`, `login.repeat`, `login.sibling`, `rule`, `rule.deny`, `wave`, `session.zombie`,
    /// `session.ended`, `revocation.unconfirmed`, `revocation.refused`, `revocation.contradicted`, `inbound.could_not`.
    pub kind: String,
    /// What happened, a sentence without a full stop.
    pub title: String,
    /// The highest score among its events, 0..1.
    pub score: f64,
    /// The highest level among its events.
    pub level: Level,
    /// Where it stands.
    pub state: State,
    /// What it turned out to be, once it is closed. What its user said is in `question.answer`.
    pub resolution: Option<Resolution>,
    /// What operators noted.
    pub note: Option<String>,
    /// How many events it gathers.
    pub events: i64,
    /// When it opened.
    pub opened_at: Timestamp,
    /// When the last of its events happened.
    pub last_event_at: Timestamp,
    /// When it was acknowledged.
    pub acknowledged_at: Option<Timestamp>,
    /// The operator who did, by name; None also when an application did it by its key.
    pub acknowledged_by: Option<String>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// The operator who did, by name; None when an application or the user's answer did.
    pub closed_by: Option<String>,
    /// What the user was asked about it, if they were.
    pub question: Option<Question>,
    /// Why they were not when it opened; absent where they were, and where nobody is asked about the like of it.
    #[serde(default)]
    pub unasked: Option<Unasked>,
}

impl Alert {
    /// What its user answered, if they were asked and did.
    pub fn answer(&self) -> Option<Answer> {
        self.question.as_ref().and_then(|question| question.answer)
    }
}

/// Which alerts are asked for. Every field narrows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AlertFilter {
    /// Only in this state.
    pub state: Option<State>,
    /// Only of this user.
    pub user: Option<UserKey>,
    /// Only of this user, by the application's id.
    pub user_id: Option<String>,
    /// Only of this level or above.
    pub level: Option<Level>,
    /// Only of this kind: one of [`KINDS`].
    pub kind: Option<String>,
    /// Only those whose user said so.
    pub answer: Option<Answer>,
}

/// How many alerts there are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Counts {
    /// Nobody has taken these yet.
    pub open: i64,
    /// Operators are on these.
    pub acknowledged: i64,
    /// These are done.
    pub closed: i64,
    /// Of all of them, those that were somebody else: closed as such, or not closed and its user said no.
    pub confirmed_threats: i64,
}

/// Those of a user's alerts that are not closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unclosed {
    /// So many.
    pub number: i64,
    /// The highest level of those that tell how alarming the user is.
    pub level: Level,
}

/// What became of a change to many alerts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// So many were changed.
    pub done: i64,
    /// So many were not in a state that allows it, are gone, or their users said something else.
    pub left: i64,
}

/// Checks a note that an operator typed; blank is none.
pub fn checked_note(note: &str) -> Result<Option<String>> {
    let note = note.trim();
    if note.chars().count() > MAX_NOTE {
        return Err(Error::invalid("note", format!("must be at most {MAX_NOTE} characters")));
    }
    Ok((!note.is_empty()).then(|| note.to_owned()))
}

#[cfg(test)]
mod tests;
