//! Who was told of in a session: known by it again when a word is said, whatever the session shows later.

use serde::{Deserialize, Serialize};

use crate::profile::habit::Habit;
use crate::profile::{Profile, Traits};

/// Network, range, client and device as a profile knows them; 0 is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Look(u64, u64, u64, u64);

impl Look {
    pub(super) fn of(traits: &Traits) -> Self {
        let [asn, prefix, client, device] =
            [traits.asn, traits.prefix, traits.client, traits.device].map(Option::unwrap_or_default);
        Self(asn, prefix, client, device)
    }

    fn traits(self) -> Traits {
        let Self(asn, prefix, client, device) = self;
        let [asn, prefix, client, device] =
            [asn, prefix, client, device].map(|key| Some(key).filter(|key| *key > 0));
        Traits { asn, prefix, client, device, ..Traits::default() }
    }

    /// True while its like awaits the user's word.
    pub(super) fn awaits(self, profile: &Profile) -> bool {
        profile.awaits(&self.traits())
    }

    /// The user, an operator, or silence vouched for it: none of it awaits a word, and all of it is known.
    pub(super) fn is_vouched_for(self, profile: &Profile, today: i32) -> bool {
        let traits = self.traits();
        let knows =
            |habit: &Habit, key: Option<u64>| key.is_none_or(|key| habit.weight(key, today).is_some());
        !profile.awaits(&traits)
            && knows(&profile.networks, traits.asn)
            && knows(&profile.clients, traits.client)
            && knows(&profile.devices, traits.device)
    }
}
