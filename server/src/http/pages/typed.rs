//! Forms that a browser without a script sends: the fields of one that is refused are kept for the page that shows it again.

use axum::body::{self, Body};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use porchlight_app::access::wants_html;
use porchlight_app::typed::ARGUMENT;

use super::MAX_FORM;
use crate::http::HttpState;

/// Puts the token of the fields into the URL where the server function put its error.
pub(super) async fn keep_typed(State(state): State<HttpState>, request: Request, next: Next) -> Response {
    if request.method() != Method::POST || !wants_html(request.headers()) {
        return next.run(request).await;
    }
    let (parts, form) = request.into_parts();
    let Ok(form) = body::to_bytes(form, MAX_FORM).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "the form is too large").into_response();
    };
    let mut response = next.run(Request::from_parts(parts, Body::from(form.clone()))).await;
    let back = response.headers().get(header::LOCATION).and_then(|page| page.to_str().ok());
    let Some(back) = back else { return response };
    let keep = || state.app.typed.keep(&String::from_utf8_lossy(&form), (state.app.now)());
    if let Ok(back) = HeaderValue::from_str(&told(back, keep)) {
        response.headers_mut().insert(header::LOCATION, back);
    }
    response
}

/// The page to go back to: with a new token if it tells of an error, in any case without the one before.
fn told(page: &str, keep: impl FnOnce() -> String) -> String {
    let (path, query) = page.split_once('?').unwrap_or((page, ""));
    let is = |pair: &str, name: &str| pair.split('=').next() == Some(name);
    let pairs = query.split('&').filter(|pair| !pair.is_empty() && !is(pair, ARGUMENT));
    let mut pairs: Vec<_> = pairs.map(str::to_owned).collect();
    if pairs.iter().any(|pair| is(pair, "__err")) {
        pairs.push(format!("{ARGUMENT}={}", keep()));
    }
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn only_a_page_that_tells_of_an_error_gets_a_token() {
        let told = |page: &str| told(page, || "new".to_owned());
        assert_eq!(told("/projects"), "/projects");
        assert_eq!(told("/p/prj_1/events?verb=log-in"), "/p/prj_1/events?verb=log-in");
        assert_eq!(told("/x?a=1&__path=%2Fapi&__err=e"), "/x?a=1&__path=%2Fapi&__err=e&__typed=new");
        assert_eq!(told("/x?__typed=old&__err=e"), "/x?__err=e&__typed=new");
        assert_eq!(told("/x?__typed=old"), "/x");
    }
}
