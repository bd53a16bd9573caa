//! Builds the world from its seed.

use std::ops::Range;

use super::countries::{COUNTRIES, Row};
use super::{Block, City, Country, Purpose, System, World};
use crate::lab::parameters as p;
use crate::lab::random::Random;

/// The first AS number for private use (RFC 6996).
const FIRST_ASN: u32 = 4_200_000_000;
/// Global clouds and VPN providers.
const CLOUDS: usize = 5;
const VPN_PROVIDERS: usize = 6;
/// Countries below this weight have no cloud region and no VPN exit of their own.
const SMALL_COUNTRY: f64 = 5.0;
/// /24s per city of the largest provider in the largest city; the others by their shares.
const CITY_PREFIXES: f64 = 900.0;

impl World {
    /// The same seed, the same world.
    pub fn new(seed: u64) -> Self {
        let mut random = Random::stream(seed, 1);
        let mut world = Self::default();
        for row in &COUNTRIES {
            world.add_country(row, &mut random);
        }
        for provider in 0..CLOUDS {
            world.add_global(&format!("Cloud {}", provider + 1), Purpose::Hosting, &mut random);
        }
        for provider in 0..VPN_PROVIDERS {
            world.add_global(&format!("Transit for VPN {}", provider + 1), Purpose::Vpn, &mut random);
        }
        world
    }

    fn add_country(&mut self, row: &Row, random: &mut Random) {
        let Row(code, name, weight, middle, extent, utc, towns) = *row;
        let first = self.cities.len();
        let shares = falling(towns, 0.9);
        for (index, share) in shares.into_iter().enumerate() {
            let off = |random: &mut Random, half: f64| half * random.between(-1.0, 1.0);
            let at = (middle.0 + off(random, extent.0), middle.1 + off(random, extent.1));
            let name = format!("Town {} of {code}", index + 1);
            self.cities.push(City { name, at, share, country: self.countries.len() });
        }
        self.countries.push(Country {
            code,
            name,
            weight,
            middle,
            utc: i64::from(utc),
            cities: first..first + towns,
            fixed: Vec::new(),
            mobile: Vec::new(),
            hosting: Vec::new(),
            vpn: Vec::new(),
        });
        let country = self.countries.len() - 1;
        let providers = if weight >= 20.0 { p::PROVIDERS.0 } else { p::PROVIDERS.1 };
        for (index, share) in falling(providers, 1.0).into_iter().enumerate() {
            self.add_fixed(country, index, share, random);
        }
        for (index, share) in falling(3, 0.5).into_iter().enumerate() {
            self.add_mobile(country, index, share, random);
        }
        let hoster = self.add_system(format!("Hosting in {name}"), Purpose::Hosting, 1.0, random);
        let pool = self.add_pool(hoster, country, first, 24, random);
        self.countries[country].hosting.push(pool);
    }

    fn add_fixed(&mut self, country: usize, index: usize, share: f64, random: &mut Random) {
        let name = format!("Broadband {} of {}", index + 1, self.countries[country].name);
        let system = self.add_system(name, Purpose::Fixed, share, random);
        for city in self.countries[country].cities.clone() {
            let prefixes = (CITY_PREFIXES * share * self.cities[city].share).clamp(6.0, 200.0) as u32;
            self.add_pool(system, country, city, prefixes, random);
        }
        self.countries[country].fixed.push(system);
    }

    /// A carrier has up to four regions; a region's prefixes are all reported to be where its gateway is.
    fn add_mobile(&mut self, country: usize, index: usize, share: f64, random: &mut Random) {
        let name = format!("Mobile {} of {}", index + 1, self.countries[country].name);
        let system = self.add_system(name, Purpose::Mobile, share, random);
        let cities = self.countries[country].cities.clone();
        let regions = cities.len().min(4);
        let (low, high) = p::CARRIER_PREFIXES;
        for hub in cities.start..cities.start + regions {
            let prefixes = random.between(f64::from(low), f64::from(high)) as u32;
            self.add_pool(system, country, hub, prefixes, random);
        }
        for city in cities.start + regions..cities.end {
            let region = self.systems[system].pools[(city - cities.start) % regions].1.clone();
            self.systems[system].pools.push((city, region));
        }
        self.countries[country].mobile.push(system);
    }

    fn add_global(&mut self, name: &str, purpose: Purpose, random: &mut Random) {
        let system = self.add_system(name.to_owned(), purpose, 1.0, random);
        for country in 0..self.countries.len() {
            if self.countries[country].weight < SMALL_COUNTRY {
                continue;
            }
            let city = self.countries[country].cities.start;
            let size = if purpose == Purpose::Vpn { p::VPN_PREFIXES } else { 12 };
            let pool = self.add_pool(system, country, city, size, random);
            match purpose {
                Purpose::Vpn => self.countries[country].vpn.push((system, pool)),
                _ => self.countries[country].hosting.push(pool),
            }
        }
    }

    fn add_system(&mut self, name: String, purpose: Purpose, share: f64, random: &mut Random) -> usize {
        let asn = FIRST_ASN + self.systems.len() as u32;
        let ipv6 = matches!(purpose, Purpose::Fixed | Purpose::Mobile) && random.chance(p::IPV6);
        self.systems.push(System { asn, name, purpose, share, ipv6, pools: Vec::new() });
        self.systems.len() - 1
    }

    fn add_pool(
        &mut self,
        system: usize,
        country: usize,
        city: usize,
        size: u32,
        random: &mut Random,
    ) -> Range<u32> {
        let start = self.blocks.len() as u32;
        for _ in 0..size {
            let block = self.report(system, country, city, random);
            self.blocks.push(block);
        }
        let pool = start..self.blocks.len() as u32;
        self.systems[system].pools.push((city, pool.clone()));
        pool
    }

    /// What the databases make of a prefix: mostly the truth.
    fn report(&self, system: usize, country: usize, city: usize, random: &mut Random) -> Block {
        let covered = matches!(self.systems[system].purpose, Purpose::Hosting | Purpose::Vpn);
        let vpn = self.systems[system].purpose == Purpose::Vpn && random.chance(p::VPN_LISTED);
        let country =
            if random.chance(p::WRONG_COUNTRY) { random.below(self.countries.len()) } else { country };
        let cities = self.countries[country].cities.clone();
        let wrong = random.chance(p::WRONG_CITY) || !cities.contains(&city);
        let elsewhere = random.weighted(self.cities[cities.clone()].iter().map(|city| city.share));
        let city = if wrong { cities.start + elsewhere } else { city };
        Block {
            system: system as u32,
            country: country as u32,
            city: (!random.chance(p::NO_CITY)).then_some(city as u32),
            hosting: covered && random.chance(p::HOSTING_KNOWN),
            vpn,
        }
    }
}

/// Zipf's law: shares that fall by rank, together 1.
fn falling(count: usize, exponent: f64) -> Vec<f64> {
    let weights = (0..count).map(|rank| ((rank + 1) as f64).powf(-exponent));
    let all: f64 = weights.clone().sum();
    weights.map(|weight| weight / all).collect()
}
