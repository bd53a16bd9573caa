//! How an endpoint has been doing of late, in figures.

use serde::{Deserialize, Serialize};

use super::Health;
use crate::Timestamp;
use crate::time::DAY;

/// Over how long deliveries are counted.
pub const LATELY: i64 = DAY;

/// Deliveries to one endpoint that were published within [`LATELY`], and what waits for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traffic {
    /// So many deliveries.
    pub deliveries: i64,
    /// So many attempts for them.
    pub attempts: i64,
    /// So many of the attempts failed.
    pub failed: i64,
    /// So many of the deliveries arrived.
    pub delivered: i64,
    /// So many wait, whenever they were published: for a retry, or for the endpoint to be resumed.
    pub waiting: i64,
    /// So many of those are held until the endpoint is resumed or enabled.
    pub held: i64,
    /// It failed so often that nothing is sent to it before this moment.
    #[serde(default)]
    pub on_hold_until: Option<Timestamp>,
}

impl Traffic {
    /// The share of attempts that failed, 0..1; None where nothing was tried.
    pub fn error_rate(&self) -> Option<f64> {
        (self.attempts > 0).then(|| self.failed as f64 / self.attempts as f64)
    }
}

/// That nothing is sent to an endpoint for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Hold {
    /// Until then. Then one message tries whether it works again.
    pub until: Timestamp,
    /// Why, in words.
    pub reason: String,
}

impl Hold {
    /// Of an endpoint that is left alone.
    pub fn of(health: &Health) -> Self {
        let reason = match health.failures {
            failures if health.is_broken() => format!("its last {failures} attempts all failed"),
            _ => "it said that it has too much to do (429, 502, 503 or 504)".to_owned(),
        };
        Self { until: health.open_until, reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_that_was_not_tried_has_no_error_rate() {
        let traffic = |attempts, failed| Traffic { deliveries: 4, attempts, failed, ..Traffic::default() };
        assert_eq!((traffic(0, 0).error_rate(), traffic(4, 1).error_rate()), (None, Some(0.25)));
    }
}
