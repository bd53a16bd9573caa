//! What honest users do after they logged in.

use crate::lab::line::{Line, any_host};
use crate::lab::login::{Login, Origin};
use crate::lab::parameters as p;
use crate::lab::population::History;
use crate::lab::random::Random;
use crate::lab::world::{Purpose, Spot};

/// The last addresses a user logged in from.
#[derive(Clone, Debug, Default)]
pub struct Places(Vec<Spot>);

impl Places {
    /// Remembers an address.
    pub fn note(&mut self, spot: Spot) {
        self.0.retain(|other| other.block != spot.block);
        self.0.push(spot);
        if self.0.len() > 5 {
            self.0.remove(0);
        }
    }
}

/// The events of a session after its login, in time order; one at least.
pub fn events(history: &History, login: &Login, places: &Places, random: &mut Random) -> Vec<Login> {
    let count = 1 + random.poisson(p::SESSION_EVENTS.0 - 1.0);
    let mut last = *login;
    let mut events: Vec<Login> = (0..count)
        .map(|_| {
            let wait = 2.0 + random.exponential(p::SESSION_EVENTS.1 * 60.0);
            let spot = next(history, &last, places, random);
            last = Login { at: last.at + wait as i64, spot, verb: "access", ..last };
            last
        })
        .collect();
    let until = (last.at - login.at) as f64;
    for (verb, share) in p::SENSITIVE {
        if random.chance(share) {
            let at = login.at + 20 + (random.unit() * until) as i64;
            let spot =
                events.iter().rev().find(|event| event.at <= at).map_or(login.spot, |event| event.spot);
            events.push(Login { at, spot, verb, ..*login });
        }
    }
    events.sort_by_key(|event| event.at);
    events
}

/// The address of the next event: mostly the same; a carrier's translation changes it in between.
fn next(history: &History, last: &Login, places: &Places, random: &mut Random) -> Spot {
    let world = &history.world;
    if random.chance(p::SESSION_MOVES.0) && !places.0.is_empty() {
        return places.0[random.below(places.0.len())];
    }
    let (system, _, city) = world.home_of(last.spot);
    if random.chance(p::SESSION_MOVES.1) {
        return Line::home(world, city, None, random).at(f64::from(last.day()), random);
    }
    let carrier = last.origin == Origin::Carrier && world.systems[system].purpose == Purpose::Mobile;
    if carrier && random.chance(0.4) { any_host(&world.pool(system, city), random) } else { last.spot }
}
