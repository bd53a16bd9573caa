//! Which of the data behind the assessments is there, and how old it is: for the settings page and /readyz.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::place::Credit;
use crate::version::Version;

/// Something that can be told of an address when the data for it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SignalName {
    /// The country.
    Country,
    /// City and coordinates: travel is judged by them.
    City,
    /// Autonomous system: number and name.
    Network,
    /// Whether it is in a data centre.
    Hosting,
    /// Whether it is a commercial VPN's exit.
    Vpn,
    /// Whether it is a Tor exit.
    Tor,
}

/// Below this its data is as good as chance: it says nothing.
const WORTHLESS: f64 = 0.1;

impl SignalName {
    /// After so many days the data is old: it is named, and says less.
    pub fn fresh_days(self) -> u32 {
        match self {
            Self::Country | Self::City | Self::Network | Self::Hosting => 90,
            Self::Vpn => 30,
            Self::Tor => 7,
        }
    }

    /// From then on half of what it says is wrong after so many days more (estimates): a registry's blocks change hands
    /// slowly, half of Tor's exits are others within two weeks.
    fn half_life_days(self) -> f64 {
        match self {
            Self::Country | Self::City | Self::Network | Self::Hosting => 730.0,
            Self::Vpn => 90.0,
            Self::Tor => 14.0,
        }
    }

    /// How likely what data of this age says of an address is still so, 0..1; 0 once that is hardly more than chance.
    pub fn holds(self, days: u32) -> f64 {
        let over = f64::from(days.saturating_sub(self.fresh_days()));
        let holds = (-over / self.half_life_days()).exp2();
        if holds < WORTHLESS { 0.0 } else { holds }
    }
}

/// Data that was old when an event was judged by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Aged {
    /// What it tells.
    pub signal: SignalName,
    /// How old it was.
    pub days: u32,
}

/// Which data this is: which files, made when. The same on every machine that has the same; None without data.
pub fn version(signals: &[Signal]) -> Option<Version> {
    let on = signals.iter().filter_map(|signal| match &signal.state {
        SignalState::On { source, built_at, .. } => {
            Some(format!("{} {source} {}\n", signal.name, built_at.0))
        }
        SignalState::Off { .. } => None,
    });
    let text: String = on.collect();
    (!text.is_empty()).then(|| Version::of(&text))
}

impl fmt::Display for SignalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Country => "Country",
            Self::City => "City",
            Self::Network => "Network",
            Self::Hosting => "Hosting",
            Self::Vpn => "VPN",
            Self::Tor => "Tor",
        })
    }
}

/// Whether a signal can be had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum SignalState {
    /// Its data is there.
    On {
        /// The files it comes from: `dbip-city-ipv4, dbip-city-ipv6`.
        source: String,
        /// Whom to name wherever it is shown.
        credit: Option<Credit>,
        /// When the oldest of them was made.
        built_at: Timestamp,
        /// Whole days since then.
        age_days: u32,
        /// Old: it says less, see [`SignalName::holds`].
        stale: bool,
    },
    /// Its data is missing or unreadable; nothing is assessed by it.
    Off {
        /// What is missing.
        why: String,
    },
}

/// One signal and whether it can be had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Signal {
    /// Which.
    pub name: SignalName,
    /// On or off.
    #[serde(flatten)]
    pub state: SignalState,
}

impl Signal {
    /// Whom to name wherever it is shown.
    pub fn credit(&self) -> Option<Credit> {
        match self.state {
            SignalState::On { credit, .. } => credit,
            SignalState::Off { .. } => None,
        }
    }

    /// Whether it can be had.
    pub fn is_on(&self) -> bool {
        matches!(self.state, SignalState::On { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_holds_while_it_is_fresh_then_by_halves_then_not_at_all() {
        assert_eq!((SignalName::Tor.holds(7), SignalName::Tor.holds(21)), (1.0, 0.5));
        assert!((0.9..1.0).contains(&SignalName::Country.holds(160)), "a registry is no list of exits");
        assert_eq!([SignalName::Tor.holds(60), SignalName::Vpn.holds(u32::MAX)], [0.0, 0.0]);
    }

    #[test]
    fn a_version_of_the_data_is_that_of_its_files_not_of_its_age() {
        let signal = |source: &str, age_days| Signal {
            name: SignalName::Tor,
            state: SignalState::On {
                source: source.into(),
                credit: None,
                built_at: Timestamp(1),
                age_days,
                stale: false,
            },
        };
        let first = version(&[signal("tor.txt", 1)]);
        assert!(first.is_some() && first == version(&[signal("tor.txt", 9)]));
        assert_ne!(first, version(&[signal("exits.txt", 1)]));
        let off = Signal { name: SignalName::Tor, state: SignalState::Off { why: "no tor.txt".into() } };
        assert_eq!(version(&[off]), None);
    }
}
