//! What a project shows before its first event: a request to copy, and whether it has arrived.

use leptos::prelude::*;
use porchlight_domain::id::{EventId, ProjectId};

use crate::layout::project_path;
use crate::pages::keys::FIRST_EVENT;
use crate::ui::copy::Snippet;
use crate::ui::time::hydrated;

/// How to send the first event.
#[component]
pub(super) fn FirstRun(
    /// To which project.
    project: ProjectId,
    /// Where Porchlight is reached.
    url: String,
) -> impl IntoView {
    let arrived = RwSignal::new(None);
    listen(project, arrived);
    let request = format!(
        "PORCHLIGHT_KEY='the key'\ncurl {url}/api/v1/events \\\n  -H \"Authorization: Bearer $PORCHLIGHT_KEY\" \\\n  -d '{FIRST_EVENT}'"
    );
    view! {
        <section class="card pad first-run">
            <h2>"Send the first event"</h2>
            <ol>
                <li><p>"Take this project’s API key, or "<a href=project_path(project, "keys")>"create a key"</a>"."</p></li>
                <li>
                    <p>"Tell Porchlight of a login. Your application will do this after each one; for now, you do."</p>
                    <Snippet text=request label="A request that sends an event"/>
                </li>
                <li>{move || match arrived.get() {
                    Some(event) => here(project, event),
                    None => waiting(),
                }}</li>
            </ol>
        </section>
    }
    .into_any()
}

fn waiting() -> AnyView {
    view! {
        <p class="listening" role="status">
            {move || if hydrated() { "Listening…" } else { "No event yet." }}
            " "<a class="button small" href="" rel="external">"Look again"</a>
        </p>
    }
    .into_any()
}

fn here(project: ProjectId, event: EventId) -> AnyView {
    view! {
        <p class="notice" data-tone="good" role="status">
            "The first event has arrived. "
            <a href=project_path(project, &format!("events/{event}"))>"See it"</a>" or "
            <a href="" rel="external">"go to the overview"</a>"."
        </p>
    }
    .into_any()
}

/// Asks every two seconds while nothing has come.
#[cfg(feature = "hydrate")]
fn listen(project: ProjectId, arrived: RwSignal<Option<EventId>>) {
    use std::time::Duration;

    let ask = move || {
        if arrived.try_get_untracked() == Some(None) {
            leptos::task::spawn_local(async move {
                if let Ok(Some(event)) = crate::ui::read::ask(super::NewestEvent { project }).await {
                    arrived.try_set(Some(event));
                }
            });
        }
    };
    if let Ok(timer) = set_interval_with_handle(ask, Duration::from_secs(2)) {
        on_cleanup(move || timer.clear());
    }
}

#[cfg(not(feature = "hydrate"))]
fn listen(_project: ProjectId, _arrived: RwSignal<Option<EventId>>) {}
