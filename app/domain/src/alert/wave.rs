//! A wave of guesses, as its alert tells of it: where it comes from, and how much of it there was.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::risk::crowd::{Incident, Scope, Wave};

/// What was known of a wave when its alert opened; kept with the alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// What kind of wave.
    pub kind: Wave,
    /// What its attempts have in common …
    pub scope: Scope,
    /// … for people: `203.0.113.7`, `M247`; of brute force, the account's id.
    pub from: String,
    /// The autonomous system of the attempt that opened it.
    #[serde(default)]
    pub asn: Option<u32>,
    /// Its first attempt that was counted.
    pub started_at: Timestamp,
}

impl Origin {
    /// Of a wave that an attempt from this autonomous system made known.
    pub fn of(incident: &Incident, asn: Option<u32>) -> Self {
        let (kind, scope, started_at) = (incident.wave(), incident.scope, incident.started);
        Self { kind, scope, from: incident.label.clone(), asn, started_at }
    }
}

/// A wave in numbers, as the log holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Where it comes from.
    pub origin: Origin,
    /// Up to when it was counted: until the alert was closed, a week at most.
    pub until: Timestamp,
    /// Logins that were tried from there since it started.
    pub attempts: i64,
    /// Of these, how many failed.
    pub failures: i64,
    /// How many accounts they name.
    pub users: i64,
    /// From how many addresses.
    pub addresses: i64,
    /// How many of a stretch as long failed there before, on the average of the week before it started.
    pub usual_failures: f64,
}

/// The same, counted over one stretch of time.
#[cfg(feature = "store")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counted {
    pub attempts: i64,
    pub failures: i64,
    pub users: i64,
    pub addresses: i64,
}
