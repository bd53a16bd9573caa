//! `/p/{project}/events/{event}`: one event, whole, and why it was judged as it was.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use porchlight_domain::event::{Event, Neighbours, RawEvent};
use porchlight_domain::id::{EventId, ProjectId};
use porchlight_domain::profile::Usual;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::access::{Role, require_in};
use crate::error::AppResult;
use crate::format;
use crate::layout::{project_path, use_project};
use crate::ui::badge::level;
use crate::ui::event_facts::event_facts;
use crate::ui::event_table::Narrow;
use crate::ui::habits::habits;
use crate::ui::loaded::loaded;
use crate::ui::read::{Json, use_read};
use crate::ui::time::Time;
use crate::ui::why::why;

/// An event with what it is held against.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventFile {
    /// The event with its body.
    pub raw: RawEvent,
    /// The user's events beside it.
    pub beside: Neighbours,
    /// What its user usually does.
    pub usual: Option<Usual>,
}

/// One event.
#[server(input = Json)]
pub async fn get_event(project: ProjectId, event: EventId) -> AppResult<EventFile> {
    use porchlight_domain::{event as events, profile};
    let by = require_in(Role::Viewer, project).await?;
    let raw = events::store::get(by.db(), project, event).await?;
    let beside = events::store::neighbours(by.db(), project, &raw.event).await?;
    let usual = match &raw.event.user {
        Some(user) => Some(profile::store::usual(by.db(), project, user.key, by.now()).await?),
        None => None,
    };
    Ok(EventFile { raw, beside, usual })
}

/// The page.
#[component]
pub fn EventPage() -> impl IntoView {
    let (project, params) = (use_project(), use_params_map());
    let id = Memo::new(move |_| {
        params.with(|params| params.get("event")).and_then(|id| id.parse().ok()).unwrap_or(EventId(0))
    });
    let file = use_read(move || GetEvent { project: project.get(), event: id.get() });
    view! {
        <Title text="Event"/>
        {loaded(file, move |file| show(file, project.get_untracked()))}
    }
}

fn show(file: EventFile, project: ProjectId) -> AnyView {
    let EventFile { raw: RawEvent { event, raw }, beside, usual } = file;
    let narrow = Narrow::new(project, Vec::new());
    let body = serde_json::to_string_pretty(&raw).unwrap_or_default();
    view! {
        {head(&event, project)}
        {steps(beside, project)}
        <div class="columns">
            <div>
                <section class="card pad">
                    <h2>"Why"</h2>
                    {why(event.score, &event.detail.reasons, &event.detail.account, &project_path(project, "reasons"))}
                </section>
                {usual.map(|usual| view! {
                    <section class="card pad usually">
                        <h2>"Usually"</h2>
                        {habits(usual)}
                    </section>
                })}
                <details class="card pad raw">
                    <summary>"As it came in"</summary>
                    <pre tabindex="0" aria-label="The event as JSON"><code>{body}</code></pre>
                </details>
            </div>
            <div>
                <section class="card pad">
                    <h2>"This event"</h2>
                    {event_facts(&event, &narrow)}
                </section>
            </div>
        </div>
    }
    .into_any()
}

fn head(event: &Event, project: ProjectId) -> AnyView {
    let who = match &event.user {
        Some(user) => {
            let page = project_path(project, &format!("users/{}", user.key));
            view! { <a href=page>{user.label().to_owned()}</a> }.into_any()
        }
        None => "Anonymous user".into_any(),
    };
    let title = format!(
        "{}: {} · Events",
        event.user.as_ref().map_or("Anonymous user", |user| user.label()),
        format::verb(&event.verb)
    );
    let place =
        event.detail.place.as_ref().and_then(|place| place.label()).map(|place| format!(" · {place}"));
    let alert = event.alert_id.map(|id| {
        view! { <a class="button" href=project_path(project, &format!("alerts/{id}"))>{format!("Alert {id}")}</a> }
    });
    view! {
        <header class="page-head">
            <div>
                <Title text=title/>
                <h1 class="with-level">{level(event.level, event.score)}<span>{who}": "{format::verb(&event.verb)}</span></h1>
                <p class="faint"><Time at=event.occurred_at/>{place}</p>
            </div>
            {alert}
        </header>
    }
    .into_any()
}

fn steps(beside: Neighbours, project: ProjectId) -> AnyView {
    if beside == Neighbours::default() {
        return ().into_any();
    }
    let step = |id: Option<EventId>, label: &'static str, rel: &'static str| {
        id.map(|id| view! { <a class="button small" rel=rel href=project_path(project, &format!("events/{id}"))>{label}</a> })
    };
    view! {
        <nav class="steps" aria-label="This user’s events">
            {step(beside.before, "← Before", "prev")}
            {step(beside.after, "After →", "next")}
            <span class="faint">"by this user"</span>
        </nav>
    }
    .into_any()
}
