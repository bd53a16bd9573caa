//! Since when a value is the user's, and what a "no" leaves of it: what came with the thief goes whole.

use super::{BELIEVED, Habit, hundredths};
use crate::Timestamp;
use crate::time::HOUR;

/// When a value became known: twice the hour, counted from 1970, and one more where the user's own word vouched for it. 0 is
/// what an older version kept: always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Since(u32);

impl Since {
    /// Known by what was done then.
    pub(crate) fn at(at: Timestamp) -> Self {
        Self(u32::try_from(at.0.div_euclid(HOUR)).unwrap_or(0).saturating_mul(2))
    }

    /// The user said that a login of then was theirs.
    pub(crate) fn said(at: Timestamp) -> Self {
        Self(Self::at(at).0 | 1)
    }

    fn is_said(self) -> bool {
        self.0 & 1 == 1
    }

    /// True when it was the user's own before a visit that began then, or is by their word on another.
    fn is_own(self, began: Timestamp) -> bool {
        let (known, began) = (self.0 & !1, Self::at(began).0);
        known < began || (self.is_said() && known > began)
    }

    /// Counted back from the end of the value's last day: a byte or two for what is new.
    fn back_from(self, day: i32) -> i64 {
        if self.0 == 0 { 0 } else { end_of(day) - i64::from(self.0) }
    }

    fn read(back: i64, day: i32) -> Self {
        Self(if back == 0 { 0 } else { u32::try_from(end_of(day).wrapping_sub(back)).unwrap_or(0) })
    }
}

/// Of no value that is shown on this day.
fn end_of(day: i32) -> i64 {
    (i64::from(day) + 1) * 48 + 1
}

impl Habit {
    /// Dates a value that has just become known; one that was known keeps its date, and what the user said of it is added.
    pub(crate) fn date(&mut self, key: u64, since: Since, becomes_known: bool) {
        let Some(tally) = self.tallies.iter_mut().find(|tally| tally.key == key && tally.is_believed())
        else {
            return;
        };
        if becomes_known {
            tally.since = since;
        } else if since.is_said() && tally.since.0 > 0 {
            tally.since.0 |= 1;
        }
    }

    /// True when this value was the user's before a visit that began then.
    pub(crate) fn is_own(&self, key: u64, began: Timestamp) -> bool {
        self.find(key).is_some_and(|tally| tally.since.is_own(began))
    }

    /// True when it is kept since when it is known.
    pub(crate) fn is_dated(&self, key: u64) -> bool {
        self.find(key).is_some_and(|tally| tally.since.0 > 0)
    }

    /// True when a value became known on this day.
    pub(crate) fn has_news_of(&self, day: i32) -> bool {
        self.believed().any(|tally| i64::from(tally.since.0) / 48 == i64::from(day))
    }

    /// When its values became known, as numbers in their order.
    pub(crate) fn dates(&self) -> impl Iterator<Item = i64> {
        self.tallies.iter().map(|tally| tally.since.back_from(tally.day))
    }

    /// Reads what [`Habit::dates`] told, as far as that goes.
    pub(crate) fn read_dates(&mut self, mut next: impl FnMut() -> Option<i64>) {
        for tally in &mut self.tallies {
            let Some(back) = next() else { return };
            tally.since = Since::read(back, tally.day);
        }
    }

    /// Takes logins back: what remains and would not be believed is forgotten.
    pub(crate) fn take_back(&mut self, key: u64, logins: f64, today: i32) {
        let Some(index) = self.tallies.iter().position(|tally| tally.key == key) else { return };
        let day = self.day.max(today);
        let (trials, news) = self.trials(day);
        let left = self.tallies[index].weight(day) - logins;
        self.day = day;
        self.trials = hundredths(trials - 1.0);
        if left < BELIEVED {
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

    /// Takes logins back from what stays the user's own: too little is left alone.
    pub(crate) fn take_from_own(&mut self, key: u64, logins: f64, today: i32) {
        if self.weight(key, today).is_some_and(|weight| weight - logins >= BELIEVED) {
            self.take_back(key, logins, today);
        }
    }

    /// Forgets a value and every login that showed it.
    pub(crate) fn forget(&mut self, key: u64, today: i32) {
        let known = self.weight(key, today);
        self.tallies.retain(|tally| tally.key != key);
        if self.tallies.is_empty() {
            *self = Self::default();
        } else if let Some(logins) = known {
            let day = self.day.max(today);
            let (trials, news) = self.trials(day);
            (self.trials, self.news) = (hundredths(trials - logins), hundredths(news - 1.0));
            self.day = day;
        }
    }
}
