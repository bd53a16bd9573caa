//! `POST /api/v1/revocations`: an order, by its scope.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use porchlight_domain::id::{RevocationId, UserKey};
use porchlight_domain::revocation::store::Terms;
use porchlight_domain::revocation::{MAX_SESSIONS, Revocation, Scope, store};
use porchlight_domain::session::{self, checked_id};
use porchlight_domain::{Error, FieldError, user};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::sessions::ordered;
use crate::clock;
use crate::http::HttpState;
use crate::http::ask::{Body, MaybeBody, Path};
use crate::http::auth::ApiKey;
use crate::http::error::Problem;

/// An order to give. Unknown fields are refused.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOrder {
    /// `one`: the only one of `sessions`; `listed`: all of `sessions`; `others`: the user's live sessions without
    /// `sessions`, which stay; `all`: every live session of the user. Where no event ever named a session of the user, `all`
    /// gives an order without sessions, about the user as a whole: confirm it with `receipt.outcome`.
    scope: Scope,
    /// Whose sessions, by your id. With `one` it may be left out.
    user_id: Option<String>,
    /// Your ids of sessions, at most 1,000. Not with `all`.
    #[serde(default)]
    sessions: Vec<String>,
    /// Why, for people, at most 500 characters: it goes with the order, and is shown. Absent: that the application
    /// requested it.
    reason: Option<String>,
    /// How long you have to confirm, in seconds, 10 to 86400. Absent: as the project's settings say.
    #[schema(minimum = 10, maximum = 86400)]
    confirm_seconds: Option<i64>,
}

impl NewOrder {
    /// Checks that it names what its scope needs, and nothing that it would ignore.
    fn check(&self) -> Result<(), Error> {
        let mut errors = Vec::new();
        for (place, id) in self.sessions.iter().enumerate() {
            if checked_id(id).is_err() {
                errors.push(FieldError::new(format!("sessions[{place}]"), "cannot be a session"));
            }
        }
        let count = self.sessions.len();
        let wrong = match self.scope {
            Scope::One if count != 1 => Some("must name one session for the scope one"),
            Scope::Listed if count == 0 => Some("must name the sessions to end"),
            Scope::Others if count == 0 => Some("must name the sessions that stay; to end all, say so"),
            Scope::All if count > 0 => Some("does not go with the scope all"),
            _ if count > MAX_SESSIONS => Some("must be at most 1000"),
            _ => None,
        };
        errors.extend(wrong.map(|wrong| FieldError::new("sessions", wrong)));
        if self.user_id.is_none() && self.scope != Scope::One {
            errors.push(FieldError::new("user_id", "must be given for this scope"));
        }
        if errors.is_empty() { Ok(()) } else { Err(Error::Invalid(errors)) }
    }
}

/// Order sessions ended: one, the listed ones, all others, or all of a user.
///
/// Your webhook endpoints get the order; its outcome is at `/api/v1/revocations/{id}`. A listed session may be one that
/// no event has named; one of another user is left out, and so is one for which an order is open: what is ordered stands in
/// the answer. Where an order is open for `one` session, or for all that are listed, that one is the answer, with its own
/// reason and time limit. Of the scope `all`, an order names no session where none is known to live: it is about every
/// session that your application has of the user. Where there are more sessions than one order takes (1,000, and fewer with long ids), as
/// many orders are given as they need: the answer is the first, and its `orders` are all of them.
#[utoipa::path(
    post, path = "/api/v1/revocations", tag = "revocations", request_body = NewOrder,
    responses(
        (status = 202, description = "The order; its `orders`: all, where more than one was given", body = Revocation),
        (status = 400, description = "Not the JSON above", body = Problem),
        (status = 401, body = Problem),
        (status = 404, description = "There is no such user, or no such session", body = Problem),
        (status = 409, description = "The user has no such session to end", body = Problem),
        (status = 422, description = "A field is wrong, or does not go with the scope", body = Problem),
    )
)]
pub(crate) async fn give(
    State(state): State<HttpState>,
    key: ApiKey,
    Body(new): Body<NewOrder>,
) -> Result<(StatusCode, Json<Revocation>), Problem> {
    new.check()?;
    let (db, actor, project) = (&state.db, &key.actor(), key.project);
    let (url, now) = (state.config.public_url(), clock::now());
    let (reason, confirm_seconds) = (new.reason.as_deref(), new.confirm_seconds);
    let terms = Terms { public_url: &url, reason, confirm_seconds };
    let user: Option<UserKey> = match &new.user_id {
        Some(id) => {
            let user = user::store::by_id(db, project, id).await;
            Some(user.map_err(|error| missing("user_id", "names no user of this project", error))?.key)
        }
        None => None,
    };
    let sessions = new.sessions.as_slice();
    let order = match (new.scope, user, sessions) {
        (Scope::Others | Scope::All, Some(user), keep) => {
            store::revoke_sessions(db, actor, project, user, keep, terms, now).await?
        }
        (Scope::Listed, Some(user), listed) => {
            store::revoke_listed(db, actor, project, user, listed, terms, now).await?
        }
        (Scope::One, user, [session]) => {
            let none = |error| missing("sessions[0]", "names no session of this user or project", error);
            let whose = session::store::get(db, project, session, now).await.map_err(none)?.user.key;
            if user.is_some_and(|user| user != whose) {
                return Err(none(Error::NotFound));
            }
            store::revoke_session(db, actor, project, session, terms, now).await?
        }
        _ => return Err(Error::invalid("scope", "needs a user_id, or one session").into()),
    };
    ordered(&state, &key, order).await
}

