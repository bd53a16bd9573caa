//! `/api/v1/users`: the tracked application's users as their events describe them.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::routing::get;
use axum::{Json, Router};
use porchlight_domain::page::{Page, Paging};
use porchlight_domain::user::{User, store};
use serde::Deserialize;
use utoipa::IntoParams;

use super::events::query;
use crate::http::HttpState;
use crate::http::auth::ApiKey;
use crate::http::error::{ApiResult, Problem};

pub(super) fn routes() -> Router<HttpState> {
    Router::new().route("/api/v1/users", get(list)).route("/api/v1/users/{id}", get(show))
}

/// Which users.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
pub(crate) struct UserQuery {
    /// The `next` of the page before.
    cursor: Option<String>,
    /// How many rows, 1 to 200. Default: 50.
    limit: Option<i64>,
    /// Part of an id, name or e-mail.
    search: Option<String>,
}

/// The users seen last, newest first.
#[utoipa::path(
    get, path = "/api/v1/users", tag = "users", params(UserQuery),
    responses((status = 200, body = Page<User>), (status = 401, body = Problem))
)]
pub(crate) async fn list(
    State(state): State<HttpState>,
    key: ApiKey,
    asked: Result<Query<UserQuery>, QueryRejection>,
) -> ApiResult<Page<User>> {
    let asked = query(asked)?;
    let paging = Paging::new(asked.cursor.as_deref(), asked.limit);
    let search = asked.search.as_deref().map(str::trim).filter(|text| !text.is_empty());
    Ok(Json(match search {
        Some(text) => store::search(&state.db, key.project, text, paging).await?,
        None => store::list(&state.db, key.project, paging).await?,
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
