//! Figures about the audit log, for the overview, and what stands beside an event in it.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::id::EventId;

/// What happened in a stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Users seen.
    pub active_users: i64,
    /// Events of level red.
    pub red: i64,
    /// Events of level orange.
    pub orange: i64,
}

/// One day's events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// Midnight UTC at which it begins.
    pub start: Timestamp,
    /// All events.
    pub events: i64,
    /// Events of level orange or red.
    pub unusual: i64,
}

/// The events of the same user right before and right after one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Neighbours {
    /// The one before.
    pub before: Option<EventId>,
    /// The one after.
    pub after: Option<EventId>,
}