/// A 404 that says which field names what is not there.
fn missing(field: &str, wrong: &str, error: Error) -> Problem {
    match error {
        Error::NotFound => {
            Problem::not_found(format!("{field} {wrong}")).about(FieldError::new(field, wrong))
        }
        error => error.into(),
    }
}

/// An order that was sent once more.
#[derive(Serialize, ToSchema)]
pub(crate) struct SentAgain {
    #[serde(flatten)]
    order: Revocation,
    /// To so many endpoints it is being sent now. 0: none can be sent to, because they are paused or disabled, or are being
    /// sent to at this moment; whoever polls gets it again.
    endpoints: u64,
}

/// Send an order once more, now.
///
/// It goes to every active endpoint that ends sessions, under the same `webhook-id`, and is placed anew in the feed that is
/// polled; `endpoints` says to how many. Its time limit stays: a receipt counts also when that is over.
#[utoipa::path(
    post, path = "/api/v1/revocations/{id}/redeliver", tag = "revocations", params(("id" = RevocationId, Path)),
    responses(
        (status = 202, description = "It is due now", body = SentAgain), (status = 401, body = Problem),
        (status = 404, body = Problem),
        (status = 409, description = "You have answered for every session of it", body = Problem),
    )
)]
pub(crate) async fn redeliver(
    State(state): State<HttpState>,
    key: ApiKey,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<SentAgain>), Problem> {
    let id = id.parse()?;
    let endpoints = store::redeliver(&state.db, &key.actor(), key.project, id, clock::now()).await?;
    let (status, Json(order)) = ordered(&state, &key, id).await?;
    Ok((status, Json(SentAgain { order, endpoints })))
}

/// On which terms to order again. Unknown fields are refused.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AgainBody {
    /// Why, for people, at most 500 characters. Absent: that the order before was not confirmed.
    reason: Option<String>,
    /// How long you have to confirm, in seconds, 10 to 86400. Absent: as the project's settings say.
    #[schema(minimum = 10, maximum = 86400)]
    confirm_seconds: Option<i64>,
}

/// Order again what may still be in use: a new order, of the same alert, for those of its sessions that are not confirmed dead.
///
/// One that is contradicted names all of its sessions. Where a new order is open for all of them already, that one is the
/// answer. Where more than one order is given, the answer is the first, and its `orders` are all of them. The body may be
/// left out.
#[utoipa::path(
    post, path = "/api/v1/revocations/{id}/again", tag = "revocations", params(("id" = RevocationId, Path)),
    request_body = AgainBody,
    responses(
        (status = 202, description = "The new order", body = Revocation),
        (status = 400, description = "Not the JSON above", body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem),
        (status = 409, description = "It still awaits its answer, or every session of it is confirmed dead", body = Problem),
        (status = 422, description = "A field is wrong", body = Problem),
    )
)]
pub(crate) async fn again(
    State(state): State<HttpState>,
    key: ApiKey,
    Path(id): Path<String>,
    MaybeBody(body): MaybeBody<AgainBody>,
) -> Result<(StatusCode, Json<Revocation>), Problem> {
    let url = state.config.public_url();
    let terms =
        Terms { public_url: &url, reason: body.reason.as_deref(), confirm_seconds: body.confirm_seconds };
    let (actor, now) = (key.actor(), clock::now());
    let order = store::order_again(&state.db, &actor, key.project, id.parse()?, terms, now).await?;
    ordered(&state, &key, order).await
}
