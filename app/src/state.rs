//! What every page and server function may use: the store, the settings that show, the clock.

use std::net::IpAddr;
use std::sync::{Arc, RwLock};

use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use porchlight_domain::Timestamp;
use porchlight_domain::db::Db;
use porchlight_domain::signal::Signal;
use porchlight_domain::webhook::forbidden::Allowed;

use crate::access::throttle::Throttle;
use crate::typed::Kept;

/// The console's state; the server makes one, Leptos hands it to every page and server function.
#[derive(Clone)]
pub struct AppState {
    /// The store.
    pub db: Db,
    /// The base of links, without a slash at its end.
    pub public_url: String,
    /// The files a page loads; a debug build looks each time, so that a new bundle shows without a restart.
    pub assets: fn() -> Assets,
    /// Cookies travel over https only: the public URL is https.
    pub cookie_secure: bool,
    /// Where webhooks may go beside public addresses.
    pub webhook_allow: Allowed,
    /// Mails are sent; otherwise they wait in the outbox.
    pub smtp_ready: bool,
    /// Which data the judgement has; the server keeps it current.
    pub signals: Arc<RwLock<Vec<Signal>>>,
    /// What Leptos wants to know.
    pub leptos_options: LeptosOptions,
    /// The clock.
    pub now: fn() -> Timestamp,
    /// Failed sign-ins of late.
    pub throttle: Arc<Throttle>,
    /// Forms that were refused of late.
    pub typed: Arc<Kept>,
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos_options.clone()
    }
}

/// The files a page loads, as paths from the root. Without a script the console works, only without its comforts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assets {
    /// The style sheet.
    pub css: Option<String>,
    /// The script that loads the WebAssembly module.
    pub js: Option<String>,
    /// The script that fetches the module's other parts when they are needed.
    pub loader: Option<String>,
    /// The WebAssembly module.
    pub wasm: Option<String>,
    /// The text face, to be loaded early.
    pub font: Option<String>,
}

/// The browser's address, seen through trusted proxies; the server puts it into the request's extensions.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

/// In the extensions of a request for a page of a project that is not there; the server looks before it renders.
#[derive(Clone, Copy, Debug)]
pub struct Lost;
