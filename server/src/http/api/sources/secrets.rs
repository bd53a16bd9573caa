//! `/api/v1/sources/{id}/secrets`: changing a source's secret; `…/tally`: how much came of which status.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use porchlight_domain::id::SourceId;
use porchlight_domain::inbound::{SourceSecret, Tally, store};
use porchlight_domain::page::Page;
use porchlight_domain::time::DAY;
use porchlight_domain::webhook::store::DEFAULT_OVERLAP_HOURS;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::WholeSource;
use crate::clock;
use crate::http::HttpState;
use crate::http::ask::{MaybeBody, Path};
use crate::http::auth::ApiKey;
use crate::http::error::{ApiResult, Problem};

/// How to change the secret. Unknown fields are refused.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RotateSourceBody {
    /// The secret it will have, as when it is created; absent: one is generated.
    secret: Option<String>,
    /// How long the secrets before it are taken beside it, 0 to 168 hours. Default: 24. 0 is for a secret that got out.
    overlap_hours: Option<i64>,
}

/// A source with its new secret: shown this once.
#[derive(Serialize, ToSchema)]
pub(crate) struct RotatedSource {
    #[serde(flatten)]
    source: WholeSource,
    /// The secret it signs with from now on.
    secret: String,
}

/// What a source's secrets may be recognised by, newest first; the one in force has no end.
#[utoipa::path(
    get, path = "/api/v1/sources/{id}/secrets", tag = "inbound", params(("id" = SourceId, Path)),
    responses((status = 200, body = Page<SourceSecret>), (status = 401, body = Problem), (status = 404, body = Problem))
)]
pub(crate) async fn list(
    State(state): State<HttpState>,
    key: ApiKey,
    Path(id): Path<String>,
) -> ApiResult<Page<SourceSecret>> {
    let rows = store::secrets(&state.db, key.project, id.parse()?, clock::now()).await?;
    Ok(Json(Page { rows, next: None }))
}

/// Give a source a new secret. The body may be left out. Other processes notice within a second.
#[utoipa::path(
    post, path = "/api/v1/sources/{id}/secrets", tag = "inbound", params(("id" = SourceId, Path)),
    request_body = RotateSourceBody,
    responses(
        (status = 201, description = "The secret is shown this once", body = RotatedSource),
        (status = 400, description = "Not the JSON above", body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 409, description = "Too many secrets are taken", body = Problem),
        (status = 422, description = "A field is wrong", body = Problem),
    )
)]
pub(crate) async fn rotate(
    State(state): State<HttpState>,
    key: ApiKey,
    Path(id): Path<String>,
    MaybeBody(body): MaybeBody<RotateSourceBody>,
) -> Result<(StatusCode, Json<RotatedSource>), Problem> {
    let id = id.parse()?;
    let (actor, overlap) = (key.actor(), body.overlap_hours.unwrap_or(DEFAULT_OVERLAP_HOURS));
    let typed = body.secret.as_deref();
    let (source, secret) =
        store::rotate(&state.db, &actor, key.project, id, typed, overlap, clock::now()).await?;
    let source = WholeSource::new(&state, source);
    Ok((StatusCode::CREATED, Json(RotatedSource { source, secret: secret.expose().to_owned() })))
}

/// How many webhooks came from a source in the last 24 hours, by status. All are counted, within a second or so; of those
/// that are refused, 120 a minute are recorded and of the rest one in 1,000.
#[utoipa::path(
    get, path = "/api/v1/sources/{id}/tally", tag = "inbound", params(("id" = SourceId, Path)),
    responses((status = 200, body = Page<Tally>), (status = 401, body = Problem), (status = 404, body = Problem))
)]
pub(crate) async fn tally(
    State(state): State<HttpState>,
    key: ApiKey,
    Path(id): Path<String>,
) -> ApiResult<Page<Tally>> {
    let source = store::get(&state.db, key.project, id.parse()?).await?.id;
    let since = clock::now().plus(-DAY);
    let rows = store::tally(&state.db, key.project, Some(source), since).await?;
    Ok(Json(Page { rows, next: None }))
}
