//! An endpoint's health: when it is left alone, when it is tried with one message, when operators are warned, when it
//! is disabled. Stored with the endpoint, so that every replica and the next process go by the same.

use super::Answer;
use crate::Timestamp;
use crate::time::{DAY, HOUR, MINUTE, SECOND};

/// So many attempts that fail in a row open the breaker.
const OPEN_AFTER: i64 = 10;
/// How long an open breaker stays so: a quarter of the time that the endpoint has failed, within these.
const SHORTEST_PAUSE: i64 = 5 * SECOND;
const LONGEST_PAUSE: i64 = 5 * MINUTE;
/// How long a receiver that throttles without saying so is left alone at least.
const SHORTEST_THROTTLE: i64 = SECOND;
/// The longest that a receiver's `Retry-After` keeps its whole endpoint waiting.
const LONGEST_THROTTLE: i64 = HOUR;
/// An endpoint that has failed this long with so many messages is told of.
const WARN_AFTER: i64 = HOUR;
const WARN_MESSAGES: i64 = 3;

/// How an endpoint's attempts have gone of late.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Since when every attempt has failed.
    pub failing_since: Option<Timestamp>,
    /// So many attempts in a row.
    pub failures: i64,
    /// Of so many messages.
    pub failed_messages: i64,
    /// It is left alone until then.
    pub open_until: Timestamp,
    /// When operators were warned.
    pub warned_at: Option<Timestamp>,
}

/// Whether an endpoint may be sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Yes.
    Closed,
    /// Not before this moment.
    Open(Timestamp),
    /// With one message, to see whether it works again.
    HalfOpen,
}

/// When an endpoint that only fails is disabled: after this long and so many messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Microseconds.
    pub time: i64,
    /// Distinct messages.
    pub messages: i64,
}

impl Default for Patience {
    /// Five days, as Svix has it, and ten messages.
    fn default() -> Self {
        Self { time: 5 * DAY, messages: 10 }
    }
}

/// What a failure calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Tell operators that it fails.
    Warn,
    /// Send it nothing more.
    Disable,
}

impl Health {
    /// True when so many attempts failed in a row that it is left alone for that.
    pub fn is_broken(&self) -> bool {
        self.failures >= OPEN_AFTER
    }

    /// Whether it may be sent to at `now`.
    pub fn phase(&self, now: Timestamp) -> Phase {
        if self.open_until > now {
            Phase::Open(self.open_until)
        } else if self.is_broken() {
            Phase::HalfOpen
        } else {
            Phase::Closed
        }
    }

    /// After the one message that tried it: whatever it was left alone for meanwhile is over.
    #[must_use]
    pub fn tried(self, now: Timestamp) -> Self {
        Self { open_until: self.open_until.min(now), ..self }
    }

    /// After an attempt; `attempt` is its number for its message. One success heals.
    #[must_use]
    pub fn after(self, answer: &Answer, attempt: u32, now: Timestamp) -> Self {
        if answer.is_success() {
            return Self::default();
        }
        let since = self.failing_since.unwrap_or(now);
        let first = attempt == 1 || self.failures == 0;
        let mut health = Self {
            failing_since: Some(since),
            failures: self.failures + 1,
            failed_messages: self.failed_messages + i64::from(first),
            ..self
        };
        // What was on its way when the breaker opened does not keep it open.
        let pause = health.pause(answer, now.since(since), now);
        if self.open_until <= now && pause > 0 {
            health.open_until = now.plus(pause);
        }
        health
    }

    fn pause(&self, answer: &Answer, failing: i64, now: Timestamp) -> i64 {
        let open = (failing / 4).clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
        let opened = if self.failures >= OPEN_AFTER { open } else { 0 };
        if !answer.is_throttle() {
            return opened;
        }
        let asked = answer.retry_after(now).unwrap_or(failing / 4);
        opened.max(asked.clamp(SHORTEST_THROTTLE, LONGEST_THROTTLE))
    }

