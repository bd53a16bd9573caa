//! `/p/{project}/deliveries`: every message to every endpoint, and what became of it.

mod replays;

use leptos::prelude::*;
use leptos_meta::Title;
use porchlight_domain::id::{AlertId, EndpointId, ProjectId, RevocationId};
use porchlight_domain::page::Page;
use porchlight_domain::webhook::search::checked_text;
use porchlight_domain::webhook::{DeliveryFilter, DeliveryState, Endpoint, MessageType};
use porchlight_domain::{Error, FieldError, Timestamp};
use serde::{Deserialize, Serialize};

use crate::access::Role;
#[cfg(feature = "ssr")]
use crate::access::require_in;
use crate::error::AppResult;
use crate::format;
use crate::layout::{Allowed, use_project};
use crate::pages::webhooks::WebhooksHead;
use crate::ui::change::{Change, Form, use_change};
#[cfg(feature = "ssr")]
use crate::ui::deliveries::listed;
use crate::ui::deliveries::{Listed, selectable, short_url};
use crate::ui::filter_bar::{FilterAbout, FilterBar, FilterChoice, FilterText, about, faults, filter};
use crate::ui::loaded::{Empty, loaded};
use crate::ui::pager::{Pager, cursor};
use crate::ui::read::{Json, use_read};
use crate::ui::select_all::SelectAll;
use crate::ui::time::Time;
#[cfg(feature = "ssr")]
pub use replays::again;
use replays::{Replays, ResendSelected};

/// A page of deliveries, with the endpoints to narrow them by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sent {
    /// The deliveries, newest first.
    pub page: Page<Listed>,
    /// How many were looked through for a text, and from when the next page goes on.
    pub looked: Option<(i64, Option<Timestamp>)>,
    /// The project's endpoints.
    pub endpoints: Vec<Endpoint>,
}

/// A project's deliveries, those with `text` in them where there is one.
#[server(input = Json)]
pub async fn list_deliveries(
    project: ProjectId,
    filter: DeliveryFilter,
    text: Option<String>,
    cursor: Option<String>,
) -> AppResult<Sent> {
    use porchlight_domain::page::Paging;
    use porchlight_domain::webhook::store;
    let by = require_in(Role::Viewer, project).await?;
    let paging = Paging::read(cursor.as_deref(), None)?;
    let (Page { rows, next }, looked) = match text {
        Some(text) => {
            let found = store::search(by.db(), project, filter, &text, paging).await?;
            (found.page, Some((found.looked_through, found.back_to)))
        }
        None => (store::list_deliveries(by.db(), project, filter, paging).await?, None),
    };
    let page = Page { rows: listed(&by, project, rows).await?, next };
    Ok(Sent { page, looked, endpoints: store::list(by.db(), project).await? })
}

fn wanted() -> DeliveryFilter {
    DeliveryFilter {
        endpoint: filter("endpoint").and_then(|id| id.parse().ok()),
        state: filter("state").and_then(|state| state.parse().ok()),
        r#type: filter("type").and_then(|kind| kind.parse().ok()),
        alert: filter("alert").and_then(|id| id.parse().ok()),
        revocation: filter("revocation").and_then(|id| id.parse().ok()),
        user: None,
        about: about(),
    }
}

/// What the URL asks for in words that mean nothing here, each with its filter.
fn wrong() -> Vec<FieldError> {
    let text = filter("text").and_then(|text| match checked_text(&text) {
        Err(Error::Invalid(faults)) => faults.into_iter().next(),
        _ => None,
    });
    let words = [
        faults::of::<DeliveryState>("state"),
        faults::of::<MessageType>("type"),
        faults::of::<EndpointId>("endpoint"),
        text,
        faults::of::<AlertId>("alert"),
        faults::of::<RevocationId>("revocation"),
    ];
    words.into_iter().flatten().chain(faults::of_about()).collect()
}

