//! A bounded map: what is worth least makes room, so that a flood of new keys cannot push out what is known.

use serde::{Deserialize, Serialize};

/// How many values share a set: a full set gives up its least worthy one.
const WAYS: usize = 8;

/// What a table keeps.
pub(super) trait Worth {
    /// What is lost with it, as of this second.
    fn worth(&self, now: i64) -> f64;
}

/// At most `sets · 8` values by their well mixed key, set-associative as a processor's cache: constant time, no
/// random state, memory grows with what is kept until it is full.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Table<V> {
    sets: Vec<Vec<(u64, V)>>,
}

impl<V: Worth> Table<V> {
    /// A table for at most `capacity` values, rounded up to whole sets.
    pub(super) fn new(capacity: usize) -> Self {
        Self { sets: (0..capacity.div_ceil(WAYS).max(1)).map(|_| Vec::new()).collect() }
    }

    fn set(&self, key: u64) -> usize {
        (key % self.sets.len().max(1) as u64) as usize
    }

    /// What is kept under the key.
    pub(super) fn get(&self, key: u64) -> Option<&V> {
        let set = self.sets.get(self.set(key))?;
        set.iter().find(|(kept, _)| *kept == key).map(|(_, value)| value)
    }

    /// Changes what is kept under the key, or `fresh`.
    pub(super) fn update(
        &mut self,
        key: u64,
        now: i64,
        fresh: impl FnOnce() -> V,
        change: impl FnOnce(&mut V),
    ) {
        let index = self.set(key);
        let Some(set) = self.sets.get_mut(index) else { return };
        if let Some((_, value)) = set.iter_mut().find(|(kept, _)| *kept == key) {
            return change(value);
        }
        if set.len() >= WAYS {
            let worths = set.iter().map(|(_, value)| value.worth(now)).enumerate();
            let least = worths.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(index, _)| index);
            set.swap_remove(least);
        }
        let mut value = fresh();
        change(&mut value);
        if set.capacity() == 0 {
            set.reserve_exact(2);
        }
        set.push((key, value));
    }

    /// At most so many values, those worth most as of this second.
    pub(super) fn best(&self, most: usize, now: i64) -> Vec<(u64, V)>
    where
        V: Clone,
    {
        let mut all: Vec<_> = self.sets.iter().flatten().map(|kept| (kept.1.worth(now), kept)).collect();
        if all.len() > most {
            all.select_nth_unstable_by(most, |(a, _), (b, _)| b.total_cmp(a));
            all.truncate(most);
        }
        all.into_iter().map(|(_, kept)| kept.clone()).collect()
    }

    /// Keeps a value where there is room.
    pub(super) fn put(&mut self, key: u64, value: V) {
        let index = self.set(key);
        if let Some(set) = self.sets.get_mut(index).filter(|set| set.len() < WAYS) {
            set.retain(|(kept, _)| *kept != key);
            set.push((key, value));
        }
    }

    /// How many values are kept.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.sets.iter().map(Vec::len).sum()
    }

    /// What it occupies, in bytes.
    pub(super) fn bytes(&self) -> usize {
        let value = size_of::<(u64, V)>();
        self.sets.len() * size_of::<Vec<V>>()
            + self.sets.iter().map(|set| set.capacity() * value).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::super::sketch::mix;
    use super::*;

    impl Worth for u32 {
        fn worth(&self, _: i64) -> f64 {
            f64::from(*self)
        }
    }

    #[test]
    fn a_flood_of_new_keys_stays_bounded_and_leaves_what_is_worth_more() {
        let mut table = Table::new(1_024);
        for key in 0..256 {
            table.update(mix(key), 0, || 0_u32, |value| *value += 100);
        }
        for key in 1_000..200_000 {
            table.update(mix(key), 0, || 0, |value| *value += 1);
        }
        assert!(table.len() <= 1_024 && table.bytes() < 64 * 1_024, "{} {}", table.len(), table.bytes());
        let kept = (0..256).filter(|key| table.get(mix(*key)) == Some(&100)).count();
        assert!(kept >= 250, "{kept}");
    }
}
