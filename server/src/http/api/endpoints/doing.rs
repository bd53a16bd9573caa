//! How endpoints are doing: what keeps them, what waits for them, how much of it fails.

use std::collections::BTreeMap;

use porchlight_domain::db::Db;
use porchlight_domain::id::{EndpointId, ProjectId};
use porchlight_domain::webhook::{Hold, Traffic, Trust, store};
use porchlight_domain::{Result, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::Shown;

/// How an endpoint is doing.
#[derive(Serialize, ToSchema)]
pub(crate) struct Doing {
    /// That nothing is sent to it for a while, until when and why; null: it is not on hold.
    on_hold: Option<Hold>,
    /// How many deliveries to it wait for their attempt.
    pending: i64,
    /// How many wait until it is resumed or enabled.
    held: i64,
    /// How many deliveries to it were published in the last 24 hours.
    deliveries: i64,
    /// How many of those have arrived.
    delivered: i64,
    /// How many attempts they took.
    attempts: i64,
    /// What its receiver has shown of how it takes signatures.
    trust: Shown,
    /// The share of attempts that failed, 0 to 1, of the deliveries of the last 24 hours; null: nothing was tried.
    error_rate: Option<f64>,
}

/// The figures of a project's endpoints.
pub(super) struct Figures {
    traffic: BTreeMap<EndpointId, Traffic>,
    holds: BTreeMap<EndpointId, Hold>,
    trust: BTreeMap<EndpointId, Trust>,
}

impl Figures {
    pub(super) async fn read(db: &Db, project: ProjectId, now: Timestamp) -> Result<Self> {
        let traffic = store::traffic(db, project, now).await?;
        let trust = store::probes::trust(db, project, now).await?;
        Ok(Self { traffic, holds: store::holds(db, project, now).await?, trust })
    }

    pub(super) fn of(&mut self, endpoint: EndpointId) -> Doing {
        let traffic = self.traffic.remove(&endpoint).unwrap_or_default();
        Doing {
            on_hold: self.holds.remove(&endpoint),
            pending: traffic.waiting - traffic.held,
            held: traffic.held,
            deliveries: traffic.deliveries,
            delivered: traffic.delivered,
            attempts: traffic.attempts,
            trust: self.trust.remove(&endpoint).unwrap_or_default().into(),
            error_rate: traffic.error_rate(),
        }
    }
}
