//! `/api/v1/verbs`: what each verb means to the judgement, and which of those that came in mean nothing to it.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use porchlight_domain::event::verb::{TABLE, Unknown, Verb, store};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{AnyOfBuilder, ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};

use crate::clock;
use crate::http::HttpState;
use crate::http::ask::{Nothing, Query};
use crate::http::auth::ApiKey;
use crate::http::error::{ApiResult, Problem};

pub(super) fn routes() -> Router<HttpState> {
    Router::new().route("/api/v1/verbs", get(list))
}

/// What verbs mean.
#[derive(Serialize, ToSchema)]
pub(crate) struct Verbs {
    /// Those with a meaning.
    known: &'static [Verb],
    /// Those of the last 30 days without one, at most 100: first those that may have been meant for one that is known,
    /// the most frequent before others.
    unknown: Vec<Unknown>,
}

/// What each verb means to the judgement, and which of your project's mean nothing to it.
///
/// Any text is a legal verb. One that is not among the known ones is a line of the log like `access`: it is not weighed
/// as a change of the e-mail address or the like. Look at `unknown` after you have added a call: `meant` tells a slip.
#[utoipa::path(
    get, path = "/api/v1/verbs", tag = "events",
    responses(
        (status = 200, body = Verbs), (status = 401, body = Problem),
        (status = 422, description = "There is nothing to ask", body = Problem),
    )
)]
pub(crate) async fn list(State(state): State<HttpState>, key: ApiKey, _: Query<Nothing>) -> ApiResult<Verbs> {
    let unknown = store::unknown(&state.db, key.project, clock::now()).await?;
    Ok(Json(Verbs { known: &TABLE, unknown }))
}

/// A verb in a description: one of the known, or any other text.
pub(super) fn schema() -> RefOr<Schema> {
    let known = TABLE.iter().map(|verb| format!("* `{}`: {}", verb.name, verb.when));
    let known = format!("What the judgement knows:\n\n{}", known.collect::<Vec<_>>().join("\n"));
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let one = text().description(Some(known)).enum_values(Some(TABLE.map(|verb| verb.name)));
    let other = text().description(Some("Any other text: a line of the log.")).max_length(Some(200));
    AnyOfBuilder::new()
        .description(Some("What was done. `GET /api/v1/verbs` tells what each means."))
        .item(one)
        .item(other)
        .into()
}
