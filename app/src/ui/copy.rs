//! Text to take away: shown whole, with a button that copies it where there is a script.

use std::time::Duration;

use leptos::prelude::*;

use crate::ui::browser;
use crate::ui::time::hydrated;

/// A button that copies.
#[component]
pub fn CopyButton(
    /// What.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let text = StoredValue::new(text);
    let copy = move |_| {
        if text.with_value(|text| browser::copy(text)) {
            copied.set(true);
            set_timeout(move || copied.set(false), Duration::from_secs(2));
        }
    };
    move || {
        hydrated().then(|| {
            view! {
                <button type="button" class="button small copy" on:click=copy>
                    {move || if copied.get() { "Copied" } else { "Copy" }}
                </button>
            }
        })
    }
}

/// Code or a secret in a box, with a button that copies it.
#[component]
pub fn Snippet(
    /// What.
    #[prop(into)]
    text: String,
    /// Of what, for those who do not see the box.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    view! {
        <div class="snippet">
            <pre tabindex="0" aria-label=label><code>{text.clone()}</code></pre>
            <CopyButton text=text/>
        </div>
    }
    .into_any()
}
