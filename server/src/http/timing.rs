//! How long requests take, by the kind of thing they ask for: a path would be a name for every user.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::extract::Request;
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;

/// How many events a request brings: told by whoever reads its body, wanted where it is refused.
#[derive(Clone, Debug, Default)]
pub struct Brought(Arc<AtomicU64>);

impl Brought {
    /// So many.
    pub fn events(&self, count: usize) {
        self.0.store(u64::try_from(count).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Where nobody read the body: one, as far as is known.
    fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed).max(1)
    }
}

/// Measures a request from its head to the head of its answer.
pub async fn measure(mut request: Request, next: Next) -> Response {
    let class = class(request.method(), request.uri().path());
    let brings_events = brings_events(request.method(), request.uri().path());
    let brought = Brought::default();
    if brings_events {
        request.extensions_mut().insert(brought.clone());
    }
    let began = Instant::now();
    let response = next.run(request).await;
    let status = match response.status().as_u16() {
        ..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        500.. => "5xx",
    };
    if brings_events && !response.status().is_success() {
        let status = response.status().as_u16().to_string();
        metrics::counter!("porchlight_events_refused_total", "status" => status).increment(brought.count());
    }
    metrics::histogram!("porchlight_http_request_duration_seconds", "class" => class, "status" => status)
        .record(began.elapsed().as_secs_f64());
    response
}

/// True for what asks to store events, in either dialect.
fn brings_events(method: &Method, path: &str) -> bool {
    *method == Method::POST && matches!(path, "/api/v1/events" | "/v1/events" | "/v1/events.json")
}

fn class(method: &Method, path: &str) -> &'static str {
    let below = |root: &str| {
        path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '.']))
    };
    match path {
        "/api/v1/events" | "/api/v1/verify" if *method == Method::POST => "ingest",
        _ if below("/v1/events") || below("/v1/verify") || below("/v1/rules") || below("/events") => {
            "thisdata"
        }
        _ if below("/api") || below("/v1") => "api",
        _ if below("/q") => "answer",
        _ if below("/hooks") || below("/receipts") => "inbound",
        _ if below("/pkg") => "asset",
        "/healthz" | "/readyz" | "/metrics" => "health",
        _ => "console",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_a_class_and_no_name_in_it() {
        for (method, path, expected) in [
            (Method::POST, "/api/v1/events", "ingest"),
            (Method::GET, "/api/v1/events", "api"),
            (Method::GET, "/api/v1/users/eve", "api"),
            (Method::POST, "/v1/events.json", "thisdata"),
            (Method::DELETE, "/v1/rules/7", "thisdata"),
            (Method::GET, "/events", "thisdata"),
            (Method::GET, "/q/token", "answer"),
            (Method::POST, "/hooks/slug", "inbound"),
            (Method::POST, "/receipts/token", "inbound"),
            (Method::GET, "/pkg/porchlight.js", "asset"),
            (Method::GET, "/metrics", "health"),
            (Method::GET, "/p/prj_1/events", "console"),
            (Method::POST, "/fn/pages/sign_in/sign_in", "console"),
            (Method::GET, "/quite/another", "console"),
        ] {
            assert_eq!(class(&method, path), expected, "{method} {path}");
        }
    }
}
