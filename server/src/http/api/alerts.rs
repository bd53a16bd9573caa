//! `/api/v1/alerts`: what an operator should look at, for programs that do it.

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use porchlight_domain::Error;
use porchlight_domain::alert::wave::Figures;
use porchlight_domain::alert::{self, Alert, AlertFilter, Known, Resolution, store};
use porchlight_domain::id::AlertId;
use porchlight_domain::page::{Page, Paging};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::clock;
use crate::http::HttpState;
use crate::http::ask::{Body, Path, Query, part};
use crate::http::auth::ApiKey;
use crate::http::error::{ApiResult, Problem};

pub(super) fn routes() -> Router<HttpState> {
    Router::new()
        .route("/api/v1/alerts", get(list))
        .route("/api/v1/alerts/{id}", get(show))
        .route("/api/v1/alerts/{id}/acknowledge", post(acknowledge))
        .route("/api/v1/alerts/{id}/close", post(close))
}

/// Which alerts.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AlertQuery {
    /// The `next` of the page before.
    cursor: Option<String>,
    /// How many rows, 1 to 200. Default: 50.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// Only in this state: `open`, `acknowledged`, `closed`.
    state: Option<String>,
    /// Only of this user, by your id.
    user_id: Option<String>,
    /// Only of this level or above: `orange`, `red`.
    level: Option<String>,
    /// Only of this kind: `login`, `login.repeat`, `login.sibling`, `wave`, `session.zombie` …
    kind: Option<String>,
    /// Only those whose user said `yes`, or `no`.
    answer: Option<String>,
}

impl AlertQuery {
    fn filter(&self) -> Result<AlertFilter, Error> {
        Ok(AlertFilter {
            state: part("state", &self.state)?,
            user: None,
            user_id: self.user_id.clone(),
            level: part("level", &self.level)?,
            kind: self.kind.as_deref().map(alert::checked_kind).transpose()?,
            answer: part("answer", &self.answer)?,
        })
    }
}

/// Read the alerts, newest first.
#[utoipa::path(
    get, path = "/api/v1/alerts", tag = "alerts", params(AlertQuery),
    responses((status = 200, body = Page<Alert>), (status = 401, body = Problem), (status = 422, body = Problem))
)]
pub(crate) async fn list(
    State(state): State<HttpState>,
    key: ApiKey,
    Query(asked): Query<AlertQuery>,
) -> ApiResult<Page<Alert>> {
    let paging = Paging::read(asked.cursor.as_deref(), asked.limit.as_deref())?;
    Ok(Json(store::list(&state.db, key.project, &asked.filter()?, paging).await?))
}

/// An alert, and the wave that it is about.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AlertDetail {
    #[serde(flatten)]
    alert: Alert,
    /// Of an alert of kind `wave`: what came from where it comes from, counted when it is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    wave: Option<Figures>,
}

/// One alert, with the question that its user was asked and the answer, and the figures of a wave.
#[utoipa::path(
    get, path = "/api/v1/alerts/{id}", tag = "alerts", params(("id" = AlertId, Path)),
    responses((status = 200, body = AlertDetail), (status = 401, body = Problem), (status = 404, body = Problem))
)]
pub(crate) async fn show(
    State(state): State<HttpState>,
    key: ApiKey,
    Path(id): Path<String>,
) -> ApiResult<AlertDetail> {
    let alert = store::get(&state.db, key.project, id.parse()?).await?;
    let wave = store::wave(&state.db, key.project, alert.id, clock::now()).await?;
    Ok(Json(AlertDetail { alert, wave }))
}

/// Take an open alert.
#[utoipa::path(
    post, path = "/api/v1/alerts/{id}/acknowledge", tag = "alerts", params(("id" = AlertId, Path)),
    responses(
        (status = 200, description = "The alert as it is now", body = Alert),
        (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, description = "It is not open", body = Problem),
    )
)]
pub(crate) async fn acknowledge(
    State(state): State<HttpState>,
    key: ApiKey,
    Path(id): Path<String>,
) -> ApiResult<Alert> {
    let id = id.parse()?;
    store::acknowledge(&state.db, &key.actor(), key.project, id, clock::now()).await?;
    Ok(Json(store::get(&state.db, key.project, id).await?))
}

/// How an alert is closed. Unknown fields are refused.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Closing {
    /// What it turned out to be: `confirmed_threat`, `confirmed_by_user`, `expected`, `false_alarm`, `inconclusive`. Of a
    /// login the first counts as its user's "no", the last teaches nothing, the others count as "yes": its device and network
    /// are trusted, and what waited in its sessions is settled. No session is ended.
    #[schema(example = "false_alarm")]
    resolution: String,
    /// Replaces the alert's note; leave it out to keep that. At most 4,000 characters.
    #[serde(default)]
    note: Option<String>,
    /// The `question.answer` that you saw: `yes`, `no`, or `none`. Another one by now is a conflict, unless the resolution
    /// agrees with it. Left out, the answer is overruled whatever it is.
    #[serde(default)]
    answer_seen: Option<String>,
}

/// Close an alert that is open or acknowledged.
#[utoipa::path(
    post, path = "/api/v1/alerts/{id}/close", tag = "alerts", params(("id" = AlertId, Path)), request_body = Closing,
    responses(
        (status = 200, description = "The alert as it is now", body = Alert),
        (status = 400, description = "Not the JSON above", body = Problem),
        (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, description = "It is closed already; its user answered since you looked (`answer_seen`); or it was to be closed \
            as confirmed by a user who said that it was not them", body = Problem),
        (status = 422, description = "No such resolution, `answer_seen` is none of its words, or the note is too long", body = Problem),
    )
)]
pub(crate) async fn close(
    State(state): State<HttpState>,
    key: ApiKey,
    Path(id): Path<String>,
    Body(closing): Body<Closing>,
) -> ApiResult<Alert> {
    let id = id.parse()?;
    let resolution = closing.resolution.parse::<Resolution>()?;
    let known = closing.answer_seen.map_or(Ok(Known::Unsaid), |seen| seen.parse())?;
    let (actor, note) = (key.actor(), closing.note.unwrap_or_default());
    store::close(
        &state.db,
        &actor,
        key.project,
        id,
        alert::Closing { resolution, known },
        &note,
        clock::now(),
    )
    .await?;
    Ok(Json(store::get(&state.db, key.project, id).await?))
}
