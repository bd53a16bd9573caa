//! Tables: named columns; where there is no room for them, each row is a card of names and values.

use leptos::prelude::*;

/// A table; its rows are the children: `<tr role="row">` of `<td role="cell" data-label="…">`. The label names the value
/// in a card, and the roles say that it is a table still when it no longer looks like one.
#[component]
pub fn Table(
    /// What it lists, for those who do not see it.
    #[prop(into)]
    label: String,
    /// The columns' names; an empty one is a column of buttons.
    head: &'static [&'static str],
    /// The rows.
    children: Children,
) -> impl IntoView {
    let heads = head.iter().map(|name| match *name {
        "" => {
            view! { <th role="columnheader" scope="col"><span class="visually-hidden">"Actions"</span></th> }
                .into_any()
        }
        name => view! { <th role="columnheader" scope="col">{name}</th> }.into_any(),
    });
    view! {
        <div class="table-scroll">
            <table role="table" aria-label=label class:many={head.len() > 4}>
                <thead role="rowgroup"><tr role="row">{heads.collect_view()}</tr></thead>
                <tbody role="rowgroup">{children()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// Facts in two columns: what, and how it is.
#[component]
pub fn Facts(
    /// Names and values.
    facts: Vec<(&'static str, AnyView)>,
) -> impl IntoView {
    let rows = facts.into_iter().map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> });
    view! { <dl class="facts">{rows.collect_view()}</dl> }.into_any()
}
