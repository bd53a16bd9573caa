//! What one login looks like to a profile: every value reduced to a number, so that a profile stays small.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::agent::{Agent, DeviceClass};
use crate::event::{Event, Observation};
use crate::mix::fnv;
use crate::place::{Network, Place};
use crate::time::DAY;

/// What hides the origin of a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cover {
    /// A data centre.
    Hosting,
    /// A commercial VPN.
    Vpn,
    /// The Tor network.
    Tor,
}

impl Cover {
    /// The strongest cover a network gives.
    pub fn of(network: &Network) -> Option<Self> {
        let Network { tor, vpn, hosting, .. } = network;
        if *tor {
            Some(Self::Tor)
        } else if *vpn {
            Some(Self::Vpn)
        } else {
            hosting.then_some(Self::Hosting)
        }
    }

    /// As counted; 0 is none.
    pub(crate) fn key(self) -> u64 {
        self as u64 + 1
    }

    fn from_key(key: u64) -> Option<Self> {
        [Self::Hosting, Self::Vpn, Self::Tor].into_iter().find(|cover| cover.key() == key)
    }
}

/// One login in numbers. Missing data is `None`: it is never evidence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(into = "Packed", from = "Packed")]
pub struct Traits {
    /// When it happened.
    pub at: Timestamp,
    pub(crate) country: Option<u64>,
    pub(crate) asn: Option<u64>,
    pub(crate) prefix: Option<u64>,
    pub(crate) address: Option<u64>,
    pub(crate) client: Option<u64>,
    pub(crate) version: Option<u32>,
    pub(crate) device: Option<u64>,
    pub(crate) cover: Option<Cover>,
    /// Hundredths of a degree, north and east.
    pub(crate) position: Option<(i32, i32)>,
}

/// A tuple is a third of the size of the same with names.
pub(super) type Packed = (
    i64,
    Option<u64>,
    Option<u64>,
    Option<u64>,
    Option<u64>,
    Option<u64>,
    Option<u32>,
    Option<u64>,
    u64,
    Option<(i32, i32)>,
);

impl From<Traits> for Packed {
    fn from(t: Traits) -> Self {
        let cover = t.cover.map_or(0, Cover::key);
        (
            t.at.seconds(),
            t.country,
            t.asn,
            t.prefix,
            t.address,
            t.client,
            t.version,
            t.device,
            cover,
            t.position,
        )
    }
}

impl From<Packed> for Traits {
    fn from(packed: Packed) -> Self {
        let (at, country, asn, prefix, address, client, version, device, cover, position) = packed;
        let (at, cover) = (Timestamp(at.saturating_mul(crate::time::SECOND)), Cover::from_key(cover));
        Self { at, country, asn, prefix, address, client, version, device, cover, position }
    }
}

impl Traits {
    /// The traits of an event that is being judged.
    pub fn of_observation(seen: &Observation) -> Self {
        let ip = seen.event.address.as_ref().map(|address| address.ip);
        let device = seen.event.device_id.as_deref();
        Self::new(seen.at, ip, seen.place.as_ref(), seen.network.as_ref(), &seen.agent, device)
    }

    /// The traits of a stored event: what a user's answer is about.
    pub fn of_event(event: &Event) -> Self {
        let ip = event.ip.as_deref().and_then(|ip| ip.parse().ok());
        let (detail, device) = (&event.detail, event.device_id.as_deref());
        Self::new(
            event.occurred_at,
            ip,
            detail.place.as_ref(),
            detail.network.as_ref(),
            &detail.agent,
            device,
        )
    }

    fn new(
        at: Timestamp,
        ip: Option<IpAddr>,
        place: Option<&Place>,
        network: Option<&Network>,
        agent: &Agent,
        device: Option<&str>,
    ) -> Self {
        Self {
            at,
            country: place.and_then(|place| place.country.as_deref()).and_then(country_key),
            asn: network.and_then(|network| network.asn).map(u64::from),
            prefix: ip.map(prefix_key),
            address: ip.map(address_key),
            client: client_key(agent),
            version: agent.browser_version.as_deref().and_then(major),
            device: device.filter(|token| !token.is_empty()).map(hash),
            cover: network.and_then(Cover::of),
            position: place.and_then(Place::coordinates).and_then(rounded),
        }
    }

