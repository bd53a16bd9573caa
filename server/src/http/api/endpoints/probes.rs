//! `/api/v1/endpoints/{id}/probes`: does it know the new secret, does it verify at all; `…/keys`: its ed25519 key.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use porchlight_domain::id::EndpointId;
use porchlight_domain::page::Page;
use porchlight_domain::webhook::store::{self, probes};
use porchlight_domain::webhook::{NewProbe, Probe, Readiness, SecretHint};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock;
use crate::http::HttpState;
use crate::http::ask::{Body, MaybeBody, Path, part};
use crate::http::auth::ApiKey;
use crate::http::error::{ApiResult, Problem};

/// What to ask an endpoint. Unknown fields are refused.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProbeBody {
    /// `ready`: signed with one secret only. `enforce`: signed right, and then wrong on purpose; an endpoint that accepts
    /// the second verifies nothing, and one that refuses both has not shown that it does.
    #[schema(example = "ready")]
    kind: String,
    /// With `ready`: which secret; absent: the newest.
    secret_id: Option<String>,
    /// With `ready`: whether a message signed wrong follows where the other one is accepted, so that a receiver that
    /// accepts anything is found out. Absent: as `enforcement_probes` of the endpoint's policy says.
    wrong: Option<bool>,
}

/// A probe and what it found.
#[derive(Serialize, ToSchema)]
pub(crate) struct WholeProbe {
    #[serde(flatten)]
    probe: Probe,
    /// Of kind ready, what the answer is worth; null while it waits. `proven`: it accepted the new secret and refuses a
    /// wrong one. `unverifying`: it accepts anything. `unproven`: it accepted the new secret, and it is not known whether
    /// it verifies.
    readiness: Option<Readiness>,
    /// What it found, in words; null while it waits.
    finding: Option<&'static str>,
}

impl From<Probe> for WholeProbe {
    fn from(probe: Probe) -> Self {
        Self { readiness: probe.readiness(), finding: probe.finding(), probe }
    }
}

/// An endpoint's last probes, newest first.
#[utoipa::path(
    get, path = "/api/v1/endpoints/{id}/probes", tag = "webhooks", params(("id" = EndpointId, Path)),
    responses((status = 200, body = Page<WholeProbe>), (status = 401, body = Problem), (status = 404, body = Problem))
)]
pub(crate) async fn list(
    State(state): State<HttpState>,
    key: ApiKey,
    Path(id): Path<String>,
) -> ApiResult<Page<WholeProbe>> {
    let rows = probes::list(&state.db, key.project, id.parse()?).await?;
    Ok(Json(Page { rows: rows.into_iter().map(WholeProbe::from).collect(), next: None }))
}

/// Send an endpoint a message of type `probe` without data, to see what it makes of the signature. A rotation with an
/// overlap sends one of kind `ready` by itself before the secrets before it retire.
#[utoipa::path(
    post, path = "/api/v1/endpoints/{id}/probes", tag = "webhooks", params(("id" = EndpointId, Path)),
    request_body = ProbeBody,
    responses(
        (status = 202, description = "It is sent; read what came of it", body = WholeProbe),
        (status = 400, description = "Not the JSON above", body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 409, description = "The endpoint is disabled, or had many", body = Problem),
        (status = 422, description = "A field is wrong", body = Problem),
    )
)]
pub(crate) async fn ask(
    State(state): State<HttpState>,
    key: ApiKey,
    Path(id): Path<String>,
    Body(body): Body<ProbeBody>,
) -> Result<(StatusCode, Json<WholeProbe>), Problem> {
    let id: EndpointId = id.parse()?;
    let secret = part("secret_id", &body.secret_id)?;
    let new = NewProbe { kind: body.kind.parse()?, secret, wrong: body.wrong };
    let probe = probes::ask(&state.db, &key.actor(), key.project, id, new, clock::now()).await?;
    Ok((StatusCode::ACCEPTED, Json(probe.into())))
}

/// How to change the ed25519 key. Unknown fields are refused.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct KeyBody {
    /// How long the keys before it sign beside it, 0 to 168 hours. Default: 24.
    overlap_hours: Option<i64>,
}

/// Sign with an ed25519 key too (`v1a`), or with another one: those before it sign beside it for a time. The public key is
/// the endpoint's to verify with; nobody is shown the other half. The body may be left out.
#[utoipa::path(
    post, path = "/api/v1/endpoints/{id}/keys", tag = "webhooks", params(("id" = EndpointId, Path)),
    request_body = KeyBody,
    responses(
        (status = 201, description = "`hint` and `public_key` are the public key", body = SecretHint), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 409, description = "Too many keys are live", body = Problem),
    )
)]
pub(crate) async fn add_key(
    State(state): State<HttpState>,
    key: ApiKey,
    Path(id): Path<String>,
    MaybeBody(body): MaybeBody<KeyBody>,
) -> Result<(StatusCode, Json<SecretHint>), Problem> {
    let (actor, overlap) = (key.actor(), body.overlap_hours.unwrap_or(store::DEFAULT_OVERLAP_HOURS));
    let hint = store::add_key(&state.db, &actor, key.project, id.parse()?, overlap, clock::now()).await?;
    Ok((StatusCode::CREATED, Json(hint)))
}

/// Sign with no ed25519 key any more.
#[utoipa::path(
    delete, path = "/api/v1/endpoints/{id}/keys", tag = "webhooks", params(("id" = EndpointId, Path)),
    responses((status = 204, description = "Gone, or there was none"), (status = 401, body = Problem), (status = 404, body = Problem))
)]
pub(crate) async fn remove_keys(
    State(state): State<HttpState>,
    key: ApiKey,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    store::remove_keys(&state.db, &key.actor(), key.project, id.parse()?, clock::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
