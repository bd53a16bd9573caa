//! `/api/v1/weights`: by which weights of the evidence a project's events are judged.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use porchlight_domain::risk::calibration::Standing;
use porchlight_domain::risk::store::standing;

use crate::http::HttpState;
use crate::http::ask::{Nothing, Query};
use crate::http::auth::ApiKey;
use crate::http::error::{ApiResult, Problem};

pub(super) fn routes() -> Router<HttpState> {
    Router::new().route("/api/v1/weights", get(show))
}

/// By which weights of the evidence your project's events are judged.
///
/// The shipped ones, or such as were refitted to your users' answers: since when, on how many answers, and how well they
/// do on answers that were held out. `account.weights` of an event names the `version` that it was judged by; none is
/// the shipped weights.
#[utoipa::path(
    get, path = "/api/v1/weights", tag = "events",
    responses(
        (status = 200, body = Standing), (status = 401, body = Problem),
        (status = 422, description = "There is nothing to ask", body = Problem),
    )
)]
pub(crate) async fn show(
    State(state): State<HttpState>,
    key: ApiKey,
    _: Query<Nothing>,
) -> ApiResult<Standing> {
    Ok(Json(standing(&state.db, key.project).await?))
}
