//! The console's pages and server functions, mounted.

mod typed;

use std::sync::{Arc, LazyLock, RwLock};

use axum::Router;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::Response;
use leptos::config::LeptosOptions;
use leptos_axum::{AxumRouteListing, LeptosRoutes, generate_route_list};
use porchlight_app::routes::App;
use porchlight_app::shell::shell;
use porchlight_app::state::{AppState, ClientAddress, Lost};
use porchlight_domain::db::Db;
use porchlight_domain::project;
use tower_http::limit::RequestBodyLimitLayer;

use super::HttpState;
use super::assets;
use super::security::ClientIp;
use crate::clock;
use crate::config::Config;
use typed::keep_typed;

/// The largest form taken, in bytes.
const MAX_FORM: usize = 64 * 1024;

/// What the console's pages share.
pub fn app_state(db: &Db, config: &Config) -> AppState {
    assets::tell();
    let public_url = config.public_url();
    AppState {
        db: db.clone(),
        cookie_secure: public_url.starts_with("https://"),
        public_url,
        assets: assets::names,
        webhook_allow: config.webhook_allow.clone().into(),
        smtp_ready: config.smtp_url.is_some(),
        signals: Arc::new(RwLock::default()),
        leptos_options: LeptosOptions::builder().output_name("porchlight").site_root("target/site").build(),
        now: clock::now,
        throttle: Arc::default(),
        typed: Arc::default(),
    }
}

/// Where the pages are. Listed once for the process: while Leptos lists them, no page of any server in it loads data, and
/// one that is being rendered would wait for ever.
pub static PAGES: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| generate_route_list(App));

/// All pages and server functions.
pub fn routes(state: &HttpState) -> Router<HttpState> {
    let app = state.app.clone();
    let document = {
        let options = app.leptos_options.clone();
        move || shell(options.clone())
    };
    Router::new()
        .leptos_routes(&app, PAGES.clone(), document)
        .layer(middleware::from_fn_with_state(state.clone(), keep_typed))
        .layer(RequestBodyLimitLayer::new(MAX_FORM))
        .layer(middleware::from_fn_with_state(state.clone(), tell_lost))
        .layer(middleware::from_fn_with_state(state.clone(), tell_address))
        .with_state(app)
}

/// Hands the browser's address to the server functions, which count failed sign-ins by it.
async fn tell_address(ClientIp { ip, .. }: ClientIp, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(ClientAddress(ip));
    next.run(request).await
}

/// Tells a page of a project that there is no such project; a stranger is sent to sign in all the same. Where the store does
/// not answer, the page says so itself.
async fn tell_lost(
    State(state): State<HttpState>,
    params: Result<RawPathParams, RawPathParamsRejection>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = match &params {
        Ok(params) => params.iter().find(|(name, _)| *name == "project").map(|(_, id)| id),
        Err(_) => Some(""),
    };
    let there = match id.map(str::parse) {
        Some(Ok(id)) => project::store::exists(&state.db, id).await.unwrap_or(true),
        Some(Err(_)) => false,
        None => true,
    };
    if there {
        return next.run(request).await;
    }
    request.extensions_mut().insert(Lost);
    let mut response = next.run(request).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}
