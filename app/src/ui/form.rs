//! Fields of forms: labels, hints, choices, and a button that asks before it acts.

use leptos::prelude::*;

use crate::typed::Fields;
use crate::ui::change::{Typed, Within};

/// The fields of the form around, if it was refused and comes back.
fn refused() -> Option<Fields> {
    use_context::<Typed>().and_then(|Typed(fields)| fields)
}

/// What was typed into the input of this name, if its form was refused and comes back.
pub fn typed(name: &str) -> Option<String> {
    refused()?.into_iter().find(|(field, _)| field == name).map(|(_, value)| value)
}

/// The same for an input that has a value of its own.
pub fn typed_or(name: &str, otherwise: impl Into<String>) -> String {
    typed(name).unwrap_or_else(|| otherwise.into())
}

/// Whether a box of this name and value is ticked.
pub fn ticked(name: &str, value: &str, otherwise: bool) -> bool {
    refused().map_or(otherwise, |fields| fields.iter().any(|(field, typed)| field == name && typed == value))
}

/// A labelled place for one input, with a hint below it, and with what is wrong after its form was refused.
#[component]
pub fn Field(
    /// The argument that the input sets.
    #[prop(optional)]
    name: Option<&'static str>,
    /// What it asks for.
    #[prop(into)]
    label: String,
    /// What to know before answering.
    #[prop(optional, into)]
    hint: Option<String>,
    /// The input.
    children: Children,
) -> impl IntoView {
    let wrong = name.zip(use_context::<Within>()).map(|(name, Within(change))| {
        let wrong = change.beside(name, &label);
        move || wrong().map(|text| view! { <span class="field-error">{text}</span> })
    });
    view! {
        <label class="field">
            <span class="field-label">{label}</span>
            {children()}
            {wrong}
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
            <input type="checkbox" name=name value="true" checked=ticked(name, "true", checked)/>
            <span>
                <span class="check-label">{label}</span>
                {hint.map(|hint| view! { <span class="field-hint">{hint}</span> })}
            </span>
        </label>
    }
    .into_any()
}

/// What was chosen in the select box around, if its form comes back.
#[derive(Clone)]
struct Chosen(Option<String>);

/// A select box.
#[component]
pub fn Select(
    /// The argument it sets.
    name: &'static str,
    /// Each a [`choice`].
    children: Children,
) -> impl IntoView {
    provide_context(Chosen(typed(name)));
    view! { <select name=name>{children()}</select> }.into_any()
}

/// A choice of a select box; `chosen` at first.
pub fn choice(value: &'static str, label: &'static str, chosen: bool) -> AnyView {
    let before = use_context::<Chosen>().and_then(|Chosen(before)| before);
    let selected = before.map_or(chosen, |before| before == value);
    view! { <option value=value selected=selected>{label}</option> }.into_any()
}

/// For how long a rotation lets two secrets live, in hours: the choices of a select box.
pub fn overlaps() -> AnyView {
    const CHOICES: [(&str, &str); 10] = [
        ("24", "for a day"),
        ("1", "for an hour"),
        ("12", "for 12 hours"),
        ("48", "for 2 days"),
        ("72", "for 3 days"),
        ("96", "for 4 days"),
        ("120", "for 5 days"),
        ("144", "for 6 days"),
        ("168", "for 7 days"),
        ("0", "not at all: it got out"),
    ];
    CHOICES.map(|(hours, label)| choice(hours, label, hours == "24")).into_any()
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
