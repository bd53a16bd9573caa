//! `/api/v1/rules`: what operators decide over the judgement, for programs that set them up.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use porchlight_domain::id::RuleId;
use porchlight_domain::page::Page;
use porchlight_domain::rule::{Hits, NewRule, Rule, RulePatch, store};
use serde::Serialize;
use utoipa::ToSchema;

use crate::clock;
use crate::http::HttpState;
use crate::http::ask::{Body, Path};
use crate::http::auth::ApiKey;
use crate::http::error::{ApiResult, Problem};

pub(super) fn routes() -> Router<HttpState> {
    Router::new()
        .route("/api/v1/rules", get(list).post(create))
        .route("/api/v1/rules/{id}", get(show).patch(change).delete(delete))
}

/// A rule, and how often it hit in the last 30 days.
#[derive(Serialize, ToSchema)]
pub(crate) struct CountedRule {
    #[serde(flatten)]
    rule: SavedRule,
    hits: Hits,
}

/// A rule, and what is odd about it.
#[derive(Serialize, ToSchema)]
pub(crate) struct SavedRule {
    #[serde(flatten)]
    rule: Rule,
    /// Why it can never hit or always does, a sentence each; empty mostly.
    warnings: Vec<String>,
}

impl From<Rule> for SavedRule {
    fn from(rule: Rule) -> Self {
        Self { warnings: NewRule::from(&rule).doubts(clock::now()), rule }
    }
}

/// The project's rules, oldest first.
#[utoipa::path(
    get, path = "/api/v1/rules", tag = "rules",
    responses((status = 200, body = Page<CountedRule>), (status = 401, body = Problem))
)]
pub(crate) async fn list(State(state): State<HttpState>, key: ApiKey) -> ApiResult<Page<CountedRule>> {
    let hits = store::hits(&state.db, key.project, clock::now()).await?;
    let counted =
        |rule: Rule| CountedRule { hits: hits.get(&rule.id).copied().unwrap_or_default(), rule: rule.into() };
    let rows = store::list(&state.db, key.project).await?.into_iter().map(counted).collect();
    Ok(Json(Page { rows, next: None }))
}

/// Create a rule. It holds from the next event on.
///
/// It has either a `condition` (CEL, at most 4 KB, over the names that `porchlight rules fields` prints), or a `target`
/// with `filters`. All rules see an event and its judgement as they were before any rule. Of those that block, challenge
/// or allow, the one of the highest `priority` decides; among equals block comes before challenge before allow.
/// `revoke(session)` and `revoke(all)` give an order to end the event's session or all live ones of its user, each once,
/// unless a rule of higher priority allows the event.
#[utoipa::path(
    post, path = "/api/v1/rules", tag = "rules", request_body = NewRule,
    responses(
        (status = 201, description = "Created", body = SavedRule),
        (status = 400, description = "Not the JSON above", body = Problem), (status = 401, body = Problem),
        (status = 409, description = "The project has as many as it may", body = Problem),
        (status = 422, description = "A field is wrong; a condition's complaint names line and column", body = Problem),
    )
)]
pub(crate) async fn create(
    State(state): State<HttpState>,
    key: ApiKey,
    Body(new): Body<NewRule>,
) -> Result<(StatusCode, Json<SavedRule>), Problem> {
    let rule = store::create(&state.db, &key.actor(), key.project, new, clock::now()).await?;
    Ok((StatusCode::CREATED, Json(rule.into())))
}

/// One rule.
#[utoipa::path(
    get, path = "/api/v1/rules/{id}", tag = "rules", params(("id" = RuleId, Path)),
    responses((status = 200, body = CountedRule), (status = 401, body = Problem), (status = 404, body = Problem))
)]
pub(crate) async fn show(
    State(state): State<HttpState>,
    key: ApiKey,
    Path(id): Path<String>,
) -> ApiResult<CountedRule> {
    let rule = store::get(&state.db, key.project, id.parse()?).await?;
    let hits = store::hits(&state.db, key.project, clock::now()).await?;
    let hits = hits.get(&rule.id).copied().unwrap_or_default();
    Ok(Json(CountedRule { hits, rule: rule.into() }))
}

/// Change a rule: what is absent stays as it is. A condition replaces target and filters, a target the condition.
#[utoipa::path(
    patch, path = "/api/v1/rules/{id}", tag = "rules", params(("id" = RuleId, Path)), request_body = RulePatch,
    responses(
        (status = 200, description = "The rule as it is now", body = SavedRule),
        (status = 400, description = "Not the JSON above", body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 422, description = "A field is wrong", body = Problem),
    )
)]
pub(crate) async fn change(
    State(state): State<HttpState>,
    key: ApiKey,
    Path(id): Path<String>,
    Body(patch): Body<RulePatch>,
) -> ApiResult<SavedRule> {
    let id = id.parse()?;
    let actor = key.actor();
    let rule = store::update(&state.db, &actor, key.project, id, patch, clock::now()).await?;
    Ok(Json(rule.into()))
}

/// Delete a rule. What it decided stays as it was.
#[utoipa::path(
    delete, path = "/api/v1/rules/{id}", tag = "rules", params(("id" = RuleId, Path)),
    responses((status = 204, description = "Deleted"), (status = 401, body = Problem), (status = 404, body = Problem))
)]
pub(crate) async fn delete(
    State(state): State<HttpState>,
    key: ApiKey,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    store::delete(&state.db, &key.actor(), key.project, id.parse()?, clock::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
