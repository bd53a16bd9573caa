//! HTTP: the routes and what stands before each of them.

pub mod answer;
pub mod api;
pub mod ask;
pub mod assets;
pub mod auth;
pub mod drain;
pub mod error;
pub mod health;
pub mod inbound;
pub mod ingest;
mod json;
pub mod listeners;
pub mod pages;
pub mod problems;
pub mod security;
pub mod thisdata;
pub mod timing;

use std::ops::Deref;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef};
use axum::middleware;
use axum::routing::any;
use metrics_exporter_prometheus::PrometheusHandle;
use porchlight_app::state::AppState;
use porchlight_domain::db::Db;
use tower_http::catch_panic::CatchPanicLayer;

use crate::config::Config;
use crate::enrich::Enricher;
use crate::ingest::Ingest;

/// The largest body taken, in bytes.
pub const MAX_BODY: usize = 1024 * 1024;

/// What the handlers share. Cheap to clone, as each request does once for every layer that it passes.
#[derive(Clone)]
pub struct HttpState(Arc<Parts>);

impl Deref for HttpState {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl From<Parts> for HttpState {
    fn from(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

/// The parts of [`HttpState`].
pub struct Parts {
    /// The store.
    pub db: Db,
    /// The settings.
    pub config: Arc<Config>,
    /// What is known of addresses and user agents.
    pub enricher: Arc<Enricher>,
    /// Where events are handed in.
    pub ingest: Ingest,
    /// Who waits for orders on an open request.
    pub listeners: listeners::Listeners,
    /// API keys seen lately.
    pub keys: Arc<auth::Keys>,
    /// The counts, for /metrics.
    pub metrics: PrometheusHandle,
    /// What the console's pages share.
    pub app: AppState,
}

impl FromRef<HttpState> for AppState {
    fn from_ref(state: &HttpState) -> Self {
        state.app.clone()
    }
}

impl FromRef<HttpState> for leptos::prelude::LeptosOptions {
    fn from_ref(state: &HttpState) -> Self {
        state.app.leptos_options.clone()
    }
}

/// All routes.
pub fn router(state: HttpState) -> Router {
    Router::new()
        .merge(thisdata::routes())
        .merge(api::routes())
        .merge(health::routes())
        .merge(problems::routes())
        .merge(answer::routes())
        .merge(inbound::routes())
        .merge(assets::routes())
        .method_not_allowed_fallback(error::Problem::no_such_method)
        // Programs cannot read the console's page.
        .route("/api/{*nowhere}", any(error::Problem::no_such_path))
        .route("/v1/{*nowhere}", any(thisdata::no_such_path))
        .merge(pages::routes(&state))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn_with_state(state.clone(), security::guard))
        .layer(middleware::from_fn(drain::read_to_end))
        .layer(middleware::from_fn(timing::measure))
        .layer(CatchPanicLayer::new())
        .with_state(state)
}
