//! A wave of guesses, as its alert tells of it: where it comes from, and how much of it there was.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::risk::crowd::{Incident, Scope, Wave};

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
    /// Its first attempt that was counted.
    pub started_at: Timestamp,
}

impl Origin {
    /// Of a wave that an attempt from this autonomous system made known.
    pub fn of(incident: &Incident, asn: Option<u32>) -> Self {
        let (kind, scope, started_at) = (incident.wave(), incident.scope, incident.started);
        let (from, place) = (incident.label.clone(), incident.place.clone());
        Self { kind, scope, from, place, asn, started_at }
    }
}

impl Origin {
    /// True when its attempts have something in common that the log can be asked for; otherwise the whole project's are
    /// counted.
    pub fn is_told_apart(&self) -> bool {
        match self.scope {
            Scope::Address | Scope::Account => true,
            Scope::Prefix => self.from.ends_with(".0/24"),
            Scope::Network => self.asn.is_some(),
            Scope::Client | Scope::Project => false,
        }
    }
}

impl Figures {
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
    /// Up to when it was counted: until the alert was closed, a week at most.
    pub until: Timestamp,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::HOUR;

    fn figures(kind: Wave, attempts: i64, users: i64) -> Figures {
        let started_at = Timestamp(0);
        let origin = Origin {
            kind,
            scope: Scope::Address,
            from: "203.0.113.7".into(),
            place: None,
            asn: None,
            started_at,
        };
        let until = Timestamp(10 * HOUR);
        Figures { origin, until, attempts, failures: attempts, users, addresses: 1, usual_failures: 0.0 }
    }

    #[test]
    fn what_its_first_attempt_could_not_tell_its_figures_do() {
        assert_eq!(figures(Wave::Guessing, 60, 1).kind(), Wave::Guessing);
        assert_eq!(figures(Wave::Guessing, 60, 40).kind(), Wave::Spray);
        assert_eq!(figures(Wave::Guessing, 6_000, 40).kind(), Wave::Stuffing);
        assert_eq!(figures(Wave::BruteForce, 60, 1).kind(), Wave::BruteForce);
    }

    #[test]
    fn the_whole_projects_attempts_are_not_told_apart() {
        let origin = figures(Wave::Stuffing, 1, 1).origin;
        assert!(origin.is_told_apart());
        let of = |scope, from: &str| Origin { scope, from: from.into(), ..origin.clone() }.is_told_apart();
        assert!(of(Scope::Prefix, "203.0.113.0/24") && of(Scope::Account, "eve"));
        assert!(
            !of(Scope::Prefix, "2001:db8::/48")
                && !of(Scope::Project, "many networks")
                && !of(Scope::Client, "curl")
        );
        assert!(!of(Scope::Network, "M247"), "its number is not known");
    }
}
