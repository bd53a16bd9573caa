//! Logins that were challenged: what goes on like them is challenged until somebody vouches for it, whatever the threshold
//! becomes meanwhile, and once somebody does they count as honest ones.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::histogram;
use crate::Timestamp;
use crate::event::Observation;
use crate::mix::{fnv, mix};
use crate::profile::Traits;
use crate::time::DAY;

/// So many marks are kept, three of a login; the oldest go first.
const MOST: usize = 4_096;
/// … and none for longer than so many days after the last challenge: as long as the longest wait for silence.
const KEPT_DAYS: i64 = 28;

/// By session, device, and range with client, each as 32 bits of a hash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Challenged(BTreeMap<u32, Mark>);

/// A challenged login: its day since 1970, its score's bin, and how many there were since anybody vouched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark(u16, u8, u8);

/// How a login can be known again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Keys([Option<u32>; 3]);

impl Keys {
    /// Of an event, with its traits.
    pub(crate) fn of(seen: &Observation, traits: &Traits) -> Self {
        let [_, device, place] = Self::of_traits(traits).0;
        Self([seen.event.session_id.as_deref().map(|id| short(fnv(id.bytes()))), device, place])
    }

    /// Of what is known of an event without its session.
    pub(crate) fn of_traits(traits: &Traits) -> Self {
        let place = traits.prefix.zip(traits.client).map(|(prefix, client)| short(mix(prefix) ^ client));
        Self([None, traits.device.map(|device| short(mix(device))), place])
    }

    fn all(self) -> impl Iterator<Item = u32> {
        self.0.into_iter().flatten()
    }
}

impl Mark {
    /// The score, the time to the day, and how many.
    pub(super) fn told(self) -> (f64, Timestamp, f64) {
        (histogram::middle(usize::from(self.1)), Timestamp(i64::from(self.0) * DAY), f64::from(self.2))
    }
}

impl Challenged {
    /// Remembers a login that was challenged.
    pub(super) fn note(&mut self, keys: Keys, score: f64, at: Timestamp) {
        let (today, bin) = (day(at), histogram::bin(score) as u8);
        for key in keys.all() {
            let before = self.0.get(&key).map_or(0, |mark| mark.2);
            self.0.insert(key, Mark(today, bin, before.saturating_add(1)));
        }
        self.bound(today);
    }

    /// True when a login like this one was challenged, and nobody has vouched for it.
    pub(super) fn holds(&self, keys: Keys, at: Timestamp) -> bool {
        let today = day(at);
        let fresh = |mark: &Mark| i64::from(today) - i64::from(mark.0) <= KEPT_DAYS;
        !self.0.is_empty() && keys.all().any(|key| self.0.get(&key).is_some_and(fresh))
    }

    /// The login that was challenged, which is then forgotten.
    pub(super) fn take(&mut self, keys: Keys) -> Option<Mark> {
        // The device first: sessions come and go.
        let [session, device, place] = keys.0.map(|key| key.and_then(|key| self.0.remove(&key)));
        device.or(place).or(session)
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (key, mark) in &other.0 {
            let known = self.0.entry(*key).or_insert(*mark);
            if known.0 < mark.0 {
                *known = *mark;
            }
        }
        let newest = self.0.values().map(|mark| mark.0).max().unwrap_or_default();
        self.bound(newest);
    }

    fn bound(&mut self, today: u16) {
        if self.0.len() <= MOST {
            return;
        }
        // Half of them go at once: it is walked through now and then, not each time.
        let mut days: Vec<u16> = self.0.values().map(|mark| mark.0).collect();
        days.sort_unstable();
        let middle = days.get(days.len() / 2).copied().unwrap_or(today);
        let mut left = MOST / 2;
        self.0.retain(|_, mark| {
            let stays = mark.0 >= middle && left > 0;
            left -= usize::from(stays);
            stays
        });
    }
}

fn day(at: Timestamp) -> u16 {
    at.0.div_euclid(DAY).clamp(0, i64::from(u16::MAX)) as u16
}

fn short(hash: u64) -> u32 {
    (hash ^ (hash >> 32)) as u32
}
