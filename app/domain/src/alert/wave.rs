//! A wave of guesses, as its alert tells of it: where it comes from, and how much of it there was.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::event::address;
use crate::id::AlertId;
use crate::risk::crowd::{Incident, QUIET, Scope, Wave};

/// What was known of a wave when its alert opened; kept with the alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = WaveOrigin)]
pub struct Origin {
    /// What kind of wave.
    pub kind: Wave,
    /// What its attempts have in common …
    pub scope: Scope,
    /// … for people: `203.0.113.7`, `M247`; of brute force, the account's id.
    pub from: String,
    /// Of brute force from one place, its address.
    #[serde(default)]
    pub place: Option<String>,
    /// The autonomous system of the attempt that opened it.
    #[serde(default)]
    pub asn: Option<u32>,
    /// When it began, as far as that is known: of one account, its first failure in a row; else where its sources began to
    /// depart from what is usual.
    pub started_at: Timestamp,
}

impl Origin {
    /// Of a wave that an attempt from this autonomous system made known.
    pub fn of(incident: &Incident, asn: Option<u32>) -> Self {
        let (kind, scope, started_at) = (incident.wave(), incident.scope, incident.since);
        let (from, place) = (incident.label.clone(), incident.place.clone());
        Self { kind, scope, from, place, asn, started_at }
    }
}

impl Origin {
    /// True when its attempts have something in common that the log can be asked for; otherwise the whole project's are
    /// counted.
    pub fn is_told_apart(&self) -> bool {
        match self.scope {
            Scope::Account => true,
            Scope::Address | Scope::Prefix => {
                !self.from.contains('/') || address::texts(&self.from).is_some()
            }
            Scope::Network => self.asn.is_some(),
            Scope::Client | Scope::Project => false,
        }
    }
}

impl Figures {
    /// True when nothing of it came for a day.
    pub fn is_over(&self) -> bool {
        self.last_at.is_none_or(|last| self.until.since(last) >= QUIET)
    }

    /// What kind of wave it turned out to be, where its first attempt could not tell.
    pub fn kind(&self) -> Wave {
        match self.origin.kind {
            Wave::Guessing => {
                let lasted = self.until.since(self.origin.started_at);
                Wave::of(self.attempts as f64, 0.0, self.users as f64, lasted)
            }
            told => told,
        }
    }
}

/// A wave in numbers, as the log holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = WaveFigures)]
pub struct Figures {
    /// Where it comes from.
    pub origin: Origin,
    /// From when it was counted: when it began, or the last week of it.
    pub since: Timestamp,
    /// Up to when: now, or when the alert was closed.
    pub until: Timestamp,
    /// Its last failure until then.
    #[serde(default)]
    pub last_at: Option<Timestamp>,
    /// How many failed in the last hour until then.
    #[serde(default)]
    pub last_hour: i64,
    /// There were more failures than are counted.
    #[serde(default)]
    pub more: bool,
    /// Logins that failed from there since it started, and logins of strangers that succeeded. Where nothing tells the wave's
    /// from anybody's ([`Origin::is_told_apart`]), only those that failed.
    pub attempts: i64,
    /// Of these, how many failed.
    pub failures: i64,
    /// How many accounts they name.
    pub users: i64,
    /// From how many addresses.
    pub addresses: i64,
    /// How many of a stretch as long failed there before, on the average of the week before it started.
    pub usual_failures: f64,
    /// What most of the failures have in common by now, where that is narrower than what the wave was found by.
    #[serde(default)]
    pub common: Option<Common>,
    /// Alerts of other waves meanwhile, ten at most: what stands out in a wave has one of its own.
    #[serde(default)]
    pub beside: Vec<Beside>,
}

/// What at least half of a wave's failures have in common.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = WaveCommon)]
pub struct Common {
    /// One address, neighbouring ones, or one network.
    pub scope: Scope,
    /// The same for people.
    pub from: String,
    /// So many of the failures, at least.
    pub failures: i64,
}

/// The alert of another wave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = WaveBeside)]
pub struct Beside {
    /// Its alert.
    pub alert: AlertId,
    /// What it is told as.
    pub title: String,
}

/// The same, counted over one stretch of time.
#[cfg(feature = "store")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counted {
    pub attempts: i64,
    pub failures: i64,
    pub users: i64,
    pub addresses: i64,
    pub more: bool,
}

/// Failures from one address, and the network that it is in.
#[cfg(feature = "store")]
pub(super) struct Failed {
    pub ip: std::net::IpAddr,
    pub network: Option<(u32, Option<String>)>,
    pub failures: i64,
}

/// The narrowest thing that at least half of `all` failures have in common.
#[cfg(feature = "store")]
pub(super) fn in_common(failed: &[Failed], all: i64) -> Option<Common> {
    [Scope::Address, Scope::Prefix, Scope::Network].into_iter().find_map(|scope| {
        let mut sums: std::collections::HashMap<String, i64> = std::collections::HashMap::new();
        for one in failed {
            if let Some(from) = named(one, scope) {
                *sums.entry(from).or_default() += one.failures;
            }
        }
        // Of equal ones always the same.
        let (from, failures) = sums.into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(&a.0)))?;
        (failures * 2 >= all.max(MANY)).then_some(Common { scope, from, failures })
    })
}

/// Below so many failures nothing is said of what they have in common.
#[cfg(feature = "store")]
const MANY: i64 = 4;

#[cfg(feature = "store")]
fn named(failed: &Failed, scope: Scope) -> Option<String> {
    let range = |v4, v6| {
        let length = if failed.ip.is_ipv4() { v4 } else { v6 };
        ipnet::IpNet::new(failed.ip, length).ok().map(|net| net.trunc())
    };
    match scope {
        Scope::Address if failed.ip.is_ipv4() => Some(failed.ip.to_string()),
        Scope::Address => range(32, 64).map(|net| net.to_string()),
        Scope::Prefix => range(24, 48).map(|net| net.to_string()),
        _ => failed.network.as_ref().map(|(asn, name)| match name {
            Some(name) => format!("{name} (AS{asn})"),
            None => format!("AS{asn}"),
        }),
    }
}

#[cfg(test)]
mod tests;
