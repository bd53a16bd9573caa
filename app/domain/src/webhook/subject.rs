//! What a message is about, as a list of its deliveries shows it.

use serde::{Deserialize, Serialize};

use crate::event::EventUser;
use crate::revocation::Brief;

/// Of whom it tells, of which session, and how far its order has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Whom it is about.
    pub user: Option<EventUser>,
    /// The session of the event that it tells of.
    pub session: Option<String>,
    /// The order that it carries or tells of.
    pub order: Option<Brief>,
}
