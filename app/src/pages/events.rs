//! `/p/{project}/events`: the audit log, newest first, narrowed by what is in the URL.

mod filters;

use leptos::prelude::*;
use leptos_meta::Title;
use porchlight_domain::event::{Event, EventFilter};
use porchlight_domain::id::ProjectId;
use porchlight_domain::page::Page;

#[cfg(feature = "ssr")]
use crate::access::{Role, require_in};
use crate::error::AppResult;
use crate::layout::{project_path, use_project};
use crate::ui::event_table::{Narrow, event_table};
use crate::ui::filter_bar::faults;
use crate::ui::loaded::{Empty, loaded};
use crate::ui::pager::{Pager, cursor};
use crate::ui::read::{Json, use_read};
use filters::{Chips, Filters, filters_in_url, wanted, wrong};

/// A page of the audit log.
#[server(input = Json)]
pub async fn list_events(
    project: ProjectId,
    filter: EventFilter,
    cursor: Option<String>,
) -> AppResult<Page<Event>> {
    use porchlight_domain::{event, page::Paging};
    let by = require_in(Role::Viewer, project).await?;
    Ok(event::store::list(by.db(), project, &filter, Paging::read(cursor.as_deref(), None)?).await?)
}

/// The page.
#[component]
pub fn EventsPage() -> impl IntoView {
    let project = use_project();
    let events = use_read(move || ListEvents { project: project.get(), filter: wanted(), cursor: cursor() });
    view! {
        <Title text="Events"/>
        <header class="page-head">
            <h1>"Events"</h1>
        </header>
        <Filters/>
        <Chips project=project/>
        {loaded(events, move |page: Page<Event>| {
            let project = project.get_untracked();
            faults::unless(wrong, move || list(page.clone(), project))
        })}
    }
}

fn list(page: Page<Event>, project: ProjectId) -> AnyView {
    let kept = untrack(filters_in_url);
    if page.rows.is_empty() {
        return if kept.is_empty() && untrack(cursor).is_none() { none_yet(project) } else { none_match() };
    }
    let narrow = Narrow::new(project, kept);
    view! {
        <section class="card">{event_table("Events", page.rows, &narrow)}</section>
        <Pager next=page.next/>
    }
    .into_any()
}

fn none_yet(project: ProjectId) -> AnyView {
    view! {
        <Empty title="No events yet">
            <p>"An event says who did what, from where, on which device: a login, a failed login, a changed password. Your application sends one each time."</p>
            <p><a class="button primary" href=project_path(project, "")>"Send the first one"</a></p>
        </Empty>
    }
    .into_any()
}

fn none_match() -> AnyView {
    view! {
        <Empty title="No event matches">
            <p>"Take away a filter, or widen the dates. Days are in UTC."</p>
        </Empty>
    }
    .into_any()
}
