//! What holds for every request: whose address it comes from, no changes from foreign sites, careful headers.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use porchlight_domain::event::address::behind_proxies;
use url::Url;

use super::HttpState;

/// The address of the client, seen through trusted proxies, and why it was taken for it.
#[derive(Clone, Debug)]
pub struct ClientIp {
    /// The address.
    pub ip: IpAddr,
    /// `forwarded by the trusted proxy 10.0.0.1`.
    pub why: String,
}

impl FromRequestParts<HttpState> for ClientIp {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| peer.ip());
        let chain = forwarded_for(&parts.headers);
        let (ip, why) = behind_proxies(peer, &chain, &state.config.trusted_proxies);
        Ok(Self { ip, why })
    }
}

/// All hops of all X-Forwarded-For headers, in order.
fn forwarded_for(headers: &HeaderMap) -> String {
    let hops = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    hops.collect::<Vec<_>>().join(",")
}

/// Set where a response has not set them itself.
const HEADERS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
];

/// A year of https alone, once a browser has seen it: where the public URL is https.
const ONLY_HTTPS: &str = "max-age=31536000";

/// Refuses browsers' cross-site changes and adds the headers.
pub async fn guard(State(state): State<HttpState>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let guarded = request.headers().contains_key(header::COOKIE) || is_form(path);
    if guarded
        && !is_answer(path)
        && is_foreign_change(request.method(), request.headers(), &state.app.public_url)
    {
        return (StatusCode::FORBIDDEN, "this change was asked for by another site").into_response();
    }
    let mut response = next.run(request).await;
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    if state.app.cookie_secure {
        response
            .headers_mut()
            .insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(ONLY_HTTPS));
    }
    response
}

/// The answer to a question: the token in its path is what allows it, and no cookie adds to that. Its page says
/// `no-referrer`, so browsers send `Origin: null` with its form, and over plain HTTP no `Sec-Fetch-Site` beside it: an
/// operator who answers a question of their own must not be taken for a forger.
fn is_answer(path: &str) -> bool {
    path.starts_with("/q/")
}

/// The console's own forms, also those that are sent before there is a session: another site must not sign a visitor in
/// as somebody else. Whatever else carries no cookie is no browser's session and has nothing to forge.
fn is_form(path: &str) -> bool {
    path.starts_with("/fn/")
}

/// A browser says where a change comes from (`Sec-Fetch-Site`, `Origin`); the cookie's SameSite=Lax is the other half.
fn is_foreign_change(method: &Method, headers: &HeaderMap, public_url: &str) -> bool {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return false;
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => !matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            let host = text("host").unwrap_or_default();
            !is_same_origin(origin, public_url)
                && origin.split_once("://").is_none_or(|(_, authority)| authority != host)
        }
        (None, None) => false,
    }
}

/// Scheme, host and port, as browsers compare them: case and a default port make no difference.
fn is_same_origin(origin: &str, public_url: &str) -> bool {
    match (Url::parse(origin), Url::parse(public_url)) {
        (Ok(origin), Ok(ours)) => origin.origin().is_tuple() && origin.origin() == ours.origin(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_compared_as_browsers_do() {
        for same in ["https://watch.example", "https://WATCH.example:443", "https://watch.example/"] {
            assert!(is_same_origin(same, "https://watch.example"), "{same}");
        }
        for other in
            ["http://watch.example", "https://watch.example:444", "https://watch.example.evil", "null", ""]
        {
            assert!(!is_same_origin(other, "https://watch.example"), "{other}");
        }
    }

    fn change(headers: &[(&'static str, &'static str)]) -> bool {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        is_foreign_change(&Method::POST, &headers.collect(), "https://watch.example")
    }

    #[test]
    fn a_change_from_another_site_is_known() {
        assert!(change(&[("origin", "https://evil.example"), ("host", "watch.example")]));
        assert!(change(&[("sec-fetch-site", "cross-site")]));
        assert!(change(&[("sec-fetch-site", "same-site")]));
        assert!(change(&[("origin", "null"), ("host", "watch.example")]));
    }

    #[test]
    fn our_own_forms_and_programs_that_say_nothing_pass() {
        assert!(!change(&[("origin", "https://watch.example"), ("host", "internal:3000")]));
        assert!(!change(&[("origin", "http://127.0.0.1:3000"), ("host", "127.0.0.1:3000")]));
        assert!(!change(&[("sec-fetch-site", "same-origin")]));
        assert!(!change(&[("sec-fetch-site", "none")]));
        assert!(!change(&[]));
    }
}
