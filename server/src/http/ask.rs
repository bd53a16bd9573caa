//! What a request says, read strictly: the names in its path, its query, its JSON. Whatever is wrong names its field.

mod fault;

use std::error::Error as _;
use std::str::FromStr;

use axum::body::Bytes;
use axum::extract::path::ErrorKind;
use axum::extract::rejection::{BytesRejection, JsonRejection, PathRejection};
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use porchlight_domain::{Error, FieldError};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use self::fault::fault;
use super::MAX_BODY;
use super::error::Problem;

const NUL: &str = "must not hold the character NUL";

/// The names in a path.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        // No id holds what PostgreSQL's text cannot hold.
        if let Ok(names) = RawPathParams::from_request_parts(parts, state).await
            && names.iter().any(|(_, value)| value.contains('\0'))
        {
            return Err(Error::NotFound.into());
        }
        let read = axum::extract::Path::from_request_parts(parts, state).await;
        read.map(|axum::extract::Path(names)| Self(names)).map_err(unreadable_path)
    }
}

fn unreadable_path(rejection: PathRejection) -> Problem {
    let field = match &rejection {
        PathRejection::FailedToDeserializePathParams(error) => match error.kind() {
            ErrorKind::InvalidUtf8InPathParam { key } => key.clone(),
            _ => "path".to_owned(),
        },
        _ => "path".to_owned(),
    };
    Problem::malformed("the path is not UTF-8").about(FieldError::new(field, "is not UTF-8"))
}

/// The query. A blank value is absent; unknown names are refused where `T` refuses unknown fields.
pub struct Query<T>(pub T);

/// The query of what takes none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let mut given = url::form_urlencoded::Serializer::new("/?".to_owned());
        for (name, value) in url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
            if value.contains('\0') {
                return Err(Error::invalid(name, NUL).into());
            }
            if !value.trim().is_empty() {
                given.append_pair(&name, value.trim());
            }
        }
        let uri =
            given.finish().parse::<Uri>().map_err(|_| Problem::malformed("the query cannot be read"))?;
        let read = axum::extract::Query::try_from_uri(&uri).map_err(|rejection| {
            let told = rejection.source().map(ToString::to_string).unwrap_or_default();
            Problem::from(Error::Invalid(vec![fault(&told, "query")]))
        });
        read.map(|axum::extract::Query(query)| Self(query))
    }
}

/// A part of the query, typed; what is wrong with it is said of its field, an id that cannot be one too.
pub fn part<T: FromStr<Err = Error>>(field: &str, text: &Option<String>) -> Result<Option<T>, Error> {
    let Some(text) = text.as_deref().filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    text.trim().parse().map(Some).map_err(|error| match error {
        Error::NotFound => Error::invalid(field, "is not an id of one"),
        Error::Invalid(errors) => {
            Error::Invalid(errors.into_iter().map(|error| FieldError::new(field, error.message)).collect())
        }
        other => other,
    })
}

/// A body that is a JSON object like `T`. It is read last: after the key and the path.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        json(&whole(Bytes::from_request(request, state).await)?).map(Self)
    }
}

/// The same, where it may be left out.
pub struct MaybeBody<T>(pub T);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for MaybeBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let body = whole(Bytes::from_request(request, state).await)?;
        if body.trim_ascii().is_empty() { Ok(Self(T::default())) } else { json(&body).map(Self) }
    }
}

/// The body as it came, or why it cannot be had.
pub fn whole(body: Result<Bytes, BytesRejection>) -> Result<Bytes, Problem> {
    body.map_err(|rejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Problem::too_large(format!("a body of at most {MAX_BODY} bytes is taken"))
        } else {
            Problem::malformed("the body could not be read")
        }
    })
}

/// A body that is a JSON object like `T`.
pub fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let broken = |error: &dyn std::fmt::Display| Problem::malformed(format!("the body is not JSON: {error}"));
    let value: Value = serde_json::from_slice(body).map_err(|error| broken(&error))?;
    // serde would also read a list as the fields in their order.
    if !value.is_object() {
        return Err(Error::invalid("body", "must be a JSON object").into());
    }
    refuse_nul(&value)?;
    axum::Json::from_bytes(body).map(|axum::Json(read)| read).map_err(|rejection| match &rejection {
        JsonRejection::JsonDataError(error) => {
            let told = error.source().map(ToString::to_string).unwrap_or_default();
            Error::Invalid(vec![fault(&told, "body")]).into()
        }
        other => broken(other),
    })
}

/// Refuses text that PostgreSQL could not hold, by the name of its field.
fn refuse_nul(value: &Value) -> Result<(), Error> {
    match nul_in(value) {
        Some(path) => Err(Error::invalid(if path.is_empty() { "body" } else { &path }, NUL)),
        None => Ok(()),
    }
}

fn nul_in(value: &Value) -> Option<String> {
    let join = |head: String, rest: String| match rest.as_str() {
        "" => head,
        rest if rest.starts_with('[') => format!("{head}{rest}"),
        rest => format!("{head}.{rest}"),
    };
    match value {
        Value::String(text) => text.contains('\0').then(String::new),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| nul_in(item).map(|rest| join(format!("[{index}]"), rest))),
        Value::Object(fields) => fields.iter().find_map(|(name, field)| {
            if name.contains('\0') {
                return Some(name.replace('\0', "\u{fffd}"));
            }
            nul_in(field).map(|rest| join(name.clone(), rest))
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
