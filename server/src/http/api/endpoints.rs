//! `/api/v1/endpoints`: where webhooks go, for programs that set them up.

mod doing;
pub mod probes;
pub mod secrets;
mod shown;
pub mod whole;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{self, get, post};
use axum::{Json, Router};
use porchlight_domain::error::FieldError;
use porchlight_domain::id::{DeliveryId, EndpointId};
use porchlight_domain::page::Page;
use porchlight_domain::webhook::{Endpoint, EndpointChange, MessageType, NewEndpoint, Policy, store};
use porchlight_domain::{Error, Result};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(crate) use self::doing::Doing;
pub(crate) use self::shown::Shown;
use crate::clock;
use crate::http::HttpState;
use crate::http::ask::{Body, Nothing, Path, Query};
use crate::http::auth::ApiKey;
use crate::http::error::{ApiResult, Problem};

pub(super) fn routes() -> Router<HttpState> {
    Router::new()
        .route("/api/v1/endpoints", get(list).post(create))
        .route("/api/v1/endpoints/{id}", get(whole::show).patch(change).delete(delete))
        .route("/api/v1/endpoints/{id}/test", post(test))
        .route("/api/v1/endpoints/{id}/secrets", post(secrets::rotate))
        .route("/api/v1/endpoints/{id}/secrets/{secret}", routing::delete(secrets::retire))
        .route("/api/v1/endpoints/{id}/probes", get(probes::list).post(probes::ask))
        .route("/api/v1/endpoints/{id}/keys", post(probes::add_key).delete(probes::remove_keys))
}

/// An endpoint to create. Unknown fields are refused.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndpointBody {
    /// Where to POST: https or http.
    #[schema(example = "https://app.example.com/porchlight")]
    url: String,
    /// `standard` (the default) or `thisdata`.
    format: Option<String>,
    /// What it is for, at most 500 characters.
    description: Option<String>,
    /// Which types it gets, as `alert.opened`; empty or absent: all.
    types: Option<Vec<String>>,
    /// How to deliver to it, where that differs from the default.
    policy: Option<Policy>,
    /// A secret of your own, 16 to 256 visible ASCII characters (from 5 on with the format `thisdata`, as ThisData took
    /// them); absent: one of 32 random bytes is generated.
    secret: Option<String>,
}

/// What to change; absent fields stay as they are. Unknown fields are refused.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeBody {
    /// Where to POST.
    url: Option<String>,
    /// `standard` or `thisdata`.
    format: Option<String>,
    /// What it is for.
    description: Option<String>,
    /// Which types it gets; empty: all.
    types: Option<Vec<String>>,
    /// How to deliver to it, as a whole: a field that is absent in it takes its default again.
    policy: Option<Policy>,
    /// `paused` holds its messages back until `active` again; `disabled` cancels them, also of an endpoint that was disabled
    /// because it failed, which orders count on until then. `active`, as another `url`, ends the hold that failures brought,
    /// and orders to end sessions that were given up are sent anew: those that await their outcome, and those of the last
    /// day that nobody confirmed.
    state: Option<String>,
}

/// An endpoint just created, with its secret: shown this once.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedEndpoint {
    #[serde(flatten)]
    endpoint: Endpoint,
    /// The secret to verify signatures with.
    secret: String,
}

/// An endpoint and how it is doing.
#[derive(Serialize, ToSchema)]
pub(crate) struct ListedEndpoint {
    #[serde(flatten)]
    endpoint: Endpoint,
    #[serde(flatten)]
    doing: Doing,
}

/// The test's delivery: read it to see what came of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct TestSent {
    delivery: DeliveryId,
}

/// The project's endpoints, oldest first.
#[utoipa::path(
    get, path = "/api/v1/endpoints", tag = "webhooks",
    responses((status = 200, body = Page<ListedEndpoint>), (status = 422, description = "It takes no parameters", body = Problem))
)]
pub(crate) async fn list(
    State(state): State<HttpState>,
    key: ApiKey,
    _: Query<Nothing>,
) -> ApiResult<Page<ListedEndpoint>> {
    let (db, project, now) = (&state.db, key.project, clock::now());
    let mut figures = doing::Figures::read(db, project, now).await?;
    let listed = |endpoint: Endpoint| ListedEndpoint { doing: figures.of(endpoint.id), endpoint };
    let rows = store::list(db, project).await?.into_iter().map(listed).collect();
    Ok(Json(Page { rows, next: None }))
}

