//! Bulk resends: started from a selection, watched, cancelled.

use std::time::Duration;

use leptos::prelude::*;
use porchlight_domain::id::{DeliveryId, ProjectId, ReplayId};
use porchlight_domain::webhook::{Replay, ReplayScope, ReplayState};
use serde::{Deserialize, Serialize};

use crate::access::Role;
#[cfg(feature = "ssr")]
use crate::access::require_in;
#[cfg(feature = "ssr")]
use crate::error::AppError;
use crate::error::AppResult;
use crate::format;
use crate::layout::{Allowed, project_path};
use crate::ui::badge::{Tone, badge};
use crate::ui::change::{Change, Failure, Form, use_change};
use crate::ui::deliveries::short_url;
use crate::ui::loaded::loaded;
#[cfg(feature = "ssr")]
use crate::ui::once::Once;
use crate::ui::read::{Json, use_read};
use crate::ui::refresh::refresh;
#[cfg(feature = "ssr")]
use crate::ui::select_all::selected;
use crate::ui::table::Table;
use crate::ui::time::Time;

/// How often a page looks at jobs that run.
const LOOK: Duration = Duration::from_secs(1);
/// So many of the latest jobs are shown.
#[cfg(feature = "ssr")]
const FEW: i64 = 5;

/// A bulk resend and the URLs that it sends to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// The job.
    pub replay: Replay,
    /// Each URL once.
    pub to: Vec<String>,
}

/// The latest bulk resends, newest first.
#[server(input = Json)]
pub async fn list_replays(project: ProjectId) -> AppResult<Vec<Job>> {
    use porchlight_domain::page::Paging;
    use porchlight_domain::webhook::store::replays;
    let by = require_in(Role::Viewer, project).await?;
    let mut jobs = Vec::new();
    for replay in replays::list(by.db(), project, Paging::new(None, Some(FEW))).await?.rows {
        let to = replays::destinations(by.db(), project, &replay.scope).await?;
        jobs.push(Job { replay, to });
    }
    Ok(jobs)
}

/// Sends each selected delivery's message once more, to where it went; `all`: of all that were `shown`.
#[server]
pub async fn resend_selected(
    project: ProjectId,
    #[server(default)] deliveries: Vec<DeliveryId>,
    #[server(default)] all: bool,
    #[server(default)] shown: String,
) -> AppResult<()> {
    use porchlight_domain::webhook::replay::DEFAULT_RATE;
    use porchlight_domain::webhook::store::replays;
    let by = require_in(Role::Analyst, project).await?;
    let deliveries = selected(all, &shown, deliveries);
    if deliveries.is_empty() {
        return Err(AppError::Conflict("no delivery is selected".to_owned()).answered());
    }
    let scope = ReplayScope::Selected { deliveries };
    let job = replays::start(by.db(), &by.actor(), project, scope, DEFAULT_RATE, by.now()).await?;
    Once::Said(again(&job)).leave(&by)
}

/// What a job that was started does.
#[cfg(feature = "ssr")]
pub fn again(job: &Replay) -> String {
    let sent = format::count(job.total, "message is", "messages are");
    let asked = match &job.scope {
        ReplayScope::Selected { deliveries } => i64::try_from(deliveries.len()).unwrap_or(i64::MAX),
        ReplayScope::Since { .. } => job.total,
    };
    match (job.total, asked - job.total) {
        (0, 0) => "Nothing is sent again: there is nothing that it should have had and has not.".to_owned(),
        (_, 0) => format!("{sent} sent again."),
        (0, _) => format!("Nothing is sent again: {LEFT_OUT}."),
        (_, left) => format!(
            "{sent} sent again. Of {} that is not: {LEFT_OUT}.",
            format::count(left, "delivery", "deliveries")
        ),
    }
}

/// Why something that was selected is not sent again.
#[cfg(feature = "ssr")]
const LEFT_OUT: &str = "what is still on its way is sent anyway, and a disabled endpoint gets nothing";

/// Ends a job; what it has made is sent all the same.
#[server]
pub async fn cancel_replay(project: ProjectId, replay: ReplayId) -> AppResult<()> {
    let by = require_in(Role::Analyst, project).await?;
    let cancel = porchlight_domain::webhook::store::replays::cancel;
    cancel(by.db(), &by.actor(), project, replay, by.now()).await?;
    Once::Said("The job is cancelled. What it had made is sent.".to_owned()).leave(&by)
}

