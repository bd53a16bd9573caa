//! What an endpoint should have had since a moment: counted first, then sent again.

use leptos::prelude::*;
use porchlight_domain::Timestamp;
use porchlight_domain::id::{EndpointId, ProjectId};
#[cfg(feature = "ssr")]
use porchlight_domain::{Error, webhook::ReplayScope};
use serde::{Deserialize, Serialize};

use super::forms::of;
#[cfg(feature = "ssr")]
use crate::access::{Access, Role, redirect, require_in};
#[cfg(feature = "ssr")]
use crate::error::AppError;
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

/// What counting found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Counted {
    /// What would be sent again.
    Found(Recovery),
    /// What was asked cannot be: why, in words.
    Refused(String),
}

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

pub(super) type Asked = Read<Option<Counted>>;

#[cfg(feature = "ssr")]
fn scope(endpoint: EndpointId, since: &str, delivered: bool) -> Result<(ReplayScope, Timestamp), Error> {
    let wrong = || Error::invalid("since", "must be a date, or a date and a time (UTC)");
    let since = Timestamp::parse(since).ok_or_else(wrong)?;
    let (until, r#type) = (None, None);
    Ok((ReplayScope::Since { endpoint, since, until, r#type, delivered }, since))
}

/// Counts what would be sent again since a moment; nothing where none is asked about.
#[server(input = Json)]
pub async fn count_recovery(
    project: ProjectId,
    endpoint: EndpointId,
    since: Option<String>,
    delivered: bool,
) -> AppResult<Option<Counted>> {
    let by = require_in(Role::Viewer, project).await?;
    let Some(since) = since else { return Ok(None) };
    match count(&by, project, endpoint, &since, delivered).await {
        Ok(found) => Ok(Some(Counted::Found(found))),
        Err(Error::Invalid(fields)) => Ok(Some(Counted::Refused(AppError::Invalid(fields).to_string()))),
        Err(error) => Err(error.into()),
    }
}

#[cfg(feature = "ssr")]
async fn count(
    by: &Access,
    project: ProjectId,
    endpoint: EndpointId,
    since: &str,
    delivered: bool,
) -> Result<Recovery, Error> {
    use porchlight_domain::webhook::store::replays;
    let (scope, at) = scope(endpoint, since, delivered)?;
    let messages = replays::count(by.db(), project, scope, by.now()).await?;
    Ok(Recovery { since: at, delivered, messages })
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
    let (scope, _) = scope(endpoint, &since, delivered)?;
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
            {loaded(asked, move |counted| match counted {
                None => ().into_any(),
                Some(Counted::Found(found)) => send(found, project, endpoint, change),
                Some(Counted::Refused(why)) => view! { <p class="notice" data-tone="bad" role="alert">{why}</p> }.into_any(),
            })}
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
