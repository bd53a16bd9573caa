//! How alarming a user or a session is until somebody vouches for it: a later green event makes nobody forget a red one.

use super::Level;
use crate::Timestamp;

/// When something of theirs was last orange, and last red, that nobody vouched for; 0 for never. Events come late and out
/// of order: two of these are joined in any order to the same one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Unsettled {
    pub(crate) orange: Timestamp,
    pub(crate) red: Timestamp,
}

impl Unsettled {
    /// An event of this level.
    pub(crate) fn of(level: Level, at: Timestamp) -> Self {
        let mut one = Self::default();
        match level {
            Level::Green => {}
            Level::Orange => one.orange = at,
            Level::Red => one.red = at,
        }
        one
    }

    /// Both.
    pub(crate) fn and(self, other: Self) -> Self {
        Self { orange: self.orange.max(other.orange), red: self.red.max(other.red) }
    }

    /// The worst since then.
    pub(crate) fn level_since(&self, since: Timestamp) -> Level {
        if self.red > since {
            Level::Red
        } else if self.orange > since {
            Level::Orange
        } else {
            Level::Green
        }
    }

    /// When it was last of this level, or worse.
    pub(crate) fn last(&self, level: Level) -> Option<Timestamp> {
        let at = match level {
            Level::Green => return None,
            Level::Orange => self.orange.max(self.red),
            Level::Red => self.red,
        };
        (at > Timestamp(0)).then_some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_stands_until_it_is_old_and_then_the_next() {
        let red = Unsettled::of(Level::Red, Timestamp(10));
        let both = Unsettled::of(Level::Orange, Timestamp(30))
            .and(red)
            .and(Unsettled::of(Level::Green, Timestamp(40)));
        assert_eq!(both, red.and(both), "in any order");
        assert_eq!(
            [5, 10, 30].map(|since| both.level_since(Timestamp(since))),
            [Level::Red, Level::Orange, Level::Green]
        );
        assert_eq!(both.last(Level::Red), Some(Timestamp(10)));
        assert_eq!(both.last(Level::Orange), Some(Timestamp(30)));
        assert_eq!(Unsettled::default().last(Level::Red), None);
    }
}
