//! The native ingest API: one event, an array, or NDJSON in; the judgement out, once it is on disk.

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Json, Router};
use porchlight_domain::event::parse::{self, Dialect};
use porchlight_domain::event::{NewEvent, Recorded};
use porchlight_domain::id::EventId;
use porchlight_domain::risk::{Assessment, Decision, Level, Reason};
use porchlight_domain::rule::verdict::tags;
use porchlight_domain::{Error, FieldError, Timestamp};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::HttpState;
use super::ask::whole;
use super::auth::ApiKey;
use super::error::{ApiResult, Problem};
use super::json;
use super::timing::Brought;
use crate::clock;
use crate::ingest::DEFAULT_VERB;

/// The most events one request may bring.
pub const MAX_BATCH: usize = 1_000;

/// `POST /api/v1/verify`. ([`track`] shares its path with the list of events.)
pub fn routes() -> Router<HttpState> {
    Router::new().route("/api/v1/verify", post(verify))
}

/// The judgement of one event.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Judgement {
    /// Our id of the event; absent for `verify`, which stores nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<EventId>,
    /// How likely it is that this was not the user, 0..1.
    pub score: f64,
    /// The traffic light for it.
    pub level: Level,
    /// What to do with the login.
    pub decision: Decision,
    /// Why, strongest first.
    pub reasons: Vec<JudgementReason>,
    /// The tags that rules gave it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
}

/// One reason.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct JudgementReason {
    /// Stable code: `net.country.new`.
    pub code: String,
    /// A sentence: `China is a new country`.
    pub text: String,
}

impl Judgement {
    fn new(id: Option<EventId>, assessment: Assessment) -> Self {
        let is_told = |reason: &Reason| reason.speaks_against() || reason.code.starts_with("rule.");
        let tags = tags(&assessment.account.rules).into_iter().map(str::to_owned).collect();
        let score = rounded(assessment.score());
        let reasons = assessment.reasons.into_iter().filter(is_told);
        Self {
            id,
            score,
            level: assessment.level,
            decision: assessment.decision,
            reasons: reasons.map(|reason| JudgementReason { code: reason.code, text: reason.text }).collect(),
            tags,
        }
    }
}

/// A score as it is told: three digits, the same wherever it is.
pub fn rounded(score: f64) -> f64 {
    (score * 1_000.0).round() / 1_000.0
}

impl From<Recorded> for Judgement {
    fn from(recorded: Recorded) -> Self {
        Self::new(Some(recorded.id), recorded.assessment)
    }
}

/// Record events.
///
/// One JSON object answers one judgement. An array, or NDJSON (`Content-Type: application/x-ndjson`, one object a
/// line), answers `{"results": […]}` in the same order; all are stored or none is. 200 means committed to disk.
/// An `id` in an event, or the header `Idempotency-Key`, makes a retry store nothing twice: it gets the first answer.
/// An `id` or key that comes again with another body is a conflict, and nothing of the request is stored.
#[utoipa::path(
    post, path = "/api/v1/events", tag = "events",
    params(("Idempotency-Key" = Option<String>, Header, description = "Stands for the `id` of events that have none; of an array, with `#0`, `#1`, … behind it")),
    request_body(
        content((super::api::schema::EventsBody = "application/json"), (String = "application/x-ndjson")),
        description = "One event, an array of at most 1,000, or NDJSON (an event a line); at most 1 MiB"
    ),
    responses(
        (status = 200, description = "Stored and judged", body = super::api::schema::JudgementsBody),
        (status = 400, description = "Not JSON", body = Problem),
        (status = 401, description = "No valid key", body = Problem),
        (status = 409, description = "The id is another event's", body = Problem),
        (status = 413, description = "More than 1 MiB or 1,000 events", body = Problem),
        (status = 422, description = "A field is wrong; `errors` names it", body = Problem),
    )
)]
pub async fn track(
    State(state): State<HttpState>,
    key: ApiKey,
    brought: Option<Extension<Brought>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let now = clock::now();
    let body = whole(body)?;
    let read = if is_ndjson(&headers) { Value::Array(json::lines(&body)?) } else { json::one(&body)? };
    if let (Some(brought), Some(events)) = (brought, read.as_array()) {
        brought.events(events.len());
    }
    let idempotency = idempotency_key(&headers)?;
    match read {
        Value::Array(events) => many(&state, key, &events, idempotency, now).await,
        event => {
            let mut event = parse::event(&event, Dialect::Native, "", now)?;
            event.client_id = event.client_id.or(idempotency);
            let recorded = state.ingest.record(key.project, vec![event], now).await?;
            let one = recorded.into_iter().next().ok_or_else(|| Error::Internal("no answer".into()))?;
            Ok(Json(Judgement::from(one)).into_response())
        }
    }
}

