//! An internet connection at a place: a network, the prefixes it draws on, how long an address lasts.

use std::ops::Range;

use super::parameters as p;
use super::random::Random;
use super::world::{Spot, World};

/// A home's or an office's connection.
#[derive(Clone, Debug)]
pub struct Line {
    /// The network.
    pub system: usize,
    /// The city.
    pub city: usize,
    prefixes: Range<u32>,
    lease: f64,
    spot: Spot,
    until: f64,
    renumbered: bool,
}

impl Line {
    /// A home in this city, with a provider and a lease by their shares. Not the provider `but`.
    pub fn home(world: &World, city: usize, but: Option<usize>, random: &mut Random) -> Self {
        let fixed = &world.countries[world.cities[city].country].fixed;
        let share = |system: &usize| if Some(*system) == but { 0.0 } else { world.systems[*system].share };
        let system = fixed[random.weighted(fixed.iter().map(share))];
        Self::of(world, system, city, random.pick(&p::LEASES), random)
    }

    /// A line that keeps its address: an office's.
    pub fn fixed(world: &World, city: usize, random: &mut Random) -> Self {
        let home = Self::home(world, city, None, random);
        Self { lease: 0.0, until: f64::INFINITY, ..home }
    }

    fn of(world: &World, system: usize, city: usize, lease: f64, random: &mut Random) -> Self {
        let pool = world.pool(system, city);
        let size = (pool.end - pool.start).min(p::NEIGHBOURHOOD);
        let start = pool.start + random.below((pool.end - pool.start - size + 1) as usize) as u32;
        let mut line = Self {
            system,
            city,
            prefixes: start..start + size,
            lease,
            spot: Spot::default(),
            until: f64::NEG_INFINITY,
            renumbered: false,
        };
        line.spot = any_host(&line.prefixes, random);
        line
    }

    /// The address on a day (with its fraction).
    pub fn at(&mut self, day: f64, random: &mut Random) -> Spot {
        if day < self.until || self.lease == 0.0 {
            return self.spot;
        }
        if self.until.is_finite() {
            self.renew(random);
        }
        self.until = day + self.lease * random.between(0.6, 1.4);
        self.spot
    }

    /// A country's largest provider moves the customer, once, to addresses that served another city before.
    pub fn renumber(&mut self, world: &World, random: &mut Random) {
        let country = &world.countries[world.cities[self.city].country];
        if self.renumbered || country.fixed.first() != Some(&self.system) {
            return;
        }
        let next = country.cities.start + (self.city + 1 - country.cities.start) % country.cities.len();
        (self.renumbered, self.prefixes) = (true, world.pool(self.system, next));
        self.spot = any_host(&self.prefixes, random);
    }

    fn renew(&mut self, random: &mut Random) {
        let stays = random.chance(p::LEASE_IN_PREFIX);
        let block = self.spot.block;
        self.spot = any_host(&self.prefixes, random);
        if stays {
            self.spot.block = block;
        }
    }
}

/// Any address of these prefixes.
pub fn any_host(prefixes: &Range<u32>, random: &mut Random) -> Spot {
    let block = prefixes.start + random.below((prefixes.end - prefixes.start) as usize) as u32;
    Spot { block, host: 1 + random.below(254) as u16 }
}
