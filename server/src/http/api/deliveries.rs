//! `/api/v1/deliveries`: what became of each webhook.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use porchlight_domain::Error;
use porchlight_domain::id::DeliveryId;
use porchlight_domain::page::{Page, Paging};
use porchlight_domain::webhook::{Attempt, Delivery, DeliveryFilter, store};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::endpoints::Shown;
use super::events::about;
use crate::clock;
use crate::http::HttpState;
use crate::http::ask::{Path, Query, part};
use crate::http::auth::ApiKey;
use crate::http::error::{ApiResult, Problem};

pub(super) fn routes() -> Router<HttpState> {
    Router::new()
        .route("/api/v1/deliveries", get(list))
        .route("/api/v1/deliveries/{id}", get(show))
        .route("/api/v1/deliveries/{id}/resend", post(resend))
}

/// Which deliveries.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeliveryQuery {
    /// The `next` of the page before.
    cursor: Option<String>,
    /// How many rows, 1 to 200. Default: 50.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// Only to this endpoint.
    endpoint: Option<String>,
    /// Only in this state: `pending`, `delivered`, `failed`, `cancelled`.
    state: Option<String>,
    /// Only of this type: `alert.opened`.
    r#type: Option<String>,
    /// Only of this alert.
    alert: Option<String>,
    /// Only those that carry this order.
    revocation: Option<String>,
    /// Only about this user, by your id; or about those with this mail address, in small or capital letters.
    user_id: Option<String>,
    /// Only about this session, by your id: about an order for it, or an event of it.
    session_id: Option<String>,
    /// Published at or after, RFC 3339.
    since: Option<String>,
    /// Published strictly before, RFC 3339.
    until: Option<String>,
    /// Only those with this text, of 2 to 200 characters, in their body, an answer or an error. At most 20,000 deliveries are
    /// looked through for a page, so that one without rows may have a `next`.
    text: Option<String>,
}

impl DeliveryQuery {
    fn filter(&self) -> Result<DeliveryFilter, Error> {
        Ok(DeliveryFilter {
            endpoint: part("endpoint", &self.endpoint)?,
            state: part("state", &self.state)?,
            r#type: part("type", &self.r#type)?,
            user: None,
            alert: part("alert", &self.alert)?,
            revocation: part("revocation", &self.revocation)?,
            about: about(&self.user_id, &self.session_id, &self.since, &self.until)?,
        })
    }
}

/// A delivery with its body and its attempts, oldest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct WholeDelivery {
    #[serde(flatten)]
    delivery: Delivery,
    /// The bytes that its last try signed and sent, as text; before the first, those that it would.
    body: String,
    /// Each try, with what was sent and what came back.
    tries: Vec<Attempt>,
    /// What its receiver has shown of how it takes signatures.
    trust: Shown,
}

/// Read the deliveries, newest first.
#[utoipa::path(
    get, path = "/api/v1/deliveries", tag = "webhooks", params(DeliveryQuery),
    responses((status = 200, body = Page<Delivery>), (status = 401, body = Problem), (status = 422, body = Problem))
)]
pub(crate) async fn list(
    State(state): State<HttpState>,
    key: ApiKey,
    Query(asked): Query<DeliveryQuery>,
) -> ApiResult<Page<Delivery>> {
    let paging = Paging::read(asked.cursor.as_deref(), asked.limit.as_deref())?;
    let filter = asked.filter()?;
    let now = clock::now();
    let page = match &asked.text {
        Some(text) => store::search(&state.db, key.project, filter, text, paging).await?.page,
        None => store::list_deliveries(&state.db, key.project, filter, paging).await?,
    };
    Ok(Json(page.map(|one| one.seen_at(now))))
}

/// One delivery, with its attempts and their signature status.
#[utoipa::path(
    get, path = "/api/v1/deliveries/{id}", tag = "webhooks", params(("id" = DeliveryId, Path)),
    responses((status = 200, body = WholeDelivery), (status = 401, body = Problem), (status = 404, body = Problem))
)]
pub(crate) async fn show(
    State(state): State<HttpState>,
    key: ApiKey,
    Path(id): Path<String>,
) -> ApiResult<WholeDelivery> {
    let now = clock::now();
    let found = store::get_delivery(&state.db, key.project, id.parse()?).await?;
    let trust = store::probes::trust(&state.db, key.project, now).await?;
    let trust = trust.get(&found.delivery.endpoint_id).copied().unwrap_or_default();
    Ok(Json(WholeDelivery {
        delivery: found.delivery.seen_at(now),
        body: found.body,
        tries: found.attempts,
        trust: trust.into(),
    }))
}

/// Send a delivery once more, now, under the same `webhook-id`.
#[utoipa::path(
    post, path = "/api/v1/deliveries/{id}/resend", tag = "webhooks", params(("id" = DeliveryId, Path)),
    responses(
        (status = 202, description = "It is due now", body = Delivery), (status = 401, body = Problem),
        (status = 404, body = Problem),
        (status = 409, description = "It is being sent, or its endpoint is not active", body = Problem),
    )
)]
pub(crate) async fn resend(
    State(state): State<HttpState>,
    key: ApiKey,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<Delivery>), Problem> {
    let id = id.parse()?;
    store::resend(&state.db, &key.actor(), key.project, id, clock::now()).await?;
    let found = store::get_delivery(&state.db, key.project, id).await?;
    Ok((StatusCode::ACCEPTED, Json(found.delivery)))
}
