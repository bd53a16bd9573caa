//! The HTML document around the console, and the policy of what it may load.

use axum::http::{HeaderName, HeaderValue, header};
use leptos::config::LeptosOptions;
use leptos::nonce::{Nonce, use_nonce};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_meta::MetaTags;

use crate::layout::theme;
use crate::routes::App;
use crate::state::{AppState, Assets};

/// The document.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let assets = use_context::<AppState>().map(|state| (state.assets)()).unwrap_or_default();
    let nonce = use_nonce();
    guard_page(nonce.as_ref());
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme::chosen().map(theme::Theme::as_str)>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 20 20' fill='none' stroke='%23d98a00' stroke-width='1.6'%3E%3Cpath d='M10 1.5v2M5.5 7.5 7 3.5h6l1.5 4z'/%3E%3Cpath fill='%23ffc14d' d='M6.5 8.5h7l-1 5.5h-5z'/%3E%3Cpath d='M7 15.5h6M8.5 18h3'/%3E%3C/svg%3E"/>
                {assets.font.clone().map(|font| view! { <link rel="preload" href=font r#as="font" r#type="font/woff2" crossorigin=""/> })}
                {assets.css.clone().map(|css| view! { <link rel="stylesheet" href=css/> })}
                {hydration(&assets, nonce)}
                <AutoReload options=options/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// Loads the module and lets it take over the page. Leptos' own component knows no names with hashes from a manifest.
fn hydration(assets: &Assets, nonce: Option<Nonce>) -> Option<impl IntoView + use<>> {
    let (js, wasm) = assets.js.clone().zip(assets.wasm.clone())?;
    let script =
        format!("import('{js}').then(m => m.default({{module_or_path: '{wasm}'}}).then(() => m.hydrate()))");
    Some(view! {
        <link rel="modulepreload" href=js/>
        {assets.loader.clone().map(|loader| view! { <link rel="modulepreload" href=loader/> })}
        <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin=""/>
        <script type="module" nonce=nonce>{script}</script>
    })
}

/// Sets what the page may load, and that no page is kept by a cache: it shows what its operator may see.
fn guard_page(nonce: Option<&Nonce>) {
    let Some(response) = use_context::<ResponseOptions>() else { return };
    let script = nonce.map(|nonce| format!("'nonce-{nonce}' ")).unwrap_or_default();
    // The reloader of `cargo leptos watch` speaks over a socket of its own port.
    let connect = if option_env!("LEPTOS_WATCH").is_some() { "'self' ws:" } else { "'self'" };
    let policy = format!(
        "default-src 'none'; script-src {script}'self' 'wasm-unsafe-eval'; style-src 'self'; font-src 'self'; \
         img-src 'self' data: https:; connect-src {connect}; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    );
    let headers: [(HeaderName, &str); 2] =
        [(header::CONTENT_SECURITY_POLICY, &policy), (header::CACHE_CONTROL, "private, no-store")];
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.insert_header(name, value);
        }
    }
}
