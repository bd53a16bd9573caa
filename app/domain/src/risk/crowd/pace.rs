//! How counts fade, whatever the clocks of applications do.

/// How far our memory may be ahead of the clock that received an event before the memory is what was wrong.
const AHEAD: i64 = 86_400;

/// The moment of an attempt in seconds, and when it was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) at: i64,
    pub(super) received: i64,
}

/// How much time passed since the last attempt, or by how much this one came late.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pace {
    passed: f64,
    late: f64,
}

impl Pace {
    /// Moves `last` on. An event that comes late leaves it where it is and counts as much as it would by now; when
    /// `last` lies in the future of the receiving clock, that clock has been set back, and `last` with it.
    pub(super) fn step(last: &mut i64, moment: Moment) -> Self {
        if last.saturating_sub(moment.received) > AHEAD {
            *last = moment.at;
        }
        let apart = moment.at.saturating_sub(*last);
        *last = (*last).max(moment.at);
        Self { passed: apart.max(0) as f64, late: apart.saturating_neg().max(0) as f64 }
    }

    /// What is left of a count with this half-life, in seconds.
    pub(super) fn fade(self, half_life: f64) -> f64 {
        left(self.passed, half_life)
    }

    /// What this attempt weighs in it.
    pub(super) fn weight(self, half_life: f64) -> f64 {
        left(self.late, half_life)
    }
}

/// What is left after `last`, for reading.
pub(super) fn faded(last: i64, at: i64, half_life: f64) -> f64 {
    left(at.saturating_sub(last).max(0) as f64, half_life)
}

/// What so many seconds leave. Mostly none have passed, or it is not late.
fn left(seconds: f64, half_life: f64) -> f64 {
    if seconds == 0.0 { 1.0 } else { (-seconds / half_life).exp2() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_events_weigh_less_and_a_clock_that_was_set_back_is_believed() {
        let mut last = 0;
        let pace = Pace::step(&mut last, Moment { at: 1_000_000, received: 1_000_000 });
        assert_eq!((last, pace.weight(60.0)), (1_000_000, 1.0));
        let late = Pace::step(&mut last, Moment { at: 999_940, received: 1_000_001 });
        assert_eq!((last, late.fade(60.0), late.weight(60.0)), (1_000_000, 1.0, 0.5));
        let far = 90_000_000;
        Pace::step(&mut last, Moment { at: far, received: far });
        let back = Pace::step(&mut last, Moment { at: 1_000_100, received: 1_000_100 });
        assert_eq!((last, back.weight(60.0)), (1_000_100, 1.0), "not dead until the wrong time comes");
    }
}
