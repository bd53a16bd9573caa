//! What is known of a user's habits: small, fading, and never taught by a login that nobody vouches for.

pub(crate) mod habit;
mod learn;
#[cfg(feature = "store")]
pub mod store;
#[cfg(test)]
mod tests;
pub(crate) mod traits;
mod usual;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::time::DAY;
use habit::Habit;
pub use traits::Traits;
pub use usual::{Share, Usual};

/// The largest JSON a profile can grow to, in bytes; an ordinary user's is below 1,500.
pub const MAX_BYTES: usize = 5_000;
/// How long an unusual login that nobody contradicted waits before it is believed.
pub const QUIET: i64 = 7 * DAY;

/// Attackers move on: what a user said was not them counts half after so many days.
const REPORT_HALF_LIFE_DAYS: f64 = 14.0;

/// Failed attempts from one network: its prefix (0: unknown), how many, the last one's second.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failures(pub(crate) u64, pub(crate) u32, pub(crate) i64);

/// Where a login was: hundredths of degrees north and east, second.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position(pub(crate) i32, pub(crate) i32, pub(crate) i64);

/// A trait of a login that the user said was not theirs: its kind, its key, the day of the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Report(Kind, u64, i32);

/// Which trait was reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    /// The autonomous system.
    #[serde(rename = "n")]
    Asn,
    /// The address prefix.
    #[serde(rename = "p")]
    Prefix,
    /// The client family.
    #[serde(rename = "c")]
    Client,
    /// The device token.
    #[serde(rename = "d")]
    Device,
}

/// A user's habits. Its JSON is compact and its size bounded by [`MAX_BYTES`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// How many logins it learned from.
    #[serde(rename = "l")]
    logins: u32,
    #[serde(rename = "c", skip_serializing_if = "Habit::is_empty")]
    pub(crate) countries: Habit,
    #[serde(rename = "n", skip_serializing_if = "Habit::is_empty")]
    pub(crate) networks: Habit,
    #[serde(rename = "p", skip_serializing_if = "Habit::is_empty")]
    pub(crate) prefixes: Habit,
    #[serde(rename = "i", skip_serializing_if = "Habit::is_empty")]
    pub(crate) addresses: Habit,
    #[serde(rename = "a", skip_serializing_if = "Habit::is_empty")]
    pub(crate) clients: Habit,
    #[serde(rename = "d", skip_serializing_if = "Habit::is_empty")]
    pub(crate) devices: Habit,
    #[serde(rename = "v", skip_serializing_if = "Habit::is_empty")]
    pub(crate) covers: Habit,
    /// Logins by hour of the day in UTC, and the day they were last halved.
    #[serde(rename = "h", skip_serializing_if = "Vec::is_empty")]
    pub(crate) hours: Vec<u16>,
    #[serde(rename = "hd")]
    halved: i32,
    #[serde(rename = "g", skip_serializing_if = "Vec::is_empty")]
    pub(crate) positions: Vec<Position>,
    #[serde(rename = "f", skip_serializing_if = "Vec::is_empty")]
    pub(crate) failures: Vec<Failures>,
    #[serde(rename = "q", skip_serializing_if = "Vec::is_empty")]
    pending: Vec<Traits>,
    #[serde(rename = "b", skip_serializing_if = "Vec::is_empty")]
    reported: Vec<Report>,
}

impl Profile {
    /// How many logins it learned from.
    pub fn logins(&self) -> u32 {
        self.logins
    }

    /// How much of what the user reported about this trait has not faded yet, 0..1.
    pub(crate) fn reported(&self, traits: &Traits, kind: Kind) -> f64 {
        let Some(key) = of_kind(traits, kind) else { return 0.0 };
        let age = |report: &Report| f64::from(traits.day().saturating_sub(report.2).max(0));
        let matching = self.reported.iter().filter(|report| (report.0, report.1) == (kind, key));
        matching.map(|report| (-age(report) / REPORT_HALF_LIFE_DAYS).exp2()).fold(0.0, f64::max)
    }

    /// True while an event like this one awaits the user's word.
    pub(crate) fn awaits(&self, traits: &Traits) -> bool {
        self.pending.iter().any(|other| other.resembles(traits))
    }

    /// True when [`Profile::settle`] at this moment would learn something.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.pending.iter().any(|traits| now.since(traits.at) >= QUIET)
    }
}

fn of_kind(traits: &Traits, kind: Kind) -> Option<u64> {
    match kind {
        Kind::Asn => traits.asn,
        Kind::Prefix => traits.prefix,
        Kind::Client => traits.client,
        Kind::Device => traits.device,
    }
}
