//! A moment: microseconds since 1970-01-01T00:00:00Z. The domain has no clock; every "now" is an argument.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime, PrimitiveDateTime};

/// Microseconds since the Unix epoch, UTC. In JSON: RFC 3339 with milliseconds, `2016-09-28T00:01:27.608Z`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

/// One second, in microseconds.
pub const SECOND: i64 = 1_000_000;
/// One minute, in microseconds.
pub const MINUTE: i64 = 60 * SECOND;
/// One hour, in microseconds.
pub const HOUR: i64 = 60 * MINUTE;
/// One day, in microseconds.
pub const DAY: i64 = 24 * HOUR;

impl Timestamp {
    /// From whole seconds since the epoch, saturating.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(SECOND))
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(SECOND)
    }

    /// This moment moved by `micros` (negative: earlier), saturating.
    pub const fn plus(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// Microseconds from `earlier` to `self`, saturating.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Reads RFC 3339 (`2016-09-28T00:01:27Z`, any offset), the same without an offset (taken as UTC), or a date.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(moment) = OffsetDateTime::parse(text, &Rfc3339) {
            return Some(Self::from_offset(moment));
        }
        let plain = format_description!(
            "[year]-[month]-[day][optional [T]][optional [ ]][hour]:[minute][optional [:[second][optional [.[subsecond]]]]]"
        );
        if let Ok(moment) = PrimitiveDateTime::parse(text, plain) {
            return Some(Self::from_offset(moment.assume_utc()));
        }
        let date = Date::parse(text, format_description!("[year]-[month]-[day]")).ok()?;
        Some(Self::from_offset(date.midnight().assume_utc()))
    }

    fn from_offset(moment: OffsetDateTime) -> Self {
        Self(i64::try_from(moment.unix_timestamp_nanos() / 1_000).unwrap_or(i64::MAX))
    }

    fn to_offset(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// For people, in UTC: `2016-09-28 00:01:27`.
    pub fn human(self) -> String {
        self.to_offset()
            .format(format_description!("[year]-[month]-[day] [hour]:[minute]:[second]"))
            .unwrap_or_default()
    }

    /// The hour of the day in UTC, 0–23.
    pub fn hour(self) -> u8 {
        (self.0.div_euclid(HOUR).rem_euclid(24)) as u8
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self
            .to_offset()
            .format(format_description!(
                "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z"
            ))
            .map_err(|_| fmt::Error)?;
        f.write_str(&text)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("expected an RFC 3339 time"))
    }
}

impl utoipa::PartialSchema for Timestamp {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::DateTime)))
            .build()
            .into()
    }
}

impl utoipa::ToSchema for Timestamp {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_that_no_clock_shows_stays_at_the_end_of_time() {
        assert_eq!(Timestamp::from_seconds(i64::MIN), Timestamp(i64::MIN));
        assert_eq!(Timestamp::from_seconds(i64::MAX), Timestamp(i64::MAX));
        assert_eq!(Timestamp::from_seconds(-2), Timestamp(-2_000_000));
    }

    #[test]
    fn a_time_is_read_in_every_form_clients_send_and_written_with_milliseconds() {
        let expected = "2016-09-28T00:01:27.000Z";
        for text in [
            "2016-09-28T00:01:27Z",
            "2016-09-28T12:01:27+12:00",
            "2016-09-28 00:01:27",
            "2016-09-28T00:01:27",
        ] {
            assert_eq!(Timestamp::parse(text).map(|t| t.to_string()).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(
            Timestamp::parse("2016-09-28").map(|t| t.to_string()).as_deref(),
            Some("2016-09-28T00:00:00.000Z")
        );
    }

    #[test]
    fn nonsense_is_not_a_time() {
        for text in ["", "yesterday", "2016-13-01", "99999-01-01", "2016-09-28T25:00:00Z", "1475020887"] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }
}
