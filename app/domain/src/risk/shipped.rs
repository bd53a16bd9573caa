//! The numbers that are believed before a project has data of its own.

use super::population::{AXES, Axis, Device, Frequency, LENGTHS, STATES};
use crate::agent::Agent;
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

/// Of the 240 countries most have hardly any logins, honest or not.
pub(super) const COUNTRY: Link = Link { lambda: 0.5, values: 60.0, even: false };
pub(super) const NETWORK: Link = Link { lambda: 0.6, values: 60.0, even: false };
/// Where no data tell the country …
pub(super) const NETWORK_ALONE: Link = Link { lambda: 0.6, values: 4_000.0, even: false };
/// A provider's ranges in a city rather than in the country: who knows the network mostly knows the city.
pub(super) const PREFIX: Link = Link { lambda: 0.5, values: 30.0, even: false };
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
        self.lambda * g + (1.0 - self.lambda) * self.evenly(seen)
    }

    /// The probability of a new value where new ones come `storm` times as often as usual: those beyond the usual ones
    /// may be any, because what befalls many at once leads where nobody was before.
    pub(super) fn strange(self, g: f64, seen: f64, storm: f64) -> f64 {
        let usual = 1.0 / storm.max(1.0);
        usual * g + (1.0 - usual) * self.evenly(seen).max(g)
    }

    fn evenly(self, seen: f64) -> f64 {
        1.0 / if self.even { self.values + seen } else { self.values.max(seen) }
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
        Axis::Device => 0.03,
    }
}

/// How many times more new values come than a user's own history promises, by what was found of the device (nothing, a
/// known one, a new one) and by how long the history is (0, 1–2, 3–6, 7–14, 15–30 and more logins). Measured on the lab's
/// tuning seeds over a year's logins of 1,500 users; a project's own counts soon outweigh them.
const FACTORS: [[[f64; LENGTHS]; STATES]; AXES] = [
    // Country
    [[4.9, 1.7, 1.2, 1.0, 0.84, 0.78], [4.5, 1.65, 1.2, 0.96, 0.81, 0.73], [5.6, 1.8, 1.15, 1.2, 1.0, 1.0]],
    // Network
    [[4.4, 0.9, 0.55, 0.43, 0.46, 0.5], [3.6, 0.77, 0.5, 0.41, 0.44, 0.5], [6.5, 1.6, 1.0, 0.67, 0.54, 0.5]],
    // Prefix
    [
        [2.6, 1.2, 0.92, 0.81, 0.8, 0.78],
        [2.7, 1.2, 0.92, 0.81, 0.8, 0.77],
        [1.9, 1.1, 0.93, 0.81, 0.81, 0.84],
    ],
    // Address
    [
        [1.8, 1.1, 0.9, 0.88, 0.89, 0.76],
        [1.8, 1.1, 0.9, 0.88, 0.89, 0.77],
        [1.35, 1.06, 0.9, 0.91, 0.86, 0.68],
    ],
    // Client: a known device hardly ever has another one; here the lab knows no exception, so this is a guess.
    [[7.3, 1.4, 0.55, 0.28, 0.21, 0.11], [0.02; LENGTHS], [17.5, 8.6, 5.4, 3.9, 3.3, 2.1]],
    // Device
    [[13.7, 2.0, 1.0, 0.77, 0.8, 1.0]; STATES],
];

/// The shipped factor, see [`FACTORS`].
pub(super) fn factor(axis: Axis, device: Device, length: usize) -> f64 {
    FACTORS[axis as usize][device as usize].get(length).copied().unwrap_or(1.0)
}

/// How many users and days the shipped shares of clients are worth against the project's own.
const CLIENTS_WEIGHT: f64 = 60.0;
/// Shares of browsers by system, rounded from public web statistics of 2025; any other client has [`OTHER_CLIENT`].
const CLIENTS: [(&str, &str, f64); 14] = [
    ("Windows", "Chrome", 0.22),
    ("Windows", "Edge", 0.08),
    ("Windows", "Firefox", 0.03),
    ("Windows", "Opera", 0.01),
    ("macOS", "Chrome", 0.05),
    ("macOS", "Safari", 0.05),
    ("macOS", "Firefox", 0.01),
    ("Linux", "Chrome", 0.015),
    ("Linux", "Firefox", 0.01),
    ("Android", "Chrome", 0.24),
    ("Android", "Samsung", 0.03),
    ("Android", "Firefox", 0.005),
    ("iOS", "Safari", 0.16),
    ("iOS", "Chrome", 0.02),
];
const OTHER_CLIENT: f64 = 0.002;

/// How common a kind of client is: the project's own counts on top of the shipped shares.
pub(super) fn client_share(agent: &Agent, counted: Frequency) -> f64 {
    let (system, browser) = (agent.os.as_deref().unwrap_or(""), agent.browser.as_deref().unwrap_or(""));
    let known = CLIENTS.iter().find(|(os, name, _)| system.starts_with(os) && browser.starts_with(name));
    let shipped = known.map_or(OTHER_CLIENT, |(_, _, share)| *share);
    (counted.count.min(counted.above) + CLIENTS_WEIGHT * shipped) / (counted.above + CLIENTS_WEIGHT)
}
