//! Fields of forms: labels, hints, choices, and a button that asks before it acts.

use leptos::prelude::*;

/// A labelled place for one input, with a hint below it.
#[component]
pub fn Field(
    /// What it asks for.
    #[prop(into)]
    label: String,
    /// What to know before answering.
    #[prop(optional, into)]
    hint: Option<String>,
    /// The input.
    children: Children,
) -> impl IntoView {
    view! {
        <label class="field">
            <span class="field-label">{label}</span>
            {children()}
            {hint.map(|hint| view! { <span class="field-hint">{hint}</span> })}
        </label>
    }
    .into_any()
}

/// A yes-or-no question.
#[component]
pub fn Check(
    /// The argument it sets to true.
    name: &'static str,
    /// The answer so far.
    #[prop(optional)]
    checked: bool,
    /// What yes means.
    #[prop(into)]
    label: String,
    /// What to know before answering.
    #[prop(optional, into)]
    hint: Option<String>,
) -> impl IntoView {
    view! {
        <label class="check">
            <input type="checkbox" name=name value="true" checked=checked/>
            <span>
                <span class="check-label">{label}</span>
                {hint.map(|hint| view! { <span class="field-hint">{hint}</span> })}
            </span>
        </label>
    }
    .into_any()
}

/// A choice of a select box.
pub fn choice(value: &'static str, label: &'static str, chosen: bool) -> AnyView {
    view! { <option value=value selected=chosen>{label}</option> }.into_any()
}

/// A button that asks before it acts, without a script: the act itself is inside, shown on request.
#[component]
pub fn Confirm(
    /// On the button: `Revoke…`.
    #[prop(into)]
    label: String,
    /// What will happen.
    #[prop(into)]
    warning: String,
    /// The form that does it.
    children: Children,
) -> impl IntoView {
    view! {
        <details class="confirm">
            <summary class="button small danger">{label}</summary>
            <div class="confirm-panel">
                <p>{warning}</p>
                {children()}
            </div>
        </details>
    }
    .into_any()
}
