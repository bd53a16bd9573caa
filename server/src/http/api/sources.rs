//! `/api/v1/sources`: who may send webhooks here, and `/api/v1/inbound`: what came from them.

pub(crate) mod received;
pub(crate) mod secrets;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use porchlight_domain::id::SourceId;
use porchlight_domain::inbound::hmac::HmacScheme;
use porchlight_domain::inbound::{NewSource, Source, SourceChange, store};
use porchlight_domain::page::Page;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock;
use crate::http::HttpState;
use crate::http::ask::{Body, Nothing, Path, Query};
use crate::http::auth::ApiKey;
use crate::http::error::{ApiResult, Problem};

pub(super) fn routes() -> Router<HttpState> {
    Router::new()
        .route("/api/v1/sources", get(list).post(create))
        .route("/api/v1/sources/{id}", get(show).patch(change).delete(delete))
        .route("/api/v1/sources/{id}/secrets", get(secrets::list).post(secrets::rotate))
        .route("/api/v1/sources/{id}/tally", get(secrets::tally))
        .route("/api/v1/inbound", get(received::inbound))
        .route("/api/v1/inbound/{id}", get(received::one_inbound))
}

/// A source to create. Unknown fields are refused.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceBody {
    /// The system that sends, at most 100 characters.
    #[schema(example = "Fraud desk")]
    name: String,
    /// How it signs: `standard` (the default), `thisdata` or `hmac`.
    scheme: Option<String>,
    /// How exactly: with the scheme `hmac`, and with no other.
    hmac: Option<HmacScheme>,
    /// The secret it has already, 16 to 256 visible ASCII characters (`thisdata`: from 5); absent: one is generated.
    secret: Option<String>,
}

/// What to change; absent fields stay as they are. Unknown fields are refused, and so is `scheme`: what signs in another
/// way is another source.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceChangeBody {
    /// The system that sends, at most 100 characters.
    name: Option<String>,
    /// How exactly it signs, as a whole: of a source with the scheme `hmac`.
    hmac: Option<HmacScheme>,
}

/// A source and where it sends to.
#[derive(Serialize, ToSchema)]
pub(crate) struct WholeSource {
    #[serde(flatten)]
    source: Source,
    /// Where it POSTs its webhooks.
    url: String,
}

impl WholeSource {
    fn new(state: &HttpState, source: Source) -> Self {
        let url = format!("{}/hooks/{}", state.config.public_url(), source.slug);
        Self { source, url }
    }
}

/// A source just created, with its secret: shown this once.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedSource {
    #[serde(flatten)]
    source: WholeSource,
    /// The secret it signs with.
    secret: String,
}

/// The project's sources, by name.
#[utoipa::path(
    get, path = "/api/v1/sources", tag = "inbound",
    responses((status = 200, body = Page<WholeSource>), (status = 422, description = "It takes no parameters", body = Problem))
)]
pub(crate) async fn list(
    State(state): State<HttpState>,
    key: ApiKey,
    _: Query<Nothing>,
) -> ApiResult<Page<WholeSource>> {
    let sources = store::list(&state.db, key.project).await?;
    let rows = sources.into_iter().map(|source| WholeSource::new(&state, source)).collect();
    Ok(Json(Page { rows, next: None }))
}

/// Create a source: what it sends to its `url` is verified with its secret, recorded and obeyed.
#[utoipa::path(
    post, path = "/api/v1/sources", tag = "inbound", request_body = SourceBody,
    responses(
        (status = 201, description = "Created; the secret is shown this once", body = CreatedSource),
        (status = 400, description = "Not the JSON above", body = Problem), (status = 401, body = Problem),
        (status = 409, description = "The project has as many as it may", body = Problem),
        (status = 422, description = "A field is wrong", body = Problem),
    )
)]
pub(crate) async fn create(
    State(state): State<HttpState>,
    key: ApiKey,
    Body(body): Body<SourceBody>,
) -> Result<(StatusCode, Json<CreatedSource>), Problem> {
    let scheme = body.scheme.as_deref().unwrap_or("standard").parse()?;
    let new = NewSource { name: body.name, scheme, hmac: body.hmac, secret: body.secret };
    let actor = key.actor();
    let (source, secret) = store::create(&state.db, &actor, key.project, new, clock::now()).await?;
    let source = WholeSource::new(&state, source);
    Ok((StatusCode::CREATED, Json(CreatedSource { source, secret: secret.expose().to_owned() })))
}

/// One source.
#[utoipa::path(
    get, path = "/api/v1/sources/{id}", tag = "inbound", params(("id" = SourceId, Path)),
    responses((status = 200, body = WholeSource), (status = 401, body = Problem), (status = 404, body = Problem))
)]
pub(crate) async fn show(
    State(state): State<HttpState>,
    key: ApiKey,
    Path(id): Path<String>,
) -> ApiResult<WholeSource> {
    let source = store::get(&state.db, key.project, id.parse()?).await?;
    Ok(Json(WholeSource::new(&state, source)))
}

/// Change what a source is called or how exactly it signs. Other processes notice within a second.
#[utoipa::path(
    patch, path = "/api/v1/sources/{id}", tag = "inbound", params(("id" = SourceId, Path)), request_body = SourceChangeBody,
    responses(
        (status = 200, description = "The source as it is now", body = WholeSource),
        (status = 400, description = "Not the JSON above", body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 422, description = "A field is wrong", body = Problem),
    )
)]
pub(crate) async fn change(
    State(state): State<HttpState>,
    key: ApiKey,
    Path(id): Path<String>,
    Body(body): Body<SourceChangeBody>,
) -> ApiResult<WholeSource> {
    let (id, change) = (id.parse()?, SourceChange { name: body.name, hmac: body.hmac });
    let source = store::update(&state.db, &key.actor(), key.project, id, change, clock::now()).await?;
    Ok(Json(WholeSource::new(&state, source)))
}

/// Delete a source and what came from it. Whatever it still sends is answered by 404.
#[utoipa::path(
    delete, path = "/api/v1/sources/{id}", tag = "inbound", params(("id" = SourceId, Path)),
    responses((status = 204, description = "Deleted"), (status = 401, body = Problem), (status = 404, body = Problem))
)]
pub(crate) async fn delete(
    State(state): State<HttpState>,
    key: ApiKey,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    store::delete(&state.db, &key.actor(), key.project, id.parse()?, clock::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
