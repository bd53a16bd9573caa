//! Attackers who have the right password, from careless to very careful.

use super::client::{self, Client, Updates};
use super::device::token;
use super::line::any_host;
use super::login::{Login, Origin};
use super::parameters as p;
use super::random::Random;
use super::world::{Spot, World};

/// How much an attacker knows of the victim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Attacker {
    /// Nothing: anywhere, mostly from a data centre, with a popular client.
    Naive,
    /// The country: a VPN's exit there, with a popular client.
    Vpn,
    /// Also the system and browser, a likely provider and the city.
    Targeted,
    /// Provider, city, exact user agent: only the token differs.
    VeryTargeted,
}

impl Attacker {
    /// All of them, from careless to careful.
    pub const ALL: [Self; 4] = [Self::Naive, Self::Vpn, Self::Targeted, Self::VeryTargeted];

    /// As the report names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Naive => "naive",
            Self::Vpn => "VPN",
            Self::Targeted => "targeted",
            Self::VeryTargeted => "very targeted",
        }
    }
}

/// The login of this attacker at a moment, upon the user whose usual login is `usual`.
pub fn forge(attacker: Attacker, usual: &Login, at: i64, world: &World, random: &mut Random) -> Login {
    let day = Login { at, ..*usual }.day();
    let current = |kind: u8| Client::on(kind, Updates::PROMPT, day);
    let popular = |random: &mut Random| {
        let phone = random.chance(0.35);
        Client::on(client::any_kind(phone, random), Updates::new(random), day)
    };
    let (system, country, city) = world.home_of(usual.spot);
    let (spot, client) = match attacker {
        Attacker::Naive => (anywhere(world, random), popular(random)),
        Attacker::Vpn => (exit(world, country, random), popular(random)),
        Attacker::Targeted => {
            let fixed = &world.countries[country].fixed;
            let likely = random.weighted(fixed.iter().map(|system| world.systems[*system].share));
            (any_host(&world.pool(fixed[likely], city), random), current(usual.client.kind))
        }
        Attacker::VeryTargeted => (any_host(&world.pool(system, city), random), usual.client),
    };
    Login {
        at,
        account: usual.account,
        verb: "log-in",
        spot,
        client,
        token: token(random),
        session: random.bits() | 1,
        origin: Origin::Attacker,
    }
}

fn anywhere(world: &World, random: &mut Random) -> Spot {
    let uniform = random.chance(p::ANYWHERE);
    let weight = |index: usize| if uniform { 1.0 } else { world.countries[index].weight };
    let country = random.weighted((0..world.countries.len()).map(weight));
    if random.chance(p::NAIVE_HOSTING) {
        return exit(world, country, random);
    }
    let country = &world.countries[country];
    let systems: Vec<usize> = country.fixed.iter().chain(&country.mobile).copied().collect();
    let system = systems[random.weighted(systems.iter().map(|system| world.systems[*system].share))];
    let city = country.cities.start + random.below(country.cities.len());
    any_host(&world.pool(system, city), random)
}

/// A VPN's exit or a rented machine in this country.
fn exit(world: &World, country: usize, random: &mut Random) -> Spot {
    let country = &world.countries[country];
    let vpn = !country.vpn.is_empty() && random.chance(0.7);
    if vpn {
        let exits = &country.vpn[random.below(country.vpn.len())].1;
        return Spot { host: 1 + random.below(6) as u16, ..any_host(exits, random) };
    }
    any_host(&country.hosting[random.below(country.hosting.len())], random)
}
