//! Orders for applications that fetch them: a long poll and a stream, both on the feed of open orders.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures::{Stream, stream};
use porchlight_domain::Error;
use porchlight_domain::db::{Db, Queue};
use porchlight_domain::id::ProjectId;
use porchlight_domain::page::Page;
use porchlight_domain::project::store::is_key_live;
use porchlight_domain::revocation::Revocation;
use porchlight_domain::revocation::store::{self, Fed};
use serde::Deserialize;
use tokio::time::{Instant, timeout_at};
use utoipa::IntoParams;

use crate::clock;
use crate::http::HttpState;
use crate::http::ask::Query;
use crate::http::auth::ApiKey;
use crate::http::error::{ApiResult, Problem};
use crate::http::listeners::{Listeners, Place};

/// The longest a poll waits, in seconds: less than the time that a request may take.
const MAX_WAIT: u64 = 55;
/// Behind wake-ups: how long an order that another replica gave may go unnoticed.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// Between two signs of life on a stream: proxies close what is silent for long.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Answers a poll: at once when there is an order behind `after`, else after `wait` seconds or when one comes. Whose key is
/// revoked meanwhile gets no order.
pub(super) async fn poll(
    state: &HttpState,
    key: ApiKey,
    after: Option<&str>,
    wait: Option<&str>,
) -> ApiResult<Page<Revocation>> {
    let (project, after, wait) = (key.project, place("after", after)?, seconds(wait)?);
    fetched(&state.db, project, after).await?;
    let page = store::page(&state.db, project, after).await?;
    if !page.rows.is_empty() || wait.is_zero() {
        return Ok(axum::Json(page));
    }
    let _place = state.listeners.take(project)?;
    let deadline = Instant::now() + wait;
    while Instant::now() < deadline {
        let woken = state.db.wakes().next(Queue::Revocations);
        let page = store::page(&state.db, project, after).await?;
        must_live(&state.db, key).await?;
        if !page.rows.is_empty() {
            return Ok(axum::Json(page));
        }
        let until = deadline.min(Instant::now() + LOOK_AGAIN);
        tokio::select! {
            _ = timeout_at(until, woken) => {}
            () = state.listeners.ended() => break,
        }
    }
    let page = store::page(&state.db, project, after).await?;
    must_live(&state.db, key).await?;
    Ok(axum::Json(page))
}

/// A request that lasts was let in by a key that may be revoked by now.
async fn must_live(db: &Db, key: ApiKey) -> Result<(), Problem> {
    if is_key_live(db, key.key).await? { Ok(()) } else { Err(Problem::unauthorised()) }
}

/// Whoever asks for what is behind `after` has the rest.
async fn fetched(db: &Db, project: ProjectId, after: i64) -> Result<(), Error> {
    let now = clock::now();
    for order in store::fetched(db, project, after, now).await? {
        crate::revocations::measure(db, project, order, now).await?;
    }
    Ok(())
}

fn place(field: &str, text: Option<&str>) -> Result<i64, Error> {
    let Some(text) = text else { return Ok(0) };
    text.parse().map_err(|_| Error::invalid(field, "must be the `next` of a poll, as it was given"))
}

fn seconds(text: Option<&str>) -> Result<Duration, Error> {
    let seconds = text.map_or(Some(0), |text| text.parse().ok().filter(|wait| *wait <= MAX_WAIT));
    let refused =
        || Error::invalid("wait", format!("must be a whole number of seconds from 0 to {MAX_WAIT}"));
    seconds.map(Duration::from_secs).ok_or_else(refused)
}

/// Where a stream begins.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct StreamQuery {
    /// The `next` of a poll, or the id of an event; absent: at the oldest open order. `Last-Event-ID` comes before it.
    after: Option<String>,
}

/// Open orders as server-sent events, each with its place as `id`, for as long as the connection lasts. Comments keep it
/// alive; it ends when the server ends: connect again with the last id. It ends as well where its key is revoked.
#[utoipa::path(
    get, path = "/api/v1/revocations/stream", tag = "revocations",
    params(StreamQuery, ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event seen")),
    responses(
        (status = 200, description = "Events `revocation` with an order as their data", content_type = "text/event-stream", body = String),
        (status = 401, body = Problem), (status = 422, body = Problem),
        (status = 429, description = "Too many requests of this project wait already", body = Problem),
    )
)]
pub(crate) async fn stream(
    State(state): State<HttpState>,
    key: ApiKey,
    Query(asked): Query<StreamQuery>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let last = headers.get("last-event-id").map(|value| value.to_str().unwrap_or("unreadable"));
    let after = match last {
        Some(last) => place("Last-Event-ID", Some(last))?,
        None => place("after", asked.after.as_deref())?,
    };
    // Before the answer begins: a place that is none is refused.
    let (fed, next) = store::feed(&state.db, key.project, after).await?;
    let place = state.listeners.take(key.project)?;
    let listeners = state.listeners.clone();
    let reader =
        Reader { db: state.db.clone(), listeners, key, seen: after, next, fed: fed.into(), _place: place };
    let events = stream::unfold(reader, |mut reader| async move {
        let event = reader.event().await?;
        Some((Ok(event), reader))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)))
}

/// Reads the feed for one stream.
struct Reader {
    db: Db,
    listeners: Listeners,
    key: ApiKey,
    /// The place of the last event that was handed out.
    seen: i64,
    /// The place that has been read to.
    next: i64,
    fed: std::collections::VecDeque<Fed>,
    _place: Place,
}

impl Reader {
    /// The next event; None ends the stream: so does the server when it ends, a key that is revoked, and a database that fails.
    async fn event(&mut self) -> Option<Event> {
        loop {
            if let Some(Fed { place, order }) = self.fed.pop_front() {
                self.seen = place;
                return Event::default().id(place.to_string()).event("revocation").json_data(&order).ok();
            }
            let woken = self.db.wakes().next(Queue::Revocations);
            match self.read().await {
                Ok(Some((fed, next))) => (self.fed, self.next) = (fed.into(), next),
                Ok(None) => return None,
                Err(error) => {
                    tracing::warn!(%error, "a stream of orders ended");
                    return None;
                }
            }
            if self.fed.is_empty() {
                tokio::select! {
                    _ = tokio::time::timeout(LOOK_AGAIN, woken) => {}
                    () = self.listeners.ended() => return None,
                }
            }
        }
    }

    /// What came since; None: the key is revoked, so that nobody has it, nor is what was handed out before taken to have arrived.
    async fn read(&self) -> Result<Option<(Vec<Fed>, i64)>, Error> {
        if !is_key_live(&self.db, self.key.key).await? {
            return Ok(None);
        }
        // The connection took what was handed out before this was asked for.
        fetched(&self.db, self.key.project, self.seen).await?;
        let (fed, next) = store::feed(&self.db, self.key.project, self.next).await?;
        let may_go = fed.is_empty() || is_key_live(&self.db, self.key.key).await?;
        Ok(may_go.then_some((fed, next)))
    }
}
