//! The forms on an endpoint's page.

use leptos::prelude::*;
use porchlight_domain::id::{EndpointId, ProjectId};
use porchlight_domain::webhook::{Endpoint, EndpointState};

use crate::pages::webhooks::{format_choices, type_choices};
use crate::ui::change::{Change, Failure, Form};
use crate::ui::form::{Confirm, Field, Select, typed_or};

/// What can be done to an endpoint.
#[derive(Clone, Copy)]
pub(super) struct Changes {
    pub save: Change,
    pub state: Change,
    pub test: Change,
    pub delete: Change,
    pub policy: Change,
    pub recover: Change,
}

/// The fields that say which endpoint.
pub(super) fn of(project: ProjectId, endpoint: EndpointId) -> AnyView {
    view! {
        <input type="hidden" name="project" value=project.to_string()/>
        <input type="hidden" name="endpoint" value=endpoint.to_string()/>
    }
    .into_any()
}

/// A button that brings it into another state.
fn turn(
    project: ProjectId,
    endpoint: EndpointId,
    change: Change,
    to: EndpointState,
    label: &'static str,
) -> AnyView {
    view! {
        <Form change=change quiet=true>
            {of(project, endpoint)}
            <input type="hidden" name="state" value=to.as_str()/>
            <button class="button">{label}</button>
        </Form>
    }
    .into_any()
}

/// Test, pause, resume.
#[component]
pub(super) fn Actions(
    project: ProjectId,
    endpoint: EndpointId,
    state: EndpointState,
    changes: Changes,
) -> impl IntoView {
    let other = match state {
        EndpointState::Active => turn(project, endpoint, changes.state, EndpointState::Paused, "Pause"),
        EndpointState::Paused => turn(project, endpoint, changes.state, EndpointState::Active, "Resume"),
        EndpointState::Disabled => turn(project, endpoint, changes.state, EndpointState::Active, "Enable"),
    };
    // A disabled one gets nothing, a test neither.
    let test = (state != EndpointState::Disabled).then(|| {
        view! {
            <Form change=changes.test quiet=true>
                {of(project, endpoint)}
                <button class="button primary">"Send test"</button>
            </Form>
        }
    });
    view! {
        <div class="actions">
            <Failure change=changes.test/>
            <Failure change=changes.state/>
            {other}
            {test}
        </div>
    }
    .into_any()
}

/// Where it is and what it gets.
#[component]
pub(super) fn Save(project: ProjectId, endpoint: Endpoint, change: Change) -> impl IntoView {
    view! {
        <section class="card pad">
            <h2>"Settings"</h2>
            <Form change=change>
                {of(project, endpoint.id)}
                <Field name="url" label="URL">
                    <input type="url" name="url" required maxlength="2000" value=typed_or("url", endpoint.url)/>
                </Field>
                <Field name="format" label="Format" hint="Of all that is sent from now on, also of what waits. ThisData’s gets every message.">
                    <Select name="format">{format_choices(endpoint.format)}</Select>
                </Field>
                <Field name="description" label="Description">
                    <input name="description" maxlength="500" value=typed_or("description", endpoint.description)/>
                </Field>
                {type_choices(&endpoint.types)}
                <button class="button primary">"Save endpoint"</button>
            </Form>
        </section>
    }
    .into_any()
}

/// Its end.
#[component]
pub(super) fn Danger(project: ProjectId, endpoint: Endpoint, changes: Changes) -> impl IntoView {
    let id = endpoint.id;
    // One that disabled itself still owes its answer to orders, until somebody takes it out.
    let disable = (!endpoint.is_taken_out()).then(|| {
        view! {
            <Confirm label="Disable…" warning="What is pending for it is cancelled, and nothing more is sent to it. Once it is enabled again, what it missed can be recovered.">
                {turn(project, id, changes.state, EndpointState::Disabled, "Disable this endpoint")}
            </Confirm>
        }
    });
    view! {
        <section class="card pad">
            <h2>"End"</h2>
            <Failure change=changes.delete/>
            <div class="actions">
                {disable}
                <Confirm label="Delete…" warning="Its secrets are erased and what is pending for it is cancelled. What was delivered stays on record.">
                    <Form change=changes.delete quiet=true>
                        {of(project, id)}
                        <button class="button danger">"Delete this endpoint"</button>
                    </Form>
                </Confirm>
            </div>
        </section>
    }
    .into_any()
}
