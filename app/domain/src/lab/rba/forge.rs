//! Attackers made of real rows: each takes an address and a user agent that other users showed before.
//!
//! | attacker | address | user agent |
//! |---|---|---|
//! | naive | anybody's | anybody's |
//! | VPN | somebody's in the victim's country | anybody's |
//! | targeted | somebody's in the victim's city, else country | somebody's with the victim's browser and system, of any version |
//! | very targeted | somebody's in the victim's network (AS) | the victim's own |

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::Arc;

use crate::Timestamp;
use crate::event::{NewEvent, Observation};
use crate::lab::attack::Attacker;
use crate::lab::random::Random;

/// So many of the latest are kept of each kind: anybody's, a country's and client's, a city's and network's.
const ANYBODY: usize = 20_000;
const BROAD: usize = 200;
const NARROW: usize = 8;
/// How often another row is drawn when one is the victim's own.
const DRAWS: usize = 8;

/// The latest rows with one value each.
type By<K> = HashMap<K, VecDeque<Arc<Observation>>>;

/// What has been shown so far.
#[derive(Debug, Default)]
pub(super) struct Shown {
    all: By<()>,
    countries: By<String>,
    cities: By<[Option<String>; 3]>,
    systems: By<u32>,
    clients: By<[Option<String>; 2]>,
}

fn country(seen: &Observation) -> Option<String> {
    seen.place.as_ref().and_then(|place| place.country.clone())
}

fn city(seen: &Observation) -> Option<[Option<String>; 3]> {
    let place = seen.place.as_ref().filter(|place| place.city.is_some())?;
    Some([place.country.clone(), place.region.clone(), place.city.clone()])
}

fn system(seen: &Observation) -> Option<u32> {
    seen.network.as_ref().and_then(|network| network.asn)
}

fn client(seen: &Observation) -> [Option<String>; 2] {
    [seen.agent.browser.clone(), seen.agent.os.clone()]
}

fn user(seen: &Observation) -> Option<&str> {
    seen.event.user.as_ref().map(|user| user.id.as_str())
}

fn keep<K: Hash + Eq>(by: &mut By<K>, key: Option<K>, most: usize, seen: &Arc<Observation>) {
    let Some(key) = key else { return };
    let latest = by.entry(key).or_default();
    if latest.len() >= most {
        latest.pop_front();
    }
    latest.push_back(seen.clone());
}

/// A row with this value by somebody else.
fn other<'a, K: Hash + Eq>(
    by: &'a By<K>,
    key: Option<K>,
    victim: &Observation,
    random: &mut Random,
) -> Option<&'a Arc<Observation>> {
    let latest = by.get(&key?)?;
    let mut draws = (0..DRAWS).map(|_| latest.get(random.below(latest.len())));
    draws.find_map(|row| row.filter(|row| user(row) != user(victim)))
}

impl Shown {
    /// Remembers an honest login.
    pub(super) fn note(&mut self, seen: &Arc<Observation>) {
        keep(&mut self.all, Some(()), ANYBODY, seen);
        keep(&mut self.countries, country(seen), BROAD, seen);
        keep(&mut self.cities, city(seen), NARROW, seen);
        keep(&mut self.systems, system(seen), NARROW, seen);
        keep(&mut self.clients, Some(client(seen)), BROAD, seen);
    }

    /// The login of this attacker upon the user whose last login is `usual`; None when nobody else showed what it needs.
    pub(super) fn forge(
        &self,
        attacker: Attacker,
        usual: &Observation,
        at: Timestamp,
        random: &mut Random,
    ) -> Option<Observation> {
        let anybody = |random: &mut Random| other(&self.all, Some(()), usual, random);
        let compatriot = |random: &mut Random| other(&self.countries, country(usual), usual, random);
        let (address, agent) = match attacker {
            Attacker::Naive => (anybody(random)?, anybody(random)?.as_ref()),
            Attacker::Vpn => (compatriot(random)?, anybody(random)?.as_ref()),
            Attacker::Targeted => {
                let near = other(&self.cities, city(usual), usual, random);
                let address = near.or_else(|| compatriot(random))?;
                (address, other(&self.clients, Some(client(usual)), usual, random)?.as_ref())
            }
            Attacker::VeryTargeted => (other(&self.systems, system(usual), usual, random)?, usual),
        };
        let event = NewEvent {
            address: address.event.address.clone(),
            user_agent: agent.event.user_agent.clone(),
            ..usual.event.clone()
        };
        Some(Observation {
            event,
            at,
            received_at: at,
            is_history: false,
            place: address.place.clone(),
            network: address.network.clone(),
            agent: agent.agent.clone(),
            ..Observation::default()
        })
    }
}
