//! The forms on a source's page.

use leptos::prelude::*;
use porchlight_domain::id::{ProjectId, SourceId};
use porchlight_domain::inbound::Source;

use crate::pages::inbound::scheme;
use crate::ui::change::{Change, Failure, Form};
use crate::ui::form::{Confirm, Field, Select, overlaps, typed_or};

/// What can be done to a source.
#[derive(Clone, Copy)]
pub(super) struct Changes {
    pub save: Change,
    pub rotate: Change,
    pub delete: Change,
}

/// The fields that say which source.
fn of(project: ProjectId, source: SourceId) -> AnyView {
    view! {
        <input type="hidden" name="project" value=project.to_string()/>
        <input type="hidden" name="source" value=source.to_string()/>
    }
    .into_any()
}

/// What it is called, and how it signs where that is not told by a standard.
pub(super) fn settings(project: ProjectId, source: Source, change: Change) -> AnyView {
    let (id, name, hmac) = (source.id, source.name, source.hmac);
    view! {
        <section class="card pad">
            <h2>"Settings"</h2>
            <Form change=change>
                {of(project, id)}
                <Field name="name" label="Name">
                    <input name="name" required maxlength="100" value=typed_or("name", name)/>
                </Field>
                {hmac.map(|hmac| scheme::fields(Some(hmac)))}
                <button class="button primary">"Save source"</button>
            </Form>
        </section>
    }
    .into_any()
}

/// A new secret.
pub(super) fn rotation(project: ProjectId, source: SourceId, change: Change) -> AnyView {
    view! {
        <section class="card pad">
            <h2>"Rotate the secret"</h2>
            <Form change=change>
                {of(project, source)}
                <Field name="overlap_hours" label="The old secret is still taken" hint="Both are, meanwhile, so that nothing is refused while the other system changes it over.">
                    <Select name="overlap_hours">{overlaps()}</Select>
                </Field>
                <Field name="secret" label="New secret" hint="Blank: one is made. It is shown once.">
                    <input type="password" name="secret" minlength="5" maxlength="256" autocomplete="off"/>
                </Field>
                <button class="button">"Rotate secret"</button>
            </Form>
        </section>
    }
    .into_any()
}

/// Its end.
pub(super) fn end(project: ProjectId, source: SourceId, change: Change) -> AnyView {
    view! {
        <section class="card pad">
            <h2>"End"</h2>
            <Failure change=change/>
            <Confirm label="Delete…" warning="What it sends is refused at once, and what came from it is deleted too. This cannot be undone.">
                <Form change=change quiet=true>
                    {of(project, source)}
                    <button class="button danger">"Delete this source"</button>
                </Form>
            </Confirm>
        </section>
    }
    .into_any()
}
