//! `POST /v1/verify`: a login's score, nothing stored.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use porchlight_domain::event::parse::{self, Dialect};
use porchlight_domain::risk::{Decision, Level};
use porchlight_domain::{Error, FieldError};
use serde_json::{Value, json};

use super::{Refused, read_json};
use crate::clock;
use crate::http::HttpState;
use crate::http::auth::QueryKey;
use crate::http::ingest::{default_verb, rounded};

/// Its clients may say `"verb": "verify"`; what is judged is a login.
pub(super) async fn verify(
    State(state): State<HttpState>,
    QueryKey(key): QueryKey,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, Refused> {
    let now = clock::now();
    let mut value = read_json(body)?;
    if value.get("verb").is_some_and(|verb| verb == "verify" || verb.is_null() || verb == "") {
        value.as_object_mut().map(|object| object.remove("verb"));
    }
    default_verb(&mut value);
    let (event, mut errors) = match parse::event(&value, Dialect::ThisData, "", now) {
        Ok(event) => (Some(event), Vec::new()),
        Err(Error::Invalid(errors)) => (None, errors),
        Err(error) => return Err(error.into()),
    };
    if !has_user_id(&value) && !errors.iter().any(|error| matches!(error.field.as_str(), "user" | "user.id"))
    {
        errors.push(FieldError::new("user.id", "must not be blank"));
    }
    let Some(event) = event.filter(|_| errors.is_empty()) else { return Err(Error::Invalid(errors).into()) };
    let assessment = state.ingest.verify(key.project, event, now).await?;
    let against = assessment.reasons.iter().filter(|reason| reason.speaks_against());
    let triggers: Vec<_> = against.map(|reason| &reason.text).collect();
    // Its clients read the score alone: what is to be kept out has the highest.
    let (score, level) = match assessment.decision {
        Decision::Block => (1.0, Level::Red),
        _ => (rounded(assessment.score()), assessment.level),
    };
    Ok(Json(json!({
        "score": score,
        "risk_level": level,
        "triggers": triggers,
        "messages": [],
    })))
}

fn has_user_id(value: &Value) -> bool {
    match value.get("user").and_then(|user| user.get("id")) {
        Some(Value::String(id)) => !id.trim().is_empty(),
        Some(Value::Number(_)) => true,
        _ => false,
    }
}
