//! What is known of a user's habits: small, fading, and never taught by a login that nobody vouches for.

#[cfg(feature = "store")]
pub mod cache;
mod failures;
pub(crate) mod habit;
mod learn;
mod sighting;
#[cfg(feature = "store")]
pub mod store;
#[cfg(test)]
mod tests;
pub(crate) mod traits;
mod unlearn;
mod unnamed;
mod usual;
mod visit;
mod waiting;
mod wire;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::place::distance_km;
use crate::time::DAY;
pub(crate) use failures::Failures;
use habit::Habit;
pub use sighting::Sighting;
pub use traits::Traits;
use unnamed::Unnamed;
pub use usual::{Frozen, Share, Usual};
use visit::Visit;
use waiting::Waiting;

/// The largest encoding a profile can grow to, in bytes ([`Profile::encode`]); an ordinary user's is some 400.
pub const MAX_BYTES: usize = 1_536;
/// How long an unusual login waits before it counts for something that nobody contradicted it, and how long a user's
/// "no" stops all learning.
pub const QUIET: i64 = 7 * DAY;

/// So many seconds ago a place is one where the user may still have something: a second device, an office's exit.
const LATELY: u64 = 7 * 86_400;

/// Attackers move on: what a user said was not them counts half after so many days.
pub(crate) const REPORT_HALF_LIFE_DAYS: f64 = 14.0;

/// Where a login was: hundredths of degrees north and east, second.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position(pub(crate) i32, pub(crate) i32, pub(crate) i64);

/// A trait of a login that the user said was not theirs: its kind, its key, the day of the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Report(Kind, u64, #[serde(with = "habit::short_day")] i32);

/// Which trait was reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) enum Kind {
    /// The autonomous system.
    Asn,
    /// The address prefix.
    Prefix,
    /// The client family.
    Client,
    /// The device token.
    Device,
}

impl Kind {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Asn, Self::Prefix, Self::Client, Self::Device];

    /// The value of this kind.
    pub(crate) fn of(self, traits: &Traits) -> Option<u64> {
        match self {
            Self::Asn => traits.asn,
            Self::Prefix => traits.prefix,
            Self::Client => traits.client,
            Self::Device => traits.device,
        }
    }
}

/// A user's habits: one compact blob, [`Profile::encode`], never larger than [`MAX_BYTES`]. In JSON it is that blob as
/// a base64 string.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct Profile {
    /// How many logins it learned from.
    logins: u32,
    /// The second of the last one.
    last: i64,
    /// Until this second nothing is learned: the user said "no".
    frozen_until: i64,
    pub(crate) countries: Habit,
    pub(crate) networks: Habit,
    pub(crate) prefixes: Habit,
    pub(crate) addresses: Habit,
    pub(crate) clients: Habit,
    pub(crate) devices: Habit,
    pub(crate) covers: Habit,
    /// Logins by hour of the day in UTC, and the day they were last halved.
    pub(crate) hours: Vec<u8>,
    #[serde(with = "habit::short_day")]
    halved: i32,
    pub(crate) positions: Vec<Position>,
    pub(crate) failures: Vec<Failures>,
    pending: Vec<Waiting>,
    reported: Vec<Report>,
    /// The last logins that named no session.
    unnamed: Vec<Unnamed>,
    /// The last visits that nobody but a challenge or silence vouched for.
    visits: Vec<Visit>,
    /// What a newer version wrote, which goes back as it came; nothing of it is read.
    #[serde(skip)]
    newer: Vec<u8>,
}

impl Profile {
    /// How many logins it learned from.
    pub fn logins(&self) -> u32 {
        self.logins
    }

    /// True while the user's "no" stops all learning.
    pub fn is_frozen(&self, now: Timestamp) -> bool {
        now.seconds() < self.frozen_until
    }

    /// Since when, and until when, the user's "no" stops all learning, if it does.
    pub fn frozen(&self, now: Timestamp) -> Option<Frozen> {
        let until = Timestamp::from_seconds(self.frozen_until);
        self.is_frozen(now).then(|| Frozen { since: until.plus(-QUIET), until })
    }

    /// An operator looked into it: learning goes on.
    pub fn unfreeze(&mut self) {
        self.frozen_until = 0;
    }

    /// Days since the last login that was learned; None before the first.
    pub(crate) fn days_away(&self, now: Timestamp) -> Option<f64> {
        let seconds = now.seconds().saturating_sub(self.last).max(0);
        (self.logins > 0).then(|| seconds as f64 / 86_400.0)
    }

    /// True when the user has shown this value.
    pub(crate) fn shows(&self, kind: Kind, key: u64) -> bool {
        let habit = match kind {
            Kind::Asn => &self.networks,
            Kind::Prefix => &self.prefixes,
            Kind::Client => &self.clients,
            Kind::Device => &self.devices,
        };
        habit.last_day(key).is_some()
    }

    /// True when a login of these days was within so many km of here (in hundredths of degrees).
    pub(crate) fn was_near(&self, here: (i32, i32), km: f64, now: Timestamp) -> bool {
        let degrees = |north: i32, east: i32| (f64::from(north) / 100.0, f64::from(east) / 100.0);
        let (here, now) = (degrees(here.0, here.1), now.seconds());
        let lately = self.positions.iter().filter(|last| now.abs_diff(last.2) <= LATELY);
        lately.into_iter().any(|last| distance_km(here, degrees(last.0, last.1)) <= km)
    }

    /// How much of what the user reported about this trait has not faded yet, 0..1.
    pub(crate) fn reported(&self, traits: &Traits, kind: Kind) -> f64 {
        let Some(key) = kind.of(traits) else { return 0.0 };
        let age = |report: &Report| f64::from(traits.day().saturating_sub(report.2).max(0));
        let matching = self.reported.iter().filter(|report| (report.0, report.1) == (kind, key));
        matching.map(|report| (-age(report) / REPORT_HALF_LIFE_DAYS).exp2()).fold(0.0, f64::max)
    }

    /// True when the user's "no" about a login like this one is still fresh.
    pub(crate) fn denied(&self, traits: &Traits) -> bool {
        let fresh = |kind| self.reported(traits, kind) > 0.05;
        fresh(Kind::Device) || fresh(Kind::Prefix) || (fresh(Kind::Asn) && fresh(Kind::Client))
    }

    /// True while an event like this one awaits the user's word.
    pub(crate) fn awaits(&self, traits: &Traits) -> bool {
        self.pending.iter().any(|other| other.traits.resembles(traits))
    }

    /// True when an unusual login of this day (counted from 1970), or its like, awaits the user's word.
    pub(crate) fn awaits_of(&self, day: i32) -> bool {
        self.pending.iter().any(|waiting| waiting.came_on(day))
    }

    /// True when [`Profile::settle`] at this moment would learn something.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        !self.is_frozen(now) && self.pending.iter().any(|waiting| self.is_believed(waiting, now))
    }
}
