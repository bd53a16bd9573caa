//! Failed attempts on a user's account: from which networks, how many, when the last was.

use serde::{Deserialize, Serialize};

use super::{Profile, Traits};
use crate::time::{DAY, SECOND};

/// Networks of which failed attempts are told apart.
pub(super) const FAILURES: usize = 4;
/// Stands for all further ones that the user is not known in: it is the key of 0.0.1.0/24, which is nobody's.
const FURTHER: u64 = 1;

/// Failed attempts from one network: its prefix (0: unknown), how many, the last one's second.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failures(pub(crate) u64, pub(crate) u32, pub(crate) i64);

impl Profile {
    pub(super) fn note_failure(&mut self, traits: &Traits) {
        let (prefix, at) = (traits.prefix.unwrap_or(0), traits.at.seconds());
        self.count_failures(prefix, 1, at);
        let apart = self.failures.iter().filter(|failures| failures.0 != FURTHER);
        if apart.clone().count() > FAILURES
            && let Some(Failures(prefix, count, last)) = apart.min_by_key(|failures| failures.2).cloned()
        {
            self.failures.retain(|failures| failures.0 != prefix);
            let is_today = at.saturating_sub(last) <= DAY / SECOND;
            if prefix != 0 && is_today && self.prefixes.last_day(prefix).is_none() {
                self.count_failures(FURTHER, count, last);
            }
        }
        self.failures.sort_by_key(|failures| failures.2);
    }

    fn count_failures(&mut self, prefix: u64, more: u32, at: i64) {
        let Some(known) = self.failures.iter_mut().find(|failures| failures.0 == prefix) else {
            return self.failures.push(Failures(prefix, more, at));
        };
        // Yesterday's attempts are not part of today's: the count starts again.
        let count = if at.saturating_sub(known.2) > DAY / SECOND { 0 } else { known.1 };
        *known = Failures(prefix, count.saturating_add(more), known.2.max(at));
    }

    /// Drops what a damaged encoding holds beyond the limit.
    pub(super) fn bound_failures(&mut self) {
        self.failures.truncate(FAILURES + 1);
    }
}
