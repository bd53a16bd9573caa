//! Logins that were challenged: what goes on like them is challenged until somebody vouches for it, whatever the threshold
//! becomes meanwhile, and once somebody does they count as honest ones.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use super::histogram;
use crate::Timestamp;
use crate::event::Observation;
use crate::mix::{fnv, mix};
use crate::profile::Traits;
use crate::time::MINUTE;

/// So many marks are kept, three of a login; the oldest go first.
const MOST: usize = 4_096;
/// … and none for longer than so many minutes after the last challenge: as long as the longest wait for silence.
const KEPT: u32 = 28 * A_DAY;
const A_DAY: u32 = 24 * 60;

/// By session, device, and range with client, each as 32 bits of a hash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Challenged(BTreeMap<u32, Mark>);

/// A challenged login: its minute since 1970, its score's bin, and how many there were since anybody vouched. None of them:
/// in that minute somebody said what they were, which settles the marks that other processes have of before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark(#[serde(deserialize_with = "minute_or_day")] u32, u8, u8);

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
    /// The score, the time to the minute, and how many.
    pub(super) fn told(self) -> (f64, Timestamp, f64) {
        (histogram::middle(usize::from(self.1)), Timestamp(i64::from(self.0) * MINUTE), f64::from(self.2))
    }

    fn is_open(self) -> bool {
        self.2 > 0
    }

    /// The later one counts, of the same minute the word.
    fn rank(self) -> (u32, bool) {
        (self.0, !self.is_open())
    }
}

impl Challenged {
    /// Remembers a login that was challenged: after all that was said before.
    pub(super) fn note(&mut self, keys: Keys, score: f64, at: Timestamp) {
        let (now, bin) = (minute(at), histogram::bin(score) as u8);
        for key in keys.all() {
            let before = self.0.get(&key).copied().unwrap_or(Mark(0, bin, 0));
            let least = before.0.saturating_add(u32::from(!before.is_open()));
            self.0.insert(key, Mark(now.max(least), bin, before.2.saturating_add(1)));
        }
        self.bound();
    }

    /// True when a login like this one was challenged, and nobody has vouched for it.
    pub(super) fn holds(&self, keys: Keys, at: Timestamp) -> bool {
        let since = minute(at).saturating_sub(KEPT);
        let holds = |mark: &Mark| mark.is_open() && mark.0 >= since;
        !self.0.is_empty() && keys.all().any(|key| self.0.get(&key).is_some_and(holds))
    }

    /// The login that was challenged, which is settled then, and by which of the keys it was known.
    pub(super) fn take(&mut self, keys: Keys, at: Timestamp) -> Option<(Mark, Keys)> {
        let open = |key: &u32| self.0.get(key).copied().filter(|mark| mark.is_open());
        let marks = keys.0.map(|key| key.and_then(|key| Some((key, open(&key)?))));
        let known = Keys(marks.map(|mark| mark.map(|(key, _)| key)));
        let [session, device, place] = marks.map(|mark| mark.map(|(_, mark)| mark));
        // The device first: sessions come and go.
        let mark = device.or(place).or(session)?;
        self.settle(known, at);
        Some((mark, known))
    }

    /// Somebody said what the logins of these keys were.
    pub(super) fn settle(&mut self, keys: Keys, at: Timestamp) {
        for key in keys.all() {
            let before = self.0.get(&key).map_or(0, |mark| mark.0);
            self.0.insert(key, Mark(minute(at).max(before), 0, 0));
        }
        self.bound();
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (key, mark) in &other.0 {
            let known = self.0.entry(*key).or_insert(*mark);
            if known.rank() < mark.rank() {
                *known = *mark;
            }
        }
        self.bound();
    }

    fn bound(&mut self) {
        if self.0.len() <= MOST {
            return;
        }
        // Half of them go at once: they are sorted now and then, not each time.
        let mut newest: Vec<_> = self.0.iter().map(|(key, mark)| (mark.0, *key)).collect();
        newest.sort_unstable_by(|one, other| other.cmp(one));
        for (_, key) in newest.into_iter().skip(MOST / 2) {
            self.0.remove(&key);
        }
    }
}

fn minute(at: Timestamp) -> u32 {
    at.0.div_euclid(MINUTE).clamp(0, i64::from(u32::MAX)) as u32
}

/// An older version wrote days since 1970: so small a number is one.
fn minute_or_day<'de, D: Deserializer<'de>>(number: D) -> Result<u32, D::Error> {
    let number = u32::deserialize(number)?;
    Ok(if number <= u32::from(u16::MAX) { number * A_DAY } else { number })
}

fn short(hash: u64) -> u32 {
    (hash ^ (hash >> 32)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{DAY, HOUR};

    const NOW: Timestamp = Timestamp::from_seconds(1_772_409_600);

    fn keys(device: u64) -> Keys {
        Keys::of_traits(&Traits { device: Some(device), ..Traits::default() })
    }

    fn both(one: &Challenged, other: &Challenged) -> Challenged {
        let (mut left, mut right) = (one.clone(), other.clone());
        left.merge(other);
        right.merge(one);
        assert_eq!(left, right, "in any order");
        left
    }

    #[test]
    fn a_word_settles_the_marks_of_before_wherever_they_are_and_none_of_after() {
        let (mut here, mut there) = (Challenged::default(), Challenged::default());
        there.note(keys(1), 2.0, NOW);
        let mut seen = both(&here, &there);
        let (mark, known) = seen.take(keys(1), NOW.plus(HOUR)).expect("a mark");
        here.settle(known, NOW.plus(HOUR));
        assert_eq!(mark.told().2, 1.0);
        let mut again = both(&here, &there);
        assert!(!again.holds(keys(1), NOW.plus(HOUR)) && again.take(keys(1), NOW.plus(HOUR)).is_none());
        there.note(keys(1), 2.0, NOW.plus(2 * HOUR));
        assert!(both(&here, &there).holds(keys(1), NOW.plus(2 * HOUR)), "challenged anew");
        // One whose clock is behind.
        here.note(keys(1), 2.0, NOW);
        assert!(here.holds(keys(1), NOW.plus(2 * HOUR)));
    }

    #[test]
    fn a_word_about_nothing_that_was_challenged_is_not_kept() {
        let mut nothing = Challenged::default();
        assert_eq!(nothing.take(keys(1), NOW), None);
        assert_eq!(nothing, Challenged::default());
    }

    #[test]
    fn of_one_busy_day_the_last_ones_stay() {
        let mut busy = Challenged::default();
        (0..u64::try_from(MOST).expect("few") + 1).for_each(|login| {
            busy.note(keys(login), 2.0, NOW.plus(i64::try_from(login).expect("few") * MINUTE / 4));
        });
        assert_eq!(busy.0.len(), MOST / 2);
        assert!((2_100..4_097).all(|login| busy.holds(keys(login), NOW.plus(DAY))));
        assert!((0..2_000).all(|login| !busy.holds(keys(login), NOW.plus(DAY))));
    }

    #[test]
    fn what_an_older_version_wrote_in_days_is_read() {
        let day = u16::try_from(NOW.0.div_euclid(DAY)).expect("a day");
        let older = postcard::to_allocvec(&BTreeMap::from([(7_u32, (day, 70_u8, 3_u8))])).expect("encoded");
        let read: Challenged = postcard::from_bytes(&older).expect("read");
        assert_eq!(read.0[&7].told().1, Timestamp(i64::from(day) * DAY));
    }
}
