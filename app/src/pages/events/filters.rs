//! The log's filters: the bar, the chips of those that are set, and what they mean.

use leptos::prelude::*;
use porchlight_domain::FieldError;
use porchlight_domain::event::address::Within;
use porchlight_domain::event::verb::TABLE;
use porchlight_domain::event::{EventFilter, checked_country};
use porchlight_domain::id::ProjectId;
use porchlight_domain::risk::Level;

use crate::format;
use crate::ui::event_table::Narrow;
use crate::ui::filter_bar::{FilterBar, FilterChoice, FilterText, MoreFilters, about, faults, filter};

/// Each filter's argument, what it is called, and its input's type.
const TEXTS: [(&str, &str, &str); 7] = [
    ("user", "User id", "text"),
    ("ip", "Address", "text"),
    ("country", "Country", "text"),
    ("session", "Session", "text"),
    ("source", "Tenant", "text"),
    ("since", "From day", "date"),
    ("until", "To day", "date"),
];

/// The filters that are set, in the order of the bar.
pub(super) fn filters_in_url() -> Vec<(String, String)> {
    let names = ["verb", "level"].into_iter().chain(TEXTS.map(|(name, ..)| name));
    names.filter_map(|name| Some((name.to_owned(), filter(name)?))).collect()
}

/// What they ask for; several verbs are joined by commas. What cannot be read narrows nothing: see [`wrong`].
pub(super) fn wanted() -> EventFilter {
    let about = about();
    EventFilter {
        verbs: filter("verb").map(|verbs| verbs_in(&verbs)).unwrap_or_default(),
        level: filter("level").and_then(|level| level.parse::<Level>().ok()),
        user_id: about.user_id,
        ip: filter("ip").filter(|ip| Within::parse(ip).is_ok()),
        country: filter("country").and_then(|code| checked_country(&code).ok()),
        session_id: about.session,
        source: filter("source"),
        since: about.since,
        until: about.until,
        ..EventFilter::default()
    }
}

/// What is wrong with them.
pub(super) fn wrong() -> Vec<FieldError> {
    let addresses = faults::read("ip", Within::parse);
    let countries = faults::read("country", checked_country);
    let each = [faults::of::<Level>("level"), addresses, countries];
    each.into_iter().flatten().chain(faults::of_about()).collect()
}

fn verbs_in(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|verb| !verb.is_empty()).map(str::to_owned).collect()
}

/// The bar.
#[component]
pub(super) fn Filters() -> impl IntoView {
    let levels = [("", "Any level"), ("orange", "Orange and red"), ("red", "Red only")];
    let levels = levels.map(|(value, label)| (value.to_owned(), label.to_owned())).to_vec();
    let verb = || filter("verb").unwrap_or_default();
    let verbs = TABLE.map(|known| view! { <option value=known.name>{format::verb(known.name)}</option> });
    view! {
        <FilterBar faults=wrong>
            <label class="filter">
                <span>"What"</span>
                <input type="text" name="verb" list="verbs" placeholder="any verb" value=verb prop:value=verb/>
                <datalist id="verbs">{verbs.collect_view()}</datalist>
            </label>
            <FilterChoice name="level" label="Level" choices=levels/>
            <MoreFilters names=TEXTS.map(|(name, ..)| name).to_vec()>
                {TEXTS.map(|(name, label, kind)| view! { <FilterText name=name label=label kind=kind/> }).collect_view()}
            </MoreFilters>
        </FilterBar>
    }
    .into_any()
}

/// The filters that are set, each with the way to take it away.
#[component]
pub(super) fn Chips(project: Memo<ProjectId>) -> impl IntoView {
    let chips = move || {
        let set = filters_in_url();
        let narrow = Narrow::new(project.get(), set.clone());
        let chips: Vec<_> = set.into_iter().map(|(name, value)| chip(&narrow, &name, value)).collect();
        (!chips.is_empty())
            .then(|| view! { <ul class="chips" aria-label="Filters that are set">{chips}</ul> })
    };
    view! { {chips} }.into_any()
}

fn chip(narrow: &Narrow, name: &str, value: String) -> AnyView {
    let label = match name {
        "verb" => "What",
        "level" => "Level",
        _ => TEXTS.iter().find(|(other, ..)| *other == name).map_or("", |(_, label, _)| label),
    };
    let href = narrow.link(name, None);
    let remove = format!("Remove the filter {label}: {value}");
    view! {
        <li>
            <a class="chip" href=href aria-label=remove>
                <span class="chip-name">{label}</span>
                <span class="chip-value">{value}</span>
                <span class="chip-remove" aria-hidden="true">"×"</span>
            </a>
        </li>
    }
    .into_any()
}
