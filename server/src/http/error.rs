//! The error policy of the API: RFC 9457 problem documents that name the field and leak nothing.

use axum::Json;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use porchlight_domain::{Error, FieldError};
use serde::Serialize;
use utoipa::ToSchema;

use super::problems::Kind;
use crate::clock;
use crate::repeats::request_failed;

/// What an API handler answers.
pub type ApiResult<T> = Result<Json<T>, Problem>;

/// A problem document (RFC 9457), `application/problem+json`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Problem {
    /// A URI reference of the kind of problem, which leads to a page about it: `/problems/invalid`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The kind in words.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// This occurrence in words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// What is wrong with which field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

impl Problem {
    /// A problem of this kind.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        let (uri, title, status) = (kind.uri(), kind.title(), kind.status().as_u16());
        Self { kind: uri, title, status, detail: detail.into(), errors: Vec::new() }
    }

    /// 401: no key, or nobody's.
    pub fn unauthorised() -> Self {
        Self::new(Kind::Unauthorised, "send a project's API key as `Authorization: Bearer <key>`")
    }

    /// 400: what was sent cannot be read at all.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(Kind::Malformed, detail)
    }

    /// The same, about this field too.
    pub fn about(mut self, field: FieldError) -> Self {
        self.errors.push(field);
        self
    }

    /// 405: the path is there, not for this. The answer's `Allow` says what for.
    pub async fn no_such_method(method: Method, uri: Uri) -> Self {
        let detail = format!("{} is not for {method}; the header Allow says what it is for", uri.path());
        Self::new(Kind::MethodNotAllowed, detail)
    }

    /// 404: no such path.
    pub async fn no_such_path(uri: Uri) -> Self {
        Self::not_found(format!("there is no {}; /api/openapi.json describes what there is", uri.path()))
    }

    /// 404: what was asked for is not there.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, detail)
    }

    /// 413: more than is taken at once.
    pub fn too_large(detail: impl Into<String>) -> Self {
        Self::new(Kind::TooLarge, detail)
    }

    /// 503: not now; nothing was stored.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(Kind::Unavailable, detail)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::not_found("there is none of this id in the project of this key"),
            Error::Conflict(text) => Self::new(Kind::Conflict, text),
            Error::Forbidden => Self::new(Kind::Forbidden, "who asks is known, and may not do this"),
            Error::Invalid(errors) => {
                let detail = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
                Self { errors, ..Self::new(Kind::Invalid, detail) }
            }
            Error::Unsure => Self::unavailable(
                "it may have been stored or may yet be: with the same id or Idempotency-Key a retry stores nothing twice",
            ),
            // Logged here, where it is handled; the caller learns only that it was not their fault.
            Error::Database(_) | Error::Internal(_) => {
                request_failed(&error, clock::now());
                Self::unavailable("the request could not be stored or read; nothing was changed")
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(&self)).into_response();
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
