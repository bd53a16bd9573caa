//! Filters of a list: a GET form, so that the URL says what is shown.

pub mod faults;

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};
use porchlight_domain::Timestamp;
use porchlight_domain::page::About;
use porchlight_domain::time::DAY;

use faults::{Faults, beside, beside_choices, judge};

/// The value of a filter in this page's URL; blank is none.
pub fn filter(name: &str) -> Option<String> {
    use_query_map()
        .with(|query| query.get(name))
        .map(|value| value.trim().to_owned())
        .filter(|value| !value.is_empty())
}

/// Of whom, of which session and when, as [`FilterAbout`] asks. What cannot be read narrows nothing: see [`faults::of_about`].
pub fn about() -> About {
    let day = |name| filter(name).and_then(|text| Timestamp::parse(&text));
    About {
        user_id: filter("user"),
        session: filter("session"),
        since: day("since"),
        // The day that is named is part of it.
        until: day("until").map(|midnight| midnight.plus(DAY)),
    }
}

/// The filters by user, session and days, and the others of a list that are wanted less often: behind a click on a
/// telephone, unless one of them is set.
#[component]
pub fn FilterAbout(
    /// The others, by name …
    others: &'static [&'static str],
    /// … and as they are.
    children: Children,
) -> impl IntoView {
    let names = ["user", "session", "since", "until"].iter().chain(others).copied().collect();
    view! {
        <MoreFilters names>
            <FilterText name="user" label="User id or mail" kind="search"/>
            <FilterText name="session" label="Session" kind="search"/>
            <FilterText name="since" label="From day" kind="date"/>
            <FilterText name="until" label="To day" kind="date"/>
            {children()}
        </MoreFilters>
    }
    .into_any()
}

/// Filters that are behind a click on a telephone, unless one of them is set; where there is room, style shows them
/// without one.
#[component]
pub fn MoreFilters(
    /// Of these names.
    names: Vec<&'static str>,
    /// Filters.
    children: Children,
) -> impl IntoView {
    let set = untrack(|| names.iter().any(|name| filter(name).is_some()));
    view! {
        <details class="more-filters" open=set>
            <summary class="button quiet">"More filters"</summary>
            {children()}
        </details>
    }
    .into_any()
}

/// A bar of filters over a list.
#[component]
pub fn FilterBar(
    /// What is wrong with them, to be said at each.
    #[prop(optional)]
    faults: Option<Faults>,
    /// Inputs named as the filters.
    children: Children,
) -> impl IntoView {
    judge(faults);
    let path = use_location().pathname;
    let narrowed = use_query_map();
    let narrowed = move || {
        narrowed.with(|query| {
            query.clone().into_iter().any(|(name, value)| !value.is_empty() && !name.starts_with("__"))
        })
    };
    view! {
        <form method="get" action=move || path.get() class="filter-bar" role="search" on:submit=narrower()>
            {children()}
            <button class="button" type="submit">"Filter"</button>
            {move || narrowed().then(|| view! { <a class="button quiet" href=path.get()>"Clear"</a> })}
        </form>
    }
    .into_any()
}

/// Goes to the narrowed list without loading the page anew, leaving out what was not filled in.
#[cfg(feature = "hydrate")]
fn narrower() -> impl Fn(web_sys::SubmitEvent) + 'static {
    let (navigate, path) = (leptos_router::hooks::use_navigate(), use_location().pathname);
    move |event| {
        let Some((_, fields)) = crate::ui::browser::form(&event) else { return };
        event.prevent_default();
        let filled: Vec<_> = fields.split('&').filter(|field| !field.ends_with('=')).collect();
        let query = if filled.is_empty() { String::new() } else { format!("?{}", filled.join("&")) };
        navigate(&format!("{}{query}", path.get_untracked()), leptos_router::NavigateOptions::default());
    }
}

#[cfg(not(feature = "hydrate"))]
fn narrower() -> impl Fn(leptos::web_sys::SubmitEvent) + 'static {
    |_| ()
}

/// A text filter.
#[component]
pub fn FilterText(
    /// The argument.
    name: &'static str,
    /// What it narrows by.
    label: &'static str,
    /// The input's type: `search`, `text`, `date`.
    #[prop(default = "text")]
    kind: &'static str,
    /// What could be typed.
    #[prop(optional)]
    placeholder: &'static str,
    /// What links from before call the argument.
    #[prop(optional)]
    alias: Option<&'static str>,
) -> impl IntoView {
    // What was typed and then cleared by a link shows only if the property changes too.
    let value = move || filter(name).or_else(|| filter(alias?)).unwrap_or_default();
    view! {
        <label class="filter">
            <span>{label}{beside(name)}{alias.map(beside)}</span>
            <input type=kind name=name placeholder=placeholder value=value prop:value=value/>
        </label>
    }
    .into_any()
}

/// A filter with a few choices; the first one is all.
#[component]
pub fn FilterChoice(
    /// The argument.
    name: &'static str,
    /// What it narrows by.
    label: &'static str,
    /// Values and what they are called.
    choices: Vec<(String, String)>,
) -> impl IntoView {
    let chosen = filter(name).unwrap_or_default();
    let options = choices.into_iter().map(|(value, label)| {
        let selected = value == chosen;
        view! { <option value=value selected=selected>{label}</option> }
    });
    view! {
        <label class="filter">
            <span>{label}{beside_choices(name)}</span>
            <select name=name prop:value=move || filter(name).unwrap_or_default()>{options.collect_view()}</select>
        </label>
    }
    .into_any()
}