/// Create an endpoint.
#[utoipa::path(
    post, path = "/api/v1/endpoints", tag = "webhooks", request_body = EndpointBody,
    responses(
        (status = 201, description = "Created; the secret is shown this once", body = CreatedEndpoint),
        (status = 400, description = "Not the JSON above", body = Problem), (status = 401, body = Problem),
        (status = 409, description = "The project has as many as it may", body = Problem),
        (status = 422, description = "A field is wrong", body = Problem),
    )
)]
pub(crate) async fn create(
    State(state): State<HttpState>,
    key: ApiKey,
    Body(body): Body<EndpointBody>,
) -> Result<(StatusCode, Json<CreatedEndpoint>), Problem> {
    state.app.webhook_allow.check_url(&body.url)?;
    let new = NewEndpoint {
        url: body.url,
        format: body.format.as_deref().map(str::parse).transpose()?.unwrap_or_default(),
        description: body.description.unwrap_or_default(),
        types: types(body.types)?.unwrap_or_default(),
        policy: body.policy.unwrap_or_default(),
        secret: body.secret,
    };
    let (endpoint, secret) = store::create(&state.db, &key.actor(), key.project, new, clock::now()).await?;
    Ok((StatusCode::CREATED, Json(CreatedEndpoint { endpoint, secret: secret.expose().to_owned() })))
}

/// Change an endpoint, pause it, resume it, disable it.
#[utoipa::path(
    patch, path = "/api/v1/endpoints/{id}", tag = "webhooks", params(("id" = EndpointId, Path)), request_body = ChangeBody,
    responses(
        (status = 200, description = "The endpoint as it is now", body = Endpoint),
        (status = 400, description = "Not the JSON above", body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 422, description = "A field is wrong", body = Problem),
    )
)]
pub(crate) async fn change(
    State(state): State<HttpState>,
    key: ApiKey,
    Path(id): Path<String>,
    Body(body): Body<ChangeBody>,
) -> ApiResult<Endpoint> {
    let id = id.parse()?;
    state.app.webhook_allow.check_url(body.url.as_deref().unwrap_or_default())?;
    let change = EndpointChange {
        url: body.url,
        format: body.format.as_deref().map(str::parse).transpose()?,
        description: body.description,
        types: types(body.types)?,
        policy: body.policy,
        state: body.state.as_deref().map(str::parse).transpose()?,
    };
    let actor = key.actor();
    Ok(Json(store::update(&state.db, &actor, key.project, id, change, clock::now()).await?))
}

/// Delete an endpoint. What is pending for it is cancelled; its past deliveries stay readable.
#[utoipa::path(
    delete, path = "/api/v1/endpoints/{id}", tag = "webhooks", params(("id" = EndpointId, Path)),
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

/// Send a message of type `endpoint.test` to this endpoint, also while it is paused.
#[utoipa::path(
    post, path = "/api/v1/endpoints/{id}/test", tag = "webhooks", params(("id" = EndpointId, Path)),
    responses(
        (status = 202, description = "On its way", body = TestSent), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 409, description = "The endpoint is disabled", body = Problem),
    )
)]
pub(crate) async fn test(
    State(state): State<HttpState>,
    key: ApiKey,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<TestSent>), Problem> {
    let actor = key.actor();
    let delivery = store::send_test(&state.db, &actor, key.project, id.parse()?, clock::now()).await?;
    Ok((StatusCode::ACCEPTED, Json(TestSent { delivery })))
}

/// The types, each complaint at its place in the list.
fn types(texts: Option<Vec<String>>) -> Result<Option<Vec<MessageType>>> {
    let Some(texts) = texts else { return Ok(None) };
    let read = |(index, text): (usize, &String)| {
        text.parse::<MessageType>().map_err(|error| match error {
            Error::Invalid(errors) => Error::Invalid(
                errors
                    .into_iter()
                    .map(|one| FieldError::new(format!("types[{index}]"), one.message))
                    .collect(),
            ),
            other => other,
        })
    };
    texts.iter().enumerate().map(read).collect::<Result<_>>().map(Some)
}
