//! What a receiver has shown, by its answers to probes, of how it takes signatures.

use porchlight_domain::Timestamp;
use porchlight_domain::webhook::{ProbeVerdict, Readiness, Trust};
use serde::Serialize;
use utoipa::ToSchema;

/// By its latest answers to probes.
#[derive(Serialize, ToSchema)]
pub(crate) struct Shown {
    /// What it made of a wrong signature: `refused` is as it should be. Null: it was not asked, or has not answered.
    enforces: Option<Enforces>,
    /// What it has shown of the newest secret. Null: it was not asked, or has not answered.
    ready: Option<Ready>,
}

/// What it made of a wrong signature.
#[derive(Serialize, ToSchema)]
pub(crate) struct Enforces {
    verdict: ProbeVerdict,
    /// When it was asked.
    at: Timestamp,
}

/// What it has shown of a secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct Ready {
    readiness: Readiness,
    /// When it was asked.
    at: Timestamp,
}

impl From<Trust> for Shown {
    fn from(trust: Trust) -> Self {
        Self {
            enforces: trust.enforces.map(|(verdict, at)| Enforces { verdict, at }),
            ready: trust.ready.map(|(readiness, at)| Ready { readiness, at }),
        }
    }
}
