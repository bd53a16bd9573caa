//! `/api/v1/users`: the tracked application's users as their events describe them.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use porchlight_domain::page::{Page, Paging};
use porchlight_domain::user::{User, store};
use serde::Deserialize;
use utoipa::IntoParams;

use super::events::about;
use crate::http::HttpState;
use crate::http::ask::{Path, Query};
use crate::http::auth::ApiKey;
use crate::http::error::{ApiResult, Problem};

pub(super) fn routes() -> Router<HttpState> {
    Router::new().route("/api/v1/users", get(list)).route("/api/v1/users/{id}", get(show))
}

/// Which users.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UserQuery {
    /// The `next` of the page before.
    cursor: Option<String>,
    /// How many rows, 1 to 200. Default: 50.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// Part of an id, name or e-mail.
    search: Option<String>,
    /// Seen at or after, RFC 3339.
    since: Option<String>,
}

/// The users seen last, newest first.
#[utoipa::path(
    get, path = "/api/v1/users", tag = "users", params(UserQuery),
    responses((status = 200, body = Page<User>), (status = 401, body = Problem), (status = 422, body = Problem))
)]
pub(crate) async fn list(
    State(state): State<HttpState>,
    key: ApiKey,
    Query(asked): Query<UserQuery>,
) -> ApiResult<Page<User>> {
    let paging = Paging::read(asked.cursor.as_deref(), asked.limit.as_deref())?;
    let since = about(&None, &None, &asked.since, &None)?.since;
    Ok(Json(match asked.search.as_deref() {
        Some(text) => store::search(&state.db, key.project, text, since, paging).await?,
        None => store::list(&state.db, key.project, since, paging).await?,
    }))
}

/// One user, by your id.
#[utoipa::path(
    get, path = "/api/v1/users/{id}", tag = "users", params(("id" = String, Path, description = "Your id of the user")),
    responses((status = 200, body = User), (status = 404, body = Problem))
)]
pub(crate) async fn show(
    State(state): State<HttpState>,
    key: ApiKey,
    Path(id): Path<String>,
) -> ApiResult<User> {
    Ok(Json(store::by_id(&state.db, key.project, &id).await?))
}
