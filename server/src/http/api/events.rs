//! `/api/v1/events`: recording (see `http::ingest`) and reading the audit log.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::routing::get;
use axum::{Json, Router};
use porchlight_domain::event::{Event, EventFilter, store};
use porchlight_domain::id::EventId;
use porchlight_domain::page::{Page, Paging};
use porchlight_domain::{Error, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::http::HttpState;
use crate::http::auth::ApiKey;
use crate::http::error::{ApiResult, Problem};
use crate::http::ingest::track;

pub(super) fn routes() -> Router<HttpState> {
    Router::new().route("/api/v1/events", get(list).post(track)).route("/api/v1/events/{id}", get(show))
}

/// Which events.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
pub(crate) struct EventQuery {
    /// The `next` of the page before.
    cursor: Option<String>,
    /// How many rows, 1 to 200. Default: 50.
    limit: Option<i64>,
    /// Only of this user, by your id.
    user_id: Option<String>,
    /// Only these verbs, comma-separated.
    verb: Option<String>,
    /// Only of this level or above: `orange`, `red`.
    level: Option<String>,
    /// Only from this address.
    ip: Option<String>,
    /// Only from this country, ISO 3166-1 alpha-2.
    country: Option<String>,
    /// Only of this tenant.
    source: Option<String>,
    /// Only of this session.
    session_id: Option<String>,
    /// At or after, RFC 3339.
    since: Option<String>,
    /// Strictly before, RFC 3339.
    until: Option<String>,
}

impl EventQuery {
    fn filter(&self) -> Result<EventFilter, Error> {
        let text = |text: &Option<String>| {
            text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let verbs = text(&self.verb)
            .map(|verbs| verbs.split(',').map(|verb| verb.trim().to_owned()).take(100).collect());
        Ok(EventFilter {
            user_id: text(&self.user_id),
            verbs: verbs.unwrap_or_default(),
            level: text(&self.level).map(|level| level.parse()).transpose()?,
            ip: text(&self.ip),
            country: text(&self.country).map(|country| country.to_uppercase()),
            source: text(&self.source),
            session_id: text(&self.session_id),
            since: moment("since", &self.since)?,
            until: moment("until", &self.until)?,
            ..EventFilter::default()
        })
    }
}

fn moment(field: &str, text: &Option<String>) -> Result<Option<Timestamp>, Error> {
    let Some(text) = text.as_deref().filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    Timestamp::parse(text).map(Some).ok_or_else(|| Error::invalid(field, "must be an RFC 3339 time"))
}

/// The query, or a problem that says what is wrong with it.
pub(crate) fn query<T>(query: Result<Query<T>, QueryRejection>) -> Result<T, Problem> {
    query.map(|Query(query)| query).map_err(|error| Problem::malformed(error.body_text()))
}

/// Read the audit log, newest first.
#[utoipa::path(
    get, path = "/api/v1/events", tag = "events", params(EventQuery),
    responses((status = 200, body = Page<Event>), (status = 401, body = Problem), (status = 422, body = Problem))
)]
pub(crate) async fn list(
    State(state): State<HttpState>,
    key: ApiKey,
    asked: Result<Query<EventQuery>, QueryRejection>,
) -> ApiResult<Page<Event>> {
    let asked = query(asked)?;
    let paging = Paging::new(asked.cursor.as_deref(), asked.limit);
    Ok(Json(store::list(&state.db, key.project, &asked.filter()?, paging).await?))
}

/// One event, with the body it came in.
#[derive(Serialize, ToSchema)]
pub(crate) struct WholeEvent {
    #[serde(flatten)]
    event: Event,
    /// The body of the request that brought it.
    raw: Value,
}

/// One event.
#[utoipa::path(
    get, path = "/api/v1/events/{id}", tag = "events", params(("id" = EventId, Path)),
    responses((status = 200, body = WholeEvent), (status = 404, body = Problem))
)]
pub(crate) async fn show(
    State(state): State<HttpState>,
    key: ApiKey,
    Path(id): Path<String>,
) -> ApiResult<WholeEvent> {
    let found = store::get(&state.db, key.project, id.parse::<EventId>()?).await?;
    Ok(Json(WholeEvent { event: found.event, raw: found.raw }))
}
