//! An order in short, as lists of what carried it show it.

use serde::{Deserialize, Serialize};

use super::{Overall, Revocation};

/// How far an order has come, and about how many sessions it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brief {
    /// How far it has come as a whole.
    pub state: Overall,
    /// It is confirmed, and yet a receipt says that a session could not be ended.
    pub contested: bool,
    /// It is still `requested`, and nobody carries it out.
    pub stuck: bool,
    /// The application put off all that is still awaited.
    pub put_off: bool,
    /// So many sessions; none: it is about the user as a whole.
    pub sessions: i64,
    /// The first of them by its id.
    pub first: String,
}

impl From<&Revocation> for Brief {
    fn from(order: &Revocation) -> Self {
        Self {
            state: order.state,
            contested: order.contested,
            stuck: order.stuck.is_some(),
            put_off: order.put_off().is_some(),
            sessions: i64::try_from(order.sessions.len()).unwrap_or(i64::MAX),
            first: order.sessions.first().map(|session| session.id.clone()).unwrap_or_default(),
        }
    }
}
