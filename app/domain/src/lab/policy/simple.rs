//! The rules of thumb that applications live with: one look at one fact each.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use super::{Policy, user};
use crate::Timestamp;
use crate::event::Observation;
use crate::place::distance_km;
use crate::time::HOUR;

/// Which rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A mail on every address the user never had.
    NewAddress,
    /// A mail on every device token the user never had; without tokens on every user agent.
    NewDevice,
    /// A country the user never was in.
    NewCountry,
    /// 25 for a new kind of client, 10 for a new address, 30 for a new country; more than 30 is too many.
    Points,
    /// Faster than an airliner, and further than 500 km, since the last login.
    Travel,
}

/// One rule, and what it remembers of each user.
#[derive(Debug)]
pub struct Simple {
    rule: Rule,
    users: HashMap<String, Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    addresses: HashSet<IpAddr>,
    devices: HashSet<String>,
    clients: HashSet<String>,
    countries: HashSet<String>,
    last: Option<((f64, f64), Timestamp)>,
}

impl Simple {
    /// All of them, knowing nobody yet.
    pub fn all() -> Vec<Self> {
        [Rule::NewAddress, Rule::NewDevice, Rule::NewCountry, Rule::Points, Rule::Travel]
            .map(Self::new)
            .into()
    }

    /// One of them.
    pub fn new(rule: Rule) -> Self {
        Self { rule, users: HashMap::new() }
    }
}

fn address(seen: &Observation) -> Option<IpAddr> {
    seen.event.address.as_ref().map(|address| address.ip)
}

fn device(seen: &Observation) -> String {
    seen.event.device_id.clone().or_else(|| seen.event.user_agent.clone()).unwrap_or_default()
}

fn client(seen: &Observation) -> String {
    seen.agent.label().unwrap_or_default()
}

fn country(seen: &Observation) -> String {
    seen.place.as_ref().and_then(|place| place.country.clone()).unwrap_or_default()
}

impl Memory {
    fn judge(&self, rule: Rule, seen: &Observation) -> f64 {
        let new_address = address(seen).is_some_and(|ip| !self.addresses.contains(&ip));
        let new_country = !self.countries.contains(&country(seen));
        let count = |truth: bool, points: f64| if truth { points } else { 0.0 };
        match rule {
            Rule::NewAddress => count(new_address, 1.0),
            Rule::NewDevice => count(!self.devices.contains(&device(seen)), 1.0),
            Rule::NewCountry => count(new_country, 1.0),
            Rule::Points => {
                let new_client = !self.clients.contains(&client(seen));
                count(new_client, 25.0) + count(new_address, 10.0) + count(new_country, 30.0)
            }
            Rule::Travel => self.speed(seen),
        }
    }

    /// Kilometres an hour since the last login; 0 within 500 km.
    fn speed(&self, seen: &Observation) -> f64 {
        let here = seen.place.as_ref().and_then(|place| place.coordinates());
        let Some((here, (last, then))) = here.zip(self.last) else { return 0.0 };
        let km = distance_km(last, here);
        let hours = seen.at.since(then).max(1) as f64 / HOUR as f64;
        if km > 500.0 { km / hours } else { 0.0 }
    }
}

impl Policy for Simple {
    fn name(&self) -> String {
        match self.rule {
            Rule::NewAddress => "mail on every new address",
            Rule::NewDevice => "mail on every new device",
            Rule::NewCountry => "new country",
            Rule::Points => "points 25/10/30",
            Rule::Travel => "> 900 km/h and > 500 km",
        }
        .to_owned()
    }

    fn score(&mut self, seen: &Observation) -> f64 {
        self.users.get(user(seen)).map_or(0.0, |memory| memory.judge(self.rule, seen))
    }

    fn learn(&mut self, seen: &Observation) {
        if !seen.is_login() {
            return;
        }
        let memory = self.users.entry(user(seen).to_owned()).or_default();
        match self.rule {
            Rule::NewDevice => {
                memory.devices.insert(device(seen));
            }
            Rule::Travel => {
                let here = seen.place.as_ref().and_then(|place| place.coordinates());
                memory.last = here.map(|here| (here, seen.at)).or(memory.last);
            }
            Rule::NewAddress | Rule::NewCountry | Rule::Points => {
                memory.addresses.extend(address(seen));
                memory.clients.insert(client(seen));
                memory.countries.insert(country(seen));
            }
        }
    }

    fn limit(&self) -> Option<f64> {
        Some(match self.rule {
            Rule::NewAddress | Rule::NewDevice | Rule::NewCountry => 0.5,
            Rule::Points => 30.0,
            Rule::Travel => 900.0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::login::Login;
    use crate::lab::population::{History, Wanted};

    #[test]
    fn each_rule_is_quiet_about_what_it_has_seen() {
        let history = History::new(&Wanted::calm(5, 3));
        let login = history.logins.iter().find(|login| login.is_login()).unwrap();
        let again = Login { at: login.at + 60, ..*login };
        for mut policy in Simple::all() {
            policy.learn(&login.observe(&history.world, true));
            let score = policy.score(&again.observe(&history.world, true));
            assert!(score <= policy.limit().unwrap(), "{}", policy.name());
        }
    }
}
