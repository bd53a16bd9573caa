//! The overview's head: the month in a sentence, what is wrong, and the counts with their trends.

use leptos::prelude::*;
use porchlight_domain::Timestamp;
use porchlight_domain::id::ProjectId;
use porchlight_domain::webhook::Endpoint;

use super::Overview;
use crate::format;
use crate::layout::project_path;
use crate::ui::deliveries::short_url;
use crate::ui::sparkline::Sparkline;
use crate::ui::time::Time;

/// The month in a sentence, and the way to what waits.
pub(super) fn head(overview: &Overview, project: ProjectId) -> AnyView {
    let threats = format::count(overview.threats, "confirmed threat", "confirmed threats");
    let risky = format::count(overview.totals.red, "high-risk event", "high-risk events");
    let red = format!("events?level=red&since={}", day(overview.since));
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
                <p class="summary"><strong>{threats}</strong>" and "<a href=project_path(project, &red)><strong>{risky}</strong></a>" in the last 30 days."</p>
            </div>
            {review}
        </header>
    }
    .into_any()
}

/// What does not get through.
pub(super) fn troubles(overview: &Overview, project: ProjectId) -> AnyView {
    let waiting = (overview.waiting_orders > 0).then(|| {
        let text = format::count(
            overview.waiting_orders,
            "order to end sessions waits",
            "orders to end sessions wait",
        );
        view! {
            <p class="notice" data-tone="warn">
                {text}" for the application’s answer. "
                <a href=project_path(project, "revocations?state=waiting")>"See which"</a>
            </p>
        }
    });
    let failed = (overview.failed_orders > 0).then(|| {
        let text =
            format::count(overview.failed_orders, "order to end sessions was", "orders to end sessions were");
        let page = format!("revocations?state=failed&since={}", day(overview.since));
        view! {
            <p class="notice" data-tone="bad">
                {text}" not confirmed in the last 30 days, whether or not the alert about it is closed: the sessions may live. "
                <a href=project_path(project, &page)>"See which"</a>
            </p>
        }
    });
    let unreached = (!overview.unreached.is_empty()).then(|| {
        view! {
            <p class="notice" data-tone="bad">
                "No mail about alerts reaches "{overview.unreached.join(", ")}". "
                <a href=project_path(project, "outbox?state=failed")>"See why"</a>
            </p>
        }
    });
    view! { {failed}{waiting}{silent(&overview.failing, project)}{unreached} }.into_any()
}

/// A day as a filter takes it: `2026-01-31`.
fn day(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}

/// How many endpoints are named where nothing arrives.
const NAMED: usize = 3;

/// The endpoints at which nothing arrives, in one notice: the one that has failed for longest first.
fn silent(failing: &[Endpoint], project: ProjectId) -> Option<AnyView> {
    let mut failing: Vec<_> = failing.iter().collect();
    failing.sort_by_key(|endpoint| endpoint.failing_since);
    let since = failing.first()?.failing_since.map(|at| view! { " since "<Time at=at/> });
    let more = i64::try_from(failing.len().saturating_sub(NAMED)).ok().filter(|more| *more > 0);
    let more = more.map(|more| format!(" and {} more", format::number(more)));
    let names = failing.iter().take(NAMED).enumerate().map(|(index, endpoint)| {
        view! { {(index > 0).then_some(", ")}<span class="whole">{short_url(&endpoint.url).to_owned()}</span> }
    });
    let names = names.collect_view();
    let (what, page) = match failing.as_slice() {
        [only] => ("Nothing arrives at ".to_owned(), format!("webhooks/{}", only.id)),
        all => (format!("Nothing arrives at {} endpoints: ", all.len()), "webhooks".to_owned()),
    };
    let of_them = (failing.len() > 1 && since.is_some()).then_some(", the first of them");
    Some(
        view! {
            <p class="notice" data-tone="bad">
                {what}{names}{more}{of_them}{since}". "<a href=project_path(project, &page)>"See why"</a>
            </p>
        }
        .into_any(),
    )
}

/// The counts.
pub(super) fn tiles(overview: &Overview, project: ProjectId) -> AnyView {
    let (unusual, all): (Vec<_>, Vec<_>) = overview.days.iter().map(|day| (day.unusual, day.events)).unzip();
    let page = |page: &str| Some(project_path(project, page));
    let month = format::number(unusual.iter().sum());
    let today = format::number(all.last().copied().unwrap_or(0));
    let sent = format::number(overview.notices.iter().sum());
    let users = format!("users?since={}", day(overview.since));
    let unusual_since = format!("events?level=orange&since={}", day(overview.since));
    let today_alone = format!("events?since={}", day(overview.today));
    view! {
        <ul class="tiles">
            {tile("Open alerts", format::number(overview.counts.open), page("alerts"), overview.opened.clone(), "alerts opened")}
            {tile("Unusual events, 30 days", month, page(&unusual_since), unusual, "unusual events")}
            {tile("Events today", today, page(&today_alone), all, "events")}
            {tile("Users named, 30 days", format::number(overview.totals.active_users), page(&users), overview.arrived.clone(), "new users")}
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
