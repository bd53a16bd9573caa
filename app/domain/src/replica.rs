//! The processes that serve one database: who is alive. Each adds one to its beat every half second; whoever's beat stands
//! still is dead, and what it had on its way is taken over at once.

#[cfg(feature = "store")]
pub mod store;

use std::collections::HashMap;

use crate::Timestamp;
use crate::time::SECOND;

/// How often a replica adds to its beat.
pub const BEAT: i64 = SECOND / 2;
/// A beat that has stood still so long belongs to a dead replica.
const DEAD_AFTER: i64 = 3 * SECOND;
/// Who has not looked for so long was away itself, and cannot tell.
const AWAY: i64 = 3 * BEAT;

/// A replica's beat as it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beat {
    /// Whose.
    pub replica: i64,
    /// How many there were.
    pub count: i64,
    /// It ends, and still waits for what it has on its way.
    pub draining: bool,
}

/// What one replica saw of the others. It goes by its own clock alone: clocks of two machines are never compared.
#[derive(Debug, Default)]
pub struct Watch {
    seen: HashMap<i64, (i64, Timestamp)>,
    looked_at: Timestamp,
}

impl Watch {
    /// Takes the beats of all others at `now`; returns those that are dead.
    pub fn look(&mut self, beats: &[Beat], now: Timestamp) -> Vec<Beat> {
        let was_away = now.since(self.looked_at) > AWAY;
        self.looked_at = now;
        self.seen.retain(|replica, _| beats.iter().any(|beat| beat.replica == *replica));
        let mut dead = Vec::new();
        for beat in beats {
            let seen = self.seen.entry(beat.replica).or_insert((beat.count, now));
            if seen.0 != beat.count || was_away {
                *seen = (beat.count, now);
            } else if now.since(seen.1) >= DEAD_AFTER {
                dead.push(*beat);
            }
        }
        dead
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

    fn beat(replica: i64, count: i64) -> Beat {
        Beat { replica, count, draining: false }
    }

    #[test]
    fn a_beat_that_stands_still_for_three_seconds_is_a_dead_replica_s() {
        let mut watch = Watch::default();
        for tick in 0..6 {
            assert_eq!(watch.look(&[beat(1, 7), beat(2, tick)], NOW.plus(tick * BEAT)), []);
        }
        assert_eq!(watch.look(&[beat(1, 7), beat(2, 6)], NOW.plus(6 * BEAT)), [beat(1, 7)]);
    }

    #[test]
    fn who_was_away_itself_begins_to_watch_anew() {
        let mut watch = Watch::default();
        watch.look(&[beat(1, 7)], NOW);
        let back = NOW.plus(60 * SECOND);
        assert_eq!(watch.look(&[beat(1, 7)], back), [], "perhaps both waited for the database");
        for tick in 1..6 {
            assert_eq!(watch.look(&[beat(1, 7)], back.plus(tick * BEAT)), []);
        }
        assert_eq!(watch.look(&[beat(1, 7)], back.plus(6 * BEAT)), [beat(1, 7)]);
    }
}
