//! How often a user showed each value of one kind, fading with time, in a bounded list.

mod fade;
mod own;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub(crate) use fade::{EPOCH, faded, fading, hundredths, short_day};
pub(crate) use own::Since;

/// History older than half a year hardly helps (Freeman et al., NDSS 2016), so a count halves in four months.
pub(crate) const HALF_LIFE_DAYS: f64 = 120.0;
/// What has faded below this share of a login is forgotten.
pub(crate) const FORGOTTEN: f64 = 0.02;
/// A value that never counted for so much of a login is no habit yet: only what silence alone vouched for is below it, on
/// one day or on two that lie more than nine months apart.
pub(crate) const BELIEVED: f64 = 0.3;

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
    /// When it became known; written apart, see [`Habit::dates`].
    #[serde(skip)]
    since: Since,
}

impl Tally {
    fn weight(&self, today: i32) -> f64 {
        faded(self.count, self.day, today, HALF_LIFE_DAYS)
    }

    /// A habit stays one while it fades.
    fn is_believed(&self) -> bool {
        self.count >= hundredths(BELIEVED)
    }

    fn news(&self, today: i32) -> f64 {
        faded(self.news, self.day, today, HALF_LIFE_DAYS)
    }

    /// States the counts as of a later day.
    pub(super) fn advance(&mut self, day: i32, more: f64) {
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
    /// What a session does after its login: a quarter, as a day of silence counts. Whoever goes on with a stolen session has
    /// proved nothing, so that one day of it makes nothing a habit; what is one stays one.
    pub(crate) const REQUEST: Self = Self { weight: 0.25, once_a_day: true, trial: false };
}

impl Habit {
    /// True before the first value that is believed.
    pub(crate) fn is_empty(&self) -> bool {
        self.believed().next().is_none()
    }

    fn believed(&self) -> impl Iterator<Item = &Tally> {
        self.tallies.iter().filter(|tally| tally.is_believed())
    }

    /// True when this value was shown, and nobody but silence vouched for it.
    pub(crate) fn doubts(&self, key: u64) -> bool {
        self.tallies.iter().any(|tally| tally.key == key && !tally.is_believed())
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
        self.believed().map(|tally| tally.weight(today)).sum()
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
            self.believed().map(|tally| (tally.key, tally.weight(today) / all)).collect();
        shares.sort_by(|a, b| b.1.total_cmp(&a.1));
        shares
    }

    /// The note kept with this value.
    pub(crate) fn note(&self, key: u64) -> Option<u32> {
        self.find(key).map(|tally| tally.note).filter(|note| *note > 0)
    }

    fn find(&self, key: u64) -> Option<&Tally> {
        self.believed().find(|tally| tally.key == key)
    }

    /// Counts a value; true when that made it known. What is believed already gains nothing by what is not believed itself,
    /// and what is not believed says nothing of how often the user shows something new: a value that silence vouched for
    /// is a new one when it comes to be believed, and before that as if it had not been. Where `limit` values are kept
    /// already, the weakest makes room.
    pub(crate) fn add(&mut self, key: u64, note: u32, dose: Dose, today: i32, limit: usize) -> bool {
        let (first, known) = (self.is_empty(), self.find(key).is_some());
        let place = self.tallies.iter().position(|tally| tally.key == key);
        if let Some(tally) = place.and_then(|place| self.tallies.get_mut(place)) {
            let counts = dose.weight >= 1.0 || dose.once_a_day || !tally.is_believed();
            if counts && note > 0 && today >= tally.day {
                tally.note = note;
            }
            if dose.once_a_day && tally.day >= today {
                return false;
            }
            if counts {
                let day = tally.day.max(today);
                // What comes late has faded already.
                tally.advance(day, dose.weight * fading(day.saturating_sub(today), HALF_LIFE_DAYS));
            }
        }
        let day = if self.day == 0 { today } else { self.day.max(today) };
        let (trials, news) = self.trials(day);
        self.tallies.retain(|tally| tally.key == key || tally.weight(day) >= FORGOTTEN);
        if place.is_none() {
            self.make_room(day, limit);
            self.tallies.push(Tally {
                key,
                count: hundredths(dose.weight),
                day: today,
                note,
                news: 0,
                since: Since::default(),
            });
        }
        let becomes_known = !known && self.find(key).is_some();
        let is_trial = dose.trial && !first && (becomes_known || dose.weight >= BELIEVED);
        let trial = if is_trial { fading(day.saturating_sub(today), HALF_LIFE_DAYS) } else { 0.0 };
        self.trials = hundredths(trials + trial);
        self.news = hundredths(news + if becomes_known { trial } else { 0.0 });
        self.day = day;
        becomes_known
    }

    fn make_room(&mut self, today: i32, limit: usize) {
        while self.tallies.len() >= limit.max(1) {
            // What nobody vouched for goes first.
            let weakest = self.tallies.iter().enumerate().min_by(|(_, a), (_, b)| {
                let weights = a.weight(today).total_cmp(&b.weight(today));
                a.is_believed().cmp(&b.is_believed()).then(weights).then(a.day.cmp(&b.day))
            });
            let Some((index, _)) = weakest else { return };
            self.tallies.remove(index);
        }
    }

    /// Drops what a damaged encoding holds beyond the limit.
    pub(crate) fn bound(&mut self, limit: usize) {
        self.tallies.truncate(limit);
    }
}
