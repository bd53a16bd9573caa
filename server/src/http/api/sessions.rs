//! `/api/v1/sessions`: whether a session may still be accepted, and ordering sessions ended.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use porchlight_domain::Error;
use porchlight_domain::id::RevocationId;
use porchlight_domain::page::{Page, Paging};
use porchlight_domain::revocation::{MAX_SESSIONS, Revocation, store as revocations};
use porchlight_domain::session::{Session, checked_id, store};
use porchlight_domain::user;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::clock;
use crate::http::HttpState;
use crate::http::ask::{MaybeBody, Path, Query, part};
use crate::http::auth::ApiKey;
use crate::http::error::{ApiResult, Problem};

pub(super) fn routes() -> Router<HttpState> {
    Router::new()
        .route("/api/v1/sessions/{id}", get(show))
        .route("/api/v1/sessions/{id}/revoke", post(revoke))
        .route("/api/v1/users/{id}/sessions", get(list))
        .route("/api/v1/users/{id}/sessions/revoke", post(revoke_all))
}

/// A session, and whether it may still be accepted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionAnswer {
    #[serde(flatten)]
    session: Session,
    /// True when it was ordered to end since it began: do not accept it any more, whatever its state.
    revoked: bool,
    /// That order.
    revocation_id: Option<RevocationId>,
}

impl From<Session> for SessionAnswer {
    fn from(session: Session) -> Self {
        let revocation_id = session.order.as_ref().map(|order| order.revocation_id);
        Self { revoked: session.is_revoked(), revocation_id, session }
    }
}

/// One session, by your id: was it revoked?
#[utoipa::path(
    get, path = "/api/v1/sessions/{id}", tag = "sessions",
    params(("id" = String, Path, description = "Your id of the session")),
    responses((status = 200, body = SessionAnswer), (status = 401, body = Problem), (status = 404, body = Problem))
)]
pub(crate) async fn show(
    State(state): State<HttpState>,
    key: ApiKey,
    Path(id): Path<String>,
) -> ApiResult<SessionAnswer> {
    Ok(Json(store::get(&state.db, key.project, &id, clock::now()).await?.into()))
}

/// Which of a user's sessions.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SessionQuery {
    /// The `next` of the page before.
    cursor: Option<String>,
    /// How many rows, 1 to 200. Default: 50.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// Only in this state: `live`, `idle` (not seen for the project's limit, 30 days by default), `ended`, `revoked`.
    state: Option<String>,
}

/// A user's sessions, the last seen first.
#[utoipa::path(
    get, path = "/api/v1/users/{id}/sessions", tag = "sessions",
    params(("id" = String, Path, description = "Your id of the user"), SessionQuery),
    responses(
        (status = 200, body = Page<SessionAnswer>), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem),
    )
)]
pub(crate) async fn list(
    State(state): State<HttpState>,
    key: ApiKey,
    Path(id): Path<String>,
    Query(asked): Query<SessionQuery>,
) -> ApiResult<Page<SessionAnswer>> {
    let wanted = part("state", &asked.state)?;
    let user = user::store::by_id(&state.db, key.project, &id).await?.key;
    let paging = Paging::read(asked.cursor.as_deref(), asked.limit.as_deref())?;
    let page = store::list_for_user(&state.db, key.project, user, wanted, paging, clock::now()).await?;
    Ok(Json(page.map(SessionAnswer::from)))
}

/// Order one session ended. Your webhook endpoints get the order; its outcome is at `/api/v1/revocations/{id}`. While an
/// order for the session is open, that one is the answer.
#[utoipa::path(
    post, path = "/api/v1/sessions/{id}/revoke", tag = "sessions",
    params(("id" = String, Path, description = "Your id of the session")),
    responses(
        (status = 202, description = "The order", body = Revocation),
        (status = 401, body = Problem), (status = 404, body = Problem),
    )
)]
pub(crate) async fn revoke(
    State(state): State<HttpState>,
    key: ApiKey,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<Revocation>), Problem> {
    let (actor, url) = (key.actor(), state.config.public_url());
    let order = revocations::revoke_session(&state.db, &actor, key.project, &id, &url, clock::now()).await?;
    ordered(&state, &key, order).await
}

/// What to spare. Unknown fields are refused.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sparing {
    /// The sessions that stay: an id, or a list of at most 1,000 ids. To end all, leave it out: an empty list is refused.
    #[serde(default)]
    except: Option<OneOrMany>,
}

/// An id, or a list of ids.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum OneOrMany {
    /// One.
    One(String),
    /// Many.
    Many(Vec<String>),
}

impl Sparing {
    fn sessions(self) -> Result<Vec<String>, Error> {
        // One that cannot be a session, or a list of none, spares nobody: better ask again than end them all.
        let wrong = match &self.except {
            Some(OneOrMany::Many(ids)) if ids.is_empty() => {
                Some("must name the sessions that stay; to end all, leave it out")
            }
            Some(OneOrMany::Many(ids)) if ids.len() > MAX_SESSIONS => Some("must be at most 1000"),
            _ => None,
        };
        if let Some(wrong) = wrong {
            return Err(Error::invalid("except", wrong));
        }
        let spared = match self.except {
            None => Vec::new(),
            Some(OneOrMany::One(id)) => vec![id],
            Some(OneOrMany::Many(ids)) => ids,
        };
        if spared.iter().any(|id| checked_id(id).is_err()) {
            return Err(Error::invalid("except", "must be a session id, or a list of them"));
        }
        Ok(spared)
    }
}

/// Order all of a user's live sessions ended, or all but some.
///
/// Where there are more sessions than one order takes (1,000, and fewer with long ids), as
/// many orders are given as they need: the answer is the first, and its `orders` are all of them.
#[utoipa::path(
    post, path = "/api/v1/users/{id}/sessions/revoke", tag = "sessions",
    params(("id" = String, Path, description = "Your id of the user")), request_body = Option<Sparing>,
    responses(
        (status = 202, description = "The order", body = Revocation),
        (status = 400, description = "Not the JSON above", body = Problem),
        (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, description = "The user has no such live session", body = Problem),
        (status = 422, description = "What is to be spared is none, too much, or cannot be a session", body = Problem),
    )
)]
pub(crate) async fn revoke_all(
    State(state): State<HttpState>,
    key: ApiKey,
    Path(id): Path<String>,
    MaybeBody(sparing): MaybeBody<Sparing>,
) -> Result<(StatusCode, Json<Revocation>), Problem> {
    let keep = sparing.sessions()?;
    let user = user::store::by_id(&state.db, key.project, &id).await?.key;
    let (actor, url) = (key.actor(), state.config.public_url());
    let order =
        revocations::revoke_sessions(&state.db, &actor, key.project, user, &keep, &url, clock::now()).await?;
    ordered(&state, &key, order).await
}

/// 202: the order was given; what comes of it is to be seen.
pub(super) async fn ordered(
    state: &HttpState,
    key: &ApiKey,
    order: RevocationId,
) -> Result<(StatusCode, Json<Revocation>), Problem> {
    let dossier = revocations::get(&state.db, key.project, order).await?;
    Ok((StatusCode::ACCEPTED, Json(dossier.revocation)))
}
