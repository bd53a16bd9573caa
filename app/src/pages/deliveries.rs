//! `/p/{project}/deliveries`: every message to every endpoint, and what became of it.

mod replays;

use leptos::prelude::*;
use leptos_meta::Title;
use porchlight_domain::id::ProjectId;
use porchlight_domain::page::Page;
use porchlight_domain::webhook::{Delivery, DeliveryFilter, Endpoint, MessageType};
use serde::{Deserialize, Serialize};

use crate::access::Role;
#[cfg(feature = "ssr")]
use crate::access::require_in;
use crate::error::AppResult;
use crate::layout::{Allowed, use_project};
use crate::pages::webhooks::WebhooksHead;
use crate::ui::change::{Change, Form, use_change};
use crate::ui::deliveries::{selectable, short_url};
use crate::ui::filter_bar::{FilterBar, FilterChoice, filter};
use crate::ui::loaded::{Empty, loaded};
use crate::ui::pager::{Pager, cursor};
use crate::ui::read::{Json, use_read};
#[cfg(feature = "ssr")]
pub use replays::again;
use replays::{Replays, ResendSelected};

/// A page of deliveries, with the endpoints to narrow them by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sent {
    /// The deliveries, newest first.
    pub page: Page<Delivery>,
    /// The project's endpoints.
    pub endpoints: Vec<Endpoint>,
}

/// A project's deliveries.
#[server(input = Json)]
pub async fn list_deliveries(
    project: ProjectId,
    filter: DeliveryFilter,
    cursor: Option<String>,
) -> AppResult<Sent> {
    use porchlight_domain::page::Paging;
    use porchlight_domain::webhook::store;
    let by = require_in(Role::Viewer, project).await?;
    let page =
        store::list_deliveries(by.db(), project, filter, Paging::read(cursor.as_deref(), None)?).await?;
    Ok(Sent { page, endpoints: store::list(by.db(), project).await? })
}

fn wanted() -> DeliveryFilter {
    DeliveryFilter {
        endpoint: filter("endpoint").and_then(|id| id.parse().ok()),
        state: filter("state").and_then(|state| state.parse().ok()),
        r#type: filter("type").and_then(|kind| kind.parse().ok()),
        alert: filter("alert").and_then(|id| id.parse().ok()),
        revocation: filter("revocation").and_then(|id| id.parse().ok()),
        user: filter("user").and_then(|key| key.parse().ok()),
    }
}

/// The page.
#[component]
pub fn DeliveriesPage() -> impl IntoView {
    let project = use_project();
    let sent =
        use_read(move || ListDeliveries { project: project.get(), filter: wanted(), cursor: cursor() });
    let resend = use_change::<ResendSelected>();
    view! {
        <Title text="Deliveries"/>
        <WebhooksHead/>
        <Replays project=project/>
        {loaded(sent, move |sent| show(sent, project.get_untracked(), resend))}
    }
}

fn show(Sent { page, endpoints }: Sent, project: ProjectId, resend: Change) -> AnyView {
    let any = || ("".to_owned(), "any".to_owned());
    let same = |word: &str| (word.to_owned(), word.to_owned());
    let states =
        [any()].into_iter().chain(["pending", "delivered", "failed", "cancelled"].map(same)).collect();
    let types = [any()].into_iter().chain(MessageType::ALL.map(|kind| same(kind.as_str()))).collect();
    let places =
        endpoints.into_iter().map(|endpoint| (endpoint.id.to_string(), short_url(&endpoint.url).to_owned()));
    let places = [any()].into_iter().chain(places).collect();
    let rows = match page.rows.is_empty() {
        true => view! {
            <Empty title="No deliveries">
                <p>"Messages appear here when an alert opens, a user answers or a session is to end. An endpoint’s page sends a test."</p>
            </Empty>
        }
        .into_any(),
        false => view! {
            <Form change=resend class="card">
                <input type="hidden" name="project" value=project.to_string()/>
                {selectable(page.rows, project)}
                <Allowed role=Role::Analyst>
                    <div class="bulk">
                        <span class="faint">"Selected:"</span>
                        <button class="button small">"Send again"</button>
                    </div>
                </Allowed>
            </Form>
        }
        .into_any(),
    };
    view! {
        <FilterBar>
            <FilterChoice name="state" label="State" choices=states/>
            <FilterChoice name="type" label="Message" choices=types/>
            <FilterChoice name="endpoint" label="Endpoint" choices=places/>
        </FilterBar>
        {rows}
        <Pager next=page.next/>
    }
    .into_any()
}
