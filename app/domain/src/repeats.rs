//! A failure that goes on is told when it begins, at most once a minute while it lasts, and when it is over: a full disk
//! fails every request, and a log that fills it further helps nobody.

use std::sync::Mutex;

use crate::Timestamp;
use crate::time::{MINUTE, SECOND};

/// So many different failures are told apart while one thing fails.
const KINDS: usize = 16;

/// What one place has to tell of its failures.
#[derive(Debug, Default)]
pub struct Repeats(Mutex<Option<Lasting>>);

#[derive(Debug)]
struct Lasting {
    kinds: Vec<String>,
    since: Timestamp,
    told_at: Timestamp,
    last_at: Timestamp,
    untold: u64,
    total: u64,
}

/// What to say of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Say {
    /// It begins.
    Begins,
    /// It goes on: so many since it was told last.
    Lasts(u64),
    /// Nothing now.
    Nothing,
}

/// A failure that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Over {
    /// How long it took, in seconds.
    pub seconds: i64,
    /// How often it happened.
    pub failures: u64,
}

impl Repeats {
    /// Nothing has failed yet.
    pub const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Takes a failure of this kind.
    pub fn failed(&self, kind: &str, now: Timestamp) -> Say {
        let Ok(mut state) = self.0.lock() else { return Say::Begins };
        // What was quiet for so long begins anew.
        state.take_if(|lasting| now.since(lasting.last_at) >= MINUTE);
        let lasting = state.get_or_insert_with(|| Lasting {
            kinds: Vec::new(),
            since: now,
            told_at: now,
            last_at: now,
            untold: 0,
            total: 0,
        });
        lasting.total += 1;
        lasting.last_at = now;
        if lasting.kinds.len() < KINDS && lasting.kinds.iter().all(|known| known != kind) {
            lasting.kinds.push(kind.to_owned());
            return Say::Begins;
        }
        lasting.untold += 1;
        if now.since(lasting.told_at) < MINUTE {
            return Say::Nothing;
        }
        lasting.told_at = now;
        Say::Lasts(std::mem::take(&mut lasting.untold))
    }

    /// It works: what ended by that, if anything did.
    pub fn worked(&self, now: Timestamp) -> Option<Over> {
        let lasting = self.0.lock().ok()?.take()?;
        Some(Over { seconds: now.since(lasting.since) / SECOND, failures: lasting.total })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_told_as_it_begins_once_a_minute_and_as_it_ends() {
        let (repeats, start) = (Repeats::new(), Timestamp::from_seconds(1_772_438_400));
        let said: Vec<_> =
            (0..180).map(|second| repeats.failed("the disk is full", start.plus(second * SECOND))).collect();
        assert_eq!(said[0], Say::Begins);
        let told: Vec<_> = said.iter().enumerate().filter(|(_, say)| **say != Say::Nothing).collect();
        assert_eq!(told, [(0, &Say::Begins), (60, &Say::Lasts(60)), (120, &Say::Lasts(60))]);
        assert_eq!(repeats.worked(start.plus(3 * MINUTE)), Some(Over { seconds: 180, failures: 180 }));
        assert_eq!(repeats.worked(start.plus(4 * MINUTE)), None);
        assert_eq!(repeats.failed("the disk is full", start.plus(4 * MINUTE)), Say::Begins);
    }

    #[test]
    fn failures_that_take_turns_are_told_once_each_and_not_without_end() {
        let (repeats, now) = (Repeats::new(), Timestamp::from_seconds(1_772_438_400));
        let said = |kind: usize| repeats.failed(&kind.to_string(), now);
        assert!((0..KINDS).all(|kind| said(kind) == Say::Begins));
        assert!((0..100).all(|kind| said(kind) == Say::Nothing));
    }
}