/// The jobs, looked at again while one runs.
#[component]
pub(super) fn Replays(project: Memo<ProjectId>) -> impl IntoView {
    let read = use_read(move || ListReplays { project: project.get() });
    let under_way = RwSignal::new(false);
    read.again_while(under_way, LOOK);
    let cancel = use_change::<CancelReplay>();
    view! {
        <Failure change=cancel/>
        {loaded(read, move |jobs: Vec<Job>| {
            under_way.set(jobs.iter().any(|job| job.replay.state == ReplayState::Running));
            list(jobs, project.get_untracked(), cancel)
        })}
    }
    .into_any()
}

fn list(jobs: Vec<Job>, project: ProjectId, cancel: Change) -> AnyView {
    if jobs.is_empty() {
        return ().into_any();
    }
    let under_way = jobs.iter().any(|job| job.replay.state == ReplayState::Running);
    let rows = jobs.into_iter().map(move |job| row(job, project, cancel));
    view! {
        <section class="card">
            <h2 class="card-title">"Bulk resends"{under_way.then(refresh)}</h2>
            <Table label="Bulk resends" head=&["What", "To", "State", "Made", "Asked for", ""]>{rows.collect_view()}</Table>
        </section>
    }
    .into_any()
}

fn row(Job { replay: job, to }: Job, project: ProjectId, cancel: Change) -> AnyView {
    let (state, word) = match job.state {
        ReplayState::Running => (Tone::Warn, "running"),
        ReplayState::Done => (Tone::Good, "done"),
        ReplayState::Cancelled => (Tone::Neutral, "cancelled"),
    };
    let made = format!("{} of {}", format::number(job.made), format::number(job.total));
    let running = job.state == ReplayState::Running;
    let (most, value) = (job.total.max(1).to_string(), job.made.to_string());
    let bar = running.then(|| view! { <progress max=most value=value aria-label="Made"></progress>" " });
    view! {
        <tr role="row">
            <td class="wide" role="cell" data-label="What">{what(&job.scope)}</td>
            <td class="wrap" role="cell" data-label="To">{destinations(&job.scope, to, project)}</td>
            <td role="cell" data-label="State">{badge(state, word)}</td>
            <td role="cell" data-label="Made">{bar}{made}</td>
            <td role="cell" data-label="Asked for"><Time at=job.created_at/></td>
            <td class="actions" role="cell">{running.then(|| stop(&job, project, cancel))}</td>
        </tr>
    }
    .into_any()
}

fn what(scope: &ReplayScope) -> String {
    match scope {
        ReplayScope::Selected { deliveries } => {
            let count = i64::try_from(deliveries.len()).unwrap_or(i64::MAX);
            format::count(count, "selected delivery", "selected deliveries")
        }
        ReplayScope::Since { since, delivered: false, .. } => {
            format!("What is missing since {} UTC", since.human())
        }
        ReplayScope::Since { since, delivered: true, .. } => {
            format!("Everything since {} UTC", since.human())
        }
    }
}

/// Where to; one endpoint leads to its page.
fn destinations(scope: &ReplayScope, to: Vec<String>, project: ProjectId) -> AnyView {
    let urls =
        to.into_iter().map(|url| view! { <code>{short_url(&url).to_owned()}</code>" " }).collect_view();
    match scope {
        ReplayScope::Selected { .. } => urls.into_any(),
        ReplayScope::Since { endpoint, .. } => {
            let page = project_path(project, &format!("webhooks/{endpoint}"));
            view! { <a href=page>{urls}</a> }.into_any()
        }
    }
}

fn stop(job: &Replay, project: ProjectId, cancel: Change) -> AnyView {
    let id = job.id;
    view! {
        <Allowed role=Role::Analyst>
            <Form change=cancel quiet=true>
                <input type="hidden" name="project" value=project.to_string()/>
                <input type="hidden" name="replay" value=id.to_string()/>
                <button class="button small">"Cancel"</button>
            </Form>
        </Allowed>
    }
    .into_any()
}
