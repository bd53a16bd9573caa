//! Journeys: when, and through whose network.

use super::line::Line;
use super::parameters as p;
use super::random::Random;
use super::world::World;

/// A stay elsewhere.
#[derive(Clone, Debug)]
pub struct Trip {
    from: f64,
    until: f64,
    /// The network there.
    pub hotel: Line,
}

impl Trip {
    /// True while it lasts.
    pub fn covers(&self, now: f64) -> bool {
        (self.from..self.until).contains(&now)
    }

    /// Some days in another country, by its popularity.
    pub fn abroad(world: &World, from: usize, day: i32, days: f64, random: &mut Random) -> Self {
        let weight = |index: usize| if index == from { 0.0 } else { world.countries[index].weight.sqrt() };
        let country = random.weighted((0..world.countries.len()).map(weight));
        Self::to(world, country, f64::from(day), days, random)
    }

    /// A longer trip is one of several stops.
    fn stops(self, world: &World, random: &mut Random, trips: &mut Vec<Self>) {
        let country = world.cities[self.hotel.city].country;
        let (mut trip, end) = (self.clone(), self.until);
        while trip.until - trip.from > 1.5 * p::NEXT_STOP {
            let next =
                Self::to(world, country, trip.from + p::NEXT_STOP, end - trip.from - p::NEXT_STOP, random);
            trip.until = next.from;
            trips.push(std::mem::replace(&mut trip, next));
        }
        trips.push(trip);
    }

    fn to(world: &World, country: usize, day: f64, days: f64, random: &mut Random) -> Self {
        let cities = world.countries[country].cities.clone();
        let city = cities.start + random.weighted(world.cities[cities].iter().map(|city| city.share));
        Self { from: day, until: day + days, hotel: Line::home(world, city, None, random) }
    }
}

/// A year's trips of somebody who lives in this country and city.
pub fn trips(world: &World, country: usize, city: usize, random: &mut Random) -> Vec<Trip> {
    let mut trips: Vec<Trip> = Vec::new();
    for _ in 0..random.pick(&p::TRIPS) {
        let day = random.between(0.0, f64::from(p::DAYS));
        let days = random.between(2.0, 14.0);
        let again = !trips.is_empty() && random.chance(p::SAME_PLACE_AGAIN);
        let trip = if again {
            let hotel = trips[random.below(trips.len())].hotel.clone();
            Trip { from: day, until: day + days, hotel }
        } else if random.chance(p::ABROAD) {
            Trip::abroad(world, country, day as i32, days, random)
        } else {
            Trip::to(world, country, day, days, random)
        };
        // Nobody travels to where they are.
        if trip.hotel.city != city {
            trip.stops(world, random, &mut trips);
        }
    }
    trips
}
