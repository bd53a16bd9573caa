//! Which of the data behind the assessments is there, and how old it is: for the settings page and /readyz.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::place::Credit;

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
        /// Too old to be relied on.
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
