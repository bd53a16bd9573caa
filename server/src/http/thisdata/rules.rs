//! `/v1/rules`: ThisData's custom security rules: lists that block or allow. Others are not seen here.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use porchlight_domain::id::RuleId;
use porchlight_domain::rule::{Effect, Mode, NewRule, Rule, RulePatch, RuleTarget, store};
use porchlight_domain::{Error, FieldError};
use serde_json::{Value, json};

use super::{Id, Refused, read_json};
use crate::clock;
use crate::http::HttpState;
use crate::http::auth::{ApiKey, QueryKey};

pub(super) async fn list(
    State(state): State<HttpState>,
    QueryKey(key): QueryKey,
) -> Result<Json<Value>, Refused> {
    let rules = store::list(&state.db, key.project).await?;
    Ok(Json(rules.iter().filter(|rule| rule.is_thisdata()).map(wire).collect()))
}

pub(super) async fn show(
    State(state): State<HttpState>,
    QueryKey(key): QueryKey,
    Id(id): Id,
) -> Result<Json<Value>, Refused> {
    Ok(Json(wire(&known(&state, &key, &id).await?)))
}

pub(super) async fn create(
    State(state): State<HttpState>,
    QueryKey(key): QueryKey,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<Value>), Refused> {
    let patch = patch(&read_json(body)?)?;
    if patch
        .filters
        .as_ref()
        .is_some_and(|filters| !filters.is_empty() && filters.iter().all(|filter| filter.trim().is_empty()))
    {
        let told = "must not all be blank: the rule would hit nothing";
        return Err(Error::invalid("filters", told).into());
    }
    let new = NewRule {
        name: patch.name.unwrap_or_default(),
        description: patch.description.unwrap_or_default(),
        effect: patch.effect.unwrap_or(Effect::Block),
        condition: None,
        target: Some(patch.target.unwrap_or(RuleTarget::Ip)),
        filters: patch.filters.unwrap_or_default(),
        source: patch.source,
        verbs: Vec::new(),
        priority: 0,
        expires_at: None,
        mode: Mode::Enforce,
    };
    let rule = store::create(&state.db, &key.actor(), key.project, new, clock::now()).await?;
    Ok((StatusCode::CREATED, Json(wire(&rule))))
}

pub(super) async fn update(
    State(state): State<HttpState>,
    QueryKey(key): QueryKey,
    Id(id): Id,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, Refused> {
    let patch = patch(&read_json(body)?)?;
    let rule = known(&state, &key, &id).await?;
    let actor = key.actor();
    Ok(Json(wire(&store::update(&state.db, &actor, key.project, rule.id, patch, clock::now()).await?)))
}

pub(super) async fn delete(
    State(state): State<HttpState>,
    QueryKey(key): QueryKey,
    Id(id): Id,
) -> Result<StatusCode, Refused> {
    let rule = known(&state, &key, &id).await?;
    store::delete(&state.db, &key.actor(), key.project, rule.id, clock::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A rule that its clients can be told of.
async fn known(state: &HttpState, key: &ApiKey, id: &str) -> Result<Rule, Error> {
    let rule = store::get(&state.db, key.project, digits(id)?).await?;
    if rule.is_thisdata() { Ok(rule) } else { Err(Error::NotFound) }
}

/// Its clients know a rule by digits; `undefined`, which its Node client can send, is a rule nobody has.
fn digits(id: &str) -> Result<RuleId, Error> {
    id.parse().map(RuleId).map_err(|_| Error::NotFound)
}

fn wire(rule: &Rule) -> Value {
    json!({
        "id": rule.id.0.to_string(),
        "name": rule.name,
        "description": rule.description,
        "type": rule.effect.thisdata_name(),
        "target": rule.target.map(RuleTarget::as_str),
        "source": rule.source,
        "filters": rule.filters,
    })
}

/// What a body says of a rule. Fields that ThisData did not have are ignored.
fn patch(body: &Value) -> Result<RulePatch, Error> {
    let Some(object) = body.as_object() else { return Err(Error::invalid("rule", "must be a JSON object")) };
    let mut errors = Vec::new();
    let mut text = |field: &str| match object.get(field) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.replace('\0', "\u{fffd}")),
        Some(_) => {
            errors.push(FieldError::new(field, "must be text"));
            None
        }
    };
    let (name, description, source) = (text("name"), text("description"), text("source"));
    let (kind, target) = (text("type"), text("target"));
    let patch = RulePatch {
        name,
        description,
        source,
        effect: read(kind, "type", Effect::from_thisdata, &mut errors),
        target: read(target, "target", str::parse, &mut errors),
        filters: object
            .get("filters")
            .filter(|value| !value.is_null())
            .and_then(|value| filters(value, &mut errors)),
        ..RulePatch::default()
    };
    if errors.is_empty() { Ok(patch) } else { Err(Error::Invalid(errors)) }
}

fn read<T>(
    text: Option<String>,
    field: &str,
    parse: impl Fn(&str) -> Result<T, Error>,
    errors: &mut Vec<FieldError>,
) -> Option<T> {
    match parse(&text?) {
        Ok(value) => Some(value),
        Err(Error::Invalid(faults)) => {
            errors.extend(faults.into_iter().map(|fault| FieldError::new(field, fault.message)));
            None
        }
        Err(_) => {
            errors.push(FieldError::new(field, "is not known"));
            None
        }
    }
}

fn filters(value: &Value, errors: &mut Vec<FieldError>) -> Option<Vec<String>> {
    let Some(filters) = value.as_array() else {
        errors.push(FieldError::new("filters", "must be an array of text"));
        return None;
    };
    let texts: Option<Vec<_>> =
        filters.iter().map(|filter| filter.as_str().map(|text| text.replace('\0', ""))).collect();
    if texts.is_none() {
        errors.push(FieldError::new("filters", "must be an array of text"));
    }
    texts
}
