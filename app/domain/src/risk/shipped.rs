//! The numbers that are believed before a project has data of its own.

use super::population::{Axis, Device};
use crate::profile::traits::Cover;

/// What is believed of one link of the network chain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Link {
    /// λ: how much an attacker's values follow the population's; the rest is spread evenly.
    lambda: f64,
    /// How many values there are below one above it, at least; half a count for each that was not seen yet.
    values: f64,
    /// With true an attacker's value is spread evenly whatever the population shows.
    even: bool,
}

pub(super) const COUNTRY: Link = Link { lambda: 0.5, values: 240.0, even: false };
pub(super) const NETWORK: Link = Link { lambda: 0.4, values: 60.0, even: false };
/// Where no data tell the country …
pub(super) const NETWORK_ALONE: Link = Link { lambda: 0.4, values: 4_000.0, even: false };
pub(super) const PREFIX: Link = Link { lambda: 0.5, values: 240.0, even: false };
/// … or whose network it is.
pub(super) const PREFIX_ALONE: Link = Link { lambda: 0.5, values: 20_000.0, even: false };
/// 1 / (120 + V): an attacker in the user's own range has one of its addresses by chance.
pub(super) const ADDRESS: Link = Link { lambda: 0.0, values: 120.0, even: true };

impl Link {
    /// κ: the counts given to values not seen yet, when `seen` of them are known.
    pub(super) fn unseen(self, seen: f64) -> f64 {
        if self.even { self.values / 2.0 } else { ((self.values - seen) / 2.0).max(self.values / 8.0) }
    }

    /// An attacker's probability of a value with frequency `g` among `seen` known ones.
    pub(super) fn attacker(self, g: f64, seen: f64) -> f64 {
        let count = if self.even { self.values + seen } else { self.values.max(seen) };
        self.lambda * g + (1.0 - self.lambda) / count
    }
}

/// How often an attacker hides behind a data centre or a VPN.
pub(super) const HIDDEN: f64 = 0.5;

/// How often honest users do, by this kind of cover.
pub(super) fn honest_cover(cover: Cover) -> f64 {
    match cover {
        Cover::Hosting | Cover::Vpn => 0.015,
        Cover::Tor => 0.004,
    }
}

/// How likely a user's next login shows a new value, before any history. Shares of honest logins that show one, from
/// Wiefling et al. (ACM TOPS 26(1), 2022, doi:10.1145/3546069) and simulated years: country 1 %, network 3.5 %, prefix
/// 14 %, address 36 %, browser family .7 %, device token 6 %; more in a user's first dozen logins, which these weigh in.
pub(super) fn novelty(axis: Axis) -> f64 {
    match axis {
        Axis::Country => 0.012,
        Axis::Network => 0.06,
        Axis::Prefix => 0.14,
        Axis::Address => 0.36,
        Axis::Client => 0.05,
        Axis::Device => 0.1,
    }
}

/// How many times more new values come when this was found of the device.
pub(super) fn factor(axis: Axis, device: Device) -> f64 {
    match (axis, device) {
        (_, Device::Untold) => 1.0,
        (Axis::Client, Device::Known) => 0.1,
        (_, Device::Known) => 0.7,
        (Axis::Client, Device::New) => 4.0,
        (_, Device::New) => 2.0,
    }
}
