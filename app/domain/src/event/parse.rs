//! An event out of JSON: the native form, strict about what an application's programmer got wrong, and ThisData's,
//! tolerant of everything its clients are known to send.
//!
//! What an attacker controls (user agent, forwarded address) never refuses an event in either form: a login must not
//! be hidden by sending a monstrous header or cookie with it. Such values are cut or noted.

mod fields;

use serde_json::Value;

#[cfg(feature = "store")]
pub(crate) use self::fields::flag;
use self::fields::{Fields, is_nothing, plain};
use super::address::{self, Address};
use super::{EventSource, NewEvent, NewUser, verb};
use crate::agent::Hints;
use crate::time::{MINUTE, SECOND};
use crate::{Error, FieldError, Result, Timestamp};

/// The longest id (user, session, device, event), in characters. A longer one of a device, or of a user who proved nothing,
/// is told by its beginning and a number made of the whole.
pub const MAX_ID: usize = 200;
/// The longest verb, name or address, in characters.
pub const MAX_TEXT: usize = 200;
/// How much is kept of what an attacker chooses, a user agent above all, in bytes; with the note of how long it was.
pub const MAX_CLAIM: usize = 2_048;
/// The longest client hint that is kept, in characters.
const MAX_HINT: usize = 40;
/// The fields of an event.
const KNOWN: [&str; 12] = [
    "id",
    "verb",
    "occurred_at",
    "ip",
    "user_agent",
    "client_hints",
    "password_breached",
    "user",
    "session",
    "device",
    "source",
    "object",
];
/// The largest single event, as JSON, in bytes.
pub const MAX_EVENT: usize = 64 * 1024;
/// How far an application's clock may run ahead of ours.
const MAX_AHEAD: i64 = 10 * MINUTE;
/// Nothing happened before 2000-01-01: an older time is a mistake of units.
const EARLIEST: Timestamp = Timestamp(946_684_800 * SECOND);

/// Who sent it, and so how to read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `POST /api/v1/events`: unknown fields and wrong types are refused by name.
    Native,
    /// `POST /v1/events`: unknown fields are ignored, numbers are ids, blanks are absent; an address is required.
    ThisData,
}

/// Reads one event. A fault names its field, after `prefix` (say, `events[3].`).
pub fn event(value: &Value, dialect: Dialect, prefix: &str, now: Timestamp) -> Result<NewEvent> {
    let mut value = value.clone();
    cut_claims(&mut value);
    let whole = if prefix.is_empty() { "event" } else { prefix.trim_end_matches('.') };
    let Some(object) = value.as_object() else {
        return Err(Error::invalid(whole, "must be a JSON object"));
    };
    let mut fields = Fields::new(object, dialect == Dialect::Native, prefix);
    let event = read(&mut fields, dialect, now);
    let mut errors = fields.finish();
    let raw = value.to_string();
    if raw.len() > MAX_EVENT {
        errors.push(FieldError::new(whole, format!("must be at most {MAX_EVENT} bytes")));
    }
    if errors.is_empty() { Ok(NewEvent { raw, ..event }) } else { Err(Error::Invalid(errors)) }
}

fn read(fields: &mut Fields<'_>, dialect: Dialect, now: Timestamp) -> NewEvent {
    let verb = fields.required("verb", |fields| fields.text("verb", MAX_TEXT));
    let (session_id, cookie, device_expected, fingerprint) = session(fields).unwrap_or_default();
    let device = fields.child("device", &["id"]).and_then(|mut device| {
        let id = device.claimed("id");
        fields.adopt(device);
        id
    });
    let (address, unreadable) = address(fields, dialect);
    let event = NewEvent {
        client_id: fields.text("id", MAX_ID),
        occurred_at: occurred_at(fields, now),
        address,
        unreadable,
        user_agent: fields.unbounded("user_agent").map(plain),
        user: user(fields, dialect, &verb),
        session_id,
        device_id: device.or(cookie),
        device_expected,
        fingerprint,
        hints: hints(fields),
        password_breached: fields.flag("password_breached").unwrap_or(false),
        source: source(fields),
        raw: String::new(),
        verb,
    };
    fields.object("object");
    fields.refuse_unknown(&KNOWN);
    event
}

/// The session's id, ThisData's cookie, whether it was expected, and the fingerprint.
type Session = (Option<String>, Option<String>, bool, Option<String>);

fn session(fields: &mut Fields<'_>) -> Option<Session> {
    let mut session =
        fields.child("session", &["id", "td_cookie_id", "td_cookie_expected", "fingerprint"])?;
    let (id, cookie) = (session.text("id", MAX_ID), session.claimed("td_cookie_id"));
    let expected = session.flag("td_cookie_expected").unwrap_or(false);
    // Its parts are the client's choice: like a user agent, it must not get an event refused.
    let fingerprint = session.unbounded("fingerprint");
    fields.adopt(session);
    Some((id, cookie, expected, fingerprint))
}

