//! A way to look again for those without a script: with one, the page reads itself again.

use leptos::prelude::*;

use crate::ui::time::hydrated;

/// `Refresh`, where nothing else would.
pub fn refresh() -> AnyView {
    let again =
        move || (!hydrated()).then(|| view! { <a class="button small" href="" rel="external">"Refresh"</a> });
    view! { {again} }.into_any()
}
