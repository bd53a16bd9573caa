//! Counts that fade, as they are kept: few bytes.

use std::sync::LazyLock;

use super::HALF_LIFE_DAYS;

/// A login weighs a hundred of these, so that a fading count is still a short integer.
const UNIT: f64 = 100.0;
/// Days are written from 2020-01-01 on: two bytes until 2042.
pub(crate) const EPOCH: i32 = 18_262;

/// Hundredths of logins as of `last`, in logins, faded until `today`.
pub(crate) fn faded(count: u32, last: i32, today: i32, half_life: f64) -> f64 {
    f64::from(count) / UNIT * fading(today.saturating_sub(last).max(0), half_life)
}

/// What so many days leave of a count. A judgement asks some hundred times, mostly for the last weeks of the usual
/// half-life.
pub(crate) fn fading(days: i32, half_life: f64) -> f64 {
    static USUAL: LazyLock<[f64; 512]> =
        LazyLock::new(|| std::array::from_fn(|days| (-(days as f64) / HALF_LIFE_DAYS).exp2()));
    let usual = usize::try_from(days).ok().filter(|_| half_life == HALF_LIFE_DAYS);
    match usual.and_then(|days| USUAL.get(days)) {
        Some(left) => *left,
        None => (-f64::from(days) / half_life).exp2(),
    }
}

/// Logins in hundredths.
pub(crate) fn hundredths(logins: f64) -> u32 {
    // Nothing below zero is left: to cut off is to round down, and no call.
    (logins.max(0.0) * UNIT + 0.5) as u32
}

/// A day, counted from 1970, in few bytes.
pub(crate) mod short_day {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(day: &i32, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i32(day.saturating_sub(super::EPOCH))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
        Ok(i32::deserialize(deserializer)?.saturating_add(super::EPOCH))
    }
}
