//! Time to kill: how long it takes from the question to the session's confirmed end, over a stretch of days.

use leptos::prelude::*;
use porchlight_domain::id::ProjectId;
use porchlight_domain::revocation::{Stretch, TimeToKill};
use serde::{Deserialize, Serialize};

use crate::format;
use crate::layout::project_path;
use crate::ui::filter_bar::filter;
use crate::ui::table::Table;

/// How far back orders are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Back {
    /// 24 hours.
    Day,
    /// 7 days.
    Week,
    /// 30 days.
    #[default]
    Month,
}

impl Back {
    const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    /// As the URL says it, what a link to it is called, and what stands in a sentence.
    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Day => ("24h", "24 h", "last 24 hours"),
            Self::Week => ("7d", "7 d", "last 7 days"),
            Self::Month => ("30d", "30 d", "last 30 days"),
        }
    }

    /// In days.
    #[cfg(feature = "ssr")]
    pub(super) fn days(self) -> i64 {
        match self {
            Self::Day => 1,
            Self::Week => 7,
            Self::Month => 30,
        }
    }

    /// What the page's URL asks for.
    pub(super) fn asked() -> Self {
        let asked = filter("pace");
        let is_it = |back: &Self| asked.as_deref() == Some(back.words().0);
        Self::ALL.into_iter().find(is_it).unwrap_or_default()
    }
}

/// Below so many orders the nearest rank of 95 % is the last one.
const TELLING: usize = 20;

/// The card.
pub(super) fn card(pace: &TimeToKill, back: Back, project: ProjectId) -> AnyView {
    let links = Back::ALL.map(|one| {
        let (value, label, _) = one.words();
        let page = format::query(&project_path(project, ""), &[("pace", Some(value))]);
        view! { <a class="button small" href=page aria-current=(one == back).then_some("true")>{label}</a> }
    });
    let (_, _, words) = back.words();
    let body = match pace.orders {
        0 => view! { <p class="pad faint">{format!("No session was ordered ended in the {words}.")}</p> }
            .into_any(),
        _ => ways(pace, words),
    };
    view! {
        <section class="card">
            <h2 class="card-title"><span>"Time to kill"</span><span class="badges" role="group" aria-label="How far back">{links.collect_view()}</span></h2>
            {body}
        </section>
    }
    .into_any()
}

fn ways(pace: &TimeToKill, words: &'static str) -> AnyView {
    let rows = [
        ("The user answers", "from the mail to the “no”", pace.ask_to_answer),
        ("The application has the order", "from the “no”, or an operator’s order", pace.answer_to_delivered),
        ("It confirms the end", "from having the order", pace.delivered_to_confirmed),
        ("Together", "from the “no” or the order to the confirmed end", pace.answer_to_confirmed),
    ];
    let rows = rows.map(|(way, what, stretch)| row(way, what, stretch)).collect_view();
    let given = i64::try_from(pace.orders).unwrap_or(i64::MAX);
    let few = rank(pace.answer_to_confirmed.orders);
    view! {
        <Table label="Time to kill" head=&["Way", "p50", "p95", "Orders"]>{rows}</Table>
        <p class="pad faint">{format!("Of {} given in the {words}. ", format::count(given, "order", "orders"))}{few}</p>
    }
    .into_any()
}

/// What the quantiles of so many orders are.
fn rank(orders: usize) -> Option<&'static str> {
    match orders {
        0 => Some("None of them is confirmed."),
        1..TELLING => Some("Of fewer than 20, p95 is the slowest."),
        _ => None,
    }
}

fn row(way: &'static str, what: &'static str, stretch: Stretch) -> AnyView {
    let [half, most] = [stretch.p50_us, stretch.p95_us].map(|took| match stretch.orders {
        0 => "–".to_owned(),
        // The answer to the webhook was the receipt.
        _ if took == 0 => "at once".to_owned(),
        _ => format::duration(took),
    });
    let orders = i64::try_from(stretch.orders).unwrap_or(i64::MAX);
    view! {
        <tr role="row">
            <td class="wide" role="cell" data-label="Way">{way}<small>{what}</small></td>
            <td class="number" role="cell" data-label="p50">{half}</td>
            <td class="number" role="cell" data-label="p95">{most}</td>
            <td class="number" role="cell" data-label="Orders">{format::number(orders)}</td>
        </tr>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::rank;

    #[test]
    fn a_quantile_of_few_says_what_it_is() {
        assert_eq!(rank(0), Some("None of them is confirmed."));
        assert_eq!(rank(6), Some("Of fewer than 20, p95 is the slowest."));
        assert_eq!(rank(20), None);
    }
}
