//! The files a page loads, embedded in the executable (read from target/site by a debug build).

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use porchlight_app::state::Assets;
use rust_embed::RustEmbed;

use super::HttpState;

/// What `app/bundle.mjs` made.
#[derive(RustEmbed)]
#[folder = "../target/site"]
#[allow_missing = true]
struct Site;

/// Built under `cargo leptos watch`, which writes the files anew under plain names.
const WATCHED: bool = option_env!("LEPTOS_WATCH").is_some();

/// `/pkg/…`.
pub fn routes() -> Router<HttpState> {
    Router::new().route("/pkg/{*file}", get(serve))
}

/// The names of the files. What is embedded never changes; a debug build reads the folder, which does.
pub fn names() -> Assets {
    static NAMES: LazyLock<Assets> = LazyLock::new(read_names);
    if cfg!(debug_assertions) { read_names() } else { NAMES.clone() }
}

fn read_names() -> Assets {
    if WATCHED {
        let plain = |extension: &str| Some(format!("/pkg/porchlight.{extension}"));
        return Assets { css: plain("css"), js: plain("js"), wasm: plain("wasm"), ..Assets::default() };
    }
    let manifest = Site::get("manifest.json").map(|file| file.data);
    let mut names: HashMap<String, String> =
        manifest.and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default();
    // A module of other sources would stumble over these pages, which do without one.
    if names.get("sources").is_none_or(|sources| sources != porchlight_app::SOURCES) {
        names.retain(|name, _| name == "css" || name == "font");
    }
    Assets {
        css: names.remove("css"),
        js: names.remove("js"),
        loader: names.remove("loader"),
        wasm: names.remove("wasm"),
        font: names.remove("font"),
    }
}

/// Says in the log what is missing.
pub fn tell() {
    let names = names();
    if names.css.is_none() {
        tracing::warn!(
            "the console has no style sheet: build with `make build`, or run `node app/bundle.mjs --css-only`"
        );
    } else if names.js.is_none() || names.wasm.is_none() {
        tracing::warn!(
            "the console runs without its script: it was never built, or not of this executable's sources; run `make bundle`, then build again"
        );
    }
}

async fn serve(Path(file): Path<String>, headers: HeaderMap) -> Response {
    let accepted =
        headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let accepts = |coding: &str| {
        accepted.split(',').any(|part| part.split(';').next().is_some_and(|name| name.trim() == coding))
    };
    let forms = [("br", ".br"), ("gzip", ".gz")].into_iter().filter(|(coding, _)| accepts(coding));
    for (coding, suffix) in forms {
        if let Some(content) = Site::get(&format!("pkg/{file}{suffix}")) {
            return answer(&file, content.data, Some(coding));
        }
    }
    match Site::get(&format!("pkg/{file}")) {
        Some(content) => answer(&file, content.data, None),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn answer(file: &str, content: Cow<'static, [u8]>, coding: Option<&'static str>) -> Response {
    // A hashed name never means anything else; a plain one changes under the watcher.
    let cache = if WATCHED { "no-cache" } else { "public, max-age=31536000, immutable" };
    let content = match content {
        Cow::Borrowed(content) => Bytes::from_static(content),
        Cow::Owned(content) => content.into(),
    };
    let headers = [
        (header::CONTENT_TYPE, content_type(file)),
        (header::CACHE_CONTROL, cache),
        (header::VARY, "accept-encoding"),
    ];
    let mut response = (headers, Body::from(content)).into_response();
    if let Some(coding) = coding {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    response
}

fn content_type(file: &str) -> &'static str {
    match file.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}
