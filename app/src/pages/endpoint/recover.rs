//! What an endpoint should have had since a moment: counted first, then sent again.

use leptos::prelude::*;
use porchlight_domain::Timestamp;
use porchlight_domain::id::{EndpointId, ProjectId};
use serde::{Deserialize, Serialize};

use super::forms::of;
#[cfg(feature = "ssr")]
use crate::access::{Role, redirect, require_in};
use crate::error::AppResult;
use crate::format;
use crate::layout::project_path;
#[cfg(feature = "ssr")]
use crate::pages::deliveries::again;
use crate::ui::change::{Change, Form};
use crate::ui::filter_bar::filter;
use crate::ui::form::Field;
use crate::ui::loaded::loaded;
#[cfg(feature = "ssr")]
use crate::ui::once::Once;
use crate::ui::read::{Json, Read, use_read};

/// What would be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovery {
    /// Messages published from then on.
    pub since: Timestamp,
    /// Also what was delivered.
    pub delivered: bool,
    /// So many.
    pub messages: i64,
}

pub(super) type Asked = Read<Option<Recovery>>;

#[cfg(feature = "ssr")]
fn scope(
    endpoint: EndpointId,
    since: &str,
    delivered: bool,
) -> AppResult<porchlight_domain::webhook::ReplayScope> {
    let wrong = || porchlight_domain::Error::invalid("since", "must be a date, or a date and a time (UTC)");
    let since = Timestamp::parse(since).ok_or_else(wrong)?;
    Ok(porchlight_domain::webhook::ReplayScope::Since {
        endpoint,
        since,
        until: None,
        r#type: None,
        delivered,
    })
}

/// Counts what would be sent again since a moment; nothing where none is asked about.
#[server(input = Json)]
pub async fn count_recovery(
    project: ProjectId,
    endpoint: EndpointId,
    since: Option<String>,
    delivered: bool,
) -> AppResult<Option<Recovery>> {
    let by = require_in(Role::Viewer, project).await?;
    let Some(since) = since else { return Ok(None) };
    let scope = scope(endpoint, &since, delivered)?;
    let messages =
        porchlight_domain::webhook::store::replays::count(by.db(), project, scope, by.now()).await?;
    Ok(Timestamp::parse(&since).map(|since| Recovery { since, delivered, messages }))
}

/// Sends it again, as a job that resumes whatever happens.
#[server]
pub async fn recover_endpoint(
    project: ProjectId,
    endpoint: EndpointId,
    since: String,
    #[server(default)] delivered: bool,
) -> AppResult<()> {
    use porchlight_domain::webhook::replay::DEFAULT_RATE;
    let by = require_in(Role::Admin, project).await?;
    let scope = scope(endpoint, &since, delivered)?;
    let start = porchlight_domain::webhook::store::replays::start;
    let job = start(by.db(), &by.actor(), project, scope, DEFAULT_RATE, by.now()).await?;
    redirect(&project_path(project, "deliveries"));
    Once::Said(again(&job)).leave(&by)
}

/// What the URL asks about.
pub(super) fn read(project: Memo<ProjectId>, endpoint: Memo<EndpointId>) -> Asked {
    use_read(move || CountRecovery {
        project: project.get(),
        endpoint: endpoint.get(),
        since: filter("since"),
        delivered: filter("delivered").is_some(),
    })
}

/// The forms: one asks, which changes nothing, the other sends.
pub(super) fn section(project: ProjectId, endpoint: EndpointId, asked: Asked, change: Change) -> AnyView {
    let page = project_path(project, &format!("webhooks/{endpoint}"));
    let (since, delivered) = (untrack(|| filter("since")), untrack(|| filter("delivered")).is_some());
    view! {
        <section class="card pad recover" id="recover">
            <h2>"Recover"</h2>
            <p class="faint">"What it should have had and has not: what failed, was cancelled, or came while it was disabled."</p>
            <form method="get" action=format!("{page}#recover") class="stack">
                <Field name="since" label="Since (UTC)">
                    <input type="datetime-local" name="since" required value=since/>
                </Field>
                <label class="check">
                    <input type="checkbox" name="delivered" value="true" checked=delivered/>
                    <span><span class="check-label">"Also what was delivered: the receiver lost it"</span></span>
                </label>
                <button class="button">"Count"</button>
            </form>
            {loaded(asked, move |found| found.map(|found| send(found, project, endpoint, change)).unwrap_or_else(|| ().into_any()))}
        </section>
    }
    .into_any()
}

fn send(found: Recovery, project: ProjectId, endpoint: EndpointId, change: Change) -> AnyView {
    let messages = format::count(found.messages, "message", "messages");
    let text =
        format!("{messages} since {} UTC would be sent again. Nothing is sent yet.", found.since.human());
    let go = (found.messages > 0).then(|| {
        view! {
            <Form change=change>
                {of(project, endpoint)}
                <input type="hidden" name="since" value=found.since.to_string()/>
                {found.delivered.then(|| view! { <input type="hidden" name="delivered" value="true"/> })}
                <button class="button primary">{format!("Send {messages} again")}</button>
            </Form>
        }
    });
    view! { <p role="status">{text}</p>{go} }.into_any()
}
