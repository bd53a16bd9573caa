//! All rows of a list at once, beside what can be done to those that are selected.

use leptos::prelude::*;

use crate::format;
use crate::ui::browser;
use crate::ui::time::hydrated;

/// With a script a button that ticks every box. Without one a box named `all`, beside the field `shown` with the ids of all
/// that are listed: the server function takes those for selected.
#[component]
pub fn SelectAll(
    /// The boxes' name.
    name: &'static str,
    /// What each box stands for.
    ids: Vec<String>,
) -> impl IntoView {
    let count = format::number(i64::try_from(ids.len()).unwrap_or(i64::MAX));
    let shown = ids.join(",");
    move || {
        if hydrated() {
            let tick = move |_| browser::tick_all(name);
            return view! { <button type="button" class="button small quiet" on:click=tick>"Select all"</button> }
                .into_any();
        }
        view! {
            <input type="hidden" name="shown" value=shown.clone()/>
            <label class="filter"><input type="checkbox" name="all" value="true"/>{format!("all {count} listed here")}</label>
        }
        .into_any()
    }
}

/// The ids of a form with [`SelectAll`]: all that were listed, or those that were ticked.
#[cfg(feature = "ssr")]
pub fn selected<T: std::str::FromStr>(all: bool, shown: &str, ticked: Vec<T>) -> Vec<T> {
    if all { shown.split(',').filter_map(|id| id.parse().ok()).collect() } else { ticked }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn all_are_those_that_were_listed_and_else_those_that_were_ticked() {
        assert_eq!(selected(true, "1,2,x,3", vec![2]), [1, 2, 3]);
        assert_eq!(selected(false, "1,2", vec![2]), [2]);
        assert_eq!(selected::<i64>(true, "", Vec::new()), Vec::<i64>::new());
    }
}
