//! Forms that change something: sent by the browser alone, or by our script when it is there; errors stand beside them.

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos::server_fn::client::Client;
use leptos::server_fn::codec::PostUrl;
use leptos::server_fn::request::ClientReq;
use leptos::server_fn::{Http, ServerFn};
use leptos::web_sys::FormData;
use serde::de::DeserializeOwned;

use crate::error::AppError;

/// Counts the changes made on this page since it was loaded; resources that read it load again after each.
#[derive(Clone, Copy)]
struct Changes(RwSignal<u32>);

/// Starts counting changes. Call once, at the root.
pub fn provide_changes() {
    provide_context(Changes(RwSignal::new(0)));
}

/// How many changes were made: put it into a resource's source to load again after each.
pub fn changes() -> u32 {
    use_context::<Changes>().map_or(0, |Changes(count)| count.get())
}

/// Notes a change by other means than [`use_action`].
pub fn note_change() {
    if let Some(Changes(count)) = use_context::<Changes>() {
        count.update(|count| *count = count.wrapping_add(1));
    }
}

/// An action that, once it has succeeded, makes the page's resources load again.
pub fn use_action<S>() -> ServerAction<S>
where
    S: ServerFn<Error = AppError> + Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
{
    let action = ServerAction::<S>::new();
    let changes = use_context::<Changes>();
    Effect::new(move || {
        let done =
            action.version().get() > 0 && action.value().with_untracked(|value| matches!(value, Some(Ok(_))));
        if let (true, Some(Changes(count))) = (done, changes) {
            count.update(|count| *count = count.wrapping_add(1));
        }
    });
    action
}

/// A form that runs an action. Its fields are the server function's arguments.
#[component]
pub fn Form<S, O>(
    /// What it does.
    action: ServerAction<S>,
    /// Class of the form.
    #[prop(optional)]
    class: &'static str,
    /// Leave its error to a [`Failure`] elsewhere: for forms in the rows of a table.
    #[prop(optional)]
    quiet: bool,
    /// Fields and buttons.
    children: Children,
) -> impl IntoView
where
    S: ServerFn<Error = AppError, Protocol = Http<PostUrl, O>>
        + DeserializeOwned
        + Clone
        + Send
        + Sync
        + 'static,
    S::Output: Send + Sync + 'static,
    S::Client: Client<AppError>,
    <<S::Client as Client<AppError>>::Request as ClientReq<AppError>>::FormData: From<FormData>,
    O: 'static,
{
    let busy = move || action.pending().get().then_some("true");
    let failure = (!quiet).then(|| view! { <Failure action=action/> });
    view! {
        <ActionForm action=action attr:class=class attr:aria-busy=busy>
            {failure}
            {children()}
        </ActionForm>
    }
    .into_any()
}

/// Why an action failed, if it did.
#[component]
pub fn Failure<S>(
    /// The action.
    action: ServerAction<S>,
) -> impl IntoView
where
    S: ServerFn<Error = AppError> + Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
{
    let error =
        move || action.value().with(|value| value.as_ref().and_then(|value| value.as_ref().err().cloned()));
    move || {
        error().map(|error| view! { <p class="notice" data-tone="bad" role="alert">{error.to_string()}</p> })
    }
}

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
