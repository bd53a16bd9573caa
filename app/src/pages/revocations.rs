//! `/p/{project}/revocations`: orders to end sessions, and how far each has come.

use leptos::prelude::*;
use leptos_meta::Title;
use porchlight_domain::FieldError;
use porchlight_domain::id::{ProjectId, RevocationId};
use porchlight_domain::page::Page;
use porchlight_domain::revocation::{Overall, Revocation, RevocationFilter, State};

#[cfg(feature = "ssr")]
use crate::access::{Role, require_in};
use crate::error::AppResult;
use crate::format;
use crate::layout::{project_path, use_project};
use crate::ui::filter_bar::{FilterAbout, FilterBar, FilterChoice, FilterText, about, faults, filter};
use crate::ui::loaded::{Empty, loaded};
#[cfg(feature = "ssr")]
use crate::ui::orders::name_initiators;
use crate::ui::orders::{standing, wanted_by};
use crate::ui::pager::{Pager, cursor};
use crate::ui::read::{Json, use_read};
use crate::ui::table::Table;
use crate::ui::time::Time;

/// A project's orders, newest first.
#[server(input = Json)]
pub async fn list_revocations(
    project: ProjectId,
    filter: RevocationFilter,
    cursor: Option<String>,
) -> AppResult<Page<Revocation>> {
    use porchlight_domain::page::Paging;
    let by = require_in(Role::Viewer, project).await?;
    let paging = Paging::read(cursor.as_deref(), None)?;
    let mut page = porchlight_domain::revocation::store::list(by.db(), project, &filter, paging).await?;
    name_initiators(&by, project, &mut page.rows).await?;
    Ok(page)
}

/// What the filter offers, the worst news first.
const STATES: [(&str, &str); 12] = [
    ("", "any"),
    ("waiting", "waits for the application’s answer"),
    ("failed", "over, and not confirmed"),
    ("open", "not settled by the application"),
    ("contradicted", "contradicted"),
    ("unconfirmed", "unconfirmed"),
    ("refused", "refused"),
    ("partly", "partly confirmed"),
    ("acknowledged", "acknowledged or put off, effect unknown"),
    ("delivered", "delivered"),
    ("requested", "requested"),
    ("confirmed", "confirmed"),
];

/// `order` is what links from before call it.
fn wanted() -> RevocationFilter {
    let state = filter("state");
    RevocationFilter {
        open: state.as_deref() == Some("open"),
        waiting: state.as_deref() == Some("waiting"),
        failed: state.as_deref() == Some("failed"),
        state: state.and_then(|state| state.parse::<Overall>().ok()),
        id: filter("revocation").or_else(|| filter("order")).and_then(|id| id.parse().ok()),
        about: about(),
        ..RevocationFilter::default()
    }
}

/// What the URL asks for in words that mean nothing here.
fn wrong() -> Vec<FieldError> {
    let of_several = |state: String| ["open", "waiting", "failed"].contains(&state.as_str());
    let state = faults::of::<Overall>("state").filter(|_| !filter("state").is_some_and(of_several));
    let id = ["revocation", "order"].into_iter().filter_map(faults::of::<RevocationId>);
    state.into_iter().chain(id).chain(faults::of_about()).collect()
}

/// The page.
#[component]
pub fn RevocationsPage() -> impl IntoView {
    let project = use_project();
    let orders =
        use_read(move || ListRevocations { project: project.get(), filter: wanted(), cursor: cursor() });
    let choices = STATES.map(|(value, label)| (value.to_owned(), label.to_owned())).to_vec();
    view! {
        <Title text="Revocations"/>
        <header class="page-head">
            <div>
                <h1>"Revocations"</h1>
                <p class="faint">"Orders to end sessions. Only the application’s receipt confirms one; that a webhook was answered does not."</p>
            </div>
        </header>
        <FilterBar faults=wrong>
            <FilterChoice name="state" label="State" choices=choices/>
            <FilterAbout others=&["revocation", "order"]>
                <FilterText name="revocation" alias="order" label="Order" kind="search" placeholder="rev_…"/>
            </FilterAbout>
        </FilterBar>
        {loaded(orders, move |orders: Page<Revocation>| {
            let project = project.get_untracked();
            faults::unless(wrong, move || list(orders.clone(), project))
        })}
    }
}

fn list(Page { rows, next }: Page<Revocation>, project: ProjectId) -> AnyView {
    if rows.is_empty() {
        return view! { {none()}<Pager next=None/> }.into_any();
    }
    let rows = rows.into_iter().map(|order| row(order, project)).collect_view();
    view! {
        <section class="card">
            <Table label="Orders to end sessions" head=&["Ordered", "State", "User", "Sessions confirmed", "Why", "Time limit"]>{rows}</Table>
        </section>
        <Pager next=next/>
    }
    .into_any()
}

fn none() -> AnyView {
    let (title, text) = if untrack(wanted) == RevocationFilter::default() {
        (
            "No orders",
            "One is given when a user answers “No, it wasn’t me”, and when you end a session on a user’s or an alert’s page.",
        )
    } else {
        ("No order matches", "Take away a filter; ids are looked for exactly.")
    };
    view! { <Empty title=title><p>{text}</p></Empty> }.into_any()
}

fn row(order: Revocation, project: ProjectId) -> AnyView {
    let page = project_path(project, &format!("revocations/{}", order.id));
    let user = project_path(project, &format!("users/{}", order.user.key));
    let place = order.orders.iter().position(|id| *id == order.id);
    let beside = place.map(|place| format!(", order {} of {}", place + 1, order.orders.len()));
    let (confirmed, by) = (confirmed(&order), wanted_by(&order));
    let limit = match order.settled_at {
        Some(at) => view! { <span class="faint">"settled "<Time at=at/></span> }.into_any(),
        None => view! { <Time at=order.put_off().unwrap_or(order.confirm_by)/> }.into_any(),
    };
    view! {
        <tr role="row">
            <td role="cell" data-label="Ordered"><a class="row-link" href=page><Time at=order.requested_at/></a></td>
            <td role="cell" data-label="State">{standing(&order)}</td>
            <td role="cell" data-label="User"><a href=user>{order.user.name.unwrap_or(order.user.id)}</a></td>
            <td role="cell" data-label="Confirmed">{confirmed}<span class="sub">"scope: "{order.scope.as_str()}{beside}</span></td>
            <td class="wrap" role="cell" data-label="Why">{order.reason.text}<span class="sub">"by "{by}</span></td>
            <td role="cell" data-label="Time limit">{limit}</td>
        </tr>
    }
    .into_any()
}

/// `2 of 3`: how many of an order's sessions are confirmed dead.
pub fn confirmed(order: &Revocation) -> String {
    if let Some(whole) = &order.whole {
        return if matches!(whole.state, State::Confirmed { .. }) { "all of the user" } else { "none" }
            .to_owned();
    }
    let dead =
        order.sessions.iter().filter(|session| matches!(session.state, State::Confirmed { .. })).count();
    let number = |count: usize| format::number(i64::try_from(count).unwrap_or(i64::MAX));
    format!("{} of {}", number(dead), number(order.sessions.len()))
}
