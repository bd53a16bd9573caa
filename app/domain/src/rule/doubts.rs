//! What makes a rule useless though nothing in it is wrong: it is saved all the same, and whoever saves it is told.

use super::filters::{range, told_everything};
use super::{NewRule, RuleTarget};
use crate::Timestamp;
use crate::event::verb::meant;

impl NewRule {
    /// What whoever writes it should know before they rely on it, each a sentence; none mostly.
    pub fn doubts(&self, now: Timestamp) -> Vec<String> {
        let expired = self.expires_at.filter(|end| *end <= now);
        let expired =
            expired.map(|end| format!("It expired on {} UTC: it does nothing any more.", end.human()));
        let verbs = self.verbs.iter().filter_map(|verb| slip(verb));
        let condition = self.condition.as_deref().map(of_condition).unwrap_or_default();
        let list = self.target.and_then(|target| of_list(target, &self.filters));
        let mut doubts: Vec<String> = Vec::new();
        for doubt in expired.into_iter().chain(verbs).chain(condition).chain(list) {
            if !doubts.contains(&doubt) {
                doubts.push(doubt);
            }
        }
        doubts
    }
}

/// Any verb is legal; one that resembles a known one is mostly a slip.
pub(super) fn slip(verb: &str) -> Option<String> {
    meant(verb).map(|meant| format!("“{verb}” is no known verb: “{meant}” may be meant."))
}

fn of_list(target: RuleTarget, filters: &[String]) -> Option<String> {
    if filters.iter().all(|filter| filter.trim().is_empty()) {
        return Some("It has no filters: it will never hit.".into());
    }
    (target == RuleTarget::Ip)
        .then(|| told_everything(filters.iter().filter_map(|text| range(text))))
        .flatten()
}

#[cfg(feature = "rules")]
fn of_condition(condition: &str) -> Vec<String> {
    // What cannot be read was refused.
    super::condition::Condition::new(condition).map(|condition| condition.doubts()).unwrap_or_default()
}

/// The browser leaves it to the server.
#[cfg(not(feature = "rules"))]
fn of_condition(_: &str) -> Vec<String> {
    Vec::new()
}
