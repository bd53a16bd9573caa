//! When a failed delivery is tried again: a schedule, jittered so that failures do not return in step.

use super::Policy;
use crate::Timestamp;
use crate::id::DeliveryId;
use crate::time::{HOUR, MINUTE, SECOND};

/// What is waited after the first, second, … failed attempt. After the last there is no other.
const DELAYS: [i64; 9] =
    [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];
/// The longest a receiver may ask us to wait.
const MAX_RETRY_AFTER: i64 = 24 * HOUR;
/// How many attempts the default schedule has, the first one included.
pub const ATTEMPTS: u32 = DELAYS.len() as u32 + 1;

/// A delivery that failed.
#[derive(Clone, Copy, Debug)]
pub struct Failed {
    /// Which one: it seeds the jitter.
    pub delivery: DeliveryId,
    /// Since when there is a message to deliver.
    pub created_at: Timestamp,
    /// How many attempts there were.
    pub attempts: u32,
    /// How long the receiver asks us to wait, in microseconds: it can put an attempt off, not bring it forward.
    pub retry_after: Option<i64>,
}

/// When to try again what failed at `now`; None: no more.
pub fn next_attempt(policy: &Policy, failed: Failed, now: Timestamp) -> Option<Timestamp> {
    let index = usize::try_from(failed.attempts.checked_sub(1)?).ok()?;
    let delay = match &policy.retry_after_seconds {
        Some(own) => i64::from(*own.get(index)?) * SECOND,
        None => *DELAYS.get(index)?,
    };
    let delay = jittered(delay, failed.delivery, failed.attempts);
    let asked = failed.retry_after.unwrap_or(0).clamp(0, MAX_RETRY_AFTER);
    let next = now.plus(delay.max(asked));
    (next.since(failed.created_at) <= policy.max_age()).then_some(next)
}

/// `delay` ± 20 %, the same each time for one delivery and attempt.
fn jittered(delay: i64, delivery: DeliveryId, attempt: u32) -> i64 {
    let seed = delivery.0.cast_unsigned().wrapping_add(u64::from(attempt) << 32);
    let per_mille = i64::try_from(crate::mix::mix(seed) % 401).unwrap_or(200) - 200;
    delay + delay / 1_000 * per_mille
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

    fn delay(delivery: i64, attempts: u32, retry_after: Option<i64>) -> Option<i64> {
        by(&Policy::default(), delivery, attempts, retry_after)
    }

    fn by(policy: &Policy, delivery: i64, attempts: u32, retry_after: Option<i64>) -> Option<i64> {
        let failed = Failed { delivery: DeliveryId(delivery), created_at: NOW, attempts, retry_after };
        next_attempt(policy, failed, NOW).map(|next| next.since(NOW))
    }

    #[test]
    fn an_endpoint_s_own_schedule_and_age_hold() {
        let own = Policy { retry_after_seconds: Some(vec![10, 100]), ..Policy::default() };
        let waited = by(&own, 1, 2, None).expect("another attempt");
        assert!((waited - 100 * SECOND).abs() <= 20 * SECOND, "{waited}");
        assert_eq!(by(&own, 1, 3, None), None);
        let young = Policy { max_age_seconds: Some(60), ..Policy::default() };
        assert!(by(&young, 1, 1, None).is_some());
        assert_eq!(by(&young, 1, 2, None), None, "five minutes are too old");
        let never = Policy { retry_after_seconds: Some(Vec::new()), ..Policy::default() };
        assert_eq!(by(&never, 1, 1, None), None);
    }

    #[test]
    fn each_attempt_keeps_to_its_delay_within_a_fifth_and_the_tenth_is_the_last() {
        let mut seen = std::collections::HashSet::new();
        for (index, expected) in DELAYS.into_iter().enumerate() {
            for delivery in 1..200 {
                let waited = delay(delivery, index as u32 + 1, None).expect("another attempt");
                assert!((waited - expected).abs() <= expected / 5, "{waited} for {expected}");
                seen.insert(waited * 1_000 / expected);
            }
        }
        assert!(seen.len() > 300, "the jitter spreads: {}", seen.len());
        assert_eq!(delay(1, ATTEMPTS, None), None);
        assert_eq!(delay(1, 0, None), None);
    }

    #[test]
    fn the_jitter_is_the_same_each_time() {
        assert_eq!(delay(42, 3, None), delay(42, 3, None));
    }

    #[test]
    fn the_receiver_can_put_an_attempt_off_up_to_a_day_and_never_bring_it_forward() {
        assert_eq!(delay(1, 1, Some(2 * MINUTE)), Some(2 * MINUTE));
        assert_eq!(delay(1, 1, Some(90 * 24 * HOUR)), Some(24 * HOUR));
        assert_eq!(delay(1, 4, Some(1)), delay(1, 4, None));
        assert_eq!(delay(1, 1, Some(-5)), delay(1, 1, None));
    }
}
