//! An unusual login that awaits the user's word, and what silence makes of it.

use serde::{Deserialize, Serialize};

use super::habit::{Dose, Habit};
use super::traits::{Packed, Traits, day};
use super::{Profile, QUIET};
use crate::Timestamp;
use crate::time::SECOND;

/// What each day of an unusual login teaches that nobody contradicted, in logins: less than
/// [`BELIEVED`](super::habit::BELIEVED), so that one visit makes nothing a habit, and a second one on another day does.
const DAY_COUNTS: f64 = 0.25;
/// A red one teaches nothing before it came on so many days, and each red one breaks the silence: it counts from the last
/// of them. Even then silence alone does not do: a thief has time, and comes again after each quiet week. Something that
/// the user is known by must have come with it, see [`Waiting::needs_a_witness`].
const RED_DAYS: u8 = 3;
/// More days than these are not counted.
const MOST_DAYS: u8 = 16;
/// Nor are days after so many since the first.
const MOST_SPAN: u16 = 1_023;

/// An unusual login and those like it that came after.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "Packed", from = "Packed")]
pub(super) struct Waiting {
    /// The first one.
    pub(super) traits: Traits,
    /// The second from which silence counts: it was heard of then.
    heard: i64,
    /// On how many days it came …
    days: u8,
    /// … the last of them so many after the first.
    span: u16,
    /// One of them was red …
    red: bool,
    /// … and not the first: what began no worse than orange, and is red since the habits that it departs from grew surer.
    mild: bool,
    /// All of them are history that an operator imported as the user's own.
    imported: bool,
}

impl Waiting {
    pub(super) fn new(traits: Traits, red: bool, heard: Timestamp) -> Self {
        let heard = heard.seconds().max(traits.at.seconds());
        Self { traits, heard, days: 1, span: 0, red, mild: !red, imported: false }
    }

    /// The same, of history that was imported, or not.
    pub(super) fn imported(self, imported: bool) -> Self {
        Self { imported, ..self }
    }

    /// It came again. A day on which it came before is no other visit.
    pub(super) fn came_again(&mut self, other: &Self) {
        let span = other.traits.day().saturating_sub(self.traits.day()).clamp(0, i32::from(MOST_SPAN)) as u16;
        if span > self.span {
            (self.span, self.days) = (span, self.days.saturating_add(1).min(MOST_DAYS));
        }
        self.red |= other.red;
        self.imported &= other.imported;
        if other.red {
            self.heard = self.heard.max(other.heard);
        }
    }

    /// True when one of them was red.
    pub(super) fn is_red(&self) -> bool {
        self.red
    }

    /// True when this day (counted from 1970) was the last on which it came.
    pub(super) fn came_on(&self, day: i32) -> bool {
        self.traits.day().saturating_add(i32::from(self.span)) == day
    }

    /// The silence begins anew.
    pub(super) fn wait_from(&mut self, now: Timestamp) {
        self.heard = self.heard.max(now.seconds());
    }

    /// True when silence has said enough.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        let quiet = now.seconds().saturating_sub(self.heard) >= QUIET / SECOND;
        quiet && (!self.red || self.days >= RED_DAYS)
    }

    /// True when silence is not believed alone: something that was red from the first and is no imported history. Its
    /// witness is the line that it came from, where the user has become known from there by another login; or its device,
    /// where that is known and nobody was seen with it elsewhere since: who moves takes it along, who copied its token
    /// leaves it at home.
    pub(super) fn needs_a_witness(&self) -> bool {
        self.red && !self.mild && !self.imported
    }

    /// How much it teaches then.
    pub(super) fn dose(&self) -> Dose {
        Dose { weight: (f64::from(self.days) * DAY_COUNTS).min(1.0), ..Dose::LOGIN }
    }
}

impl Profile {
    /// True when silence has said enough of it, and a witness, where it needs one.
    pub(super) fn is_believed(&self, waiting: &Waiting, now: Timestamp) -> bool {
        let (traits, today) = (&waiting.traits, day(now));
        let is_known =
            |habit: &Habit, key: Option<u64>| key.filter(|key| habit.weight(*key, today).is_some());
        let witness = || {
            let came_along = |device| self.devices.last_day(device).is_none_or(|last| last <= traits.day());
            is_known(&self.addresses, traits.address).is_some()
                || is_known(&self.devices, traits.device).is_some_and(came_along)
        };
        waiting.is_due(now) && (!waiting.needs_a_witness() || witness())
    }
}

/// The highest bits of what is written beside the traits: imported; red, and not the first.
const IMPORTED: u32 = 63;
const MILD: u32 = 62;
/// The delay of the news has the bits between: seconds of some thousand years.
const MOST_DELAY: u64 = (1 << 45) - 1;

/// Written as traits are, with the rest above the two bits of the cover: what an older version wrote is an orange login
/// that came once and was heard of at once.
impl From<Waiting> for Packed {
    fn from(waiting: Waiting) -> Self {
        let Waiting { traits, heard, days, span, red, mild, imported } = waiting;
        let delay = heard.saturating_sub(traits.at.seconds()).max(0).unsigned_abs().min(MOST_DELAY);
        let days = u64::from(days.clamp(1, MOST_DAYS) - 1);
        let mut packed = Self::from(traits);
        packed.8 |= u64::from(red) << 2 | days << 3 | u64::from(span.min(MOST_SPAN)) << 7 | delay << 17;
        packed.8 |= u64::from(imported) << IMPORTED | u64::from(red && mild) << MILD;
        packed
    }
}

impl From<Packed> for Waiting {
    fn from(mut packed: Packed) -> Self {
        let rest = packed.8;
        packed.8 &= 0b11;
        let traits = Traits::from(packed);
        let heard = traits.at.seconds().saturating_add_unsigned(rest >> 17 & MOST_DELAY);
        let (days, span) = ((rest >> 3 & 0xf) as u8 + 1, (rest >> 7 & u64::from(MOST_SPAN)) as u16);
        let (red, imported) = (rest >> 2 & 1 == 1, rest >> IMPORTED == 1);
        Self { traits, heard, days, span, red, mild: !red || rest >> MILD & 1 == 1, imported }
    }
}
