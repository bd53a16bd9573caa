//! `/p/{project}/inbound`: other systems that send webhooks here, and what came from them.

mod received;

use leptos::prelude::*;
use leptos_meta::Title;
use porchlight_domain::id::{ProjectId, SourceId};
use porchlight_domain::inbound::{Scheme, Source};
use porchlight_domain::operator::Role;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::access::{Access, require_in};
use crate::error::AppResult;
use crate::layout::{Allowed, use_project};
use crate::ui::change::{Change, Failure, Form, use_change};
use crate::ui::copy::Snippet;
use crate::ui::form::{Confirm, Field, Select, choice, typed};
use crate::ui::loaded::{Empty, loaded};
#[cfg(feature = "ssr")]
use crate::ui::once::Once;
use crate::ui::read::{Json, use_read};
use crate::ui::table::Table;
use crate::ui::time::Time;

/// Who may send, and whereto.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sources {
    /// Before a source's slug: where it sends to.
    pub hooks: String,
    /// By name.
    pub sources: Vec<Source>,
}

#[cfg(feature = "ssr")]
fn hooks(by: &Access) -> String {
    format!("{}/hooks/", by.state.public_url)
}

/// A project's sources.
#[server(input = Json)]
pub async fn list_sources(project: ProjectId) -> AppResult<Sources> {
    let by = require_in(Role::Viewer, project).await?;
    let sources = porchlight_domain::inbound::store::list(by.db(), project).await?;
    Ok(Sources { hooks: hooks(&by), sources })
}

/// Creates a source; the page that comes next shows its secret once. A blank secret: one is made.
#[server]
pub async fn create_source(
    project: ProjectId,
    name: String,
    scheme: Scheme,
    #[server(default)] secret: Option<String>,
) -> AppResult<()> {
    use porchlight_domain::inbound::{NewSource, store};
    let by = require_in(Role::Admin, project).await?;
    let new = NewSource { name, scheme, hmac: None, secret: secret.filter(|secret| !secret.is_empty()) };
    let (source, secret) = store::create(by.db(), &by.actor(), project, new, by.now()).await?;
    Once::Secret {
        title: format!("Secret of “{}”", source.name),
        advice: format!("The other system signs with it what it sends to {}{}.", hooks(&by), source.slug),
        value: secret.expose().to_owned(),
        example: (source.scheme != Scheme::Hmac).then(|| example(&by, &source, &secret)),
    }
    .leave(&by)
}

