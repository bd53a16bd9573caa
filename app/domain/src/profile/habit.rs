//! How often a user showed each value of one kind, fading with time, in a bounded list.

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// History older than half a year hardly helps (Freeman et al., NDSS 2016), so a count halves in four months.
pub(crate) const HALF_LIFE_DAYS: f64 = 120.0;
/// A login weighs a hundred of these, so that a fading count is still a short integer.
const UNIT: f64 = 100.0;
/// What has faded below this share of a login is forgotten.
pub(crate) const FORGOTTEN: f64 = 0.02;
/// Days are written from 2020-01-01 on: two bytes until 2042.
pub(crate) const EPOCH: i32 = 18_262;

/// One value that the user showed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Tally {
    key: u64,
    /// Hundredths of logins as of `day`.
    count: u32,
    #[serde(with = "short_day")]
    day: i32,
    /// A client's version, a device's kind of client; 0 is none.
    note: u32,
    /// Hundredths of logins that showed this value with a new one below it, as of `day`.
    news: u32,
}

impl Tally {
    fn weight(&self, today: i32) -> f64 {
        faded(self.count, self.day, today, HALF_LIFE_DAYS)
    }

    fn news(&self, today: i32) -> f64 {
        faded(self.news, self.day, today, HALF_LIFE_DAYS)
    }

    /// States the counts as of a later day.
    fn advance(&mut self, day: i32, more: f64) {
        let (count, news) = (self.weight(day) + more, self.news(day));
        (self.count, self.news, self.day) = (hundredths(count), hundredths(news), day);
    }
}

/// The values of one kind. A *trial* is a login that could have shown a new value: the level above was known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Habit {
    #[serde(with = "short_day")]
    day: i32,
    /// Hundredths of trials as of `day`, and of those that showed a new value.
    trials: u32,
    news: u32,
    tallies: Vec<Tally>,
}

/// How much one observation counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dose {
    /// In logins.
    pub(crate) weight: f64,
    /// Nothing for a value that was already counted on this day: a session's many requests are not many logins.
    pub(crate) once_a_day: bool,
    /// Whether a new value could have been shown.
    pub(crate) trial: bool,
}

impl Dose {
    /// A login.
    pub(crate) const LOGIN: Self = Self { weight: 1.0, once_a_day: false, trial: true };
    /// What a session does after its login.
    pub(crate) const REQUEST: Self = Self { weight: 1.0, once_a_day: true, trial: false };
}

impl Habit {
    /// True before the first value.
    pub(crate) fn is_empty(&self) -> bool {
        self.tallies.is_empty()
    }

