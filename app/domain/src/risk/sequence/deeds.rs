//! Which deeds count towards what honest sessions do: none twice in one session on one day, and few of one user in a day, so that
//! nobody makes usual with a script what accounts are taken over with.

use std::collections::HashMap;

use super::Action;
use crate::event::Observation;
use crate::mix::fnv;
use crate::time::DAY;

/// In so many sessions of one user a day.
const A_DAY: usize = 3;
/// So many users' days are remembered; then all begin anew.
const MOST: usize = 20_000;

/// The sessions in which users did something, by user, day and deed. It adds up with nothing: what a process that begins
/// does not know counts once more.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deeds(HashMap<(u64, i64, u8), Vec<u64>>);

impl Deeds {
    /// True of an event that counts; what is no such deed always does.
    pub(crate) fn count(&mut self, seen: &Observation) -> bool {
        let (action, user) = (Action::of(&seen.event.verb), seen.event.user.as_ref());
        let Some((action, user)) = action.zip(user) else { return true };
        let hash = |id: &str| fnv(id.bytes());
        let day = seen.at.min(seen.received_at).0.div_euclid(DAY);
        let key = (hash(&user.id), day, action.bit());
        if self.0.len() >= MOST && !self.0.contains_key(&key) {
            self.0.clear();
        }
        let sessions = self.0.entry(key).or_default();
        let session = seen.event.session_id.as_deref().map_or(0, hash);
        let counts = sessions.len() < A_DAY && !sessions.contains(&session);
        if counts {
            sessions.push(session);
        }
        counts
    }
}
