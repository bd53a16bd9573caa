//! How often a user showed each value of one kind, fading with time, in a bounded list.

use serde::{Deserialize, Serialize};

/// History older than half a year hardly helps (Freeman et al., NDSS 2016), so a count halves in four months.
const HALF_LIFE_DAYS: f64 = 120.0;
/// A login weighs a hundred of these, so that a fading count is still a short integer.
const UNIT: f64 = 100.0;
/// What has faded below this share of a login is forgotten.
const FORGOTTEN: f64 = 0.02;
/// How many logins' worth the prior knowledge of novelty weighs.
const PRIOR_WEIGHT: f64 = 6.0;

/// One value: its key, hundredths of logins as of the last day, last day, days from the first to it, and a note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Tally(u64, u32, i32, i32, u32);

impl Tally {
    fn weight(&self, today: i32) -> f64 {
        faded(self.1, self.2, today)
    }
}

/// The values of one kind: the day of the last change, hundredths of logins, and of those that showed a new value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Habit(i32, u32, u32, Vec<Tally>);

/// How much one observation counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dose {
    /// In logins.
    pub(crate) weight: f64,
    /// Nothing for a value that was already counted on this day: a session's many requests are not many logins.
    pub(crate) once_a_day: bool,
}

impl Habit {
    /// True before the first value.
    pub(crate) fn is_empty(&self) -> bool {
        self.3.is_empty()
    }

    /// How many values are remembered.
    pub(crate) fn len(&self) -> usize {
        self.3.len()
    }

    /// Logins that showed any value of this kind, faded.
    pub(crate) fn total(&self, today: i32) -> f64 {
        faded(self.1, self.0, today)
    }

    /// Logins that showed this value, faded; None when it is new.
    pub(crate) fn weight(&self, key: u64, today: i32) -> Option<f64> {
        self.3.iter().find(|tally| tally.0 == key).map(|tally| tally.weight(today))
    }

    /// This value's share of the remembered ones, each smoothed by half a login (Laplace; Jeffreys' prior).
    pub(crate) fn share(&self, key: u64, today: i32) -> f64 {
        let all: f64 = self.3.iter().map(|tally| tally.weight(today) + 0.5).sum();
        (self.weight(key, today).unwrap_or(0.0) + 0.5) / all.max(0.5)
    }

    /// All remembered values with their shares of what is remembered, the most frequent first.
    pub(crate) fn ranked(&self, today: i32) -> Vec<(u64, f64)> {
        let all: f64 = self.3.iter().map(|tally| tally.weight(today)).sum();
        let mut shares: Vec<_> =
            self.3.iter().map(|tally| (tally.0, tally.weight(today) / all.max(FORGOTTEN))).collect();
        shares.sort_by(|a, b| b.1.total_cmp(&a.1));
        shares
    }

    /// How likely this user's next login shows a new value: (new + prior) / (all + 6), the user's own novelty
    /// smoothed by `prior` new values in six logins.
    pub(crate) fn novelty(&self, prior: f64, today: i32) -> f64 {
        let (new, all) = (faded(self.2, self.0, today), self.total(today));
        ((new + prior) / (all + PRIOR_WEIGHT)).clamp(1e-6, 1.0)
    }

    /// The note kept with this value.
    pub(crate) fn note(&self, key: u64) -> Option<u32> {
        self.3.iter().find(|tally| tally.0 == key).map(|tally| tally.4).filter(|note| *note > 0)
    }

    /// Counts a value. Where `limit` values are kept already, the weakest makes room.
    pub(crate) fn add(&mut self, key: u64, note: u32, dose: Dose, today: i32, limit: usize) {
        let found = self.3.iter().position(|tally| tally.0 == key);
        let known = found.is_some();
        if let Some(tally) = found.map(|index| &mut self.3[index]) {
            if note > 0 && today >= tally.2 {
                tally.4 = note;
            }
            if dose.once_a_day && tally.2 >= today {
                return;
            }
            let last = tally.2.max(today);
            *tally = Tally(
                key,
                hundredths(tally.weight(last) + dose.weight),
                last,
                tally.3 + last - tally.2,
                tally.4,
            );
        }
        let first = self.1 == 0;
        let day = if first { today } else { self.0.max(today) };
        let new = faded(self.2, self.0, day) + if known || first { 0.0 } else { 1.0 };
        *self = Self(
            day,
            hundredths(self.total(day) + dose.weight),
            hundredths(new),
            std::mem::take(&mut self.3),
        );
        self.3.retain(|tally| tally.weight(day) >= FORGOTTEN);
        if !known {
            self.make_room(day, limit);
            self.3.push(Tally(key, hundredths(dose.weight), today, 0, note));
        }
    }