/// When it happened. A blank is a mistake, not "now"; so is a date, which would be midnight in London.
fn occurred_at(fields: &mut Fields<'_>, now: Timestamp) -> Option<Timestamp> {
    let read = |fields: &mut Fields<'_>| fields.text("occurred_at", 40);
    let text =
        if fields.insists("occurred_at") { fields.required("occurred_at", read) } else { read(fields)? };
    if text.is_empty() {
        return None;
    }
    let at = Timestamp::parse(&text).filter(|_| text.contains(':'));
    match at {
        None => fields.fault("occurred_at", "must be an RFC 3339 time, as 2026-03-02T08:00:00Z"),
        Some(at) if at > now.plus(MAX_AHEAD) => fields.fault("occurred_at", "must not be in the future"),
        Some(at) if at < EARLIEST => fields.fault("occurred_at", "must not be before the year 2000"),
        Some(_) => return at,
    }
    None
}

/// The address, or what was sent in its place: whoever sent a garbled header still logged in.
fn address(fields: &mut Fields<'_>, dialect: Dialect) -> (Option<Address>, Option<String>) {
    let text = fields.unbounded("ip");
    if text.is_none() && dialect == Dialect::ThisData {
        fields.fault("ip", "must not be blank");
    }
    let Some(text) = text else { return (None, None) };
    match Address::parse(&text) {
        None => (None, Some(text.chars().take(address::MAX_UNREADABLE).collect())),
        address => (address, None),
    }
}

/// Headers as the browser sent them, or what was read of them. They are the client's choice: they refuse no event.
fn hints(fields: &mut Fields<'_>) -> Option<Hints> {
    let mut hints = fields.child("client_hints", &["platform", "mobile"])?;
    let platform = hints.unbounded("platform").map(|text| {
        let bare: String = text.trim_matches('"').chars().take(MAX_HINT).collect();
        plain(bare)
    });
    let mobile = match hints.value("mobile") {
        Some(Value::Bool(mobile)) => Some(*mobile),
        Some(Value::String(text)) if text == "?1" => Some(true),
        Some(Value::String(text)) if text == "?0" => Some(false),
        _ => None,
    };
    fields.adopt(hints);
    let read = Hints { platform: platform.filter(|text| !text.is_empty()), mobile };
    (read != Hints::default()).then_some(read)
}

fn user(fields: &mut Fields<'_>, dialect: Dialect, verb: &str) -> Option<NewUser> {
    // A user who cannot be read must not pass for nobody.
    if dialect == Dialect::ThisData
        && fields.value("user").is_some_and(|user| !user.is_object() && !is_nothing(user))
    {
        fields.fault("user", "must be an object");
    }
    let mut user = fields.child("user", &["id", "name", "email", "mobile", "authenticated"])?;
    // PHP's client drops a false: a failure says it all the same.
    let authenticated = user.flag("authenticated").unwrap_or(true) && !verb::is_failure(verb);
    // Whoever types it at a login form may be the attacker.
    let id = |user: &mut Fields<'_>| match user.value("id") {
        Some(Value::String(_)) if !authenticated => user.claimed("id"),
        Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
            user.fault("id", "must be text or a number");
            None
        }
        _ => user.id("id"),
    };
    let is_named = dialect == Dialect::Native && !user.is_empty();
    let id = if is_named { user.required("id", id) } else { id(&mut user).unwrap_or_default() };
    let short = |text: &String, most: usize| text.chars().count() <= most;
    let read = NewUser {
        id,
        // Users choose these: they refuse no event, and what is too long is no address to write to.
        name: user.unbounded("name").map(|name| plain(name.chars().take(MAX_TEXT).collect())),
        email: user.unbounded("email").filter(|email| short(email, 254) && is_email(email)),
        mobile: user.unbounded("mobile").filter(|mobile| short(mobile, 40)).map(plain),
        authenticated,
    };
    let anonymous = read.id.is_empty() || (dialect == Dialect::ThisData && read.id == "anonymous");
    fields.adopt(user);
    (!anonymous).then_some(read)
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, host)| !local.is_empty() && !host.is_empty())
        && !text.contains(|letter: char| letter.is_whitespace() || letter.is_control())
}

fn source(fields: &mut Fields<'_>) -> Option<EventSource> {
    let mut source = fields.child("source", &["name", "logo_url"])?;
    let read = EventSource { name: source.text("name", MAX_TEXT), logo_url: source.text("logo_url", 2_000) };
    fields.adopt(source);
    (read != EventSource::default()).then_some(read)
}

/// What clients and users choose: in which object of an event, and its name there.
const CLAIMS: [(Option<&str>, &str); 9] = [
    (None, "user_agent"),
    (None, "ip"),
    (Some("session"), "td_cookie_id"),
    (Some("session"), "fingerprint"),
    (Some("device"), "id"),
    (Some("user"), "id"),
    (Some("user"), "name"),
    (Some("user"), "email"),
    (Some("user"), "mobile"),
];

/// Of what attackers choose, keeps the beginning, and says how long it was: the event stays small enough to be stored.
fn cut_claims(event: &mut Value) {
    for (object, field) in CLAIMS {
        let object = match object {
            Some(name) => event.get_mut(name),
            None => Some(&mut *event),
        };
        if let Some(Value::String(text)) = object.and_then(|object| object.get_mut(field))
            && text.len() > MAX_CLAIM
        {
            let note = format!(" [cut from {} bytes]", text.len());
            text.truncate(text.floor_char_boundary(MAX_CLAIM - note.len()));
            text.push_str(&note);
        }
    }
}

#[cfg(test)]
mod tests;
