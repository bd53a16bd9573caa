//! A trend in the size of a word: bars, one for each day, with the numbers in a sentence for those who do not see them.

use leptos::prelude::*;

use crate::format;

const HEIGHT: i64 = 28;
const STEP: i64 = 5;

/// A trend, oldest first.
#[component]
pub fn Sparkline(
    /// One value for each day.
    values: Vec<i64>,
    /// What is counted: `events`.
    unit: &'static str,
) -> impl IntoView {
    let most = values.iter().copied().max().unwrap_or(0).max(1);
    let days = i64::try_from(values.len()).unwrap_or(0);
    let label = format!(
        "{} {unit} in {days} days, at most {} a day",
        format::number(values.iter().sum()),
        format::number(most)
    );
    let bars = values.into_iter().zip(0..).map(|(value, day): (i64, i64)| {
        // A day with anything shows; a day with nothing is a hair line.
        let height = if value == 0 { 1 } else { (value * HEIGHT / most).max(2) };
        let class = if value == 0 { "none" } else { "some" };
        view! { <rect class=class x=day * STEP y=HEIGHT - height width=STEP - 1 height=height rx="1"/> }
    });
    view! {
        <svg class="sparkline" role="img" aria-label=label viewBox=format!("0 0 {} {HEIGHT}", (days * STEP - 1).max(1)) preserveAspectRatio="none">
            {bars.collect_view()}
        </svg>
    }
    .into_any()
}
