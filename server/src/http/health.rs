//! Liveness, readiness, and the counts for Prometheus.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use porchlight_domain::db::{Backlog, Db, Engine, Trouble, backlog, endpoints, open_alerts};
use porchlight_domain::signal::SignalState;
use porchlight_domain::time::SECOND;
use porchlight_domain::{Result, Timestamp};
use subtle::ConstantTimeEq;

use super::HttpState;
use super::auth::bearer;
use crate::clock;

/// How long the database may take: whoever probes gives up soon after.
const PATIENCE: Duration = Duration::from_secs(2);

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

/// 200 when requests can be served: the database answers and takes writes. Else what is wrong, in words.
async fn readyz(State(state): State<HttpState>) -> (StatusCode, String) {
    match ready(&state).await {
        Ok(()) => (StatusCode::OK, "ready\n".to_owned()),
        Err(trouble) => (StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", trouble.words())),
    }
}

async fn ready(state: &HttpState) -> std::result::Result<(), Trouble> {
    let asked = tokio::time::timeout(PATIENCE, state.db.readiness(clock::now()));
    asked.await.unwrap_or(Err(Trouble::Away))
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
    gauge(&state).await;
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], state.metrics.render()).into_response()
}

/// Sets what is looked up only when somebody asks: the queues, the age of the geographic data, what runs here.
async fn gauge(state: &HttpState) {
    let now = clock::now();
    metrics::gauge!("porchlight_ready").set(u32::from(ready(state).await.is_ok()));
    match backlog(&state.db).await {
        Ok(queues) => {
            for Backlog { queue, waiting, oldest } in queues {
                metrics::gauge!("porchlight_queue_items", "queue" => queue).set(number(waiting));
                let age = oldest.map_or(0, |oldest| now.since(oldest).max(0));
                metrics::gauge!("porchlight_queue_oldest_age_seconds", "queue" => queue).set(seconds(age));
            }
        }
        Err(error) => tracing::error!(%error, "the queues cannot be counted"),
    }
    if let Err(error) = gauge_troubles(&state.db, now).await {
        tracing::error!(%error, "alerts and endpoints cannot be counted");
    }
    for signal in state.enricher.signals_at(now) {
        let name = signal.name.to_string().to_lowercase();
        metrics::gauge!("porchlight_geo_signal_on", "signal" => name.clone()).set(u32::from(signal.is_on()));
        if let SignalState::On { built_at, .. } = signal.state {
            let age = seconds(now.since(built_at).max(0));
            metrics::gauge!("porchlight_geo_data_age_seconds", "signal" => name).set(age);
        }
    }
    let engine = match state.db.engine() {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
    };
    let version = env!("CARGO_PKG_VERSION");
    metrics::gauge!("porchlight_build_info", "version" => version, "engine" => engine).set(1);
}

/// What somebody should look at, until they have.
async fn gauge_troubles(db: &Db, now: Timestamp) -> Result<()> {
    for (kind, many) in open_alerts(db).await? {
        metrics::gauge!("porchlight_alerts_open", "kind" => kind).set(number(many));
    }
    for (standing, many) in endpoints(db, now).await? {
        metrics::gauge!("porchlight_endpoints", "standing" => standing).set(number(many));
    }
    Ok(())
}

fn seconds(micros: i64) -> f64 {
    number(micros) / number(SECOND)
}

/// Exact below 2^53, which neither counts nor ages reach.
#[expect(clippy::cast_precision_loss, reason = "see above")]
fn number(value: i64) -> f64 {
    value as f64
}
