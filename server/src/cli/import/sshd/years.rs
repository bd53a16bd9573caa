//! The years of times that name none. One line with a spoilt date must not move those after it.

use std::collections::VecDeque;

use porchlight_domain::Timestamp;
use porchlight_domain::time::DAY;
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

/// When a line is so much earlier than the one before, a new year has begun.
const YEAR_TURNS: i64 = 180 * DAY;
/// A new year that no further line shows is believed within so long a gap.
const PLAIN_GAP: i64 = 92 * DAY;

/// `Mar  2 08:00:00`
#[derive(Clone, Copy, Debug)]
pub(super) struct Stamp {
    month: Month,
    day: u8,
    clock: Time,
}

impl Stamp {
    /// Reads a line's beginning; gives the rest, too.
    pub(super) fn read(line: &str) -> Option<(Self, &str)> {
        let (head, rest) = line.split_at_checked(15)?;
        let mut parts = head.split_ascii_whitespace();
        let month = parts.next().and_then(month_of)?;
        let day = parts.next().and_then(|day| day.parse().ok())?;
        let clock = parts.next().and_then(clock_of)?;
        Some((Self { month, day, clock }, rest))
    }

    fn of(self, year: i32, offset: UtcOffset) -> Option<Timestamp> {
        let date = Date::from_calendar_date(year, self.month, self.day).ok()?;
        let nanos = PrimitiveDateTime::new(date, self.clock).assume_offset(offset).unix_timestamp_nanos();
        Some(Timestamp(i64::try_from(nanos / 1_000).ok()?))
    }

    /// Days between the two within any year, the shorter way round; None: one is no day of any year.
    fn days_from(self, other: Self) -> Option<u16> {
        let place =
            |stamp: Self| Date::from_calendar_date(2024, stamp.month, stamp.day).ok().map(Date::ordinal);
        let apart = place(self)?.abs_diff(place(other)?);
        Some(apart.min(366 - apart))
    }
}

/// Gives each line its year.
#[derive(Debug)]
pub(super) struct Years {
    year: Option<i32>,
    offset: UtcOffset,
    now: Timestamp,
    /// The latest line so far.
    last: Option<(Timestamp, Stamp)>,
    /// The years that were chosen: of the first line and of the last.
    guessed: Option<(i32, i32)>,
    /// The lines that follow.
    ahead: VecDeque<Option<Stamp>>,
}

impl Years {
    /// `year` is the first line's; without it the latest that is not in the future.
    pub(super) fn new(year: Option<i32>, offset: UtcOffset, now: Timestamp) -> Self {
        Self { year, offset, now, last: None, guessed: None, ahead: VecDeque::new() }
    }

    /// Sees a line that will be read later.
    pub(super) fn look(&mut self, line: &str) {
        self.ahead.push_back(Stamp::read(line).map(|(stamp, _)| stamp));
    }

    /// The next of the lines that were seen is read now.
    pub(super) fn advance(&mut self) {
        self.ahead.pop_front();
    }

    /// The years chosen for lines, where it was not said.
    pub(super) fn guessed(&self) -> Option<(i32, i32)> {
        self.guessed
    }

    /// The moment of a line; one that cannot be right changes nothing for those after it.
    pub(super) fn moment(&mut self, stamp: Stamp) -> Result<Timestamp, String> {
        let year = match self.year {
            Some(year) => self.following(stamp, year)?,
            None => {
                let year = self.latest(stamp).ok_or("its date is no day of this year or the last")?;
                self.fits_what_follows(stamp, year)?;
                year
            }
        };
        let at = stamp.of(year, self.offset).ok_or_else(|| format!("its date is no day of {year}"))?;
        if self.is_ahead(at) {
            return Err(format!(
                "its date is of {year}, and still to come (--year says of which year the first line is)"
            ));
        }
        if let (Some(given), Some((last, before))) = (self.year, self.last) {
            let jumps = year != given || at.since(last) > YEAR_TURNS;
            if jumps && !self.is_followed(stamp, before, year == given || at.since(last) <= PLAIN_GAP) {
                return Err("its date is far from that of the lines around it".to_owned());
            }
        }
        self.guessed = match (self.year, self.guessed) {
            (None, _) => Some((year, year)),
            (Some(_), guessed) => guessed.map(|(first, _)| (first, year)),
        };
        self.year = Some(year);
        if self.last.is_none_or(|(last, _)| at > last) {
            self.last = Some((at, stamp));
        }
        Ok(at)
    }

    fn is_ahead(&self, at: Timestamp) -> bool {
        at > self.now.plus(DAY)
    }

    /// The latest year in which it is not in the future: this one or the last.
    fn latest(&self, stamp: Stamp) -> Option<i32> {
        let this = OffsetDateTime::from_unix_timestamp(self.now.seconds()).ok()?.year();
        let fits = |year: &i32| stamp.of(*year, self.offset).is_some_and(|at| !self.is_ahead(at));
        [this, this - 1].into_iter().find(fits)
    }

    /// The year of a line after the last one: a new one has begun when it is much earlier.
    fn following(&self, stamp: Stamp, year: i32) -> Result<i32, String> {
        let Some((last, _)) = self.last else { return Ok(year) };
        // The 29th of February that does not exist may be the next year's.
        let leap = stamp.month == Month::February && stamp.day == 29;
        let near = if leap { Stamp { day: 28, ..stamp } } else { stamp };
        let at = near.of(year, self.offset).ok_or_else(|| format!("its date is no day of {year}"))?;
        Ok(if last.since(at) > YEAR_TURNS { year + 1 } else { year })
    }

    /// Whether most of the lines that follow are nearer to this one than to the one before; `alone` where none follows.
    fn is_followed(&self, stamp: Stamp, before: Stamp, alone: bool) -> bool {
        let (mut with, mut all) = (0, 0);
        for next in self.ahead.iter().flatten() {
            if let (Some(here), Some(there)) = (next.days_from(stamp), next.days_from(before)) {
                all += 1;
                with += usize::from(here < there);
            }
        }
        if all == 0 { alone } else { with * 2 > all }
    }

    /// Refuses a first line after which most of those that follow would be of another year than by themselves.
    fn fits_what_follows(&self, stamp: Stamp, year: i32) -> Result<(), String> {
        let Some(at) = stamp.of(year, self.offset) else { return Ok(()) };
        let (mut against, mut all) = (0, 0);
        for next in self.ahead.iter().flatten() {
            let (Some(own), Some(same)) = (self.latest(*next), next.of(year, self.offset)) else { continue };
            let chained = if at.since(same) > YEAR_TURNS { year + 1 } else { year };
            all += 1;
            against += usize::from(chained != own);
        }
        if against * 2 > all {
            Err("its date is far from that of the lines after it".to_owned())
        } else {
            Ok(())
        }
    }
}

fn month_of(text: &str) -> Option<Month> {
    let place = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        .iter()
        .position(|name| *name == text)?;
    Month::try_from(u8::try_from(place + 1).ok()?).ok()
}

fn clock_of(text: &str) -> Option<Time> {
    let mut parts = text.split(':').map(|part| part.parse::<u8>().ok());
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    // A leap second is the last one of its minute.
    Time::from_hms(hour, minute, second.min(59)).ok()
}

#[cfg(test)]
mod tests;
