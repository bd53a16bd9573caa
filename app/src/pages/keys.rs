//! `/p/{project}/keys`: what the application proves itself with.

use leptos::prelude::*;
use leptos_meta::Title;
use porchlight_domain::id::{KeyId, ProjectId};
use porchlight_domain::operator::Role;
use porchlight_domain::project::ApiKey;

#[cfg(feature = "ssr")]
use crate::access::{Access, require_in};
use crate::error::AppResult;
use crate::layout::{Allowed, use_project};
use crate::pages::settings::SettingsHead;
use crate::ui::change::{Change, Failure, Form, use_change};
use crate::ui::form::{Confirm, Field, typed};
use crate::ui::loaded::{Empty, loaded};
#[cfg(feature = "ssr")]
use crate::ui::once::Once;
use crate::ui::read::{Json, use_read};
use crate::ui::table::Table;
use crate::ui::time::{Time, time_or};

/// A project's live keys.
#[server(input = Json)]
pub async fn list_keys(project: ProjectId) -> AppResult<Vec<ApiKey>> {
    let by = require_in(Role::Viewer, project).await?;
    Ok(porchlight_domain::project::store::keys(by.db(), project).await?)
}

/// Creates a key; the page that comes next shows it once.
#[server]
pub async fn create_key(project: ProjectId, name: String) -> AppResult<()> {
    let by = require_in(Role::Admin, project).await?;
    let (_, key) =
        porchlight_domain::project::store::create_key(by.db(), &by.actor(), project, &name, by.now()).await?;
    let request = format!(
        "curl {}/api/v1/events \\\n  -H 'Authorization: Bearer {key}' \\\n  -d '{FIRST_EVENT}'",
        by.state.public_url
    );
    show_key(&by, &name, &key, Some(request))
}

/// Ends a key for good.
#[server]
pub async fn revoke_key(project: ProjectId, key: KeyId) -> AppResult<()> {
    let by = require_in(Role::Admin, project).await?;
    porchlight_domain::project::store::revoke_key(by.db(), &by.actor(), project, key, by.now()).await?;
    Once::Said("The key is revoked. Requests that use it are refused within two seconds.".to_owned())
        .leave(&by)
}

/// An event to try a key with.
pub const FIRST_EVENT: &str = r#"{"verb":"log-in","ip":"122.56.232.10","user":{"id":"112233","name":"Eve Smith"},"session":{"id":"s1"}}"#;

/// Leaves a new key to be shown once, with a request that tries it where the page has none.
#[cfg(feature = "ssr")]
pub fn show_key(by: &Access, name: &str, key: &str, request: Option<String>) -> AppResult<()> {
    Once::Secret {
        title: format!("API key “{}”", name.trim()),
        advice: "Keep it where your application keeps its secrets.".to_owned(),
        value: key.to_owned(),
        example: request,
    }
    .leave(by)
}

/// The page.
#[component]
pub fn KeysPage() -> impl IntoView {
    let project = use_project();
    let keys = use_read(move || ListKeys { project: project.get() });
    let revoke = use_change::<RevokeKey>();
    view! {
        <Title text="API keys"/>
        <SettingsHead/>
        <Failure change=revoke/>
        {loaded(keys, move |keys| list(keys, project.get_untracked(), revoke))}
        <Allowed role=Role::Admin><NewKey project=project/></Allowed>
    }
}

fn list(keys: Vec<ApiKey>, project: ProjectId, revoke: Change) -> AnyView {
    if keys.is_empty() {
        return view! {
            <Empty title="No keys">
                <p>"Nothing can send events to this project. Create a key for your application."</p>
            </Empty>
        }
        .into_any();
    }
    let rows = keys.into_iter().map(move |key| {
        view! {
            <tr role="row">
                <td class="strong" role="cell" data-label="Name">{key.name}</td>
                <td role="cell" data-label="Begins with"><code>{key.hint}"…"</code></td>
                <td role="cell" data-label="Created"><Time at=key.created_at/></td>
                <td role="cell" data-label="Last used">{time_or(key.last_used_at, "never")}</td>
                <td class="actions" role="cell">
                    <Allowed role=Role::Admin>
                        <Confirm label="Revoke…" warning="Whatever still uses this key is refused at once. This cannot be undone.">
                            <Form change=revoke quiet=true>
                                <input type="hidden" name="project" value=project.to_string()/>
                                <input type="hidden" name="key" value=key.id.to_string()/>
                                <button class="button danger">"Revoke this key"</button>
                            </Form>
                        </Confirm>
                    </Allowed>
                </td>
            </tr>
        }
    });
    view! {
        <section class="card">
            <Table label="API keys" head=&["Name", "Begins with", "Created", "Last used", ""]>{rows.collect_view()}</Table>
        </section>
    }
    .into_any()
}

#[component]
fn NewKey(project: Memo<ProjectId>) -> impl IntoView {
    let change = use_change::<CreateKey>();
    view! {
        <section class="card pad narrow">
            <h2>"New key"</h2>
            <Form change=change>
                <input type="hidden" name="project" value=move || project.get().to_string()/>
                <Field name="name" label="Name" hint="Where it is used, so that you know what stops when you revoke it.">
                    <input name="name" value=typed("name") required maxlength="100" placeholder="Production"/>
                </Field>
                <button class="button primary">"Create key"</button>
            </Form>
        </section>
    }
    .into_any()
}
