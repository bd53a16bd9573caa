//! What all users of a project do: how common each country, network, client and version is, how often honest users show
//! something new, and what users have denied. Bounded memory, fading, mergeable; [`Population::default`] holds only the
//! shipped beliefs.

mod attacks;
mod counts;
mod lesson;
mod novelty;
#[cfg(test)]
mod tests;
mod weather;
mod wire;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::id::UserKey;
use crate::profile::habit::HALF_LIFE_DAYS;
use crate::profile::traits::Cover;
use crate::profile::{Profile, Sighting, Traits};
use crate::risk::Assessment;
pub(crate) use attacks::Attacks;
use counts::Counts;
pub(crate) use counts::Frequency;
use lesson::Fresh;
pub(crate) use lesson::Lesson;
use novelty::Novelty;
pub(crate) use novelty::{AXES, Axis, Device, LENGTHS, STATES, Standing, Step};
use weather::Weather;
pub(crate) use wire::Older;

/// The most values of each kind that are kept; above it the rarest go first.
const COUNTRIES: usize = 300;
const NETWORKS: usize = 20_000;
const PREFIXES: usize = 60_000;
const ADDRESSES: usize = 120_000;
const CLIENTS: usize = 4_000;
const VERSIONS: usize = 8_000;
/// Browsers are released every few weeks: what version is current is told by the last ones.
const VERSION_HALF_LIFE_DAYS: f64 = 30.0;
/// The key of the whole, above countries and clients.
const ALL: u64 = 0;

/// What is known of all users of a project together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Population {
    /// Each user once per value and day. The whole is a value of `countries`, under the key [`ALL`].
    countries: Counts,
    networks: Counts,
    prefixes: Counts,
    addresses: Counts,
    clients: Counts,
    versions: Counts,
    /// Under 0 all, under a cover's key those behind it.
    covers: Counts,
    novelty: Novelty,
    weather: Weather,
    attacks: Attacks,
}

impl Default for Population {
    fn default() -> Self {
        Self {
            countries: Counts::new(COUNTRIES, HALF_LIFE_DAYS),
            networks: Counts::new(NETWORKS, HALF_LIFE_DAYS),
            prefixes: Counts::new(PREFIXES, HALF_LIFE_DAYS),
            addresses: Counts::new(ADDRESSES, HALF_LIFE_DAYS),
            clients: Counts::new(CLIENTS, HALF_LIFE_DAYS),
            versions: Counts::new(VERSIONS, VERSION_HALF_LIFE_DAYS),
            covers: Counts::new(4, HALF_LIFE_DAYS),
            novelty: Novelty::default(),
            weather: Weather::default(),
            attacks: Attacks::default(),
        }
    }
}

