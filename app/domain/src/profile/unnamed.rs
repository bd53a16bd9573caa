//! What a user does without naming a session: weighed with the login that it most probably follows. Many applications send
//! no session ids, as ThisData's clients did not.

use serde::{Deserialize, Serialize};

use super::{Profile, Sighting};
use crate::Timestamp;
use crate::event::verb;
use crate::risk::session::SessionMemory;
use crate::time::HOUR;

/// The last logins of so many parties are kept: the user's, and one more.
const MOST: usize = 2;
/// … each until nothing came of it for so long.
const KEPT: i64 = 12 * HOUR;

/// A login that named no session, and what followed it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Unnamed {
    /// The device's token; 0 where none was told.
    device: u64,
    memory: SessionMemory,
}

impl Unnamed {
    /// True when this is most probably done by whoever logged in: the same client on the same network, and no other device.
    fn goes_on(&self, seen: &Sighting<'_>) -> bool {
        let device = seen.traits.device.unwrap_or_default();
        let lasts = seen.at >= self.memory.started() && seen.at.since(self.memory.last_seen()) < KEPT;
        lasts && self.device == device && self.memory.is_owned_by(seen)
    }
}

impl Profile {
    /// The login that an event which names no session follows.
    pub(crate) fn unnamed(&self, seen: &Sighting<'_>) -> Option<&SessionMemory> {
        if seen.event.session_id.is_some() || seen.is_login() {
            return None;
        }
        self.unnamed.iter().rev().find(|one| one.goes_on(seen)).map(|one| &one.memory)
    }

    /// Takes that login, to be gone on with, or, for a login, the one that it replaces.
    pub(crate) fn take_unnamed(&mut self, seen: &Sighting<'_>) -> Option<SessionMemory> {
        let place = self.unnamed.iter().rposition(|one| one.goes_on(seen))?;
        Some(self.unnamed.remove(place).memory)
    }

    /// Keeps what followed a login, the latest last; what is long over goes.
    pub(crate) fn keep_unnamed(&mut self, seen: &Sighting<'_>, memory: SessionMemory) {
        if !verb::is_logout(&seen.event.verb) {
            let device = seen.traits.device.unwrap_or_default();
            self.unnamed.push(Unnamed { device, memory: memory.without_looks() });
        }
        self.forget_unnamed(seen.at);
    }

    /// Forgets those of which nothing came for long, and all but the latest.
    pub(crate) fn forget_unnamed(&mut self, now: Timestamp) {
        self.unnamed.retain(|one| now.since(one.memory.last_seen()) < KEPT);
        let excess = self.unnamed.len().saturating_sub(MOST);
        self.unnamed.drain(..excess);
    }

    pub(super) fn bound_unnamed(&mut self) {
        self.unnamed.truncate(MOST);
        self.unnamed.retain(|one| one.memory.is_sane());
    }
}