    /// How many values are remembered.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.tallies.len()
    }

    /// Trials and those of them that showed a new value, faded.
    pub(crate) fn trials(&self, today: i32) -> (f64, f64) {
        let faded = |count| faded(count, self.day, today, HALF_LIFE_DAYS);
        (faded(self.trials), faded(self.news).min(faded(self.trials)))
    }

    /// Logins that showed this value after the first one, and those of them that showed a new value below it, faded.
    pub(crate) fn below(&self, key: u64, today: i32) -> Option<(f64, f64)> {
        self.find(key).map(|tally| {
            let trials = (tally.weight(today) - 1.0).max(0.0);
            (trials, tally.news(today).min(trials))
        })
    }

    /// A login that showed this value showed a new one below it.
    pub(crate) fn begot(&mut self, key: u64) {
        if let Some(tally) = self.tallies.iter_mut().find(|tally| tally.key == key) {
            tally.news = tally.news.saturating_add(hundredths(1.0));
        }
    }

    /// Logins that showed any of the remembered values, faded.
    pub(crate) fn total(&self, today: i32) -> f64 {
        self.tallies.iter().map(|tally| tally.weight(today)).sum()
    }

    /// Logins that showed this value, faded; None when it is new.
    pub(crate) fn weight(&self, key: u64, today: i32) -> Option<f64> {
        self.find(key).map(|tally| tally.weight(today))
    }

    /// The last day on which this value was shown.
    pub(crate) fn last_day(&self, key: u64) -> Option<i32> {
        self.find(key).map(|tally| tally.day)
    }

    /// All remembered values with their shares of what is remembered, the most frequent first.
    pub(crate) fn ranked(&self, today: i32) -> Vec<(u64, f64)> {
        let all = self.total(today).max(FORGOTTEN);
        let mut shares: Vec<_> =
            self.tallies.iter().map(|tally| (tally.key, tally.weight(today) / all)).collect();
        shares.sort_by(|a, b| b.1.total_cmp(&a.1));
        shares
    }

    /// The note kept with this value.
    pub(crate) fn note(&self, key: u64) -> Option<u32> {
        self.find(key).map(|tally| tally.note).filter(|note| *note > 0)
    }

    fn find(&self, key: u64) -> Option<&Tally> {
        self.tallies.iter().find(|tally| tally.key == key)
    }

    /// Counts a value. Where `limit` values are kept already, the weakest makes room.
    pub(crate) fn add(&mut self, key: u64, note: u32, dose: Dose, today: i32, limit: usize) {
        let found = self.tallies.iter_mut().find(|tally| tally.key == key);
        let (known, first) = (found.is_some(), self.day == 0);
        if let Some(tally) = found {
            if note > 0 && today >= tally.day {
                tally.note = note;
            }
            if dose.once_a_day && tally.day >= today {
                return;
            }
            tally.advance(tally.day.max(today), dose.weight);
        }
        let day = if first { today } else { self.day.max(today) };
        let (trials, news) = self.trials(day);
        let trial = if dose.trial && !first { 1.0 } else { 0.0 };
        self.trials = hundredths(trials + trial);
        self.news = hundredths(news + if known { 0.0 } else { trial });
        self.day = day;
        self.tallies.retain(|tally| tally.key == key || tally.weight(day) >= FORGOTTEN);
        if !known {
            self.make_room(day, limit);
            self.tallies.push(Tally { key, count: hundredths(dose.weight), day: today, note, news: 0 });
        }
    }

    fn make_room(&mut self, today: i32, limit: usize) {
        while self.tallies.len() >= limit.max(1) {
            let weakest =
                self.tallies.iter().enumerate().min_by(|(_, a), (_, b)| {
                    a.weight(today).total_cmp(&b.weight(today)).then(a.day.cmp(&b.day))
                });
            let Some((index, _)) = weakest else { return };
            self.tallies.remove(index);
        }
    }

    /// Takes logins back: what remains below half of one is forgotten.
    pub(crate) fn take_back(&mut self, key: u64, logins: f64, today: i32) {
        let Some(index) = self.tallies.iter().position(|tally| tally.key == key) else { return };
        let day = self.day.max(today);
        let (trials, news) = self.trials(day);
        let left = self.tallies[index].weight(day) - logins;
        self.day = day;
        self.trials = hundredths(trials - 1.0);
        if left < 0.5 {
            self.news = hundredths(news - 1.0);
            self.tallies.remove(index);
            if self.tallies.is_empty() {
                *self = Self::default();
            }
        } else {
            self.news = hundredths(news);
            let tally = &mut self.tallies[index];
            tally.advance(day.max(tally.day), -logins);
        }
    }

    /// Drops what a damaged encoding holds beyond the limit.
    pub(crate) fn bound(&mut self, limit: usize) {
        self.tallies.truncate(limit);
    }
}

/// Hundredths of logins as of `last`, in logins, faded until `today`.
pub(crate) fn faded(count: u32, last: i32, today: i32, half_life: f64) -> f64 {
    f64::from(count) / UNIT * fading(today.saturating_sub(last).max(0), half_life)
}

/// What so many days leave of a count. A judgement asks some hundred times, mostly for the last weeks of the usual
/// half-life.
fn fading(days: i32, half_life: f64) -> f64 {
    static USUAL: LazyLock<[f64; 512]> =
        LazyLock::new(|| std::array::from_fn(|days| (-(days as f64) / HALF_LIFE_DAYS).exp2()));
    let usual = usize::try_from(days).ok().filter(|_| half_life == HALF_LIFE_DAYS);
    match usual.and_then(|days| USUAL.get(days)) {
        Some(left) => *left,
        None => (-f64::from(days) / half_life).exp2(),
    }
}

/// Logins in hundredths.
pub(crate) fn hundredths(logins: f64) -> u32 {
    (logins.max(0.0) * UNIT).round() as u32
}

/// A day, counted from 1970, in few bytes.
pub(crate) mod short_day {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(day: &i32, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i32(day.saturating_sub(super::EPOCH))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
        Ok(i32::deserialize(deserializer)?.saturating_add(super::EPOCH))
    }
}
