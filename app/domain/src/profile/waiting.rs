//! An unusual login that awaits the user's word, and what silence makes of it.

use serde::{Deserialize, Serialize};

use super::QUIET;
use super::habit::Dose;
use super::traits::{Packed, Traits};
use crate::Timestamp;
use crate::time::{DAY, SECOND};

/// What each day of an unusual login teaches that nobody contradicted, in logins: less than
/// [`BELIEVED`](super::habit::BELIEVED), so that one visit makes nothing a habit, and a second one on another day does.
const DAY_COUNTS: f64 = 0.25;
/// A red one teaches nothing before it came on so many days.
const RED_DAYS: u8 = 3;
/// … and each red one breaks the silence: it counts from the last of them. Only what came on so many days over as many
/// weeks is believed though it was red each time, for those whom nobody asks.
const RED_MANY: (u8, i64) = (14, 28 * DAY / SECOND);
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
    /// One of them was red.
    red: bool,
}

impl Waiting {
    pub(super) fn new(traits: Traits, red: bool, heard: Timestamp) -> Self {
        let heard = heard.seconds().max(traits.at.seconds());
        Self { traits, heard, days: 1, span: 0, red }
    }

    /// It came again. A day on which it came before is no other visit.
    pub(super) fn came_again(&mut self, other: &Self) {
        let span = other.traits.day().saturating_sub(self.traits.day()).clamp(0, i32::from(MOST_SPAN)) as u16;
        if span > self.span {
            (self.span, self.days) = (span, self.days.saturating_add(1).min(MOST_DAYS));
        }
        self.red |= other.red;
        if other.red {
            self.heard = self.heard.max(other.heard);
        }
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
        let (many, long) = RED_MANY;
        let settled = self.days >= many && now.seconds().saturating_sub(self.traits.at.seconds()) >= long;
        quiet && (!self.red || self.days >= RED_DAYS) || self.red && settled
    }

    /// How much it teaches then.
    pub(super) fn dose(&self) -> Dose {
        Dose { weight: (f64::from(self.days) * DAY_COUNTS).min(1.0), ..Dose::LOGIN }
    }
}

/// Written as traits are, with the rest above the two bits of the cover: what an older version wrote is an orange login
/// that came once and was heard of at once.
impl From<Waiting> for Packed {
    fn from(waiting: Waiting) -> Self {
        let Waiting { traits, heard, days, span, red } = waiting;
        let delay = heard.saturating_sub(traits.at.seconds()).max(0).unsigned_abs();
        let days = u64::from(days.clamp(1, MOST_DAYS) - 1);
        let mut packed = Self::from(traits);
        packed.8 |= u64::from(red) << 2 | days << 3 | u64::from(span.min(MOST_SPAN)) << 7 | delay << 17;
        packed
    }
}

impl From<Packed> for Waiting {
    fn from(mut packed: Packed) -> Self {
        let rest = packed.8;
        packed.8 &= 0b11;
        let traits = Traits::from(packed);
        let heard = traits.at.seconds().saturating_add_unsigned(rest >> 17);
        let (days, span) = ((rest >> 3 & 0xf) as u8 + 1, (rest >> 7 & u64::from(MOST_SPAN)) as u16);
        Self { traits, heard, days, span, red: rest >> 2 & 1 == 1 }
    }
}
