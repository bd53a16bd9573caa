//! Tables: named columns, scrolling sideways on small screens instead of squeezing.

use leptos::prelude::*;

/// A table; its rows are the children.
#[component]
pub fn Table(
    /// What it lists, for those who do not see it.
    #[prop(into)]
    label: String,
    /// The columns' names; an empty one is a column of buttons.
    head: &'static [&'static str],
    /// `<tr>` elements.
    children: Children,
) -> impl IntoView {
    let heads = head.iter().map(|name| match *name {
        "" => view! { <th scope="col"><span class="visually-hidden">"Actions"</span></th> }.into_any(),
        name => view! { <th scope="col">{name}</th> }.into_any(),
    });
    view! {
        <div class="table-scroll">
            <table aria-label=label>
                <thead><tr>{heads.collect_view()}</tr></thead>
                <tbody>{children()}</tbody>
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
