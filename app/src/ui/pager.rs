//! On to the next page of a list: a link, so that it works everywhere and can be shared.

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};

use crate::format::encode_query;

/// The argument that says where a page starts.
pub const CURSOR: &str = "cursor";

/// The cursor in this page's URL.
pub fn cursor() -> Option<String> {
    use_query_map().with(|query| query.get(CURSOR)).filter(|cursor| !cursor.is_empty())
}

/// Links to the first and the next page of the list in this URL, keeping its filters.
#[component]
pub fn Pager(
    /// The next page's cursor, if there is one.
    next: Option<String>,
) -> impl IntoView {
    let (path, query) = (use_location().pathname, use_query_map());
    let link = move |cursor: Option<&str>| {
        let query = query.get();
        let kept = query.into_iter().filter(|(name, _)| name != CURSOR && !name.starts_with("__"));
        let mut pairs: Vec<_> =
            kept.map(|(name, value)| format!("{}={}", encode_query(&name), encode_query(&value))).collect();
        pairs.extend(cursor.map(|cursor| format!("{CURSOR}={}", encode_query(cursor))));
        format!("{}?{}", path.get(), pairs.join("&"))
    };
    let first =
        cursor().is_some().then(|| view! { <a class="button small" href=link(None)>"First page"</a> });
    let next =
        next.map(|next| view! { <a class="button small" href=link(Some(&next)) rel="next">"Next page"</a> });
    if first.is_none() && next.is_none() {
        return ().into_any();
    }
    view! { <nav class="pager" aria-label="Pages">{first}{next}</nav> }.into_any()
}
