//! One honest user: who they are, where they live, and the logins of their year.

use super::device::Device;
use super::line::{Line, any_host};
use super::login::{Login, Origin};
use super::parameters as p;
use super::population::{Office, Storm};
use super::random::Random;
use super::trip::{Trip, trips};
use super::world::{Spot, World};

/// A user.
#[derive(Clone, Debug)]
pub struct Person {
    pub(super) account: u32,
    pub(super) country: usize,
    pub(super) home: Line,
    pub(super) joined: f64,
    interval: f64,
    peak: f64,
    office: Option<usize>,
    carrier: Option<(usize, usize)>,
    on_phone: f64,
    vpn: (f64, usize, [usize; 3]),
    cafes: Vec<Line>,
    trips: Vec<Trip>,
    phone: Device,
    computers: Vec<Device>,
    token_loss: f64,
    moves: Vec<f64>,
    has_reset: bool,
    random: Random,
}

impl Person {
    /// A user of this world; `slow` multiplies the days between logins.
    pub fn new(world: &World, account: u32, country: usize, slow: f64, mut random: Random) -> Self {
        let r = &mut random;
        let cities = world.countries[country].cities.clone();
        let city = cities.start + r.weighted(world.cities[cities].iter().map(|city| city.share));
        let joined = if r.chance(p::NEWCOMERS) { r.between(0.0, f64::from(p::DAYS)) } else { 0.0 };
        let phone = r.chance(p::PHONE);
        let mobile = &world.countries[country].mobile;
        let carrier = mobile[r.weighted(mobile.iter().map(|system| world.systems[*system].share))];
        let other = |r: &mut Random| r.weighted(world.countries.iter().map(|country| country.weight));
        let computers = (0..r.pick(&p::COMPUTERS)).map(|_| Device::new(false, joined, r)).collect();
        Self {
            account,
            country,
            home: Line::home(world, city, None, r),
            joined,
            interval: slow * r.pick(&p::INTERVALS),
            peak: peak(r),
            office: None,
            carrier: phone.then_some((carrier, city)),
            on_phone: if phone { r.between(p::ON_PHONE.0, p::ON_PHONE.1) } else { 0.0 },
            vpn: (r.pick(&p::VPN), r.below(1 << 16), [other(r), other(r), other(r)]),
            cafes: (0..3).map(|_| Line::home(world, city, None, r)).collect(),
            trips: trips(world, country, city, r),
            phone: Device::new(true, joined, r),
            computers,
            token_loss: r.pick(&p::TOKEN_LOSS),
            moves: moves(r),
            has_reset: false,
            random,
        }
    }

    /// Works in this office from now on.
    pub fn employ(&mut self, office: usize) {
        self.office = Some(office);
    }

    /// The logins of the whole year, in order.
    pub fn live(mut self, world: &World, offices: &mut [Office], storm: &Storm) -> Vec<Login> {
        let mut logins = Vec::new();
        if storm.roams(self.account, self.country) {
            self.trips.push(Trip::abroad(world, self.country, storm.day, 7.0, &mut self.random));
        }
        for day in self.joined as i32..p::DAYS {
            let weekend = matches!((p::FIRST_DAY + day + 3).rem_euclid(7), 5 | 6);
            // The five working days make up for the two others, so that the interval stays what it is.
            let busy = 7.0 / (5.0 + 2.0 * p::WEEKEND) * if weekend { p::WEEKEND } else { 1.0 };
            let mut count = self.random.poisson(busy / self.interval);
            if day == self.joined as i32 && self.joined > 0.0 {
                count = count.max(1);
            }
            let mut hours: Vec<f64> = (0..count).map(|_| self.hour()).collect();
            hours.sort_by(f64::total_cmp);
            for hour in hours {
                self.log_in(world, offices, storm, (day, hour, weekend), &mut logins);
            }
        }
        logins
    }

    fn hour(&mut self) -> f64 {
        let r = &mut self.random;
        let hour = if r.chance(p::AT_PEAK) { self.peak + 2.0 * r.normal() } else { r.between(7.0, 23.5) };
        hour.rem_euclid(24.0)
    }

    fn log_in(
        &mut self,
        world: &World,
        offices: &mut [Office],
        storm: &Storm,
        (day, hour, weekend): (i32, f64, bool),
        logins: &mut Vec<Login>,
    ) {
        let now = f64::from(day) + hour / 24.0;
        self.settle(world, now);
        let at_work = !weekend && (9.0..17.0).contains(&hour);
        let (spot, origin, phone) = self.whereabouts(world, offices, storm, now, at_work);
        let computer = if self.random.chance(0.75) { 0 } else { self.random.below(self.computers.len()) };
        let device = if phone { &mut self.phone } else { &mut self.computers[computer] };
        let resets = storm.resets(now) && !std::mem::replace(&mut self.has_reset, storm.resets(now));
        let (client, token) = device.show(now, self.token_loss, storm.updates(now), &mut self.random);
        let seconds = i64::from(p::FIRST_DAY + day) * 86_400 + (hour * 3_600.0) as i64;
        let at = seconds - world.countries[self.country].utc * 3_600;
        let session = self.random.bits() | 1;
        let login = Login { at, account: self.account, verb: "log-in", spot, client, token, session, origin };
        let mistaken = if resets { p::MISTYPED_BEFORE_RESET } else { p::MISTYPED };
        if self.random.chance(mistaken) {
            let before = 5 + self.random.below(30) as i64;
            logins.push(Login { at: at - before, verb: "log-in-denied", session: 0, ..login });
        }
        if resets {
            logins.push(Login { at: at - 4, verb: "password-reset-request", session: 0, ..login });
        }
        logins.push(login);
    }