    fn make_room(&mut self, today: i32, limit: usize) {
        while self.3.len() >= limit.max(1) {
            let weakest = self
                .3
                .iter()
                .enumerate()
                .min_by(|(_, a), (_, b)| a.weight(today).total_cmp(&b.weight(today)).then(a.2.cmp(&b.2)));
            let Some((index, _)) = weakest else { return };
            self.3.remove(index);
        }
    }

    /// Takes logins back: what remains below half of one is forgotten.
    pub(crate) fn take_back(&mut self, key: u64, logins: f64, today: i32) {
        let Some(index) = self.3.iter().position(|tally| tally.0 == key) else { return };
        let day = self.0.max(today);
        *self = Self(
            day,
            hundredths(self.total(day) - logins),
            hundredths(faded(self.2, self.0, day)),
            std::mem::take(&mut self.3),
        );
        let left = self.3[index].weight(day) - logins;
        if left < 0.5 {
            self.3.remove(index);
            if self.3.is_empty() {
                *self = Self::default();
            }
        } else {
            let Tally(_, _, last, age, note) = self.3[index];
            let today = last.max(day);
            self.3[index] = Tally(key, hundredths(left), today, age + today - last, note);
        }
    }
}

fn faded(count: u32, last: i32, today: i32) -> f64 {
    let days = f64::from(today.saturating_sub(last).max(0));
    f64::from(count) / UNIT * (-days / HALF_LIFE_DAYS).exp2()
}

fn hundredths(logins: f64) -> u32 {
    (logins.max(0.0) * UNIT).round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGIN: Dose = Dose { weight: 1.0, once_a_day: false };

    #[test]
    fn a_count_halves_in_four_months_and_is_forgotten_in_two_years() {
        let mut habit = Habit::default();
        habit.add(7, 0, LOGIN, 1_000, 8);
        assert_eq!(habit.weight(7, 1_000), Some(1.0));
        assert_eq!(habit.weight(7, 1_120), Some(0.5));
        assert_eq!(habit.weight(7, 900), Some(1.0), "a late event finds nothing faded");
        habit.add(8, 0, LOGIN, 1_800, 8);
        assert_eq!((habit.weight(7, 1_800), habit.len()), (None, 1));
    }

    #[test]
    fn the_weakest_value_makes_room_and_novelty_outlives_it() {
        let mut habit = Habit::default();
        for _ in 0..5 {
            habit.add(1, 0, LOGIN, 10, 3);
        }
        for key in 2..50 {
            habit.add(key, 0, LOGIN, 10, 3);
        }
        assert_eq!(habit.len(), 3);
        assert_eq!((habit.weight(1, 10), habit.weight(49, 10)), (Some(5.0), Some(1.0)));
        assert!(habit.novelty(0.06, 10) > 0.8, "{}", habit.novelty(0.06, 10));
    }

    #[test]
    fn a_sessions_many_requests_count_once_a_day() {
        let mut habit = Habit::default();
        let request = Dose { weight: 1.0, once_a_day: true };
        for _ in 0..100 {
            habit.add(1, 0, request, 10, 3);
        }
        assert_eq!((habit.weight(1, 10), habit.total(10)), (Some(1.0), 1.0));
        habit.add(1, 0, request, 11, 3);
        assert!(habit.total(11) > 1.9);
    }

    #[test]
    fn what_is_taken_back_is_as_if_it_had_not_been() {
        let mut habit = Habit::default();
        habit.add(1, 0, LOGIN, 10, 3);
        habit.add(1, 0, LOGIN, 10, 3);
        habit.add(2, 0, LOGIN, 10, 3);
        habit.take_back(2, 1.0, 10);
        habit.take_back(1, 1.0, 10);
        assert_eq!((habit.weight(2, 10), habit.weight(1, 10), habit.total(10)), (None, Some(1.0), 1.0));
    }
}
