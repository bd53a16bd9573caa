//! Changing: a form sent by the browser alone, or by our script when it is there; what went wrong stands beside it.
//!
//! The script sends the form's own fields to the form's own address, so both ways are one, whatever the server function.

use leptos::prelude::*;
use leptos::server::ServerActionError;
use leptos::server_fn::ServerFn;
use leptos::server_fn::error::ServerFnUrlError;
#[cfg(feature = "ssr")]
use leptos_router::hooks::use_query_map;

use crate::error::AppError;
use crate::typed::Fields;
use crate::ui::loaded::sign_in_for_here;

/// Counts the changes made since the page was loaded; whatever was read is read again after each.
#[derive(Clone, Copy)]
struct Changes(RwSignal<u32>);

/// Starts counting changes. Call once, at the root.
pub fn provide_changes() {
    provide_context(Changes(RwSignal::new(0)));
}

/// How many changes were made.
pub fn changes() -> u32 {
    use_context::<Changes>().map_or(0, |Changes(count)| count.get())
}

/// A change that forms on this page can make, and how it went.
#[derive(Clone, Copy)]
pub struct Change {
    path: &'static str,
    busy: RwSignal<bool>,
    /// Why it was refused, and how many changes had been made by then: one that is made since is newer than what it says.
    error: RwSignal<Option<(AppError, u32)>>,
    /// What was typed into the form that was refused.
    typed: StoredValue<Fields>,
    /// How the fields of its forms are labelled, by their names.
    labels: StoredValue<Vec<(&'static str, String)>>,
}

/// The change of the form around.
#[derive(Clone, Copy)]
pub(super) struct Within(pub(super) Change);

/// A form's own fields, as they were typed before it was refused; None where it was not.
#[derive(Clone)]
pub(super) struct Typed(pub(super) Option<Fields>);

/// The change that a server function makes.
pub fn use_change<S: ServerFn<Error = AppError>>() -> Change {
    change(S::PATH)
}

fn change(path: &'static str) -> Change {
    // Without a script the server puts the error into the URL of the form's page.
    let error = use_context::<ServerActionError>().filter(|error| error.path() == path);
    let error = error.map(|error| ServerFnUrlError::<AppError>::decode_err(error.err()));
    let typed = StoredValue::new(if error.is_some() { kept() } else { Fields::new() });
    let error = error.map(|error| (error, untrack(changes)));
    Change {
        path,
        busy: RwSignal::new(false),
        error: RwSignal::new(error),
        typed,
        labels: StoredValue::new(Vec::new()),
    }
}

impl Change {
    /// It was tried and refused.
    pub fn is_refused(self) -> bool {
        self.refusal().is_some()
    }

    /// Why it was refused, while nothing was changed since.
    fn refusal(self) -> Option<AppError> {
        self.error.get().filter(|(_, made)| *made == changes()).map(|(error, _)| error)
    }

    /// Notes how a field is labelled; answers what is wrong with it, while something is.
    pub(super) fn beside(
        self,
        name: &'static str,
        label: &str,
    ) -> impl Fn() -> Option<String> + Copy + Send + use<> {
        self.labels.update_value(|labels| {
            if !labels.iter().any(|(known, _)| *known == name) {
                labels.push((name, label.to_owned()));
            }
        });
        move || self.refusal().and_then(|error| error.beside(name))
    }
}

/// The fields that the server kept for this page.
#[cfg(feature = "ssr")]
fn kept() -> Fields {
    use crate::typed::ARGUMENT;
    let state = use_context::<crate::state::AppState>();
    let token = use_query_map().with_untracked(|query| query.get(ARGUMENT));
    let found = state.zip(token).and_then(|(state, token)| state.typed.find(&token, (state.now)()));
    found.unwrap_or_default()
}

#[cfg(not(feature = "ssr"))]
fn kept() -> Fields {
    Fields::new()
}

/// A form that makes a change. Its fields are the server function's arguments.
#[component]
pub fn Form(
    /// What it does.
    change: Change,
    /// Class of the form.
    #[prop(optional)]
    class: &'static str,
    /// What boxes that stand outside of it name in their attribute `form`: a form within a form there cannot be.
    #[prop(optional)]
    id: Option<&'static str>,
    /// Leave its error to a [`Failure`] elsewhere: for forms in the rows of a table.
    #[prop(optional)]
    quiet: bool,
    /// Fields and buttons.
    children: Children,
) -> impl IntoView {
    let typed = change.typed.get_value();
    provide_context(Typed((!typed.is_empty()).then_some(typed)));
    provide_context(Within(change));
    let failure = (!quiet).then(|| view! { <Failure change=change/> });
    view! {
        <form class=class id=id method="post" action=change.path aria-busy=move || change.busy.get().then_some("true") on:submit=sender(change)>
            {failure}
            {children()}
        </form>
    }
    .into_any()
}

/// Why a change failed, if it did.
#[component]
pub fn Failure(
    /// The change.
    change: Change,
) -> impl IntoView {
    let typed = move |name: &str| {
        change.typed.with_value(|fields| {
            fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone())
        })
    };
    let label = move |name: &str| {
        change.labels.with_value(|labels| {
            labels.iter().find(|(field, _)| *field == name).map(|(_, label)| label.clone())
        })
    };
    let shown = move || {
        change.refusal().map(|error| {
            let sign_in = (error == AppError::SignedOut)
                .then(|| view! { " "<a href=sign_in_for_here() rel="external">"Sign in"</a> });
            view! { <p class="notice" data-tone="bad" role="alert">{error.about(label, typed)}{sign_in}</p> }
        })
    };
    view! { {shown} }.into_any()
}

/// Sends a form from the browser and takes the page to where the change leads.
#[cfg(feature = "hydrate")]
fn sender(change: Change) -> impl Fn(web_sys::SubmitEvent) + Clone + 'static {
    use leptos_router::NavigateOptions;
    use leptos_router::hooks::use_navigate;

    use crate::ui::browser;

    let (navigate, changes) = (use_navigate(), use_context::<Changes>());
    move |event| {
        let Some((form, fields)) = browser::form(&event) else { return };
        event.prevent_default();
        if change.busy.get_untracked() {
            return;
        }
        change.busy.set(true);
        let navigate = navigate.clone();
        leptos::task::spawn_local(async move {
            let sent = browser::send(change.path, fields.clone()).await;
            change.busy.set(false);
            change.typed.set_value(if sent.is_err() { crate::typed::fields(&fields) } else { Fields::new() });
            let made = changes.map_or(0, |Changes(count)| count.get_untracked());
            change.error.set(sent.as_ref().err().map(|error| (error.clone(), made)));
            let Ok(to) = sent else { return };
            let note = move || {
                if let Some(Changes(count)) = changes {
                    count.update(|count| *count = count.wrapping_add(1));
                }
            };
            match to {
                None => {
                    // From now on its fields say again what the server says.
                    form.reset();
                    note();
                }
                Some(to) => {
                    navigate(&to, NavigateOptions::default());
                    // The page that is left must not read again what may be gone.
                    set_timeout(note, std::time::Duration::ZERO);
                }
            }
        });
    }
}

#[cfg(not(feature = "hydrate"))]
fn sender(_change: Change) -> impl Fn(leptos::web_sys::SubmitEvent) + Clone + 'static {
    |_| ()
}
