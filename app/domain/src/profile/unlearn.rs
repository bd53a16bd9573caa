//! What takes back what a profile learned.

use super::learn::{REPORTED, VOUCHED};
use super::traits::{Traits, day};
use super::{Kind, Profile, QUIET, Report};
use crate::Timestamp;

impl Profile {
    /// The user said that this login was not theirs, or what was done in a session: of what it shows only what was the user's own
    /// before the first visit like it is left, less what the login taught. All the rest is forgotten, however often it came
    /// since, and held against the next login that shows it. For [`QUIET`] nothing more is learned, and what awaits the user's
    /// word waits as long again: where one thief was there may be more of him.
    pub fn distrust(&mut self, traits: &Traits, now: Timestamp) {
        let began = self.began(traits);
        self.forget_visits(traits);
        let learned = !self.awaits(traits) && self.knows(traits);
        self.pending.retain(|other| !other.traits.resembles(traits));
        self.settle(now);
        if learned {
            self.uncount(traits);
        }
        for (habit, key, ..) in self.slots(traits) {
            match key {
                Some(key) if !habit.is_own(key, began) => habit.forget(key, day(now)),
                // Of what an older version kept nobody knows since when it is the user's: by what is left of it.
                Some(key) if learned && !habit.is_dated(key) => habit.take_back(key, 1.0, day(now)),
                Some(key) if learned => habit.take_from_own(key, 1.0, day(now)),
                _ => {}
            }
        }
        if let Some(device) = traits.device.filter(|_| learned) {
            // A challenge that the thief passed vouched for it, too.
            match self.devices.is_dated(device) {
                true => self.devices.take_from_own(device, VOUCHED - 1.0, day(now)),
                false => self.devices.take_back(device, VOUCHED - 1.0, day(now)),
            }
        }
        self.pending.iter_mut().for_each(|other| other.wait_from(now));
        for kind in Kind::ALL {
            self.report(traits, kind, day(now));
        }
        let surplus = self.reported.len().saturating_sub(REPORTED);
        self.reported.drain(..surplus);
        self.frozen_until = now.plus(QUIET).seconds();
    }

    fn report(&mut self, traits: &Traits, kind: Kind, today: i32) {
        let Some(key) = kind.of(traits) else { return };
        if !self.shows(kind, key) {
            self.reported.retain(|report| (report.0, report.1) != (kind, key));
            self.reported.push(Report(kind, key, today));
        }
    }

    /// Takes back as much as one login taught that a passed challenge vouched for.
    pub(super) fn take_back(&mut self, traits: &Traits, today: i32) {
        for (habit, key, ..) in self.slots(traits) {
            if let Some(key) = key {
                habit.take_back(key, 1.0, today);
            }
        }
        if let Some(device) = traits.device {
            self.devices.take_back(device, VOUCHED - 1.0, today);
        }
        self.uncount(traits);
    }

    /// Takes a login's hour and place back.
    fn uncount(&mut self, traits: &Traits) {
        if let Some(count) = self.hours.get_mut(usize::from(traits.at.hour())) {
            *count = count.saturating_sub(1);
        }
        self.positions.retain(|position| position.2 != traits.at.seconds());
        self.logins = self.logins.saturating_sub(1);
    }
}
