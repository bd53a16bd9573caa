//! The four states of everything that is loaded: loading, failed, empty, there.

use std::sync::Arc;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;
use serde::de::DeserializeOwned;

use crate::error::{AppError, AppResult};
use crate::format;
use crate::ui::browser;
use crate::ui::read::{Read, parse};

/// Shows what was read once it is there; while it is read again, what was there stays.
pub fn loaded<T: DeserializeOwned + 'static>(
    read: Read<T>,
    show: impl Fn(T) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    shown(read.text(), Arc::new(move |text| parse(text).map(&show)))
}

fn shown(
    text: Resource<AppResult<String>>,
    show: Arc<dyn Fn(&str) -> AppResult<AnyView> + Send + Sync>,
) -> AnyView {
    view! {
        <Transition fallback=loading>
            {move || {
                let show = show.clone();
                Suspend::new(async move {
                    let text = text.await;
                    text.and_then(|text| show(&text)).unwrap_or_else(|error| failed(&error))
                })
            }}
        </Transition>
    }
    .into_any()
}

fn loading() -> impl IntoView {
    view! { <div class="loading" role="status"><span class="visually-hidden">"Loading"</span></div> }
}

/// Why it could not be loaded, and what to do.
pub fn failed(error: &AppError) -> AnyView {
    let way_out = match error {
        AppError::SignedOut => {
            // Whoever asks for a page is sent there by the server; whose session ends while one is open, here.
            Effect::new(|| browser::leave_for(&sign_in_for_here()));
            Some((sign_in_for_here(), "Sign in"))
        }
        AppError::NotFound => Some(("/projects".to_owned(), "Go to the projects")),
        _ => None,
    };
    let title = match error {
        AppError::NotFound => "Not found",
        AppError::Forbidden => "Not for your role",
        _ => "This did not load",
    };
    view! {
        <div class="empty" role="alert">
            <h2>{title}</h2>
            <p>{error.to_string()}</p>
            // Loaded anew, so that whoever signed out elsewhere sees nothing from before.
            {way_out.map(|(href, label)| view! { <p><a class="button" href=href rel="external">{label}</a></p> })}
        </div>
    }
    .into_any()
}

/// The page to sign in at and come back from.
pub fn sign_in_for_here() -> String {
    let here = use_location();
    let (path, search) = (here.pathname.get_untracked(), here.search.get_untracked());
    let search = search.trim_start_matches('?');
    let page = if search.is_empty() { path } else { format!("{path}?{search}") };
    format::query("/sign-in", &[("next", Some(&page))])
}

/// The page of a path that leads nowhere.
pub fn not_found() -> AnyView {
    view! { <Title text="Not found"/>{failed(&AppError::NotFound)} }.into_any()
}

/// What stands where rows would: what they are, and how to get the first one.
#[component]
pub fn Empty(
    /// `No events yet`.
    #[prop(into)]
    title: String,
    /// What to do about it.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="empty">
            <h2>{title}</h2>
            {children()}
        </div>
    }
    .into_any()
}
