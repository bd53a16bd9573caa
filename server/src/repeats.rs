//! What goes on failing under many requests: told when it begins, while it lasts, and when it is over.

use std::fmt::Display;

use porchlight_domain::Timestamp;
pub use porchlight_domain::repeats::{Over, Repeats, Say};

/// Failures of the store that requests met.
static REQUESTS: Repeats = Repeats::new();
/// Groups of events that could not be committed together.
static GROUPS: Repeats = Repeats::new();

/// Tells that a request failed by our own fault.
pub fn request_failed(error: &dyn Display, now: Timestamp) {
    match REQUESTS.failed(&error.to_string(), now) {
        Say::Begins => tracing::error!(%error, "request failed"),
        Say::Lasts(requests) => tracing::error!(%error, requests, "requests go on failing"),
        Say::Nothing => {}
    }
}

/// Tells that requests are served again, if they were not.
pub fn requests_work(now: Timestamp) {
    if let Some(Over { seconds, failures }) = REQUESTS.worked(now) {
        tracing::info!(seconds, failures, "requests are served again");
    }
}

/// Tells that a group of events was not committed together: each request is tried by itself.
pub fn group_failed(error: &dyn Display, now: Timestamp) {
    match GROUPS.failed(&error.to_string(), now) {
        Say::Begins => tracing::warn!(%error, "group commit failed; retrying one by one"),
        Say::Lasts(groups) => tracing::warn!(%error, groups, "group commits go on failing"),
        Say::Nothing => {}
    }
}

/// Tells that groups are committed together again, if they were not.
pub fn groups_work(now: Timestamp) {
    if let Some(Over { seconds, failures }) = GROUPS.worked(now) {
        tracing::info!(seconds, failures, "events are committed together again");
    }
}
