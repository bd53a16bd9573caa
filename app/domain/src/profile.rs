//! What is known of a user's habits: small, fading, and never taught by a login that nobody vouches for.

pub(crate) mod habit;
#[cfg(test)]
mod tests;
pub(crate) mod traits;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::event::{Observation, verb};
use crate::risk::{Assessment, Decision, Level};
use crate::time::DAY;
use habit::{Dose, Habit};
pub use traits::Traits;

/// The largest JSON a profile can grow to, in bytes; an ordinary user's is below 1,500.
pub const MAX_BYTES: usize = 5_000;
/// How long an unusual login that nobody contradicted waits before it is believed.
pub const QUIET: i64 = 7 * DAY;

const COUNTRIES: usize = 8;
const NETWORKS: usize = 12;
const PREFIXES: usize = 24;
const ADDRESSES: usize = 16;
const CLIENTS: usize = 8;
const DEVICES: usize = 12;
const COVERS: usize = 3;
const POSITIONS: usize = 3;
const FAILURES: usize = 8;
const PENDING: usize = 8;
const REPORTED: usize = 16;
/// The hour histogram is halved as often as the other counts fade by half.
const HOURS_HALVE_DAYS: i32 = 120;
/// A device that the user vouched for counts as so many logins.
const VOUCHED: f64 = 3.0;
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

    /// Learns from a judged event. Failed attempts are remembered as such; an unusual event waits until the user
    /// vouches for it ([`Profile::trust`]) or nobody contradicts it for [`QUIET`]; what a rule blocked, or resembles
    /// what the user denied, teaches nothing.
    pub fn learn(&mut self, seen: &Observation, assessment: &Assessment) {
        self.settle(seen.at);
        let Some(user) = &seen.event.user else { return };
        let traits = Traits::of_observation(seen);
        let (is_login, is_failure) = (verb::is_login(&seen.event.verb), verb::is_failure(&seen.event.verb));
        if is_failure || (is_login && !user.authenticated) {
            return self.note_failure(&traits);
        }
        if !user.authenticated || assessment.decision == Decision::Block || self.denied(&traits) {
            return;
        }
        if assessment.level > Level::Green {
            return self.quarantine(traits);
        }
        // What a session does that itself awaits the user's word proves nothing.
        if is_login || !self.awaits(&traits) {
            let dose = Dose { weight: 1.0, once_a_day: !is_login };
            self.absorb(&traits, dose, dose);
            self.failures.retain(|failures| Some(failures.0) != traits.prefix);
        }
    }

    /// The user said that this login was theirs: it is learned, its device more than once, and no longer held against them.
    pub fn trust(&mut self, traits: &Traits, now: Timestamp) {
        self.settle(now);
        self.pending.retain(|other| !other.resembles(traits));
        self.reported.retain(|report| of_kind(traits, report.0) != Some(report.1));
        let dose = |weight| Dose { weight, once_a_day: false };
        self.absorb(traits, dose(1.0), dose(VOUCHED));
    }

    /// The user said that this login was not theirs: what was learned from it is taken back, and what the user does
    /// not use otherwise is held against the next login that shows it.
    pub fn distrust(&mut self, traits: &Traits, now: Timestamp) {
        let waited = self.awaits(traits);
        self.pending.retain(|other| !other.resembles(traits));
        self.settle(now);
        let today = traits::day(now);
        for kind in [Kind::Device, Kind::Prefix, Kind::Asn, Kind::Client] {
            let Some(key) = of_kind(traits, kind) else { continue };
            let habit = self.habit_mut(kind);
            if !waited {
                habit.take_back(key, today);
            }
            if habit.weight(key, today).is_none() {
                self.reported.retain(|report| (report.0, report.1) != (kind, key));
                self.reported.push(Report(kind, key, today));
            }
        }
        let surplus = self.reported.len().saturating_sub(REPORTED);
        self.reported.drain(..surplus);
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

    /// Learns the unusual logins that nobody contradicted for [`QUIET`].
    pub(crate) fn settle(&mut self, now: Timestamp) {
        let quiet = |traits: &mut Traits| now.since(traits.at) >= QUIET;
        let due: Vec<Traits> = self.pending.extract_if(.., quiet).collect();
        for traits in due {
            let dose = Dose { weight: 1.0, once_a_day: false };
            self.absorb(&traits, dose, dose);
        }
    }

    fn denied(&self, traits: &Traits) -> bool {
        let fresh = |kind| self.reported(traits, kind) > 0.05;
        fresh(Kind::Device) || fresh(Kind::Prefix) || (fresh(Kind::Asn) && fresh(Kind::Client))
    }

    fn quarantine(&mut self, traits: Traits) {
        if self.awaits(&traits) {
            return;
        }
        if self.pending.len() >= PENDING {
            self.pending.remove(0);
        }
        self.pending.push(traits);
    }

    fn absorb(&mut self, traits: &Traits, dose: Dose, device: Dose) {
        let today = traits.day();
        for (habit, key, note, dose, limit) in [
            (&mut self.countries, traits.country, 0, dose, COUNTRIES),
            (&mut self.networks, traits.asn, 0, dose, NETWORKS),
            (&mut self.prefixes, traits.prefix, 0, dose, PREFIXES),
            (&mut self.addresses, traits.address, 0, dose, ADDRESSES),
            (&mut self.clients, traits.client, traits.version.unwrap_or(0), dose, CLIENTS),
            (&mut self.devices, traits.device, 0, device, DEVICES),
            (
                &mut self.covers,
                traits.asn.map(|_| traits.cover.map_or(0, |cover| cover.key())),
                0,
                dose,
                COVERS + 1,
            ),
        ] {
            if let Some(key) = key {
                habit.add(key, note, dose, today, limit);
            }
        }
        if !dose.once_a_day {
            self.logins = self.logins.saturating_add(1);
            self.count_hour(traits.at.hour(), today);
            self.remember_position(traits);
        }
    }

    fn count_hour(&mut self, hour: u8, today: i32) {
        if self.hours.len() != 24 {
            (self.hours, self.halved) = (vec![0; 24], today);
        }
        let full = self.hours.iter().any(|count| *count >= 999);
        if full || today.saturating_sub(self.halved) >= HOURS_HALVE_DAYS {
            self.hours.iter_mut().for_each(|count| *count /= 2);
            self.halved = today;
        }
        if let Some(count) = self.hours.get_mut(usize::from(hour)) {
            *count += 1;
        }
    }

    fn remember_position(&mut self, traits: &Traits) {
        let Some((north, east)) = traits.position.filter(|_| traits.cover.is_none()) else { return };
        self.positions.push(Position(north, east, traits.at.seconds()));
        self.positions.sort_by_key(|position| position.2);
        let surplus = self.positions.len().saturating_sub(POSITIONS);
        self.positions.drain(..surplus);
    }

    fn note_failure(&mut self, traits: &Traits) {
        let (prefix, at) = (traits.prefix.unwrap_or(0), traits.at.seconds());
        if let Some(known) = self.failures.iter_mut().find(|failures| failures.0 == prefix) {
            // Yesterday's attempts are not part of today's: the count starts again.
            let count = if at - known.2 > DAY / crate::time::SECOND { 0 } else { known.1 };
            *known = Failures(prefix, count.saturating_add(1), known.2.max(at));
        } else {
            self.failures.push(Failures(prefix, 1, at));
        }
        self.failures.sort_by_key(|failures| failures.2);
        let surplus = self.failures.len().saturating_sub(FAILURES);
        self.failures.drain(..surplus);
    }

    fn habit_mut(&mut self, kind: Kind) -> &mut Habit {
        match kind {
            Kind::Asn => &mut self.networks,
            Kind::Prefix => &mut self.prefixes,
            Kind::Client => &mut self.clients,
            Kind::Device => &mut self.devices,
        }
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
