//! What holds for every secret that is changed, of endpoints and of sources alike.

use crate::time::HOUR;
use crate::{Error, Result};

/// How long the old secret holds beside the new one unless told otherwise.
pub const DEFAULT_OVERLAP_HOURS: i64 = 24;
/// How long it may, in hours: a week.
pub const MAX_OVERLAP_HOURS: i64 = 7 * 24;
/// The shortest secret typed where nothing old needs a shorter one, in characters: each signature can be guessed against.
pub(crate) const MIN_TYPED: usize = 16;
/// Each secret in force is another signature to make, or to check.
const MAX_LIVE: i64 = 4;

/// The overlap in microseconds.
pub(crate) fn overlap(hours: i64) -> Result<i64> {
    if (0..=MAX_OVERLAP_HOURS).contains(&hours) {
        return Ok(hours * HOUR);
    }
    Err(Error::invalid("overlap_hours", format!("must be between 0 and {MAX_OVERLAP_HOURS}")))
}

/// Refuses a typed secret that is too short.
pub(crate) fn check_length(typed: &str) -> Result<()> {
    if typed.len() >= MIN_TYPED {
        return Ok(());
    }
    let told =
        format!("must have at least {MIN_TYPED} characters; leave it out and a strong one is generated");
    Err(Error::invalid("secret", told))
}

/// Refuses another secret beside so many.
pub(crate) fn check_room(live: i64) -> Result<()> {
    if live < MAX_LIVE {
        return Ok(());
    }
    let told =
        format!("{MAX_LIVE} secrets are live: wait until one expires, or rotate with an overlap of 0 hours");
    Err(Error::conflict(told))
}
