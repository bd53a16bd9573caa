//! Questions that only the receiver can answer: does it know the newest secret, does it verify at all.

use std::time::Duration;

use leptos::prelude::*;
use porchlight_domain::Timestamp;
use porchlight_domain::id::{EndpointId, ProjectId};
use porchlight_domain::time::MINUTE;
use porchlight_domain::webhook::{Probe, ProbeKind, ProbeVerdict};

use super::forms::of;
use crate::access::Role;
#[cfg(feature = "ssr")]
use crate::access::require_in;
use crate::error::AppResult;
use crate::layout::Allowed;
use crate::ui::badge::{Tone, badge};
use crate::ui::browser;
use crate::ui::change::{Change, Failure, Form, use_change};
use crate::ui::deliveries::mark_of_ready;
use crate::ui::loaded::loaded;
#[cfg(feature = "ssr")]
use crate::ui::once::Once;
use crate::ui::read::{Json, use_read};
use crate::ui::refresh::refresh;
use crate::ui::table::Table;
use crate::ui::time::Time;

/// How often a page looks at a probe that has no answer yet.
const LOOK: Duration = Duration::from_secs(1);

/// How far the browser's clock may be behind before it thinks that a probe is not due.
const SOON: i64 = 5 * MINUTE;

/// An endpoint's latest probes, newest first.
#[server(input = Json)]
pub async fn list_probes(project: ProjectId, endpoint: EndpointId) -> AppResult<Vec<Probe>> {
    let by = require_in(Role::Viewer, project).await?;
    Ok(porchlight_domain::webhook::store::probes::list(by.db(), project, endpoint).await?)
}

/// Asks the receiver, by a message without data.
#[server]
pub async fn probe_endpoint(
    project: ProjectId,
    endpoint: EndpointId,
    kind: ProbeKind,
    #[server(default)] wrong: Option<bool>,
) -> AppResult<()> {
    use porchlight_domain::webhook::{NewProbe, store::probes::ask};
    let by = require_in(Role::Admin, project).await?;
    let new = NewProbe { kind, secret: None, wrong };
    ask(by.db(), &by.actor(), project, endpoint, new, by.now()).await?;
    Once::Said("The probe is on its way.".to_owned()).leave(&by)
}

/// The probes, looked at again while one has no answer.
#[component]
pub(super) fn Probes(project: ProjectId, endpoint: EndpointId) -> impl IntoView {
    let read = use_read(move || ListProbes { project, endpoint });
    let under_way = RwSignal::new(false);
    read.again_while(under_way, LOOK);
    let change = use_change::<ProbeEndpoint>();
    view! {
        <section class="card pad">
            <h2>"Probes"</h2>
            <p class="faint">"A probe carries no data. Ask before an old secret retires whether the receiver knows the new one; and whether it refuses what is signed wrong."</p>
            <Failure change=change/>
            <Allowed role=Role::Admin>
                <div class="actions">
                    {ask(project, endpoint, change, ProbeKind::Ready, "Is it ready for the newest secret?")}
                    {ask(project, endpoint, change, ProbeKind::Enforce, "Does it verify at all?")}
                </div>
            </Allowed>
            {loaded(read, move |probes: Vec<Probe>| {
                // One that a rotation planned for tomorrow is not looked for all day.
                let soon = Timestamp(browser::now()).plus(SOON);
                let waits = probes.iter().any(|probe| probe.verdict.is_none() && probe.due_at < soon);
                under_way.set(waits);
                let unanswered = probes.iter().any(|probe| probe.verdict.is_none());
                view! { {list(probes)}{unanswered.then(refresh)} }.into_any()
            })}
        </section>
    }
    .into_any()
}

fn ask(
    project: ProjectId,
    endpoint: EndpointId,
    change: Change,
    kind: ProbeKind,
    label: &'static str,
) -> AnyView {
    view! {
        <Form change=change quiet=true>
            {of(project, endpoint)}
            <input type="hidden" name="kind" value=kind.as_str()/>
            <button class="button small">{label}</button>
        </Form>
    }
    .into_any()
}

fn list(probes: Vec<Probe>) -> AnyView {
    if probes.is_empty() {
        return ().into_any();
    }
    let rows = probes.into_iter().map(|probe| {
        let asked = match probe.kind {
            ProbeKind::Ready => "Ready for the secret?",
            ProbeKind::Enforce => "Does it verify?",
        };
        let (tone, word) = answered(&probe);
        view! {
            <tr role="row">
                <td role="cell" data-label="Asked">{asked}<small><Time at=probe.due_at/></small></td>
                <td class="wide" role="cell" data-label="Answer">{badge(tone, word)}<small>{probe.finding()}" "{probe.detail.clone()}</small></td>
            </tr>
        }
    });
    view! { <Table label="Probes" head=&["Asked", "Answer"]>{rows.collect_view()}</Table> }.into_any()
}

/// A probe's answer in a word.
fn answered(probe: &Probe) -> (Tone, &'static str) {
    match (probe.readiness(), probe.verdict) {
        (Some(readiness), _) => mark_of_ready(readiness),
        (None, None) => (Tone::Warn, "waiting"),
        (None, Some(ProbeVerdict::Accepted)) => (Tone::Bad, "no"),
        (None, Some(ProbeVerdict::Refused)) => (Tone::Good, "yes"),
        (None, Some(ProbeVerdict::Unclear)) => (Tone::Neutral, "unclear"),
    }
}
