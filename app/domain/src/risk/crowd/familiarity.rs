//! Whether an attempt looks like its user, and whether it may be on their own device.

use crate::profile::habit::Habit;
use crate::profile::{Profile, Traits};

/// Who shows their kind of client less often than this, of all their logins, often shows none.
const OFTEN: f64 = 0.8;

/// How well the attempt fits what is known of its user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Familiarity {
    /// Their device, their network range, or their kind of client in their network.
    Familiar,
    /// None of these.
    Strange,
    /// The user has no history, or nobody was named.
    Unknown,
}

impl Familiarity {
    pub(super) fn of(traits: &Traits, profile: &Profile) -> Self {
        if profile.logins() == 0 {
            return Self::Unknown;
        }
        let today = traits.day();
        let knows =
            |habit: &Habit, key: Option<u64>| key.is_some_and(|key| habit.weight(key, today).is_some());
        let familiar = knows(&profile.devices, traits.device)
            || knows(&profile.prefixes, traits.prefix)
            || (knows(&profile.networks, traits.asn) && knows(&profile.clients, traits.client));
        if familiar { Self::Familiar } else { Self::Strange }
    }
}

/// What says which device it is, its token, else its kind of client, is the user's. What says nothing is theirs only
/// where they often logged in without saying it, as mail programs do.
pub(super) fn is_own_device(traits: &Traits, profile: &Profile) -> bool {
    let today = traits.day();
    let knows = |habit: &Habit, key: u64| habit.weight(key, today).is_some();
    if let Some(device) = traits.device.filter(|_| !profile.devices.is_empty()) {
        return knows(&profile.devices, device);
    }
    match traits.client {
        Some(client) => knows(&profile.clients, client),
        None => profile.clients.total(today) < OFTEN * profile.prefixes.total(today),
    }
}
