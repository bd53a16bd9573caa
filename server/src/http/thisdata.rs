//! The contract of ThisData's `/v1`, for its clients: what they send is taken, what they expect is answered.

mod events;
mod rules;
mod verify;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::FromRequestParts;
use axum::extract::rejection::BytesRejection;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use porchlight_domain::{Error, FieldError};
use serde_json::{Value, json};

use super::HttpState;
use super::ask::Path;

/// Every spelling its clients use of the same few calls.
pub fn routes() -> Router<HttpState> {
    let events = || get(events::list).post(events::track);
    Router::new()
        .route("/v1/events", events())
        .route("/v1/events.json", events())
        .route("/events", get(events::list))
        .route("/events.json", get(events::list))
        .route("/v1/verify", post(verify::verify))
        .route("/v1/verify.json", post(verify::verify))
        .route("/v1/rules", get(rules::list).post(rules::create))
        .route("/v1/rules.json", get(rules::list).post(rules::create))
        .route("/v1/rules/{id}", get(rules::show).post(rules::update).delete(rules::delete))
        .method_not_allowed_fallback(no_such_method)
}

/// 405: the path is there, not for this. The answer's `Allow` says what for.
async fn no_such_method(method: Method, uri: Uri) -> Response {
    let text = format!("{} is not for {method}; the header Allow says what it is for", uri.path());
    messages(StatusCode::METHOD_NOT_ALLOWED, &[text])
}

/// 404: there was no such path either.
pub async fn no_such_path(uri: Uri) -> Response {
    let text = format!("there is no {}; there are /v1/events, /v1/verify and /v1/rules", uri.path());
    messages(StatusCode::NOT_FOUND, &[text])
}

/// The id in a path. What is no text is nobody's id.
struct Id(String);

impl FromRequestParts<HttpState> for Id {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, Refused> {
        let read = Path::from_request_parts(parts, state).await;
        read.map(|Path(id)| Self(id)).map_err(|_| Error::NotFound.into())
    }
}

/// A refusal as its clients read it: `{"messages": […]}`.
pub fn messages(status: StatusCode, messages: &[String]) -> Response {
    (status, Json(json!({ "messages": messages }))).into_response()
}

/// A failure in its words.
pub(super) struct Refused(pub Response);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        self.0
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self(match error {
            Error::Invalid(errors) => {
                let errors: Vec<_> = errors.iter().map(in_its_words).collect();
                messages(StatusCode::BAD_REQUEST, &errors)
            }
            Error::NotFound => messages(StatusCode::NOT_FOUND, &["not found".to_owned()]),
            Error::Conflict(text) => messages(StatusCode::CONFLICT, &[text]),
            Error::Forbidden => messages(StatusCode::FORBIDDEN, &["not allowed".to_owned()]),
            Error::Unsure => messages(
                StatusCode::SERVICE_UNAVAILABLE,
                &["it may have been stored or may yet be".to_owned()],
            ),
            Error::Database(_) | Error::Internal(_) => {
                crate::repeats::request_failed(&error, crate::clock::now());
                messages(
                    StatusCode::SERVICE_UNAVAILABLE,
                    &["temporarily unavailable; nothing was stored".to_owned()],
                )
            }
        })
    }
}

/// `user.id must not be blank` was `user[id] must not be blank`.
fn in_its_words(error: &FieldError) -> String {
    let mut parts = error.field.split('.');
    let head = parts.next().unwrap_or_default();
    let inner: String = parts.map(|part| format!("[{part}]")).collect();
    format!("{head}{inner} {}", error.message)
}

/// The body as JSON, whatever its Content-Type says.
fn read_json(body: Result<Bytes, BytesRejection>) -> Result<Value, Refused> {
    let body = body.map_err(|rejection| {
        Refused(messages(rejection.status(), &["the body is too large or incomplete".to_owned()]))
    })?;
    let malformed = |error: &dyn std::fmt::Display| {
        Refused(messages(StatusCode::BAD_REQUEST, &[format!("the body is not JSON: {error}")]))
    };
    super::json::read(&body).map_err(|error| malformed(&error))
}