    /// What is to be done about it, if anything; a warning is given once.
    pub fn verdict(&self, patience: Patience, now: Timestamp) -> Option<Verdict> {
        let failing = now.since(self.failing_since?);
        if failing >= patience.time && self.failed_messages >= patience.messages {
            return Some(Verdict::Disable);
        }
        let early = failing >= WARN_AFTER.min(patience.time / 2) && self.failed_messages >= WARN_MESSAGES;
        (early && self.warned_at.is_none()).then_some(Verdict::Warn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

    fn answer(status: u16, retry_after: Option<&str>) -> Answer {
        let headers = retry_after.map(|text| ("retry-after".to_owned(), text.to_owned()));
        Answer { status: Some(status), headers: headers.into_iter().collect(), ..Answer::default() }
    }

    fn failed(times: u32, now: Timestamp) -> Health {
        (0..times).fold(Health::default(), |health, _| health.after(&answer(500, None), 1, now))
    }

    #[test]
    fn ten_failures_in_a_row_open_the_breaker_and_time_half_opens_it() {
        assert_eq!(failed(9, NOW).phase(NOW), Phase::Closed);
        let open = failed(10, NOW);
        assert_eq!(open.phase(NOW), Phase::Open(NOW.plus(5 * SECOND)));
        assert_eq!(open.phase(NOW.plus(5 * SECOND)), Phase::HalfOpen);
        assert_eq!(open.after(&answer(204, None), 3, NOW), Health::default());
    }

    #[test]
    fn the_longer_it_fails_the_longer_it_is_left_alone_up_to_five_minutes() {
        let later = NOW.plus(2 * MINUTE);
        let again = failed(10, NOW).after(&answer(500, None), 2, later);
        assert_eq!(again.open_until, later.plus(30 * SECOND));
        let much_later = NOW.plus(DAY);
        assert_eq!(again.after(&answer(500, None), 2, much_later).open_until, much_later.plus(5 * MINUTE));
    }

    #[test]
    fn what_was_on_its_way_does_not_keep_the_breaker_open() {
        let open = failed(10, NOW);
        assert_eq!(open.after(&answer(500, None), 1, NOW.plus(SECOND)).open_until, open.open_until);
    }

    #[test]
    fn a_receiver_that_throttles_is_left_alone_as_it_asks_up_to_an_hour() {
        let until = |status, asked| Health::default().after(&answer(status, asked), 1, NOW).open_until;
        assert_eq!(until(429, Some("30")), NOW.plus(30 * SECOND));
        assert_eq!(until(503, Some("86400")), NOW.plus(HOUR));
        assert_eq!(until(502, None), NOW.plus(SECOND));
        assert_eq!(until(504, Some("0")), NOW.plus(SECOND));
        assert_eq!(until(500, Some("30")), Timestamp::default(), "not a throttle");
    }

    #[test]
    fn it_is_told_of_once_after_an_hour_and_disabled_after_days_and_messages() {
        let patience = Patience::default();
        let three = failed(3, NOW);
        assert_eq!(three.verdict(patience, NOW.plus(HOUR - 1)), None);
        assert_eq!(three.verdict(patience, NOW.plus(HOUR)), Some(Verdict::Warn));
        let warned = Health { warned_at: Some(NOW), ..three };
        assert_eq!(warned.verdict(patience, NOW.plus(6 * DAY)), None, "three messages are too few");
        let ten = Health { failed_messages: 10, ..warned };
        assert_eq!(ten.verdict(patience, NOW.plus(5 * DAY - 1)), None);
        assert_eq!(ten.verdict(patience, NOW.plus(5 * DAY)), Some(Verdict::Disable));
    }

    #[test]
    fn one_message_that_fails_often_counts_once() {
        let health = (1..=50).fold(Health::default(), |health, n| health.after(&answer(500, None), n, NOW));
        assert_eq!((health.failures, health.failed_messages), (50, 1));
        let middle = Health::default().after(&answer(500, None), 4, NOW);
        assert_eq!(middle.failed_messages, 1, "the first failure of a period is a message's");
    }
}
