//! What a user usually does, in words and shares: the baseline beside each of their events.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::Profile;
use super::habit::Habit;
use super::traits::{Traits, country_code, day};
use crate::Timestamp;
use crate::event::Event;

/// More values of one kind than this are noise.
const MOST: usize = 4;

/// A user's habits as people read them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Usual {
    /// How many logins this was learned from.
    pub logins: u32,
    /// Countries, the most frequent first.
    pub countries: Vec<Share>,
    /// Networks.
    pub networks: Vec<Share>,
    /// Kinds of client.
    pub clients: Vec<Share>,
    /// Device tokens.
    pub devices: Vec<Share>,
    /// Logins by hour of the day in UTC; empty before the first.
    pub hours: Vec<u16>,
    /// While nothing is learned.
    pub frozen: Option<Frozen>,
}

/// After a user's "no" nothing is learned for a while: where one thief was there may be more of him.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frozen {
    /// Since the answer.
    pub since: Timestamp,
    /// Until learning goes on by itself.
    pub until: Timestamp,
}

/// One value and how much of the logins it makes up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// `New Zealand`, `Chrome on macOS`.
    pub label: String,
    /// 0..1.
    pub share: f64,
}

impl Profile {
    /// The habits at `now`. A profile keeps numbers; their names are taken from `events`, the user's latest ones. What
    /// they do not name is left out, except countries and networks, which have a number of their own.
    pub fn usual(&self, events: &[Event], now: Timestamp) -> Usual {
        let (names, today) = (Names::of(events), day(now));
        let shares = |habit: &Habit, name: &dyn Fn(u64) -> Option<String>| {
            let named = habit
                .ranked(today)
                .into_iter()
                .filter_map(|(key, share)| Some(Share { label: name(key)?, share }));
            named.take(MOST).collect::<Vec<_>>()
        };
        Usual {
            logins: self.logins,
            countries: shares(&self.countries, &|key| {
                names.countries.get(&key).cloned().or_else(|| country_code(key))
            }),
            networks: shares(&self.networks, &|key| Some(names.network(key))),
            clients: shares(&self.clients, &|key| names.clients.get(&key).cloned()),
            devices: shares(&self.devices, &|key| names.devices.get(&key).cloned()),
            hours: self.hours.iter().map(|count| u16::from(*count)).collect(),
            frozen: self.frozen(now),
        }
    }
}

/// What the numbers of a profile mean.
#[derive(Default)]
struct Names {
    countries: HashMap<u64, String>,
    networks: HashMap<u64, String>,
    clients: HashMap<u64, String>,
    devices: HashMap<u64, String>,
}

impl Names {
    /// A network's name; with its number where another has the same name.
    fn network(&self, key: u64) -> String {
        let Some(name) = self.networks.get(&key) else { return format!("AS{key}") };
        let same = self.networks.values().filter(|other| *other == name).count();
        if same > 1 { format!("{name} (AS{key})") } else { name.clone() }
    }

    fn of(events: &[Event]) -> Self {
        let mut names = Self::default();
        for event in events {
            let (traits, detail) = (Traits::of_event(event), &event.detail);
            let country = detail.place.as_ref().and_then(|place| place.country_name.clone());
            let network = detail.network.as_ref().and_then(|network| network.name.clone());
            for (known, key, name) in [
                (&mut names.countries, traits.country, country),
                (&mut names.networks, traits.asn, network),
                (&mut names.clients, traits.client, detail.agent.label()),
                (&mut names.devices, traits.device, event.device_id.clone()),
            ] {
                if let (Some(key), Some(name)) = (key, name) {
                    known.entry(key).or_insert(name);
                }
            }
        }
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_networks_of_one_name_are_told_apart_by_their_numbers() {
        let name = |number: u64, name: &str| (number, name.to_owned());
        let networks = HashMap::from([name(9500, "One NZ"), name(38_793, "One NZ"), name(4771, "Spark")]);
        let names = Names { networks, ..Names::default() };
        let read = [9500, 38_793, 4771, 64_512].map(|number| names.network(number));
        assert_eq!(read, ["One NZ (AS9500)", "One NZ (AS38793)", "Spark", "AS64512"]);
    }
}
