//! The lab's internet: countries, cities, networks, address prefixes, and what the databases say of them.

mod build;
mod countries;
mod look_up;

use std::ops::Range;

/// An address: its prefix (/24 or /48) and the host (or /64) therein.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Spot {
    /// Index of the prefix.
    pub block: u32,
    /// The part below it.
    pub host: u16,
}

/// What a network is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Homes and offices.
    Fixed,
    /// Telephones behind carrier-grade translation.
    Mobile,
    /// Data centres.
    Hosting,
    /// Exits of commercial VPNs, in data centres.
    Vpn,
}

/// A country.
#[derive(Clone, Debug)]
pub struct Country {
    /// ISO 3166-1 alpha-2.
    pub code: &'static str,
    /// English name.
    pub name: &'static str,
    /// Share of users, relative.
    pub weight: f64,
    /// Degrees north and east of its middle.
    pub middle: (f64, f64),
    /// Hours ahead of UTC.
    pub utc: i64,
    /// Its cities, the largest first.
    pub cities: Range<usize>,
    /// Fixed networks, the largest first.
    pub fixed: Vec<usize>,
    /// Mobile networks, the largest first.
    pub mobile: Vec<usize>,
    /// Pools of data centres.
    pub hosting: Vec<Range<u32>>,
    /// Pools of VPN exits: provider and prefixes.
    pub vpn: Vec<(usize, Range<u32>)>,
}

/// A city.
#[derive(Clone, Debug)]
pub struct City {
    /// Its name.
    pub name: String,
    /// Degrees north and east.
    pub at: (f64, f64),
    /// Share of the country's users.
    pub share: f64,
    /// Its country.
    pub country: usize,
}

/// An autonomous system.
#[derive(Clone, Debug)]
pub struct System {
    /// Its number, of those for private use (RFC 6996): these networks are nobody's.
    pub asn: u32,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub purpose: Purpose,
    /// Share of the country's customers.
    pub share: f64,
    /// Customers use IPv6.
    pub ipv6: bool,
    /// City and the prefixes that serve it.
    pub pools: Vec<(usize, Range<u32>)>,
}

/// A prefix as the databases know it.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    /// Its network.
    pub system: u32,
    /// Its country, as reported.
    pub country: u32,
    /// Its city, as reported.
    pub city: Option<u32>,
    /// Known as a data centre.
    pub hosting: bool,
    /// Listed as a VPN's exit.
    pub vpn: bool,
}

/// The whole of it.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// All countries.
    pub countries: Vec<Country>,
    /// All cities.
    pub cities: Vec<City>,
    /// All networks.
    pub systems: Vec<System>,
    /// All prefixes.
    pub blocks: Vec<Block>,
}

impl World {
    /// The prefixes of a network that serve this city, or any of its pools.
    pub fn pool(&self, system: usize, city: usize) -> Range<u32> {
        let pools = &self.systems[system].pools;
        pools.iter().find(|pool| pool.0 == city).or(pools.first()).map_or(0..1, |pool| pool.1.clone())
    }

    /// Network, country and city that an address truly belongs to.
    pub fn home_of(&self, spot: Spot) -> (usize, usize, usize) {
        let system = self.blocks[spot.block as usize].system as usize;
        let pools = &self.systems[system].pools;
        let pool = pools.iter().find(|pool| pool.1.contains(&spot.block));
        let city = pool.map_or(0, |pool| pool.0);
        (system, self.cities[city].country, city)
    }
}
