//! `/p/{project}/webhooks`: where this project's messages go, and a new place for them.

mod new;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;
use porchlight_domain::id::ProjectId;
use porchlight_domain::webhook::{Endpoint, EndpointState, Format, MessageType, Traffic, Trust};
use serde::{Deserialize, Serialize};

use crate::access::Role;
#[cfg(feature = "ssr")]
use crate::access::{Access, require_in};
use crate::error::AppResult;
use crate::format;
use crate::layout::{Allowed, project_path, use_project};
use crate::ui::badge::{Tone, badge};
use crate::ui::deliveries::{short_url, whether_enforces, whether_ready};
use crate::ui::form::{choice, ticked, typed};
use crate::ui::loaded::{Empty, loaded};
#[cfg(feature = "ssr")]
use crate::ui::once::Once;
use crate::ui::read::{Json, use_read};
use crate::ui::table::Table;
use crate::ui::time::{Due, Time};
use new::NewEndpointForm;

/// An endpoint as the list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListedEndpoint {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// What arrived of late, and what waits.
    pub traffic: Traffic,
    /// What its receiver has shown of how it takes signatures.
    pub trust: Trust,
}

/// A project's endpoints.
#[server(input = Json)]
pub async fn list_endpoints(project: ProjectId) -> AppResult<Vec<ListedEndpoint>> {
    use porchlight_domain::webhook::store;
    let by = require_in(Role::Viewer, project).await?;
    let traffic = store::traffic(by.db(), project, by.now()).await?;
    let trust = store::probes::trust(by.db(), project, by.now()).await?;
    let listed = |endpoint: Endpoint| ListedEndpoint {
        traffic: traffic.get(&endpoint.id).copied().unwrap_or_default(),
        trust: trust.get(&endpoint.id).copied().unwrap_or_default(),
        endpoint,
    };
    Ok(store::list(by.db(), project).await?.into_iter().map(listed).collect())
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
pub fn endpoint_state(endpoint: &Endpoint, traffic: Traffic) -> AnyView {
    match (endpoint.state, endpoint.failing_since) {
        (EndpointState::Active, None) => badge(Tone::Good, "active"),
        (EndpointState::Active, Some(since)) => {
            let (word, hold) = match traffic.on_hold_until {
                Some(until) => ("on hold", Some(view! { <small>"next try "<Due at=until/></small> })),
                None => ("failing", None),
            };
            view! { {badge(Tone::Bad, word)}{hold}<small>"failing since "<Time at=since/></small> }.into_any()
        }
        (EndpointState::Paused, _) => stopped(Tone::Warn, "paused", endpoint),
        (EndpointState::Disabled, _) => stopped(Tone::Bad, "disabled", endpoint),
    }
}

/// That it gets nothing, and why.
fn stopped(tone: Tone, word: &'static str, endpoint: &Endpoint) -> AnyView {
    view! { {badge(tone, word)}<small>{endpoint.state_reason.clone()}</small> }.into_any()
}

fn list(endpoints: Vec<ListedEndpoint>, project: ProjectId) -> AnyView {
    if endpoints.is_empty() {
        return view! {
            <Empty title="No endpoints yet">
                <p>"Without one your application learns of nothing by itself, and no order to end a session can reach it."</p>
            </Empty>
        }
        .into_any();
    }
    let rows = endpoints.into_iter().map(|one| row(one, project)).collect_view();
    view! {
        <section class="card">
            <Table label="Endpoints" head=&["Endpoint", "State", "Errors, 24 h", "Waiting", "Enforces", "New key", "Gets"]>{rows}</Table>
        </section>
    }
    .into_any()
}

fn row(ListedEndpoint { endpoint, traffic, trust }: ListedEndpoint, project: ProjectId) -> AnyView {
    let page = project_path(project, &format!("webhooks/{}", endpoint.id));
    let state = endpoint_state(&endpoint, traffic);
    let gets = match endpoint.types.len() {
        0 => "everything".to_owned(),
        _ => endpoint.types.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", "),
    };
    let listens = endpoint.policy.observer.then(|| badge(Tone::Neutral, "only listens"));
    view! {
        <tr role="row" class="opens">
            <td class="wide" role="cell" data-label="Endpoint">
                <a class="row-link" href=page>{short_url(&endpoint.url).to_owned()}</a>
                <small>{endpoint.description.clone()}</small>
            </td>
            <td role="cell" data-label="State">{state}</td>
            <td class="number" role="cell" data-label="Errors, 24 h">{errors(traffic)}</td>
            <td role="cell" data-label="Waiting">{waiting(&endpoint, traffic)}</td>
            <td role="cell" data-label="Enforces">{whether_enforces(trust)}</td>
            <td role="cell" data-label="New key">{whether_ready(trust)}</td>
            <td class="wide" role="cell" data-label="Gets">{listens}" "{gets}<small>{format_name(endpoint.format)}</small></td>
        </tr>
    }
    .into_any()
}

/// What waits for an endpoint, and whether it is held back.
pub fn waiting(endpoint: &Endpoint, traffic: Traffic) -> AnyView {
    let is_held = endpoint.state != EndpointState::Active || traffic.on_hold_until.is_some();
    let held = (is_held && traffic.waiting > 0).then(|| view! { <small>"held back"</small> });
    view! { <span class="number">{format::number(traffic.waiting)}</span>{held} }.into_any()
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

/// The formats of a select box.
pub fn format_choices(chosen: Format) -> AnyView {
    let all = [
        (Format::Standard, "Standard Webhooks: {type, timestamp, data}"),
        (Format::ThisData, "ThisData: flattened body with was_user and alert, X-Signature"),
    ];
    all.map(|(format, label)| choice(format.as_str(), label, format == chosen)).into_any()
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
