//! All users of one application, and what befalls many of them at once.

use super::line::Line;
use super::login::Login;
use super::parameters as p;
use super::person::Person;
use super::random::{Random, mix};
use super::world::{Spot, World};

/// A year of an application.
#[derive(Clone, Debug)]
pub struct History {
    /// The internet it happened in.
    pub world: World,
    /// Everything honest users did, in time order.
    pub logins: Vec<Login>,
    /// How many accounts there are.
    pub accounts: usize,
}

/// What kind of history is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Seed of world, people and everything they do.
    pub seed: u64,
    /// How many people.
    pub users: usize,
    /// Multiplies the days between logins: 1, or [`p::SPARSE`].
    pub slow: f64,
    /// People who share one account.
    pub sharing: u32,
    /// What befalls them.
    pub storm: Storm,
}

impl Wanted {
    /// A calm year of the active population.
    pub fn calm(seed: u64, users: usize) -> Self {
        Self { seed, users, slow: 1.0, sharing: 1, storm: Storm::default() }
    }
}

/// A benign event that many users share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weather {
    /// None.
    #[default]
    Calm,
    /// Every browser is updated at once.
    BrowserUpdate,
    /// Each country's largest provider moves all customers to other prefixes.
    Renumbering,
    /// Offices get another provider.
    OfficeChange,
    /// A fifth of the users of the larger countries travels in the same week.
    RoamingWeek,
    /// Everybody must set a new password before the next login; device cookies outlive that.
    PasswordReset,
}

/// A storm and its first day.
#[derive(Clone, Copy, Debug, Default)]
pub struct Storm {
    /// What.
    pub weather: Weather,
    /// When.
    pub day: i32,
}

impl Storm {
    fn is(&self, weather: Weather, now: f64) -> bool {
        self.weather == weather && now >= f64::from(self.day)
    }

    pub(super) fn updates(&self, now: f64) -> bool {
        self.is(Weather::BrowserUpdate, now)
    }

    /// The next login needs a new password, if that was not set yet.
    pub(super) fn resets(&self, now: f64) -> bool {
        self.is(Weather::PasswordReset, now)
    }

    pub(super) fn roams(&self, account: u32, country: usize) -> bool {
        self.weather == Weather::RoamingWeek && country < 12 && mix(u64::from(account)).is_multiple_of(5)
    }

    pub(super) fn renumbers(&self, now: f64) -> bool {
        self.is(Weather::Renumbering, now)
    }
}

/// An office: one line, and another one after a change of provider.
#[derive(Clone, Debug)]
pub struct Office {
    line: Line,
    next: Line,
}

impl Office {
    pub(super) fn egress(&mut self, storm: &Storm, now: f64, random: &mut Random) -> Spot {
        let line = if storm.is(Weather::OfficeChange, now) { &mut self.next } else { &mut self.line };
        line.at(now, random)
    }
}

impl History {
    /// The same wish, the same history.
    pub fn new(wanted: &Wanted) -> Self {
        let world = World::new(wanted.seed);
        let mut people: Vec<Person> = (0..wanted.users).map(|index| someone(&world, wanted, index)).collect();
        let mut offices = employ(&world, &mut people, &mut Random::stream(wanted.seed, 2));
        let mut logins: Vec<Login> = Vec::new();
        for person in people {
            logins.extend(person.live(&world, &mut offices, &wanted.storm));
        }
        logins.sort_by_key(|login| (login.at, login.account));
        Self { world, logins, accounts: wanted.users.div_ceil(wanted.sharing as usize) }
    }
}

fn someone(world: &World, wanted: &Wanted, index: usize) -> Person {
    let account = index as u32 / wanted.sharing;
    // Those who share an account live in one country.
    let mut country = Random::stream(wanted.seed, 1_000_000 + u64::from(account));
    let country = country.weighted(world.countries.iter().map(|country| country.weight));
    Person::new(world, account, country, wanted.slow, Random::stream(wanted.seed, 2_000_000 + index as u64))
}

/// Puts people who work in offices into some of their own country.
fn employ(world: &World, people: &mut [Person], random: &mut Random) -> Vec<Office> {
    let mut offices: Vec<Office> = Vec::new();
    for country in 0..world.countries.len() {
        let mut staff: Vec<usize> =
            (0..people.len()).filter(|index| people[*index].country == country).collect();
        staff.retain(|_| random.chance(p::OFFICE));
        let count = (staff.len() as f64 / p::OFFICE_SIZE).ceil() as usize;
        let first = offices.len();
        for _ in 0..count {
            let city = people[staff[random.below(staff.len())]].home.city;
            offices.push(Office {
                line: Line::fixed(world, city, random),
                next: Line::fixed(world, city, random),
            });
        }
        for index in staff {
            people[index].employ(first + random.below(count));
        }
    }
    offices
}
