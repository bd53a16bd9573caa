//! An event: one line of the audit log. Who did what (verb), from where, on which device, in which session.

pub mod address;
mod figures;
mod filter;
pub mod parse;
#[cfg(feature = "store")]
pub mod store;
pub mod verb;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use figures::{Day, Neighbours, Totals};
pub use filter::{EventFilter, checked_country};

use crate::Timestamp;
use crate::agent::{Agent, Hints};
use crate::id::{AlertId, EventId, UserKey};
use crate::place::{Network, Place};
use crate::risk::{Account, Assessment, Decision, Level, Reason};
use crate::signal::Aged;
use crate::version::Version;

/// An event as it comes in: parsed, bounded, not yet judged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewEvent {
    /// The application's own id: a second event with the same one is not stored again.
    pub client_id: Option<String>,
    /// What was done: `log-in`, or any other text.
    pub verb: String,
    /// When it happened, if the application says so; else the time of receipt.
    pub occurred_at: Option<Timestamp>,
    /// From where, and how that was understood.
    pub address: Option<address::Address>,
    /// What was sent as its address and is none, cut to [`address::MAX_UNREADABLE`].
    pub unreadable: Option<String>,
    /// The client's own description.
    pub user_agent: Option<String>,
    /// Who; None is the anonymous user.
    pub user: Option<NewUser>,
    /// The application's name for the login session.
    pub session_id: Option<String>,
    /// The device token: `device.id`, else the first-party cookie `session.td_cookie_id`.
    pub device_id: Option<String>,
    /// The application expected a device cookie to be there (`td_cookie_expected`).
    pub device_expected: bool,
    /// What the application can tell of the client's software beyond its user agent, as JA4 of its TLS handshake: the
    /// same as long as it is the same software.
    pub fingerprint: Option<String>,
    /// What the browser says of itself beside its user agent.
    pub hints: Option<Hints>,
    /// The application found the password in a collection of stolen ones.
    pub password_breached: bool,
    /// The tenant, when the application serves several.
    pub source: Option<EventSource>,
    /// The request's own body, as JSON text.
    pub raw: String,
}

/// The user of an incoming event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewUser {
    /// The application's id of the user.
    pub id: String,
    /// Name, for people.
    pub name: Option<String>,
    /// Where "Was this you?" is asked.
    pub email: Option<String>,
    /// Mobile number, E.164.
    pub mobile: Option<String>,
    /// False when the user was named but did not prove to be who they say (a failed login).
    pub authenticated: bool,
}

/// The tenant of a multi-tenant application: overrides the project's name and logo in notifications.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EventSource {
    /// The tenant's name.
    pub name: Option<String>,
    /// The tenant's logo, an https URL.
    pub logo_url: Option<String>,
}

/// An event with all that could be looked up about it: what an assessment reads.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observation {
    /// As it came in.
    pub event: NewEvent,
    /// When it happened (the application's word, or the receipt).
    pub at: Timestamp,
    /// When it was received.
    pub received_at: Timestamp,
    /// True for history that an operator imports: the users had their time to contradict it.
    pub is_history: bool,
    /// Where the address is, if the data knows.
    pub place: Option<Place>,
    /// Whose network the address is in, if the data knows.
    pub network: Option<Network>,
    /// What the user agent says.
    pub agent: Agent,
    /// Which data told where and whose the address is.
    pub data: Option<Version>,
    /// What of it was old.
    pub aged: Vec<Aged>,
}

impl Observation {
    /// True when whoever did it proved to be the user: failed attempts, and what only names a user, prove nothing of them.
    pub fn is_proved(&self) -> bool {
        self.event.user.as_ref().is_some_and(|user| user.authenticated) && !verb::is_failure(&self.event.verb)
    }

    /// True for a login whose credentials were right.
    pub fn is_login(&self) -> bool {
        verb::is_login(&self.event.verb) && self.event.user.as_ref().is_some_and(|user| user.authenticated)
    }

    /// From when on somebody could have contradicted it: nobody does before it is known here.
    pub(crate) fn heard_at(&self) -> Timestamp {
        if self.is_history { self.at } else { self.received_at.max(self.at) }
    }
}

/// Begins the note on what was sent as an address and is none.
#[cfg(feature = "store")]
pub(crate) const UNREADABLE: &str = "unreadable: ";

/// What is stored of an event beside its columns; JSON in the store.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Detail {
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Through which network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
    /// The user agent as sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// The user agent as understood.
    pub agent: Agent,
    /// How the address was understood, when there is something to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_note: Option<String>,
    /// What the browser says of itself beside its user agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hints: Option<Hints>,
    /// The application found the password in a collection of stolen ones.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub password_breached: bool,
    /// It was imported: history, of which nobody was told.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub history: bool,
    /// Data that was old when the event was judged by it, and says less.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aged: Vec<Aged>,
    /// The tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<EventSource>,
    /// Why the level is what it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// The engine, the hypothesis and the counterfactual behind it.
    #[serde(skip_serializing_if = "is_unaccounted")]
    pub account: Account,
}

fn is_unaccounted(account: &Account) -> bool {
    *account == Account::default()
}

/// A stored event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Event {
    /// Our id.
    pub id: EventId,
    /// The application's id, if it gave one.
    pub client_id: Option<String>,
    /// What was done.
    pub verb: String,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When we received it.
    pub received_at: Timestamp,
    /// Who; None is the anonymous user.
    pub user: Option<EventUser>,
    /// The client's address.
    pub ip: Option<String>,
    /// The application's session.
    pub session_id: Option<String>,
    /// The device token.
    pub device_id: Option<String>,
    /// How likely it is that this was not the user, 0..1.
    pub score: f64,
    /// The traffic light for it.
    pub level: Level,
    /// What we told the application to do.
    pub decision: Decision,
    /// The alert it opened or joined.
    pub alert_id: Option<AlertId>,
    /// Place, network, client, reasons.
    pub detail: Detail,
}

/// Who an event is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EventUser {
    /// Our key.
    pub key: UserKey,
    /// The application's id.
    pub id: String,
    /// Name, if known.
    pub name: Option<String>,
}

impl EventUser {
    /// The name, else the application's id.
    pub fn label(&self) -> &str {
        self.name.as_deref().filter(|name| !name.is_empty()).unwrap_or(&self.id)
    }
}

/// What became of an event that was sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// Our id.
    pub id: EventId,
    /// The judgement; for a repeated event the one it got the first time.
    pub assessment: Assessment,
    /// True when an event with this client id was already stored: nothing was written.
    pub repeated: bool,
}

/// A stored event with the request's own body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RawEvent {
    /// The event.
    pub event: Event,
    /// The body it came in, as JSON.
    pub raw: Value,
}
