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

/// Which sources this half was made of; `app/bundle.mjs` reads it out of the module and names it in `manifest.json`.
pub const SOURCES: &str = concat!("porchlight sources ", env!("PORCHLIGHT_SOURCES"));

/// What the module was made of.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn sources() -> String {
    SOURCES.to_owned()
}

/// Takes over the server's HTML in the browser, once the code of its page is there.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    use leptos::mount::hydrate_from_async;

    console_error_panic_hook::set_once();
    let Some(body) = leptos::prelude::document().body() else { return };
    let clock = ui::time::Clock::default();
    wasm_bindgen_futures::spawn_local(async move {
        let of_app = clock.clone();
        let app = move || {
            of_app.provide();
            routes::App()
        };
        hydrate_from_async(body, app).await.forget();
        clock.start();
    });
}
