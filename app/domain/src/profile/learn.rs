//! What teaches a profile, and what takes it back.

use super::habit::{Dose, Habit};
use super::traits::{Traits, day};
use super::{Failures, Kind, Position, Profile, QUIET, Report, of_kind};
use crate::Timestamp;
use crate::event::{Observation, verb};
use crate::risk::{Assessment, Decision, Level};
use crate::time::{DAY, SECOND};

const COUNTRIES: usize = 8;
const NETWORKS: usize = 12;
const PREFIXES: usize = 24;
const ADDRESSES: usize = 16;
const CLIENTS: usize = 8;
const DEVICES: usize = 12;
/// Three kinds of cover, and none.
const COVERS: usize = 4;
const POSITIONS: usize = 3;
const FAILURES: usize = 8;
const PENDING: usize = 8;
const REPORTED: usize = 16;
/// The hour histogram is halved as often as the other counts fade by half.
const HOURS_HALVE_DAYS: i32 = 120;
/// A device that the user vouched for counts as so many logins.
const VOUCHED: f64 = 3.0;

/// The verb of a session that proved itself by a second factor.
const CHALLENGE_PASSED: &str = "authentication-challenge-pass";

/// What a value counts for: its habit, itself, a note kept with it, how many of its kind are kept.
type Slot<'a> = (&'a mut Habit, Option<u64>, u32, usize);

impl Profile {
    /// Learns from a judged event. Failed attempts are remembered as such; an unusual event waits until the user
    /// vouches for it ([`Profile::trust`]), its session passes a challenge, or nobody contradicts it for [`QUIET`];
    /// what a rule blocked, or resembles what the user denied, teaches nothing.
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
        if self.awaits(&traits) {
            if seen.event.verb == CHALLENGE_PASSED {
                return self.trust(&traits, seen.at);
            }
            if !is_login {
                // What a session does that itself awaits the user's word proves nothing.
                return;
            }
        }
        self.absorb(&traits, Dose { weight: 1.0, once_a_day: !is_login });
        self.failures.retain(|failures| Some(failures.0) != traits.prefix);
    }

    /// The user said that this login was theirs: it is learned, its device more than once, and no longer held against
    /// them.
    pub fn trust(&mut self, traits: &Traits, now: Timestamp) {
        self.settle(now);
        self.pending.retain(|other| !other.resembles(traits));
        self.reported.retain(|report| of_kind(traits, report.0) != Some(report.1));
        self.absorb(traits, Dose { weight: 1.0, once_a_day: false });
        if let Some(device) = traits.device {
            let more = Dose { weight: VOUCHED - 1.0, once_a_day: false };
            self.devices.add(device, 0, more, traits.day(), DEVICES);
        }
    }

    /// The user said that this login was not theirs: what was learned from it is taken back, and what the user does
    /// not use otherwise is held against the next login that shows it.
    pub fn distrust(&mut self, traits: &Traits, now: Timestamp) {
        let learned = !self.awaits(traits);
        self.pending.retain(|other| !other.resembles(traits));
        self.settle(now);
        if learned {
            self.take_back(traits, day(now));
        }
        for kind in [Kind::Client, Kind::Asn, Kind::Prefix, Kind::Device] {
            self.report(traits, kind, day(now));
        }
        let surplus = self.reported.len().saturating_sub(REPORTED);
        self.reported.drain(..surplus);
    }

    /// Learns the unusual logins that nobody contradicted for [`QUIET`].
    pub(crate) fn settle(&mut self, now: Timestamp) {
        let quiet = |traits: &mut Traits| now.since(traits.at) >= QUIET;
        let due: Vec<Traits> = self.pending.extract_if(.., quiet).collect();
        for traits in due {
            self.absorb(&traits, Dose { weight: 1.0, once_a_day: false });
        }
    }

    fn report(&mut self, traits: &Traits, kind: Kind, today: i32) {
        let Some(key) = of_kind(traits, kind) else { return };
        let habit = match kind {
            Kind::Asn => &self.networks,
            Kind::Prefix => &self.prefixes,
            Kind::Client => &self.clients,
            Kind::Device => &self.devices,
        };
        if habit.weight(key, today).is_none() {
            self.reported.retain(|report| (report.0, report.1) != (kind, key));
            self.reported.push(Report(kind, key, today));
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

    fn slots(&mut self, traits: &Traits) -> [Slot<'_>; 7] {
        let cover = traits.asn.map(|_| traits.cover.map_or(0, |cover| cover.key()));
        [
            (&mut self.countries, traits.country, 0, COUNTRIES),
            (&mut self.networks, traits.asn, 0, NETWORKS),
            (&mut self.prefixes, traits.prefix, 0, PREFIXES),
            (&mut self.addresses, traits.address, 0, ADDRESSES),
            (&mut self.clients, traits.client, traits.version.unwrap_or(0), CLIENTS),
            (&mut self.devices, traits.device, 0, DEVICES),
            (&mut self.covers, cover, 0, COVERS),
        ]
    }

    fn absorb(&mut self, traits: &Traits, dose: Dose) {
        let today = traits.day();
        for (habit, key, note, limit) in self.slots(traits) {
            if let Some(key) = key {
                habit.add(key, note, dose, today, limit);
            }
        }
        if !dose.once_a_day {
            self.logins = self.logins.saturating_add(1);
            self.count_hour(traits.at.hour(), today);
        }
        self.remember_position(traits);
    }

    fn take_back(&mut self, traits: &Traits, today: i32) {
        for (habit, key, ..) in self.slots(traits) {
            if let Some(key) = key {
                habit.take_back(key, 1.0, today);
            }
        }
        if let Some(device) = traits.device {
            // A challenge that the thief passed vouched for it, too.
            self.devices.take_back(device, VOUCHED - 1.0, today);
        }
        if let Some(count) = self.hours.get_mut(usize::from(traits.at.hour())) {
            *count = count.saturating_sub(1);
        }
        self.positions.retain(|position| position.2 != traits.at.seconds());
        self.logins = self.logins.saturating_sub(1);
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
        let at = traits.at.seconds();
        match self.positions.last_mut() {
            Some(last) if (last.0, last.1) == (north, east) => last.2 = last.2.max(at),
            _ => self.positions.push(Position(north, east, at)),
        }
        self.positions.sort_by_key(|position| position.2);
        let surplus = self.positions.len().saturating_sub(POSITIONS);
        self.positions.drain(..surplus);
    }

    fn note_failure(&mut self, traits: &Traits) {
        let (prefix, at) = (traits.prefix.unwrap_or(0), traits.at.seconds());
        if let Some(known) = self.failures.iter_mut().find(|failures| failures.0 == prefix) {
            // Yesterday's attempts are not part of today's: the count starts again.
            let count = if at - known.2 > DAY / SECOND { 0 } else { known.1 };
            *known = Failures(prefix, count.saturating_add(1), known.2.max(at));
        } else {
            self.failures.push(Failures(prefix, 1, at));
        }
        self.failures.sort_by_key(|failures| failures.2);
        let surplus = self.failures.len().saturating_sub(FAILURES);
        self.failures.drain(..surplus);
    }
}
