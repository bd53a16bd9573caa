//! `/p/{project}/webhooks`: where this project's messages go, and a new place for them.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;
use porchlight_domain::id::ProjectId;
use porchlight_domain::webhook::{Endpoint, EndpointState, Format, MessageType, Traffic};

use crate::access::Role;
#[cfg(feature = "ssr")]
use crate::access::{Access, redirect, require_in};
use crate::error::AppResult;
use crate::format;
use crate::layout::{Allowed, project_path, use_project};
use crate::ui::badge::{Tone, badge};
use crate::ui::change::{Form, use_change};
use crate::ui::deliveries::short_url;
use crate::ui::form::{Field, Select, choice, ticked, typed};
use crate::ui::loaded::{Empty, loaded};
#[cfg(feature = "ssr")]
use crate::ui::once::Once;
use crate::ui::read::{Json, use_read};
use crate::ui::table::Table;
use crate::ui::time::Time;

/// A project's endpoints, each with its traffic.
#[server(input = Json)]
pub async fn list_endpoints(project: ProjectId) -> AppResult<Vec<(Endpoint, Traffic)>> {
    use porchlight_domain::webhook::store;
    let by = require_in(Role::Viewer, project).await?;
    let traffic = store::traffic(by.db(), project, by.now()).await?;
    let of = |endpoint: &Endpoint| traffic.get(&endpoint.id).copied().unwrap_or_default();
    let endpoints = store::list(by.db(), project).await?;
    Ok(endpoints
        .into_iter()
        .map(|endpoint| {
            let traffic = of(&endpoint);
            (endpoint, traffic)
        })
        .collect())
}

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

/// What was typed as a secret; nothing is none.
#[cfg(feature = "ssr")]
pub fn given(secret: Option<String>) -> Option<String> {
    secret.filter(|secret| !secret.trim().is_empty())
}

/// Leaves an endpoint's new secret to be shown once.
#[cfg(feature = "ssr")]
pub fn show_secret(by: &Access, secret: &str) -> AppResult<()> {
    Once::Secret {
        title: "The endpoint’s secret".to_owned(),
        advice: "Your application verifies each webhook’s signature with it.".to_owned(),
        value: secret.to_owned(),
        example: None,
    }
    .leave(by)
}

/// The page.
#[component]
pub fn WebhooksPage() -> impl IntoView {
    let project = use_project();
    let endpoints = use_read(move || ListEndpoints { project: project.get() });
    view! {
        <Title text="Webhooks"/>
        <WebhooksHead/>
        {loaded(endpoints, move |endpoints| list(endpoints, project.get_untracked()))}
        <Allowed role=Role::Admin><NewEndpointForm project=project/></Allowed>
    }
}

/// The head of the pages about outgoing webhooks, with links between them.
#[component]
pub fn WebhooksHead() -> impl IntoView {
    let project = use_project();
    let tab = move |page: &'static str, label: &'static str| {
        view! { <A href=move || project_path(project.get(), page)>{label}</A> }
    };
    view! {
        <header class="page-head">
            <div>
                <h1>"Webhooks"</h1>
                <p class="faint">"Signed messages to your application: alerts, users’ answers, and orders to end sessions."</p>
            </div>
        </header>
        <nav class="tabs" aria-label="Webhooks">
            {tab("webhooks", "Endpoints")}
            {tab("deliveries", "Deliveries")}
        </nav>
    }
    .into_any()
}

/// Whether an endpoint gets anything, and how that goes.
pub fn endpoint_state(endpoint: &Endpoint) -> AnyView {
    match (endpoint.state, endpoint.failing_since) {
        (EndpointState::Active, None) => badge(Tone::Good, "active"),
        (EndpointState::Active, Some(since)) => {
            view! { {badge(Tone::Bad, "failing")}<small>"since "<Time at=since/></small> }.into_any()
        }
        (EndpointState::Paused, _) => stopped(Tone::Warn, "paused", endpoint),
        (EndpointState::Disabled, _) => stopped(Tone::Bad, "disabled", endpoint),
    }
}

/// That it gets nothing, and why.
fn stopped(tone: Tone, word: &'static str, endpoint: &Endpoint) -> AnyView {
    view! { {badge(tone, word)}<small>{endpoint.state_reason.clone()}</small> }.into_any()
}

fn list(endpoints: Vec<(Endpoint, Traffic)>, project: ProjectId) -> AnyView {
    if endpoints.is_empty() {
        return view! {
            <Empty title="No endpoints yet">
                <p>"Without one your application learns of nothing by itself, and no order to end a session can reach it."</p>
            </Empty>
        }
        .into_any();
    }
    let rows =
        endpoints.into_iter().map(|(endpoint, traffic)| row(endpoint, traffic, project)).collect_view();
    view! {
        <section class="card">
            <Table label="Endpoints" head=&["Endpoint", "State", "Errors, 24 h", "Waiting", "Format", "Gets"]>{rows}</Table>
        </section>
    }
    .into_any()
}

fn row(endpoint: Endpoint, traffic: Traffic, project: ProjectId) -> AnyView {
    let page = project_path(project, &format!("webhooks/{}", endpoint.id));
    let state = endpoint_state(&endpoint);
    let gets = match endpoint.types.len() {
        0 => "everything".to_owned(),
        _ => endpoint.types.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", "),
    };
    view! {
        <tr role="row" class="opens">
            <td class="wide" role="cell" data-label="Endpoint">
                <a class="row-link" href=page>{short_url(&endpoint.url).to_owned()}</a>
                <small>{endpoint.description}</small>
            </td>
            <td role="cell" data-label="State">{state}</td>
            <td class="number" role="cell" data-label="Errors, 24 h">{errors(traffic)}</td>
            <td class="number" role="cell" data-label="Waiting">{format::number(traffic.waiting)}</td>
            <td role="cell" data-label="Format">{format_name(endpoint.format)}</td>
            <td class="wide" role="cell" data-label="Gets"><small>{gets}</small></td>
        </tr>
    }
    .into_any()
}

/// The share of attempts that failed of late.
pub fn errors(traffic: Traffic) -> AnyView {
    match traffic.error_rate() {
        None => view! { <span class="faint">"–"</span> }.into_any(),
        Some(rate) => format!("{:.0} %", rate * 100.0).into_any(),
    }
}

/// What a format is called.
pub fn format_name(format: Format) -> &'static str {
    match format {
        Format::Standard => "Standard Webhooks",
        Format::ThisData => "ThisData",
    }
}

/// Check boxes for what an endpoint gets; none ticked is all.
pub fn type_choices(chosen: &[MessageType]) -> AnyView {
    let some = typed("types[]").is_some() || !chosen.is_empty();
    let boxes = MessageType::ALL.into_iter().map(|kind| {
        let checked = ticked("types[]", kind.as_str(), chosen.contains(&kind));
        view! {
            <label class="check">
                <input type="checkbox" name="types[]" value=kind.as_str() checked=checked/>
                <code>{kind.as_str()}</code>
            </label>
        }
    });
    view! {
        <details class="more" open=some>
            <summary>"Only some messages"</summary>
            <fieldset>
                <legend class="field-hint">"None ticked: all. An endpoint of the format ThisData always gets all."</legend>
                {boxes.collect_view()}
            </fieldset>
        </details>
    }
    .into_any()
}

#[component]
fn NewEndpointForm(project: Memo<ProjectId>) -> impl IntoView {
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
                        {choice("standard", "Standard Webhooks: {type, timestamp, data}", true)}
                        {choice("thisdata", "ThisData: flattened body with was_user and alert, X-Signature", false)}
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
