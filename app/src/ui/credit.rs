//! The link to whoever made the data that a page shows, as its licence asks for it.

use leptos::prelude::*;
use porchlight_domain::place::Credit;

/// `IP Geolocation by DB-IP`.
pub fn credit(credit: Credit) -> AnyView {
    view! { <a href=credit.url() rel="external noopener">{credit.text()}</a> }.into_any()
}
