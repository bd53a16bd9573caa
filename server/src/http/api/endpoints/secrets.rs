//! `/api/v1/endpoints/{id}/secrets`: changing the secret, and retiring the one before it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use porchlight_domain::id::{EndpointId, SecretId};
use porchlight_domain::webhook::{SecretHint, store};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock;
use crate::http::HttpState;
use crate::http::ask::{MaybeBody, Path};
use crate::http::auth::ApiKey;
use crate::http::error::Problem;

/// How to change the secret. Unknown fields are refused.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RotateBody {
    /// A secret of your own, as when the endpoint is created; absent: one is generated.
    secret: Option<String>,
    /// How long the secrets before it sign beside it, 0 to 168 hours. Default: 24. 0 is for a secret that got out.
    overlap_hours: Option<i64>,
}

/// The new secret: shown this once.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewSecret {
    #[serde(flatten)]
    hint: SecretHint,
    /// The secret to verify signatures with.
    secret: String,
}

/// Give an endpoint a new secret. The body may be left out.
#[utoipa::path(
    post, path = "/api/v1/endpoints/{id}/secrets", tag = "webhooks", params(("id" = EndpointId, Path)),
    request_body = RotateBody,
    responses(
        (status = 201, description = "The secret is shown this once", body = NewSecret),
        (status = 400, description = "Not the JSON above", body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 409, description = "Too many secrets are live", body = Problem),
        (status = 422, description = "A field is wrong", body = Problem),
    )
)]
pub(crate) async fn rotate(
    State(state): State<HttpState>,
    key: ApiKey,
    Path(id): Path<String>,
    MaybeBody(body): MaybeBody<RotateBody>,
) -> Result<(StatusCode, Json<NewSecret>), Problem> {
    let id = id.parse()?;
    let (actor, overlap) = (key.actor(), body.overlap_hours.unwrap_or(store::DEFAULT_OVERLAP_HOURS));
    let rotated =
        store::rotate(&state.db, &actor, key.project, id, body.secret.as_deref(), overlap, clock::now())
            .await?;
    let (hint, secret) = rotated;
    Ok((StatusCode::CREATED, Json(NewSecret { hint, secret: secret.expose().to_owned() })))
}

/// Retire a secret that a newer one of its kind has replaced: it signs no more, also before its overlap is over.
#[utoipa::path(
    delete, path = "/api/v1/endpoints/{id}/secrets/{secret}", tag = "webhooks",
    params(("id" = EndpointId, Path), ("secret" = SecretId, Path)),
    responses(
        (status = 204, description = "Retired"), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, description = "It is the newest of its kind", body = Problem),
    )
)]
pub(crate) async fn retire(
    State(state): State<HttpState>,
    key: ApiKey,
    Path((id, secret)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let (id, secret) = (id.parse()?, secret.parse()?);
    store::retire(&state.db, &key.actor(), key.project, id, secret, clock::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
