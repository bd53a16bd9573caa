//! Shapes that only the API's description needs.

use porchlight_domain::Timestamp;
use porchlight_domain::event::EventSource;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::http::ingest::Judgement;

/// What `POST /api/v1/events` takes as JSON.
#[derive(ToSchema)]
#[schema(as = NewEvents)]
#[serde(untagged)]
pub enum EventsBody {
    /// One event.
    One(Box<EventBody>),
    /// Many, at most 1,000.
    Many(Vec<EventBody>),
}

/// What it answers.
#[derive(ToSchema)]
#[schema(as = Judgements)]
#[serde(untagged)]
pub enum JudgementsBody {
    /// To one object.
    One(Judgement),
    /// To an array or NDJSON.
    Many(ResultsBody),
}

/// The judgement of each event.
#[derive(ToSchema)]
#[schema(as = Results)]
pub struct ResultsBody {
    /// In the order of the events.
    pub results: Vec<Judgement>,
}

/// An id as applications have them.
#[derive(ToSchema)]
#[schema(as = Id)]
#[serde(untagged)]
pub enum IdBody {
    /// Text of at most 200 characters.
    Text(String),
    /// A number, taken as its digits.
    Number(i64),
}

/// An event as it is sent. Unknown fields are refused.
#[derive(ToSchema)]
#[schema(as = NewEvent)]
pub struct EventBody {
    /// What was done.
    #[schema(schema_with = super::verbs::schema)]
    pub verb: String,
    /// Your own id for this event, at most 200 characters: a second one with the same id is not stored again.
    pub id: Option<String>,
    /// When it happened, if not now: RFC 3339, at most ten minutes ahead. What happens in a session within three seconds
    /// after its receipt, by this time too, is taken to have been under way and shows no session alive.
    pub occurred_at: Option<Timestamp>,
    /// The client's address: IPv4 or IPv6; of a forwarded chain the first public hop is taken.
    #[schema(example = "122.56.232.10")]
    pub ip: Option<String>,
    /// The client's User-Agent; what is over 2,048 bytes is cut.
    pub user_agent: Option<String>,
    /// What the browser says of itself beside its User-Agent: where they contradict each other, one is forged.
    pub client_hints: Option<HintsBody>,
    /// True where you found the password in a collection of stolen ones (as Have I Been Pwned's) when it was given.
    pub password_breached: Option<bool>,
    /// Who; leave it out for the anonymous user.
    pub user: Option<UserBody>,
    /// The login session.
    pub session: Option<SessionBody>,
    /// The device.
    pub device: Option<DeviceBody>,
    /// The tenant of a multi-tenant application.
    pub source: Option<EventSource>,
    /// Anything else you want in the log.
    pub object: Option<Map<String, Value>>,
}

/// A browser's client hints, as their headers came: quotes and question marks are read.
#[derive(ToSchema)]
#[schema(as = NewClientHints)]
pub struct HintsBody {
    /// `Sec-CH-UA-Platform`.
    #[schema(example = "\"Windows\"")]
    pub platform: Option<String>,
    /// `Sec-CH-UA-Mobile`: `?0`, `?1`, or a flag.
    #[schema(value_type = Option<String>, example = "?0")]
    pub mobile: Option<String>,
}

/// The user of an event.
#[derive(ToSchema)]
#[schema(as = NewUser)]
pub struct UserBody {
    /// Your id of the user.
    #[schema(example = "112233", inline)]
    pub id: IdBody,
    /// Name, for people.
    pub name: Option<String>,
    /// Where "Was this you?" is asked. What is no e-mail address stays in the event's body and is asked nothing.
    pub email: Option<String>,
    /// E.164.
    pub mobile: Option<String>,
    /// False for a failed login. Default: true, unless the verb says failure.
    pub authenticated: Option<bool>,
}

/// The session of an event.
#[derive(ToSchema)]
#[schema(as = NewSession)]
pub struct SessionBody {
    /// Your id of the session: what a revocation will name.
    pub id: Option<String>,
    /// The device token of a first-party cookie.
    pub td_cookie_id: Option<String>,
    /// True when a device token should have been there: its absence is a signal.
    pub td_cookie_expected: Option<bool>,
    /// What you can tell of the client's software beyond its user agent, as JA4 of its TLS handshake: when it changes
    /// within a session, the session was stolen.
    pub fingerprint: Option<String>,
}

/// The device of an event.
#[derive(ToSchema)]
#[schema(as = NewDevice)]
pub struct DeviceBody {
    /// The device token; comes before `session.td_cookie_id`.
    pub id: Option<String>,
}
