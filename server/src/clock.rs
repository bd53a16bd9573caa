//! The only clock. Everything else takes the time as an argument.

use std::time::SystemTime;

use porchlight_domain::Timestamp;

/// The present moment, UTC.
#[expect(clippy::disallowed_methods, reason = "this is the only clock")]
pub fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX))
}
