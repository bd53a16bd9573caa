//! The overview's head: the month in a sentence, what is wrong, and the counts with their trends.

use leptos::prelude::*;
use porchlight_domain::id::ProjectId;
use porchlight_domain::revocation::Stretch;

use super::Overview;
use crate::format;
use crate::layout::project_path;
use crate::ui::sparkline::Sparkline;
use crate::ui::time::Time;

/// The month in a sentence, and the way to what waits.
pub(super) fn head(overview: &Overview, project: ProjectId) -> AnyView {
    let threats = format::count(overview.threats, "confirmed threat", "confirmed threats");
    let risky = format::count(overview.totals.red, "high-risk event", "high-risk events");
    let open = overview.counts.open;
    let review = (open > 0).then(|| {
        let label = if open == 1 {
            "Review 1 alert".to_owned()
        } else {
            format!("Review {} alerts", format::number(open))
        };
        view! { <a class="button primary" href=project_path(project, "alerts")>{label}</a> }
    });
    view! {
        <header class="page-head">
            <div>
                <h1>{overview.name.clone()}</h1>
                <p class="summary"><strong>{threats}</strong>" and "<strong>{risky}</strong>" in the last 30 days."</p>
                {pace(overview.pace)}
            </div>
            {review}
        </header>
    }
    .into_any()
}

/// Quantiles of fewer orders than this would be numbers about nothing.
const ENOUGH: i64 = 20;

/// From the wish to the dead session, where any is known to be dead.
fn pace(pace: Stretch) -> Option<AnyView> {
    let [half, most] = [pace.p50_us, pace.p95_us].map(format::duration);
    let orders = i64::try_from(pace.orders).ok().filter(|orders| *orders > 0)?;
    let counted = format::count(orders, "confirmed order", "confirmed orders");
    if orders < ENOUGH {
        let all = if orders == 1 { "the one confirmed order".to_owned() } else { format!("all {counted}") };
        return Some(view! {
            <p class="faint">
                {format!("From a “no” or an order to the confirmed end of the session: {all} within ")}<strong>{most}</strong>"."
            </p>
        }
        .into_any());
    }
    Some(view! {
        <p class="faint">
            "From a “no” or an order to the confirmed end of the session: half within "<strong>{half}</strong>", 95 % within "<strong>{most}</strong>
            {format!(", over {counted}.")}
        </p>
    }
    .into_any())
}

/// What does not get through.
pub(super) fn troubles(overview: &Overview, project: ProjectId) -> AnyView {
    let orders = (overview.failed_orders > 0).then(|| {
        let text =
            format::count(overview.failed_orders, "order to end sessions was", "orders to end sessions were");
        view! {
            <p class="notice" data-tone="bad">
                {text}" not confirmed in the last 30 days: the sessions may live. "
                <a href=project_path(project, "revocations")>"See which"</a>
            </p>
        }
    });
    let endpoints = overview.failing.iter().map(|endpoint| {
        let since = endpoint.failing_since.map(|at| view! { " since "<Time at=at/> });
        view! {
            <p class="notice" data-tone="bad">
                "Nothing arrives at "<span class="whole">{endpoint.url.clone()}</span>{since}". "
                <a href=project_path(project, "webhooks")>"See why"</a>
            </p>
        }
    });
    view! { {orders}{endpoints.collect_view()} }.into_any()
}

/// The counts.
pub(super) fn tiles(overview: &Overview, project: ProjectId) -> AnyView {
    let (unusual, all): (Vec<_>, Vec<_>) = overview.days.iter().map(|day| (day.unusual, day.events)).unzip();
    let page = |page| Some(project_path(project, page));
    let month = format::number(unusual.iter().sum());
    let today = format::number(all.last().copied().unwrap_or(0));
    let sent = format::number(overview.notices.iter().sum());
    view! {
        <ul class="tiles">
            {tile("Open alerts", format::number(overview.counts.open), page("alerts"), overview.opened.clone(), "alerts opened")}
            {tile("Unusual events, 30 days", month, page("events?level=orange"), unusual, "unusual events")}
            {tile("Events today", today, page("events"), all, "events")}
            {tile("Active users, 30 days", format::number(overview.totals.active_users), page("users"), overview.arrived.clone(), "new users")}
            {tile("Notices sent, 30 days", sent, None, overview.notices.clone(), "notices sent")}
        </ul>
    }
    .into_any()
}

fn tile(
    name: &'static str,
    value: String,
    href: Option<String>,
    trend: Vec<i64>,
    unit: &'static str,
) -> AnyView {
    let name = match href {
        Some(href) => view! { <a class="row-link" href=href>{name}</a> }.into_any(),
        None => name.into_any(),
    };
    view! {
        <li class="card tile">
            <span class="tile-name">{name}</span>
            <span class="tile-number">{value}</span>
            <Sparkline values=trend unit=unit/>
            <span class="tile-unit" aria-hidden="true">{unit}" by day"</span>
        </li>
    }
    .into_any()
}
