//! `/api/v1/replays`: bulk resends, and what asks for them.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use porchlight_domain::error::FieldError;
use porchlight_domain::id::{DeliveryId, EndpointId, ReplayId};
use porchlight_domain::page::{Page, Paging};
use porchlight_domain::webhook::replay::{Replay, ReplayScope, checked_rate};
use porchlight_domain::webhook::store::replays;
use porchlight_domain::{Error, Result, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::clock;
use crate::http::HttpState;
use crate::http::ask::{Body, Path, Query};
use crate::http::auth::ApiKey;
use crate::http::error::{ApiResult, Problem};

pub(super) fn routes() -> Router<HttpState> {
    Router::new()
        .route("/api/v1/endpoints/{id}/recover", post(recover))
        .route("/api/v1/deliveries/resend", post(resend))
        .route("/api/v1/replays", get(list))
        .route("/api/v1/replays/{id}", get(show))
        .route("/api/v1/replays/{id}/cancel", post(cancel))
}

/// What an endpoint is to get that it should have had. Unknown fields are refused.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecoverBody {
    /// Messages published from then on …
    #[schema(value_type = Timestamp)]
    since: String,
    /// … and before then; absent: until now.
    #[schema(value_type = Option<Timestamp>)]
    until: Option<String>,
    /// Only of this type, as `alert.opened`.
    r#type: Option<String>,
    /// Also what was delivered: the receiver lost it.
    #[serde(default)]
    delivered: bool,
    /// New deliveries a second, 1 to 10000; absent: 500.
    rate: Option<u32>,
    /// Only count.
    #[serde(default)]
    dry_run: bool,
}

/// Which deliveries to send once more. Unknown fields are refused.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResendBody {
    /// 1 to 1000 of them.
    #[schema(value_type = Vec<DeliveryId>)]
    deliveries: Vec<String>,
    /// New deliveries a second, 1 to 10000; absent: 500.
    rate: Option<u32>,
    /// Only count.
    #[serde(default)]
    dry_run: bool,
}

/// What a job would do.
#[derive(Serialize, ToSchema)]
pub(crate) struct DryRun {
    /// So many deliveries would be made.
    count: i64,
}

/// Which page.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReplayQuery {
    /// The `next` of the page before.
    cursor: Option<String>,
    /// How many rows, 1 to 200. Default: 50.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200)]
    limit: Option<String>,
}

/// Give an endpoint what it should have had since a date: what failed, was cancelled, or came while it was disabled.
#[utoipa::path(
    post, path = "/api/v1/endpoints/{id}/recover", tag = "webhooks", params(("id" = EndpointId, Path)),
    request_body = RecoverBody,
    responses(
        (status = 200, description = "With `dry_run`: how many", body = DryRun),
        (status = 202, description = "The job, running", body = Replay),
        (status = 400, description = "Not the JSON above", body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 409, description = "The endpoint is disabled, or a job recovers it already", body = Problem),
        (status = 422, description = "A field is wrong", body = Problem),
    )
)]
pub(crate) async fn recover(
    State(state): State<HttpState>,
    key: ApiKey,
    Path(id): Path<String>,
    Body(body): Body<RecoverBody>,
) -> Result<Response, Problem> {
    let endpoint: EndpointId = id.parse()?;
    let scope = ReplayScope::Since {
        endpoint,
        since: time("since", &body.since)?,
        until: body.until.as_deref().map(|text| time("until", text)).transpose()?,
        r#type: body.r#type.as_deref().map(str::parse).transpose()?,
        delivered: body.delivered,
    };
    ask(&state, &key, scope, body.rate, body.dry_run).await
}

/// Send a selection of deliveries once more, each as a new delivery of the same message.
#[utoipa::path(
    post, path = "/api/v1/deliveries/resend", tag = "webhooks", request_body = ResendBody,
    responses(
        (status = 200, description = "With `dry_run`: how many", body = DryRun),
        (status = 202, description = "The job, running; pending deliveries and those to endpoints that are gone or \
            disabled are left out", body = Replay),
        (status = 400, description = "Not the JSON above", body = Problem), (status = 401, body = Problem),
        (status = 422, description = "A field is wrong, or a delivery is not there: its place says which", body = Problem),
    )
)]
pub(crate) async fn resend(
    State(state): State<HttpState>,
    key: ApiKey,
    Body(body): Body<ResendBody>,
) -> Result<Response, Problem> {
    let read = |(index, text): (usize, &String)| {
        text.parse::<DeliveryId>().map_err(|_| {
            Error::Invalid(vec![FieldError::new(format!("deliveries[{index}]"), "must be a delivery's id")])
        })
    };
    let deliveries = body.deliveries.iter().enumerate().map(read).collect::<Result<_>>()?;
    ask(&state, &key, ReplayScope::Selected { deliveries }, body.rate, body.dry_run).await
}

async fn ask(
    state: &HttpState,
    key: &ApiKey,
    scope: ReplayScope,
    rate: Option<u32>,
    dry_run: bool,
) -> Result<Response, Problem> {
    let (rate, now) = (checked_rate(rate)?, clock::now());
    if dry_run {
        let count = replays::count(&state.db, key.project, scope, now).await?;
        return Ok(Json(DryRun { count }).into_response());
    }
    let job = replays::start(&state.db, &key.actor(), key.project, scope, rate, now).await?;
    Ok((StatusCode::ACCEPTED, Json(job)).into_response())
}

fn time(field: &'static str, text: &str) -> Result<Timestamp> {
    Timestamp::parse(text).ok_or_else(|| Error::invalid(field, "must be a time in RFC 3339"))
}

/// The project's bulk resends, newest first.
#[utoipa::path(
    get, path = "/api/v1/replays", tag = "webhooks", params(ReplayQuery),
    responses((status = 200, body = Page<Replay>), (status = 401, body = Problem), (status = 422, body = Problem))
)]
pub(crate) async fn list(
    State(state): State<HttpState>,
    key: ApiKey,
    Query(asked): Query<ReplayQuery>,
) -> ApiResult<Page<Replay>> {
    let paging = Paging::read(asked.cursor.as_deref(), asked.limit.as_deref())?;
    Ok(Json(replays::list(&state.db, key.project, paging).await?))
}

/// One bulk resend: how far it is.
#[utoipa::path(
    get, path = "/api/v1/replays/{id}", tag = "webhooks", params(("id" = ReplayId, Path)),
    responses((status = 200, body = Replay), (status = 401, body = Problem), (status = 404, body = Problem))
)]
pub(crate) async fn show(
    State(state): State<HttpState>,
    key: ApiKey,
    Path(id): Path<String>,
) -> ApiResult<Replay> {
    Ok(Json(replays::get(&state.db, key.project, id.parse()?).await?))
}

/// End a bulk resend before its time. What it has made is sent all the same.
#[utoipa::path(
    post, path = "/api/v1/replays/{id}/cancel", tag = "webhooks", params(("id" = ReplayId, Path)),
    responses(
        (status = 200, body = Replay), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, description = "It has ended", body = Problem),
    )
)]
pub(crate) async fn cancel(
    State(state): State<HttpState>,
    key: ApiKey,
    Path(id): Path<String>,
) -> ApiResult<Replay> {
    let actor = key.actor();
    Ok(Json(replays::cancel(&state.db, &actor, key.project, id.parse()?, clock::now()).await?))
}
