//! The console: pages, server functions and parts, rendered on the server and hydrated in the browser.

#![recursion_limit = "256"]

pub mod access;
pub mod error;
pub mod format;
pub mod layout;
pub mod pages;
pub mod routes;
#[cfg(feature = "ssr")]
pub mod shell;
#[cfg(feature = "ssr")]
pub mod state;
pub mod typed;
pub mod ui;

/// Takes over the server's HTML in the browser.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(routes::App);
}