/// The page.
#[component]
pub fn DeliveriesPage() -> impl IntoView {
    let project = use_project();
    let sent = use_read(move || ListDeliveries {
        project: project.get(),
        filter: wanted(),
        text: filter("text").filter(|text| checked_text(text).is_ok()),
        cursor: cursor(),
    });
    let resend = use_change::<ResendSelected>();
    view! {
        <Title text="Deliveries"/>
        <WebhooksHead/>
        <Replays project=project/>
        {loaded(sent, move |sent| show(sent, project.get_untracked(), resend))}
    }
}

fn show(Sent { page, looked, endpoints }: Sent, project: ProjectId, resend: Change) -> AnyView {
    let bar = filters(endpoints);
    let list = move || {
        let Page { rows, next } = page.clone();
        let rows = match rows.is_empty() {
            true => none(looked.is_some(), untrack(wanted) != DeliveryFilter::default()),
            false => selection(rows, project, resend),
        };
        view! {
            {rows}
            {looked.map(|(count, back_to)| how_far(count, back_to))}
            <Pager next=next/>
        }
        .into_any()
    };
    view! { {bar}{faults::unless(wrong, list)} }.into_any()
}

/// How far a search came.
fn how_far(count: i64, back_to: Option<Timestamp>) -> AnyView {
    let looked = format::count(count, "delivery was looked through", "deliveries were looked through");
    let rest = match back_to {
        None => view! { ", and there are no older ones." }.into_any(),
        Some(at) => view! { "; the next page goes on before "<Time at=at/>"." }.into_any(),
    };
    view! { <p class="faint" role="status">{looked}{rest}</p> }.into_any()
}

fn none(searched: bool, narrowed: bool) -> AnyView {
    if searched {
        return view! {
            <Empty title="Not found here">
                <p>"The text is in no body, answer or error of the deliveries that were looked through."</p>
            </Empty>
        }
        .into_any();
    }
    if narrowed {
        return view! { <Empty title="No delivery matches"><p>"Take away a filter; ids are looked for exactly."</p></Empty> }
            .into_any();
    }
    view! {
        <Empty title="No deliveries">
            <p>"Messages appear here when an alert opens, a user answers or a session is to end. An endpoint’s page sends a test."</p>
        </Empty>
    }
    .into_any()
}

/// The deliveries, each with a box, and what can be done to those ticked.
fn selection(rows: Vec<Listed>, project: ProjectId, resend: Change) -> AnyView {
    let ids: Vec<_> = rows.iter().map(|row| row.delivery.id.to_string()).collect();
    view! {
        <Form change=resend class="card">
            <input type="hidden" name="project" value=project.to_string()/>
            {selectable(rows, project)}
            <Allowed role=Role::Analyst>
                <div class="bulk">
                    <SelectAll name="deliveries[]" ids=ids.clone()/>
                    <button class="button small">"Send again"</button>
                </div>
            </Allowed>
        </Form>
    }
    .into_any()
}

fn filters(endpoints: Vec<Endpoint>) -> AnyView {
    let any = || ("".to_owned(), "any".to_owned());
    let same = |word: &str| (word.to_owned(), word.to_owned());
    let states =
        [any()].into_iter().chain(["pending", "delivered", "failed", "cancelled"].map(same)).collect();
    let types = [any()].into_iter().chain(MessageType::ALL.map(|kind| same(kind.as_str()))).collect();
    let places =
        endpoints.into_iter().map(|endpoint| (endpoint.id.to_string(), short_url(&endpoint.url).to_owned()));
    let places = [any()].into_iter().chain(places).collect();
    view! {
        <FilterBar faults=wrong>
            <FilterChoice name="state" label="State" choices=states/>
            <FilterChoice name="type" label="Message" choices=types/>
            <FilterChoice name="endpoint" label="Endpoint" choices=places/>
            <FilterAbout others=&["revocation", "alert", "text"]>
                <FilterText name="revocation" label="Order" kind="search" placeholder="rev_…"/>
                <FilterText name="alert" label="Alert" kind="search" placeholder="number"/>
                <FilterText name="text" label="Text" kind="search" placeholder="in body, answer or error"/>
            </FilterAbout>
        </FilterBar>
    }
    .into_any()
}
