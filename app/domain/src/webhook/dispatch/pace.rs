//! How fast one endpoint is sent to: a window that grows with successes and halves under load, a bucket of tokens where a
//! rate is set, and the turn of its lanes.

use super::{LANES, URGENT};
use crate::Timestamp;
use crate::time::SECOND;

/// How many may be on their way to an endpoint that nothing is known of.
const FIRST_WINDOW: f64 = 4.0;
/// Of twenty deliveries to an endpoint with all lanes full so many are first attempts, retries, bulk replay, urgent.
const WEIGHTS: [i64; LANES] = [8, 3, 1, 8];

/// One endpoint's pace in this process.
#[derive(Debug)]
pub(super) struct Pace {
    pub(super) in_flight: usize,
    pub(super) quiet_until: Timestamp,
    window: f64,
    /// It has not overloaded the receiver yet: the window doubles by each window of successes.
    slow_start: bool,
    bucket: Option<Bucket>,
    credits: [i64; LANES],
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    per_second: f64,
    filled_at: Timestamp,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            in_flight: 0,
            quiet_until: Timestamp::default(),
            window: FIRST_WINDOW,
            slow_start: true,
            bucket: None,
            credits: [0; LANES],
        }
    }
}

impl Pace {
    /// Adds what the time since brought; the bucket holds a second's worth, at least one.
    pub(super) fn refill(&mut self, per_second: Option<f64>, now: Timestamp) {
        self.bucket = per_second.map(|per_second| {
            let size = per_second.max(1.0);
            let before = self.bucket.unwrap_or(Bucket { tokens: size, per_second, filled_at: now });
            let brought = now.since(before.filled_at).max(0) as f64 / SECOND as f64 * per_second;
            Bucket { tokens: (before.tokens + brought).min(size), per_second, filled_at: now }
        });
    }

    /// How many more it may take, by its window, its own limit and its bucket.
    pub(super) fn room(&self, limit: u32) -> usize {
        let window = (self.window as usize).clamp(1, limit as usize);
        let tokens = self.bucket.map_or(usize::MAX, |bucket| bucket.tokens as usize);
        window.saturating_sub(self.in_flight).min(tokens)
    }

    /// When the bucket has a token again; None where it has one, or none is needed.
    pub(super) fn next_token(&self, now: Timestamp) -> Option<Timestamp> {
        let bucket = self.bucket.filter(|bucket| bucket.tokens < 1.0)?;
        let wait = (1.0 - bucket.tokens) / bucket.per_second * SECOND as f64;
        Some(now.plus(wait.ceil() as i64))
    }

    pub(super) fn launched(&mut self, count: usize) {
        self.in_flight += count;
        if let Some(bucket) = &mut self.bucket {
            bucket.tokens -= count as f64;
        }
    }

    /// Additive increase, multiplicative decrease (Chiu, Jain 1989). A refusal that is no overload changes nothing.
    pub(super) fn ended(&mut self, success: bool, overload: bool) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if success {
            self.window += if self.slow_start { 1.0 } else { 1.0 / self.window };
        } else if overload {
            self.slow_start = false;
            self.window /= 2.0;
        }
        self.window = self.window.clamp(1.0, 256.0);
    }

    /// The lane whose turn it is among those with something due: smooth weighted round robin.
    pub(super) fn pick(&mut self, is_due: impl Fn(usize) -> bool) -> usize {
        let mut chosen = 0;
        let (mut total, mut best) = (0, i64::MIN);
        for lane in (0..LANES).filter(|lane| is_due(*lane)) {
            self.credits[lane] += WEIGHTS[lane];
            total += WEIGHTS[lane];
            // Of equals what is urgent goes first.
            if self.credits[lane] > best || lane == URGENT && self.credits[lane] == best {
                (chosen, best) = (lane, self.credits[lane]);
            }
        }
        self.credits[chosen] -= total;
        chosen
    }
}
