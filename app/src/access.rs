//! Who asks: the operator behind the session cookie, and the guard every server function begins with.

#[cfg(feature = "ssr")]
pub mod throttle;

pub use porchlight_domain::operator::Role;
#[cfg(feature = "ssr")]
pub use server::{
    Access, browser, client_address, cookie, redirect, require, require_in, session_cookie, session_token,
    set_cookie, signed_in, state, wants_html,
};

/// A path of this console to go to after signing in; anything else, above all another site, is the start page.
pub fn safe_next(next: Option<&str>) -> String {
    let local = |path: &&str| {
        path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\n', '\r', '\t'])
    };
    next.filter(local).unwrap_or("/").to_owned()
}

#[cfg(feature = "ssr")]
mod server {
    use std::net::IpAddr;
    use std::sync::atomic::{AtomicBool, Ordering};

    use axum::http::request::Parts;
    use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
    use leptos::prelude::use_context;
    use leptos_axum::ResponseOptions;
    use porchlight_domain::Timestamp;
    use porchlight_domain::db::Db;
    use porchlight_domain::id::ProjectId;
    use porchlight_domain::operator::{Actor, Browser, Operator, Role, store};
    use porchlight_domain::project::store as projects;
    use porchlight_domain::time::SECOND;

    use crate::error::{AppError, AppResult};
    use crate::format::encode_query;
    use crate::state::{AppState, ClientAddress};

    /// The cookie that holds an operator's session token.
    const SESSION: &str = "porchlight_session";

    /// An operator who may do what they ask for, and what it takes to do it.
    #[derive(Clone)]
    pub struct Access {
        /// Who.
        pub operator: Operator,
        /// With what.
        pub state: AppState,
    }

    impl Access {
        /// The store.
        pub fn db(&self) -> &Db {
            &self.state.db
        }

        /// Who, as the ledger records it.
        pub fn actor(&self) -> Actor {
            Actor::Operator(self.operator.id)
        }

        /// The present moment.
        pub fn now(&self) -> Timestamp {
            (self.state.now)()
        }
    }

    /// The first line of every server function: whoever is signed in, if their role is at least `role`.
    /// A stranger is sent to the sign-in page.
    pub async fn require(role: Role) -> AppResult<Access> {
        let Some(access) = signed_in().await? else {
            let error = AppError::SignedOut.answered();
            // Last, so that its status stands: a page's is a redirect.
            send_to_sign_in();
            return Err(error);
        };
        if access.operator.role < role {
            return Err(AppError::Forbidden.answered());
        }
        Ok(access)
    }

    /// The same for what belongs to a project, which must be there.
    pub async fn require_in(role: Role, project: ProjectId) -> AppResult<Access> {
        let access = require(role).await?;
        if !projects::exists(access.db(), project).await? {
            return Err(AppError::NotFound.answered());
        }
        Ok(access)
    }

    /// Whoever is signed in, if anybody is.
    pub async fn signed_in() -> AppResult<Option<Access>> {
        let state = state()?;
        let Some(token) = cookie(SESSION) else { return Ok(None) };
        let now = (state.now)();
        let Some(operator) = store::by_session(&state.db, &token, now).await? else { return Ok(None) };
        note_seen(&state.db, &operator, now);
        Ok(Some(Access { operator, state }))
    }

    /// Beside the request: a page is read without waiting for the writer, and while nothing can be written. One at a time, so
    /// that none pile up then.
    fn note_seen(db: &Db, operator: &Operator, now: Timestamp) {
        if !store::is_seen_anew(operator, now) || NOTING.swap(true, Ordering::Relaxed) {
            return;
        }
        let (db, operator, noting) = (db.clone(), operator.id, Noting);
        leptos::task::spawn(async move {
            let _noting = noting;
            if let Err(error) = store::seen(&db, operator, now).await {
                tracing::debug!(%error, "cannot note when an operator was seen");
            }
        });
    }

    static NOTING: AtomicBool = AtomicBool::new(false);

    /// While it lives a note is on its way.
    struct Noting;

    impl Drop for Noting {
        fn drop(&mut self) {
            NOTING.store(false, Ordering::Relaxed);
        }
    }

    /// The console's state.
    pub fn state() -> AppResult<AppState> {
        use_context::<AppState>().ok_or(AppError::Failed)
    }

