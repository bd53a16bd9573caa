//! Which events are asked for.

use serde::{Deserialize, Serialize};

use crate::id::{AlertId, UserKey};
use crate::risk::Level;
use crate::{Error, Result, Timestamp};

/// Which events are asked for. Every field narrows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EventFilter {
    /// Only this user, by our key.
    pub user: Option<UserKey>,
    /// Only this user, by the application's id.
    pub user_id: Option<String>,
    /// Only these verbs (any of them).
    pub verbs: Vec<String>,
    /// Only this level or above.
    pub level: Option<Level>,
    /// Only from this address, or from this range: see [`Within`](super::address::Within).
    pub ip: Option<String>,
    /// Only from this country, ISO alpha-2, in any case.
    pub country: Option<String>,
    /// Only of this tenant.
    pub source: Option<String>,
    /// Only of this session.
    pub session_id: Option<String>,
    /// Only of this alert.
    pub alert: Option<AlertId>,
    /// At or after.
    pub since: Option<Timestamp>,
    /// Strictly before.
    pub until: Option<Timestamp>,
}

/// A country's code as the log holds it.
pub fn checked_country(text: &str) -> Result<String> {
    let text = text.trim();
    if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Ok(text.to_ascii_uppercase());
    }
    Err(Error::invalid("country", "must be a code of two letters (ISO 3166-1 alpha-2), as NZ"))
}
