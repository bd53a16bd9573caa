//! When an event is a repeat: it resembles what its user said was not theirs, so nobody has to be asked before its session
//! ends.

use crate::risk::Level;

/// The code of the evidence that the user's own "no" leaves.
pub const REPORTED: &str = "user.reported";
/// In log-odds as they are before any calibration: less than this is a shared provider and a common browser, or a report that
/// has faded. The reported device or address range says more.
const STRONG: f64 = 3.0;

/// True for an event that is red and of which the user's reports say so much: it is to be kept out.
pub fn is_repeat(level: Level, reported: f64) -> bool {
    level == Level::Red && reported >= STRONG
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_red_and_strongly_reported_is_a_repeat() {
        assert!(is_repeat(Level::Red, STRONG));
        assert!(!is_repeat(Level::Red, STRONG - 0.1), "a faded report asks again");
        assert!(!is_repeat(Level::Orange, 9.0), "much else speaks for the user");
    }
}