    /// Moves house or changes provider when it is time.
    fn settle(&mut self, world: &World, now: f64) {
        if self.moves.last().is_none_or(|when| *when > now) {
            return;
        }
        self.moves.pop();
        let r = &mut self.random;
        let cities = world.countries[self.country].cities.clone();
        let moved = r.chance(p::MOVES_CITY);
        let city = if moved { cities.start + r.below(cities.len()) } else { self.home.city };
        let but = (!moved).then_some(self.home.system);
        self.home = Line::home(world, city, but, r);
    }

    /// Where the login comes from, and whether it is made on the phone.
    fn whereabouts(
        &mut self,
        world: &World,
        offices: &mut [Office],
        storm: &Storm,
        now: f64,
        at_work: bool,
    ) -> (Spot, Origin, bool) {
        let trip = self.trips.iter().position(|trip| trip.covers(now));
        if let Some(trip) = trip {
            let phone = self.carrier.is_some() && self.random.chance(p::TRIP_ON_PHONE);
            if phone && self.random.chance(p::HOME_ROUTED) {
                return (self.carried(world), Origin::Carrier, true);
            }
            let spot = self.trips[trip].hotel.at(now, &mut self.random);
            return self.covered(world, spot, Origin::Trip, phone);
        }
        if let Some(office) = self.office.filter(|_| at_work && self.random.chance(p::AT_OFFICE)) {
            return (offices[office].egress(storm, now, &mut self.random), Origin::Office, false);
        }
        let phone = self.random.chance(self.on_phone);
        if self.random.chance(p::CAFE) {
            let spot = self.cafe(world, now);
            return self.covered(world, spot, Origin::Cafe, phone);
        }
        if phone && !self.random.chance(p::PHONE_ON_WIFI) {
            return (self.carried(world), Origin::Carrier, true);
        }
        if storm.renumbers(now) {
            self.home.renumber(world, &mut self.random);
        }
        let spot = self.home.at(now, &mut self.random);
        self.covered(world, spot, Origin::Home, phone)
    }

    /// A place where the user is now and then, or any other.
    fn cafe(&mut self, world: &World, now: f64) -> Spot {
        let r = &mut self.random;
        if r.chance(p::CAFE_AGAIN) {
            let index = r.below(self.cafes.len());
            return self.cafes[index].at(now, r);
        }
        Line::home(world, self.home.city, None, r).at(now, r)
    }

    /// Somewhere in the carrier's translation pool, mostly the region's.
    fn carried(&mut self, world: &World) -> Spot {
        let Some((carrier, city)) = self.carrier else { return Spot::default() };
        let r = &mut self.random;
        let pools = &world.systems[carrier].pools;
        let elsewhere = r.chance(p::OTHER_REGION).then(|| pools[r.below(pools.len())].1.clone());
        any_host(&elsewhere.unwrap_or_else(|| world.pool(carrier, city)), r)
    }

    fn covered(&mut self, world: &World, spot: Spot, origin: Origin, phone: bool) -> (Spot, Origin, bool) {
        let (share, provider, others) = self.vpn;
        if !self.random.chance(share) {
            return (spot, origin, phone);
        }
        let at_home = self.random.chance(p::VPN_AT_HOME);
        let country = if at_home { self.country } else { others[self.random.below(3)] };
        let exits = &world.countries[country].vpn;
        let Some((_, prefixes)) = exits.get(provider % exits.len().max(1)) else {
            return (spot, origin, phone);
        };
        // A provider has few addresses in a city: the same ones are met again.
        let host = Spot { host: 1 + self.random.below(6) as u16, ..any_host(prefixes, &mut self.random) };
        (host, Origin::Vpn, phone)
    }
}

/// The hour at which somebody mostly logs in, on their own clock.
fn peak(random: &mut Random) -> f64 {
    let around = random.pick(&[(20.0, 0.45), (10.5, 0.35), (14.5, 0.20)]);
    around + 1.5 * random.normal()
}

/// When somebody changes provider or home; the next one last.
fn moves(random: &mut Random) -> Vec<f64> {
    let year = f64::from(p::DAYS);
    let count = random.poisson(p::MOVES * year / 365.0);
    let mut days: Vec<f64> = (0..count).map(|_| random.between(0.0, year)).collect();
    days.sort_by(|a, b| b.total_cmp(a));
    days
}
