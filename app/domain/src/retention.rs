//! How long a project's log is kept: what happened on days that are further back than its operators chose is deleted.

#[cfg(feature = "store")]
pub mod store;

use crate::Timestamp;
use crate::time::DAY;

/// The moment before which nothing is kept at `now`: a beginning of a day (UTC), so that a day goes as a whole.
pub fn horizon(keep_days: u32, now: Timestamp) -> Timestamp {
    Timestamp((now.0.div_euclid(DAY) - i64::from(keep_days)) * DAY)
}