    /// True for a browser that loads a page or sends a form by itself, false for our script in it.
    pub fn wants_html(headers: &HeaderMap) -> bool {
        headers
            .get(header::ACCEPT)
            .and_then(|accept| accept.to_str().ok())
            .is_some_and(|accept| accept.contains("text/html"))
    }

    /// The request's cookie of this name.
    pub fn cookie(name: &str) -> Option<String> {
        let parts = use_context::<Parts>()?;
        let pairs = parts.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = pairs.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
    }

    /// The browser's address.
    pub fn client_address() -> Option<IpAddr> {
        use_context::<Parts>()?.extensions.get::<ClientAddress>().map(|address| address.0)
    }

    /// What the browser says of itself.
    pub fn browser() -> Browser {
        let agent = use_context::<Parts>().and_then(|parts| {
            parts
                .headers
                .get(header::USER_AGENT)
                .map(|text| String::from_utf8_lossy(text.as_bytes()).into_owned())
        });
        Browser { ip: client_address().map(|ip| ip.to_string()), user_agent: agent }
    }

    /// The session's token, if the browser sent one.
    pub fn session_token() -> Option<String> {
        cookie(SESSION)
    }

    /// Sets a cookie for `seconds`; 0 takes it away. Scripts cannot read it.
    pub fn set_cookie(name: &str, value: &str, same_site: &str, seconds: i64) {
        let (Some(response), Ok(state)) = (use_context::<ResponseOptions>(), state()) else { return };
        let secure = if state.cookie_secure { "; Secure" } else { "" };
        let cookie =
            format!("{name}={value}; Path=/; HttpOnly; SameSite={same_site}; Max-Age={seconds}{secure}");
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.append_header(header::SET_COOKIE, cookie);
        }
    }

    /// Sets the session cookie for a new session; None ends it in the browser. Returns the token it replaces.
    pub fn session_cookie(token: Option<&str>) -> Option<String> {
        let before = cookie(SESSION);
        let seconds = if token.is_some() { store::SESSION_LIFETIME / SECOND } else { 0 };
        set_cookie(SESSION, token.unwrap_or_default(), "Lax", seconds);
        before
    }

    fn send_to_sign_in() {
        let Some(parts) = use_context::<Parts>() else { return };
        // A form's page is in its Referer; a server function's own path is no page.
        let page = match (&parts.method, wants_html(&parts.headers)) {
            (&Method::GET, _) => parts.uri.path_and_query().map_or("/", |page| page.as_str()).to_owned(),
            (_, true) => form_page(&parts.headers),
            (_, false) => return,
        };
        redirect(&format!("/sign-in?next={}", encode_query(&page)));
    }

    /// The path of the page that a form was sent from, without what a refused form before it left there.
    fn form_page(headers: &HeaderMap) -> String {
        let referer = headers.get(header::REFERER).and_then(|referer| referer.to_str().ok());
        let page = referer.and_then(|url| url.split_once("://")).and_then(|(_, rest)| rest.split_once('/'));
        let page = page.map(|(_, page)| page.split_once("?__").map_or(page, |(page, _)| page));
        format!("/{}", page.unwrap_or_default())
    }

    /// Sends the browser to another page, however it asked: loading a page, sending a form, or through our script.
    pub fn redirect(to: &str) {
        let (Some(parts), Some(response)) = (use_context::<Parts>(), use_context::<ResponseOptions>()) else {
            return;
        };
        let Ok(location) = HeaderValue::from_str(to) else { return };
        response.insert_header(header::LOCATION, location);
        if parts.method == Method::GET || wants_html(&parts.headers) {
            response.set_status(StatusCode::SEE_OTHER);
        } else {
            let by_script = HeaderName::from_static(leptos::server_fn::redirect::REDIRECT_HEADER);
            response.insert_header(by_script, HeaderValue::from_static(""));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::safe_next;

    #[test]
    fn only_our_own_pages_come_after_signing_in() {
        assert_eq!(safe_next(Some("/p/prj_1/events?verb=log-in")), "/p/prj_1/events?verb=log-in");
        for foreign in
            ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "/a\nb"]
        {
            assert_eq!(safe_next(Some(foreign)), "/", "{foreign}");
        }
        assert_eq!(safe_next(None), "/");
    }
}
