//! An end user of a tracked application.

#[cfg(feature = "store")]
pub mod store;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::id::UserKey;
use crate::risk::Level;
use crate::time::DAY;

/// An end user, as the application's events describe them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct User {
    /// Our key.
    pub key: UserKey,
    /// The application's id.
    pub id: String,
    /// Name, if any event gave one.
    pub name: Option<String>,
    /// E-mail, if any event gave one.
    pub email: Option<String>,
    /// Mobile number, if any event gave one.
    pub mobile: Option<String>,
    /// When their first event happened.
    pub first_seen_at: Timestamp,
    /// When their latest event happened.
    pub last_seen_at: Timestamp,
    /// How many events they have.
    pub events: i64,
    /// How alarming: the worst of the thirty days up to their latest event for which nobody vouched, by a “yes”, a passed
    /// challenge, or by closing its alert so. Failed attempts are nothing of theirs, and that a session was ordered to end is
    /// told by its order.
    pub level: Level,
    /// When it was last so alarming; None when it is green.
    pub level_at: Option<Timestamp>,
}

/// How long what nobody vouched for stands, in microseconds.
pub const STANDS: i64 = 30 * DAY;

impl User {
    /// The name, else the application's id.
    pub fn label(&self) -> &str {
        self.name.as_deref().filter(|name| !name.is_empty()).unwrap_or(&self.id)
    }
}
