//! Liveness, readiness, and the counts for Prometheus.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use subtle::ConstantTimeEq;

use super::HttpState;
use super::auth::bearer;

/// `/healthz`, `/readyz`, `/metrics`.
pub fn routes() -> Router<HttpState> {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
}

/// 200 while the process runs.
async fn healthz() -> &'static str {
    "ok\n"
}

/// 200 when requests can be served: the database answers.
async fn readyz(State(state): State<HttpState>) -> (StatusCode, &'static str) {
    if state.db.is_ready().await {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "database\n")
    }
}

/// The counts, for loopback or for whoever has the token. A proxy on loopback forwards strangers: then set the token.
async fn metrics(
    State(state): State<HttpState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    let allowed = match (&state.config.metrics_token, bearer(&headers)) {
        (Some(token), Some(sent)) => bool::from(token.as_bytes().ct_eq(sent.as_bytes())),
        (Some(_), None) => false,
        (None, _) => peer.ip().to_canonical().is_loopback() && !headers.contains_key("x-forwarded-for"),
    };
    if !allowed {
        return StatusCode::FORBIDDEN.into_response();
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], state.metrics.render()).into_response()
}
