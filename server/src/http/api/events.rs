//! `/api/v1/events`: recording (see `http::ingest`) and reading the audit log.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use porchlight_domain::event::{Event, EventFilter, store};
use porchlight_domain::id::EventId;
use porchlight_domain::page::{About, Page, Paging};
use porchlight_domain::{Error, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::http::HttpState;
use crate::http::ask::{Path, Query, part};
use crate::http::auth::ApiKey;
use crate::http::error::{ApiResult, Problem};
use crate::http::ingest::{rounded, track};

pub(super) fn routes() -> Router<HttpState> {
    Router::new().route("/api/v1/events", get(list).post(track)).route("/api/v1/events/{id}", get(show))
}

/// Which events.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventQuery {
    /// The `next` of the page before.
    cursor: Option<String>,
    /// How many rows, 1 to 200. Default: 50.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// Only of this user, by your id.
    user_id: Option<String>,
    /// Only these verbs, comma-separated.
    verb: Option<String>,
    /// Only of this level or above: `orange`, `red`.
    level: Option<String>,
    /// Only from this address, or from a range: `/8`, `/16` or `/24`, of IPv6 `/48` or `/64`. `177.32.10.0/24`.
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
        let verbs = self.verb.as_deref();
        let verbs =
            verbs.map(|verbs| verbs.split(',').map(|verb| verb.trim().to_owned()).take(100).collect());
        Ok(EventFilter {
            user_id: self.user_id.clone(),
            verbs: verbs.unwrap_or_default(),
            level: part("level", &self.level)?,
            ip: self.ip.clone(),
            country: self.country.clone(),
            source: self.source.clone(),
            session_id: self.session_id.clone(),
            since: moment("since", &self.since)?,
            until: moment("until", &self.until)?,
            ..EventFilter::default()
        })
    }
}

pub(super) fn moment(field: &str, text: &Option<String>) -> Result<Option<Timestamp>, Error> {
    let Some(text) = text.as_deref() else { return Ok(None) };
    // A query's plus sign is a space: `…T08:00:00 12:00` was `+12:00`.
    let read = Timestamp::parse(text).or_else(|| Timestamp::parse(&text.replace(' ', "+")));
    read.map(Some).ok_or_else(|| Error::invalid(field, "must be an RFC 3339 time"))
}

/// Of whom, of which session and when, as the lists of orders, deliveries and inbound webhooks are asked.
pub(super) fn about(
    user_id: &Option<String>,
    session_id: &Option<String>,
    since: &Option<String>,
    until: &Option<String>,
) -> Result<About, Error> {
    let (since, until) = (moment("since", since)?, moment("until", until)?);
    Ok(About { user_id: user_id.clone(), session: session_id.clone(), since, until })
}

/// Read the audit log, newest first.
#[utoipa::path(
    get, path = "/api/v1/events", tag = "events", params(EventQuery),
    responses((status = 200, body = Page<Event>), (status = 401, body = Problem), (status = 422, body = Problem))
)]
pub(crate) async fn list(
    State(state): State<HttpState>,
    key: ApiKey,
    Query(asked): Query<EventQuery>,
) -> ApiResult<Page<Event>> {
    let paging = Paging::read(asked.cursor.as_deref(), asked.limit.as_deref())?;
    let page = store::list(&state.db, key.project, &asked.filter()?, paging).await?;
    Ok(Json(page.map(told)))
}

fn told(event: Event) -> Event {
    Event { score: rounded(event.score), ..event }
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
    Ok(Json(WholeEvent { event: told(found.event), raw: found.raw }))
}
