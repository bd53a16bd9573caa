//! `GET /api/v1/endpoints/{id}`: one endpoint with all that is known of it.

use axum::Json;
use axum::extract::State;
use porchlight_domain::id::EndpointId;
use porchlight_domain::latency::Latency;
use porchlight_domain::webhook::{Endpoint, SecretHint, SignatureStatus, store};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Doing, doing};
use crate::clock;
use crate::http::HttpState;
use crate::http::ask::Path;
use crate::http::auth::ApiKey;
use crate::http::error::{ApiResult, Problem};

/// An endpoint, how it is doing, and what its live secrets may be recognised by, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct WholeEndpoint {
    #[serde(flatten)]
    endpoint: Endpoint,
    #[serde(flatten)]
    doing: Doing,
    secrets: Vec<SecretHint>,
    /// How its newest attempt was signed; null: there is none.
    signature: Option<SignatureStatus>,
    /// How long its latest attempts took; null: there is none.
    latency: Option<Took>,
    /// Where that time went, phase by phase.
    phases: Vec<PhaseTook>,
}

/// How long something took, over several times.
#[derive(Serialize, ToSchema)]
pub(crate) struct Took {
    /// So many times.
    times: i64,
    /// Half of them took at most so long, in microseconds.
    p50_us: i64,
    /// 95 % of them.
    p95_us: i64,
}

impl From<Latency> for Took {
    fn from(Latency { times, p50, p95 }: Latency) -> Self {
        Self { times, p50_us: p50, p95_us: p95 }
    }
}

/// How long a phase took.
#[derive(Serialize, ToSchema)]
pub(crate) struct PhaseTook {
    /// `dns`, `connect`, `wait` or `body`, as in the `phases` of a delivery's tries.
    phase: &'static str,
    #[serde(flatten)]
    took: Took,
}

/// One endpoint.
#[utoipa::path(
    get, path = "/api/v1/endpoints/{id}", tag = "webhooks", params(("id" = EndpointId, Path)),
    responses((status = 200, body = WholeEndpoint), (status = 401, body = Problem), (status = 404, body = Problem))
)]
pub(crate) async fn show(
    State(state): State<HttpState>,
    key: ApiKey,
    Path(id): Path<String>,
) -> ApiResult<WholeEndpoint> {
    let (db, project, now) = (&state.db, key.project, clock::now());
    let id = id.parse()?;
    let phases = store::phase_latency(db, project, id).await?.phases.into_iter();
    Ok(Json(WholeEndpoint {
        endpoint: store::get(db, project, id).await?,
        secrets: store::hints(db, project, id, now).await?,
        doing: doing::Figures::read(db, project, now).await?.of(id),
        signature: store::last_signature(db, project, id).await?,
        latency: store::latency(db, project, id).await?.map(Took::from),
        phases: phases.map(|(phase, took)| PhaseTook { phase: phase.as_str(), took: took.into() }).collect(),
    }))
}
