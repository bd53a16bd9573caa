//! How long something takes: half of the times, and nineteen of twenty.

use serde::{Deserialize, Serialize};

/// How long something took, in microseconds, over several times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latency {
    /// So many times.
    pub times: i64,
    /// Half of them take no longer.
    pub p50: i64,
    /// Nineteen of twenty take no longer.
    pub p95: i64,
}

impl Latency {
    /// Of these durations, in any order.
    pub fn of(mut durations: Vec<i64>) -> Option<Self> {
        durations.sort_unstable();
        let at = |percent: usize| {
            durations.get((durations.len() * percent).div_ceil(100).saturating_sub(1)).copied()
        };
        Some(Self { times: i64::try_from(durations.len()).ok()?, p50: at(50)?, p95: at(95)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_and_nineteen_of_twenty() {
        assert_eq!(Latency::of(Vec::new()), None);
        assert_eq!(Latency::of(vec![7]), Some(Latency { times: 1, p50: 7, p95: 7 }));
        let all = Latency::of((1..=100).rev().collect()).expect("latency");
        assert_eq!((all.times, all.p50, all.p95), (100, 50, 95));
    }
}
