//! When an event is a repeat: it resembles what its user said was not theirs, so nobody has to be asked before its session
//! ends.

use crate::risk::{Level, Reason};

/// The code of the evidence that the user's own "no" leaves.
pub const REPORTED: &str = "user.reported";
/// In log-odds: less than this is a shared provider and a common browser, or a report that has faded. The reported device
/// or address range says more.
const STRONG: f64 = 3.0;

/// True for an event that is red and resembles closely what the user reported: it is to be kept out.
pub fn is_repeat(level: Level, reasons: &[Reason]) -> bool {
    level == Level::Red && reasons.iter().any(|reason| reason.code == REPORTED && reason.evidence >= STRONG)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_red_and_strongly_reported_is_a_repeat() {
        let reasons = |code: &str, evidence| {
            let other = Reason {
                code: "net.country.new".into(),
                text: String::new(),
                evidence: 9.0,
                ..Reason::default()
            };
            [other, Reason { code: code.into(), text: String::new(), evidence, ..Reason::default() }]
        };
        assert!(is_repeat(Level::Red, &reasons(REPORTED, STRONG)));
        assert!(!is_repeat(Level::Red, &reasons(REPORTED, STRONG - 0.1)), "a faded report asks again");
        assert!(!is_repeat(Level::Red, &reasons("rule.deny", 30.0)));
        assert!(!is_repeat(Level::Orange, &reasons(REPORTED, 9.0)), "much else speaks for the user");
        assert!(!is_repeat(Level::Red, &[]));
    }
}
