//! Whether an attempt looks like its user, and whether it may be on their own device.

use crate::profile::habit::Habit;
use crate::profile::{Profile, Traits};

/// Who shows their kind of client, or a device token, less often than this, of all their logins, often shows none.
const OFTEN: f64 = 0.8;
/// After so many logins it is known whether a user shows a token.
const LOGINS: u32 = 5;

/// How well the attempt fits what is known of its user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Familiarity {
    /// Their device, their network range, or, of whoever often shows no device token, their kind of client in their network.
    Familiar,
    /// None of these.
    Strange,
    /// The user has no history, or nobody was named.
    Unknown,
}

impl Familiarity {
    pub(super) fn of(traits: &Traits, profile: &Profile, at_home: bool) -> Self {
        if profile.logins() == 0 {
            return Self::Unknown;
        }
        let knows = |habit: &Habit, key: Option<u64>| knows(habit, key, traits);
        let familiar = at_home
            || (knows(&profile.networks, traits.asn)
                && knows(&profile.clients, traits.client)
                && !shows_a_device(traits, profile));
        if familiar { Self::Familiar } else { Self::Strange }
    }
}

/// On a device, or in a network range, that the user is known by. A provider and a kind of client are many people's.
pub(super) fn is_at_home(traits: &Traits, profile: &Profile) -> bool {
    knows(&profile.devices, traits.device, traits) || knows(&profile.prefixes, traits.prefix, traits)
}

fn knows(habit: &Habit, key: Option<u64>, traits: &Traits) -> bool {
    key.is_some_and(|key| habit.weight(key, traits.day()).is_some())
}

/// True of users who are known by the tokens of a few devices: what comes without one of these is not on theirs.
fn shows_a_device(traits: &Traits, profile: &Profile) -> bool {
    let total = |habit: &Habit| habit.total(traits.day());
    let all =
        [&profile.clients, &profile.networks, &profile.prefixes].map(total).into_iter().fold(0.0, f64::max);
    let with = total(&profile.devices);
    profile.logins() >= LOGINS && with > 0.0 && with >= OFTEN * all
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