impl Population {
    /// Learns from a judged login; `profile` is the user's as it was judged with, before it learned the same login.
    pub fn learn<'a>(&mut self, seen: impl Into<Sighting<'a>>, profile: &Profile, assessment: &Assessment) {
        if let Some(lesson) = Lesson::of(&seen.into(), profile, assessment) {
            self.take(&lesson);
        }
    }

    /// Takes a lesson.
    pub(crate) fn take(&mut self, lesson: &Lesson) {
        for step in lesson.steps.iter().flatten() {
            let promised = (step.own * self.novelty.factor(step.bucket)).min(1.0);
            self.novelty.count(step);
            if lesson.weather {
                self.weather.count(step, promised, lesson.today);
            }
        }
        if let Some(fresh) = &lesson.fresh {
            self.count(fresh, lesson.today);
        }
    }

    fn count(&mut self, fresh: &Fresh, today: i32) {
        let Traits { country, asn, prefix, address, .. } = fresh.traits;
        if fresh.any {
            self.countries.add(ALL, today);
        }
        if let Some(country) = country.filter(|_| fresh.country)
            && self.countries.add(country, today)
        {
            self.countries.begot(ALL);
        }
        if let Some(asn) = asn.filter(|_| fresh.asn) {
            if self.networks.add(network_key(country, asn), today) {
                self.countries.begot(country.unwrap_or(ALL));
            }
            self.covers.add(0, today);
            if let Some(cover) = fresh.traits.cover {
                self.covers.add(cover.key(), today);
            }
        }
        if let Some(prefix) = prefix.filter(|_| fresh.prefix)
            && self.prefixes.add(prefix, today)
            && let Some(asn) = asn
        {
            self.networks.begot(network_key(country, asn));
        }
        if let Some(address) = address.filter(|_| fresh.address)
            && self.addresses.add(address, today)
            && let Some(prefix) = prefix
        {
            self.prefixes.begot(prefix);
        }
        self.count_client(fresh, today);
    }

    fn count_client(&mut self, fresh: &Fresh, today: i32) {
        if let Some(client) = fresh.traits.client.filter(|_| fresh.client) {
            self.clients.add(ALL, today);
            if self.clients.add(client, today) {
                self.clients.begot(ALL);
            }
            if let Some(version) = fresh.traits.version {
                self.versions.add(version_key(client, 0), today);
                self.versions.add(version_key(client, version), today);
            }
        }
    }

    /// A user said that this login was not theirs: for some weeks it speaks against whoever shows the same, but for what they
    /// use themselves by their profile, after [`Profile::distrust`]. Answers what that adds.
    pub fn report(&mut self, traits: &Traits, who: (UserKey, &Profile), now: Timestamp) -> Attacks {
        self.attacks.report(traits, who, now)
    }

    /// A user took such a report back, or an operator did; what others reported stands. Answers what that adds.
    pub fn forgive(&mut self, traits: &Traits, user: UserKey, now: Timestamp) -> Attacks {
        self.attacks.forgive(traits, user, now)
    }

    /// Takes what was said, as another part of the same took it.
    pub fn heed(&mut self, said: &Attacks) {
        self.attacks.merge(said);
    }

    /// Adds what another replica learned. Counts add; of different values the larger number is kept, because both may
    /// have seen the same ones.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in [
            (&mut self.countries, &other.countries),
            (&mut self.networks, &other.networks),
            (&mut self.prefixes, &other.prefixes),
            (&mut self.addresses, &other.addresses),
            (&mut self.clients, &other.clients),
            (&mut self.versions, &other.versions),
            (&mut self.covers, &other.covers),
        ] {
            mine.merge(theirs);
        }
        self.novelty.merge(&other.novelty);
        self.weather.merge(&other.weather);
        self.attacks.merge(&other.attacks);
    }

    /// How much of the reports about this login has not faded: the strongest trait's evidence, see [`Attacks`].
    pub(crate) fn reported(&self, traits: &Traits) -> f64 {
        self.attacks.evidence(traits)
    }

    /// ν: how likely an honest user in this situation shows something new, by their own history, by what others in the
    /// same situation did, and by what has befallen many lately; and how many times likelier these days make it.
    pub(crate) fn novelty(&self, step: &Step, today: i32) -> (f64, f64) {
        let usually = step.own * self.novelty.factor(step.bucket);
        let storm = self.weather.factor(step, today);
        ((usually * storm).clamp(1e-5, 0.98), storm)
    }

    pub(crate) fn country(&self, country: u64, today: i32) -> Frequency {
        self.countries.at(country, today, self.countries.get(ALL, today))
    }

    pub(crate) fn network(&self, country: Option<u64>, asn: u64, today: i32) -> Frequency {
        let above = self.countries.get(country.unwrap_or(ALL), today);
        self.networks.at(network_key(country, asn), today, above)
    }

    pub(crate) fn prefix(
        &self,
        country: Option<u64>,
        asn: Option<u64>,
        prefix: u64,
        today: i32,
    ) -> Frequency {
        let above = match asn {
            Some(asn) => self.networks.get(network_key(country, asn), today),
            None => self.countries.get(ALL, today),
        };
        self.prefixes.at(prefix, today, above)
    }

    pub(crate) fn address(&self, prefix: u64, address: u64, today: i32) -> Frequency {
        self.addresses.at(address, today, self.prefixes.get(prefix, today))
    }

    pub(crate) fn client(&self, client: u64, today: i32) -> Frequency {
        self.clients.at(client, today, self.clients.get(ALL, today))
    }

    /// Counts of a client's version, and of all its versions.
    pub(crate) fn version(&self, client: u64, version: u32, today: i32) -> Frequency {
        self.versions.at(
            version_key(client, version),
            today,
            self.versions.get(version_key(client, 0), today),
        )
    }

    /// The share of users and days behind this kind of cover, on top of `shipped` worth a hundred of them.
    pub(crate) fn cover(&self, cover: Cover, shipped: f64, today: i32) -> f64 {
        let (all, covered) = (self.covers.get(0, today).0, self.covers.get(cover.key(), today).0);
        (covered.min(all) + 100.0 * shipped) / (all + 100.0)
    }
}

/// An AS is counted in each country by itself.
fn network_key(country: Option<u64>, asn: u64) -> u64 {
    country.unwrap_or(0) << 32 | asn
}

/// A client's keys have 42 bits, versions in use fewer than 22. Version 0 stands for all.
fn version_key(client: u64, version: u32) -> u64 {
    client << 22 | u64::from(version.min((1 << 22) - 1))
}