async fn many(
    state: &HttpState,
    key: ApiKey,
    events: &[Value],
    idempotency: Option<String>,
    now: Timestamp,
) -> Result<Response, Problem> {
    if events.len() > MAX_BATCH {
        return Err(Problem::too_large(format!(
            "at most {MAX_BATCH} events at once; these are {}",
            events.len()
        )));
    }
    let mut parsed = Vec::with_capacity(events.len());
    let mut errors = Vec::new();
    for (index, event) in events.iter().enumerate() {
        match parse::event(event, Dialect::Native, &format!("[{index}]."), now) {
            Ok(event) => {
                let fallback = idempotency.as_ref().map(|key| format!("{key}#{index}"));
                parsed.push(NewEvent { client_id: event.client_id.clone().or(fallback), ..event });
            }
            Err(Error::Invalid(faults)) => errors.extend(faults),
            Err(error) => return Err(error.into()),
        }
    }
    if !errors.is_empty() {
        errors.truncate(100);
        return Err(Error::Invalid(errors).into());
    }
    let recorded = state.ingest.record(key.project, parsed, now).await?;
    let results: Vec<_> = recorded.into_iter().map(Judgement::from).collect();
    Ok(Json(serde_json::json!({ "results": results })).into_response())
}

/// Judge a login without recording it.
///
/// The same body and answer as `POST /api/v1/events` (one object; `verb` may be left out, `ip` and `user.id` may not), but
/// nothing is stored and nothing is learned.
#[utoipa::path(
    post, path = "/api/v1/verify", tag = "events",
    request_body = super::api::schema::EventBody,
    responses(
        (status = 200, description = "Judged", body = Judgement),
        (status = 401, description = "No valid key", body = Problem),
        (status = 422, description = "A field is wrong; `errors` names it", body = Problem),
    )
)]
pub async fn verify(
    State(state): State<HttpState>,
    key: ApiKey,
    body: Result<Bytes, BytesRejection>,
) -> ApiResult<Judgement> {
    let now = clock::now();
    let mut value = json::one(&whole(body)?)?;
    default_verb(&mut value);
    let event = parse::event(&value, Dialect::Native, "", now)?;
    must_say_who(&event)?;
    let assessment = state.ingest.verify(key.project, event, now).await?;
    Ok(Json(Judgement::new(None, assessment)))
}

/// Without an address or a user there is nothing to judge, and a green light would be a lie. An address that cannot be read is
/// evidence.
fn must_say_who(event: &NewEvent) -> Result<(), Error> {
    let blank = |field: &str| FieldError::new(field, "must not be blank");
    let no_address = event.address.is_none() && event.unreadable.is_none();
    let errors: Vec<_> = no_address
        .then(|| blank("ip"))
        .into_iter()
        .chain(event.user.is_none().then(|| blank("user.id")))
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(Error::Invalid(errors)) }
}

/// A login to be judged is a login unless it says otherwise.
pub(super) fn default_verb(value: &mut Value) {
    if let Some(object) = value.as_object_mut() {
        object.entry("verb").or_insert_with(|| DEFAULT_VERB.into());
    }
}

fn is_ndjson(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    ["application/x-ndjson", "application/ndjson", "application/jsonl"]
        .iter()
        .any(|name| kind.starts_with(name))
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let text = value.to_str().map(str::trim).unwrap_or_default();
    if text.is_empty() || text.len() > parse::MAX_ID - 5 {
        return Err(Error::invalid(
            "Idempotency-Key",
            format!("must be 1 to {} visible characters", parse::MAX_ID - 5),
        )
        .into());
    }
    Ok(Some(text.to_owned()))
}
