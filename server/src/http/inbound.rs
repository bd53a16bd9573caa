//! `POST /hooks/{source}`: webhooks of other systems. The answer tells what the signature is worth.

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use porchlight_domain::Error;
use porchlight_domain::id::RevocationId;
use porchlight_domain::inbound::store::{Arrival, receive};
use porchlight_domain::inbound::{Obedience, Status};
use porchlight_domain::revocation::store::given_with;
use serde::Serialize;
use utoipa::ToSchema;

use super::HttpState;
use super::ask::{Path, whole};
use super::error::Problem;
use crate::clock;

/// `/hooks/{source}`.
pub fn routes() -> Router<HttpState> {
    Router::new().route("/hooks/{source}", post(take))
}

/// What became of an inbound webhook.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Taken {
    /// What its signature is worth.
    status: Status,
    /// Of a valid one: what was done about it.
    outcome: Option<Obedience>,
    /// Why, or what was done.
    reason: String,
    /// The order to end sessions that it led to; of one that was received before, the order that it led to then.
    revocation_id: Option<RevocationId>,
    /// Where there are more sessions than one order takes: all orders that it led to, that one among them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    orders: Vec<RevocationId>,
}

/// Hand in a webhook of a source that an administrator set up. It is verified over its raw body, recorded, and obeyed
/// once: `session.revocation.requested` ends the sessions it lists, ThisData's `was_user: false` too, or all of the
/// user's where it has neither `sessions` nor another `scope`. With the scope `all` it ends all, with `others` all live ones
/// but those it lists, as `POST /api/v1/revocations` does, and is obeyed without an order where there are none; an order that a Porchlight gave (it has a `revocation_id`) lists what is to end. Where
/// an order is open for all that it lists, that one is the answer. `outcome` says whether it was obeyed, and `reason` why
/// not: of what could not be obeyed there is an alert, `inbound.could_not`.
#[utoipa::path(
    post, path = "/hooks/{source}", tag = "inbound", security(()),
    params(("source" = String, Path, description = "The source's own part of its URL")),
    request_body(content = String, content_type = "application/json", description = "Whatever the source signs, at most 1 MiB"),
    responses(
        (status = 200, description = "Valid and obeyed, or asks for nothing, or received before", body = Taken),
        (status = 401, description = "The signature is missing, stale or does not fit", body = Taken),
        (status = 404, description = "No such source", body = Problem),
        (status = 409, description = "Valid, but its user is not known yet: recorded, and obeyed when it comes again", body = Taken),
        (status = 413, body = Problem),
        (status = 422, description = "Valid, but what it asks for cannot be read or done, and `reason` says why: recorded, and judged anew when it comes again", body = Taken),
    )
)]
pub(crate) async fn take(
    State(state): State<HttpState>,
    Path(slug): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<Taken>), Problem> {
    let (body, headers) = (whole(body)?, readable(&headers));
    let public_url = state.config.public_url();
    let arrival = Arrival { slug: &slug, headers: &headers, body: &body, public_url: &public_url };
    let received = match receive(&state.db, &arrival, clock::now()).await {
        Ok(received) => received,
        Err(Error::NotFound) => {
            metrics::counter!("porchlight_inbound_total", "status" => "unknown", "outcome" => "none")
                .increment(1);
            return Err(Problem::not_found(
                "no source of webhooks has this address; its page shows the right one",
            ));
        }
        Err(error) => return Err(error.into()),
    };
    let outcome = received.outcome.map_or("none", Obedience::as_str);
    metrics::counter!("porchlight_inbound_total", "status" => received.status.as_str(), "outcome" => outcome)
        .increment(1);
    let status = match received.status {
        Status::Valid if received.is_unmet => StatusCode::CONFLICT,
        Status::Valid if received.outcome == Some(Obedience::CouldNot) => StatusCode::UNPROCESSABLE_ENTITY,
        Status::Valid | Status::Replayed => StatusCode::OK,
        Status::Invalid | Status::Missing | Status::Stale => StatusCode::UNAUTHORIZED,
    };
    let orders = match received.revocation_id {
        Some(id) => given_with(&state.db, id).await?,
        None => Vec::new(),
    };
    let taken = Taken {
        orders,
        status: received.status,
        outcome: received.outcome,
        reason: received.reason,
        revocation_id: received.revocation_id,
    };
    Ok((status, Json(taken)))
}

/// The headers that are text.
fn readable(headers: &HeaderMap) -> Vec<(String, String)> {
    let pair = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    headers.iter().filter_map(pair).collect()
}