/// A signed request that asks for nothing.
#[cfg(feature = "ssr")]
fn example(by: &Access, source: &Source, secret: &porchlight_domain::signature::Secret) -> String {
    use porchlight_domain::signature::{sign_legacy, sign_standard};
    let (body, url) = (r#"{"type":"ping"}"#, format!("{}{}", hooks(by), source.slug));
    let headers = match source.scheme {
        Scheme::Standard => {
            let (id, now) = (format!("ping_{}", source.id), by.now().seconds());
            let signature = sign_standard(secret, &id, now, body.as_bytes());
            format!(
                "  -H 'webhook-id: {id}' \\\n  -H 'webhook-timestamp: {now}' \\\n  -H 'webhook-signature: {signature}' \\\n"
            )
        }
        Scheme::ThisData => format!("  -H 'X-Signature: {}' \\\n", sign_legacy(secret, body.as_bytes())),
        // Only the other system knows how.
        Scheme::Hmac => String::new(),
    };
    format!("curl {url} \\\n  -H 'Content-Type: application/json' \\\n{headers}  -d '{body}'")
}

/// Deletes a source and what came from it.
#[server]
pub async fn delete_source(project: ProjectId, source: SourceId) -> AppResult<()> {
    let by = require_in(Role::Admin, project).await?;
    porchlight_domain::inbound::store::delete(by.db(), &by.actor(), project, source, by.now()).await?;
    Once::Said("The source is deleted. Whatever it still sends is answered with “not found”.".to_owned())
        .leave(&by)
}

/// The page.
#[component]
pub fn InboundPage() -> impl IntoView {
    let project = use_project();
    let sources = use_read(move || ListSources { project: project.get() });
    let received = received::read(project);
    let delete = use_change::<DeleteSource>();
    view! {
        <Title text="Inbound"/>
        <header class="page-head">
            <div>
                <h1>"Inbound webhooks"</h1>
                <p class="faint">"Other systems that may ask for sessions to be ended. A webhook is obeyed only when its signature is valid, and only once."</p>
            </div>
        </header>
        <Failure change=delete/>
        {loaded(sources, move |sources| {
            let names = sources.sources.iter().map(|source| (source.id, source.name.clone())).collect::<Vec<_>>();
            view! {
                {list(sources, project.get_untracked(), delete)}
                <Allowed role=Role::Admin><NewSourceForm project=project/></Allowed>
                {(!names.is_empty()).then(|| received::section(received, names, project.get_untracked()))}
            }
            .into_any()
        })}
    }
}

fn list(Sources { hooks, sources }: Sources, project: ProjectId, delete: Change) -> AnyView {
    if sources.is_empty() {
        return view! {
            <Empty title="No sources">
                <p>"Nothing may send webhooks to this project. Add a source for each system that should."</p>
            </Empty>
        }
        .into_any();
    }
    let rows = sources.into_iter().map(move |source| {
        let url = format!("{hooks}{}", source.slug);
        view! {
            <tr role="row">
                <td class="strong" role="cell" data-label="Name">{source.name}</td>
                <td class="wrap" role="cell" data-label="Sends to"><Snippet text=url label="The URL it sends to"/></td>
                <td role="cell" data-label="Signs as">{scheme(source.scheme)}</td>
                <td role="cell" data-label="Secret"><code>{source.hint}</code></td>
                <td role="cell" data-label="Created"><Time at=source.created_at/></td>
                <td class="actions" role="cell">
                    <Allowed role=Role::Admin>
                        <Confirm label="Delete…" warning="What it sends is refused at once, and what came from it is deleted too. This cannot be undone.">
                            <Form change=delete quiet=true>
                                <input type="hidden" name="project" value=project.to_string()/>
                                <input type="hidden" name="source" value=source.id.to_string()/>
                                <button class="button danger">"Delete this source"</button>
                            </Form>
                        </Confirm>
                    </Allowed>
                </td>
            </tr>
        }
    });
    view! {
        <section class="card">
            <div class="card-head"><h2>"Sources"</h2></div>
            <Table label="Sources" head=&["Name", "Sends to", "Signs as", "Secret", "Created", ""]>{rows.collect_view()}</Table>
        </section>
    }
    .into_any()
}

fn scheme(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Standard => "Standard Webhooks",
        Scheme::ThisData => "ThisData",
        Scheme::Hmac => "HMAC",
    }
}

#[component]
fn NewSourceForm(project: Memo<ProjectId>) -> impl IntoView {
    let change = use_change::<CreateSource>();
    view! {
        <section class="card pad narrow">
            <h2>"New source"</h2>
            <Form change=change>
                <input type="hidden" name="project" value=move || project.get().to_string()/>
                <Field label="Name" hint="The system that sends: it stands in the reason of what it orders.">
                    <input name="name" value=typed("name") required maxlength="100" placeholder="Fraud desk"/>
                </Field>
                <Field label="It signs as" hint="ThisData’s signature holds no time: a webhook is told from a repeated one by its body alone.">
                    <Select name="scheme">
                        {choice("standard", "Standard Webhooks: webhook-id, webhook-timestamp, webhook-signature", true)}
                        {choice("thisdata", "ThisData: X-Signature", false)}
                    </Select>
                </Field>
                <Field label="Secret, if it has one already" hint="Blank: one is made, and shown once.">
                    <input type="password" name="secret" minlength="5" maxlength="256" autocomplete="off"/>
                </Field>
                <button class="button primary">"Add source"</button>
            </Form>
        </section>
    }
    .into_any()
}
