//! Visits of which the user has said nothing: a challenge was passed, or silence believed them. A "no" to a later one by the
//! same party is about these, too.

use serde::{Deserialize, Serialize};

use super::traits::Traits;
use super::{Profile, QUIET};
use crate::Timestamp;
use crate::time::SECOND;

/// The last ones of so many parties are kept …
const MOST: usize = 4;
/// … each for so long after its first visit: by then its user would have said something.
const KEPT: i64 = 2 * QUIET;

/// The first of a party's visits, in 32 bytes: what it is known again by, as 32 bits of a hash each, 0 for unknown, and its
/// second; and that of the login which the user said was theirs, 0 for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Visit {
    device: u32,
    client: u32,
    prefix: u32,
    at: i64,
    said: i64,
}

impl Visit {
    fn of(traits: &Traits, at: Timestamp) -> Self {
        let short = |key: Option<u64>| key.map_or(0, |key| (key ^ key >> 32) as u32 | 1);
        let [device, client, prefix] = [traits.device, traits.client, traits.prefix].map(short);
        Self { device, client, prefix, at: at.seconds(), said: 0 }
    }

    fn resembles(&self, other: &Self) -> bool {
        self.traits().resembles(&other.traits())
    }

    /// What it is known again by, to be compared with another's.
    fn traits(&self) -> Traits {
        let [device, client, prefix] =
            [self.device, self.client, self.prefix].map(|key| Some(u64::from(key)).filter(|key| *key > 0));
        Traits { device, client, prefix, ..Traits::default() }
    }
}

impl Profile {
    /// When whoever shows this came first, as far as nobody has said that it was the user: now, unless it waits since, or came
    /// before.
    pub(super) fn began(&self, traits: &Traits) -> Timestamp {
        let this = Visit::of(traits, traits.at);
        let waiting = self.pending.iter().filter(|other| other.traits.resembles(traits));
        // What the user vouched for is theirs, unless they deny that very login.
        let counts = |visit: &&Visit| visit.said == 0 || visit.said == this.at;
        let visits = self.visits.iter().filter(|visit| visit.resembles(&this)).filter(counts);
        let before = visits.map(|visit| visit.at).filter(|at| this.at.saturating_sub(*at) <= KEPT / SECOND);
        let first = waiting.map(|other| other.traits.at.seconds()).chain(before).fold(this.at, i64::min);
        Timestamp::from_seconds(first)
    }

    /// Keeps a visit that began then, and that something else than the user vouched for.
    pub(super) fn keep_visit(&mut self, traits: &Traits, began: Timestamp) {
        self.forget_visits(traits);
        self.visits.push(Visit::of(traits, began));
        let surplus = self.visits.len().saturating_sub(MOST);
        self.visits.drain(..surplus);
    }

    /// The user said that this login was theirs, and so were they.
    pub(super) fn vouch_for_visits(&mut self, traits: &Traits) {
        let this = Visit::of(traits, traits.at);
        let like = self.visits.iter_mut().filter(|visit| visit.resembles(&this) && visit.said == 0);
        like.for_each(|visit| visit.said = this.at);
    }

    /// The user said that they were not theirs.
    pub(super) fn forget_visits(&mut self, traits: &Traits) {
        let this = Visit::of(traits, traits.at);
        self.visits.retain(|visit| !visit.resembles(&this));
    }

    pub(super) fn bound_visits(&mut self) {
        self.visits.truncate(MOST);
    }
}