    /// The day, counted from 1970.
    pub(crate) fn day(&self) -> i32 {
        day(self.at)
    }

    /// The kind of client in 16 bits, never 0 where there is one: what a device token was given to.
    pub(crate) fn client_note(&self) -> u32 {
        self.client.map_or(0, |client| (client & 0xffff) as u32 | 1)
    }

    /// True when both came from one device, or by the same kind of client from one network.
    pub fn resembles(&self, other: &Self) -> bool {
        let same = |one: Option<u64>, two: Option<u64>| one.is_some() && one == two;
        same(self.device, other.device)
            || (self.client == other.client
                && (self.device.is_none() || other.device.is_none())
                && same(self.prefix, other.prefix))
    }
}

/// The day of a moment, counted from 1970.
pub(crate) fn day(at: Timestamp) -> i32 {
    i32::try_from(at.0.div_euclid(DAY)).unwrap_or(i32::MAX)
}

fn country_key(code: &str) -> Option<u64> {
    match code.as_bytes() {
        [a, b] if code.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
            Some(u64::from(a.to_ascii_uppercase()) << 8 | u64::from(b.to_ascii_uppercase()))
        }
        _ => None,
    }
}

/// The code that [`country_key`] read.
pub(crate) fn country_code(key: u64) -> Option<String> {
    let letters = [u8::try_from(key >> 8).ok()?, u8::try_from(key & 0xff).ok()?];
    letters.iter().all(u8::is_ascii_uppercase).then(|| letters.map(char::from).iter().collect())
}

/// The network part: /24, or /48 of IPv6.
fn prefix_key(ip: IpAddr) -> u64 {
    match ip {
        IpAddr::V4(ip) => u64::from(ip.to_bits() >> 8),
        IpAddr::V6(ip) => fold(fnv(ip.octets().into_iter().take(6))) | V6,
    }
}

/// The address, or the /64 of IPv6, within which one subscriber's address changes daily (RFC 8981).
fn address_key(ip: IpAddr) -> u64 {
    match ip {
        IpAddr::V4(ip) => u64::from(ip.to_bits()),
        IpAddr::V6(ip) => fold(fnv(ip.octets().into_iter().take(8))) | V6,
    }
}

fn client_key<'a>(agent: &'a Agent) -> Option<u64> {
    if agent.browser.is_none() && agent.os.is_none() && agent.class == DeviceClass::Unknown {
        return None;
    }
    let part =
        |text: &'a Option<String>| text.as_deref().unwrap_or("").bytes().map(|b| b.to_ascii_lowercase());
    let class = agent.class.name().bytes();
    let text = part(&agent.os).chain(*b"|").chain(class).chain(*b"|").chain(part(&agent.browser));
    Some(fold(fnv(text)))
}

fn major(version: &str) -> Option<u32> {
    version.split('.').next()?.parse().ok()
}

fn rounded((north, east): (f64, f64)) -> Option<(i32, i32)> {
    let valid = (-90.0..=90.0).contains(&north) && (-180.0..=180.0).contains(&east);
    valid.then_some(((north * 100.0).round() as i32, (east * 100.0).round() as i32))
}

/// Keeps IPv6 networks apart from IPv4 ones, which are exact and below 2^32.
const V6: u64 = 1 << 41;

/// 42 bits of a text: six bytes in a profile, too many for one of a user's few values to be met by chance.
/// It hides nothing: events keep the token itself.
fn hash(text: &str) -> u64 {
    fold(fnv(text.bytes()))
}

fn fold(hash: u64) -> u64 {
    (hash ^ (hash >> 42)) & 0x3ff_ffff_ffff
}
