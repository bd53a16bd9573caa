//! Fading counts of values in a bounded table.

use std::collections::HashMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::mix::Mixing;
use crate::profile::habit::{EPOCH, FORGOTTEN, faded, fading, hundredths};

/// One value: hundredths as of a day, and how many different values were seen below it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Cell {
    count: u32,
    day: i32,
    values: u32,
}

/// How common a value is among those that share what is above it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Frequency {
    /// Users and days that showed the value.
    pub(crate) count: f64,
    /// Users and days that showed what is above it.
    pub(crate) above: f64,
    /// Different values seen below that.
    pub(crate) values: f64,
}

impl Frequency {
    /// The value's probability, smoothed by half a count for each value and `unseen` counts for those not seen yet:
    /// (c + ½) / (c_above + ½·V + κ).
    pub(crate) fn probability(self, unseen: f64) -> f64 {
        (self.count.min(self.above) + 0.5) / (self.above + 0.5 * self.values + unseen)
    }
}

/// Values and their counts, at most `limit` of them: when there are more, the quarter with the smallest counts goes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Counts {
    cells: HashMap<u64, Cell, Mixing>,
    limit: usize,
    half_life: f64,
}

impl Counts {
    pub(super) fn new(limit: usize, half_life: f64) -> Self {
        Self { cells: HashMap::default(), limit, half_life }
    }

    /// Counts a value; true when it was not there. What comes late has faded already.
    pub(super) fn add(&mut self, key: u64, today: i32) -> bool {
        let half_life = self.half_life;
        let mut fresh = false;
        let cell = self.cells.entry(key).or_insert_with(|| {
            fresh = true;
            Cell { count: 0, day: today, values: 0 }
        });
        let day = cell.day.max(today);
        let more = fading(day.saturating_sub(today), half_life);
        cell.count = hundredths(faded(cell.count, cell.day, day, half_life) + more);
        cell.day = day;
        if fresh && self.cells.len() > self.limit {
            self.prune(today);
        }
        fresh
    }

    /// One more different value below this one.
    pub(super) fn begot(&mut self, key: u64) {
        if let Some(cell) = self.cells.get_mut(&key) {
            cell.values = cell.values.saturating_add(1);
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    /// The faded count, and how many different values are below.
    pub(super) fn get(&self, key: u64, today: i32) -> (f64, f64) {
        self.cells.get(&key).map_or((0.0, 0.0), |cell| {
            (faded(cell.count, cell.day, today, self.half_life), f64::from(cell.values))
        })
    }

    /// How common a value is below another one of which count and values are given.
    pub(super) fn at(&self, key: u64, today: i32, (above, values): (f64, f64)) -> Frequency {
        Frequency { count: self.get(key, today).0, above, values }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        let mut today = i32::MIN;
        for (key, theirs) in &other.cells {
            let mine = self.cells.entry(*key).or_insert(Cell { count: 0, day: theirs.day, values: 0 });
            let day = mine.day.max(theirs.day);
            let sum = faded(mine.count, mine.day, day, self.half_life)
                + faded(theirs.count, theirs.day, day, self.half_life);
            *mine = Cell { count: hundredths(sum), day, values: mine.values.max(theirs.values) };
            today = today.max(day);
        }
        if self.cells.len() > self.limit {
            self.prune(today);
        }
    }

    fn prune(&mut self, today: i32) {
        let half_life = self.half_life;
        let weight = |cell: &Cell| faded(cell.count, cell.day, today, half_life);
        self.cells.retain(|_, cell| weight(cell) >= FORGOTTEN);
        let keep = self.limit - self.limit / 4;
        if self.cells.len() <= keep {
            return;
        }
        let mut all: Vec<(f64, u64)> = self.cells.iter().map(|(key, cell)| (weight(cell), *key)).collect();
        let surplus = all.len() - keep;
        all.select_nth_unstable_by(surplus, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for (_, key) in &all[..surplus] {
            self.cells.remove(key);
        }
    }
}

/// Written as sorted rows of (difference to the key before, count, day, values).
impl Serialize for Counts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rows: Vec<_> = self.cells.iter().map(|(key, cell)| (*key, *cell)).collect();
        rows.sort_unstable_by_key(|(key, _)| *key);
        let mut last = 0;
        let rows: Vec<_> = rows
            .into_iter()
            .map(|(key, cell)| {
                let step = key - std::mem::replace(&mut last, key);
                (step, cell.count, cell.day.saturating_sub(EPOCH), cell.values)
            })
            .collect();
        (self.limit as u64, self.half_life as u32, rows).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Counts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        type Rows = Vec<(u64, u32, i32, u32)>;
        let (limit, half_life, rows) = <(u64, u32, Rows)>::deserialize(deserializer)?;
        // What is written is smaller than the largest table; a damaged encoding must not ask for more.
        let limit = usize::try_from(limit).unwrap_or(1).clamp(1, super::ADDRESSES);
        let mut counts = Self::new(limit, f64::from(half_life.max(1)));
        let mut key = 0_u64;
        for (step, count, day, values) in rows.into_iter().take(limit) {
            key = key.wrapping_add(step);
            counts.cells.insert(key, Cell { count, day: day.saturating_add(EPOCH), values });
        }
        Ok(counts)
    }
}
