//! A new endpoint; its secret is shown once.

use leptos::prelude::*;
use porchlight_domain::id::ProjectId;
use porchlight_domain::webhook::{Format, MessageType};

use super::{format_choices, type_choices};
#[cfg(feature = "ssr")]
use super::{given, show_secret};
#[cfg(feature = "ssr")]
use crate::access::{Role, redirect, require_in};
use crate::error::AppResult;
#[cfg(feature = "ssr")]
use crate::layout::project_path;
use crate::ui::change::{Form, use_change};
use crate::ui::form::{Field, Select, typed};

/// Creates an endpoint; its page shows the secret once.
#[server]
pub async fn create_endpoint(
    project: ProjectId,
    url: String,
    format: Format,
    #[server(default)] description: String,
    #[server(default)] types: Vec<MessageType>,
    #[server(default)] secret: Option<String>,
) -> AppResult<()> {
    use porchlight_domain::webhook::{NewEndpoint, store};
    let by = require_in(Role::Admin, project).await?;
    by.state.webhook_allow.check_url(&url)?;
    let new =
        NewEndpoint { url, format, description, types, secret: given(secret), ..NewEndpoint::default() };
    let (endpoint, secret) = store::create(by.db(), &by.actor(), project, new, by.now()).await?;
    show_secret(&by, secret.expose())?;
    redirect(&project_path(project, &format!("webhooks/{}", endpoint.id)));
    Ok(())
}

/// The form.
#[component]
pub(super) fn NewEndpointForm(project: Memo<ProjectId>) -> impl IntoView {
    let change = use_change::<CreateEndpoint>();
    view! {
        <section class="card pad narrow">
            <h2>"New endpoint"</h2>
            <Form change=change>
                <input type="hidden" name="project" value=move || project.get().to_string()/>
                <Field name="url" label="URL" hint="Where your application receives webhooks. Private addresses need WEBHOOK_ALLOW.">
                    <input type="url" name="url" value=typed("url") required maxlength="2000" placeholder="https://app.example.com/webhooks/porchlight"/>
                </Field>
                <Field name="format" label="Format">
                    <Select name="format">
                        {format_choices(Format::Standard)}
                    </Select>
                </Field>
                <Field name="description" label="Description">
                    <input name="description" value=typed("description") maxlength="500"/>
                </Field>
                {type_choices(&[])}
                <Field name="secret" label="Secret" hint="Leave it empty to have a strong one generated. Either way it is shown once.">
                    <input name="secret" autocomplete="off" spellcheck="false" maxlength="500" placeholder="generated"/>
                </Field>
                <button class="button primary">"Create endpoint"</button>
            </Form>
        </section>
    }
    .into_any()
}
