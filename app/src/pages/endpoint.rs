//! `/p/{project}/webhooks/{endpoint}`: one endpoint, its secrets, what it was sent, and what can be done to it.

mod about;
mod forms;
pub mod keys;
mod policy;
mod probes;
mod recover;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use porchlight_domain::id::{EndpointId, ProjectId};
use porchlight_domain::latency::Latency;
use porchlight_domain::webhook::{
    Endpoint, EndpointState, Format, MessageType, PhaseLatency, SecretHint, SignatureStatus, Traffic, Trust,
};
use serde::{Deserialize, Serialize};

use crate::access::Role;
#[cfg(feature = "ssr")]
use crate::access::{redirect, require_in};
use crate::error::AppResult;
use crate::layout::{Allowed, project_path, use_project};
use crate::pages::webhooks::endpoint_state;
use crate::ui::change::use_change;
#[cfg(feature = "ssr")]
use crate::ui::deliveries::listed;
use crate::ui::deliveries::{Listed, deliveries, short_url};
use crate::ui::loaded::loaded;
#[cfg(feature = "ssr")]
use crate::ui::once::Once;
use crate::ui::read::{Json, use_read};
use forms::{Actions, Changes, Danger, Save};
use policy::{Overrides, SavePolicy};
use probes::Probes;
use recover::RecoverEndpoint;

/// An endpoint with its secrets' hints and its newest deliveries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EndpointView {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// Its live secrets, newest first.
    pub secrets: Vec<SecretHint>,
    /// What it was sent, newest first.
    pub deliveries: Vec<Listed>,
    /// What arrived of late, and what waits.
    pub traffic: Traffic,
    /// What its receiver has shown of how it takes signatures.
    pub trust: Trust,
    /// How its last attempt was signed.
    pub signature: Option<SignatureStatus>,
    /// How long it takes to answer.
    pub latency: Option<Latency>,
    /// Where that time goes.
    pub phases: PhaseLatency,
}

/// An endpoint.
#[server(input = Json)]
pub async fn get_endpoint(project: ProjectId, endpoint: EndpointId) -> AppResult<EndpointView> {
    use porchlight_domain::page::Paging;
    use porchlight_domain::webhook::{DeliveryFilter, store};
    let by = require_in(Role::Viewer, project).await?;
    let filter = DeliveryFilter { endpoint: Some(endpoint), ..DeliveryFilter::default() };
    let sent = store::list_deliveries(by.db(), project, filter, Paging::new(None, Some(10))).await?.rows;
    Ok(EndpointView {
        endpoint: store::get(by.db(), project, endpoint).await?,
        secrets: store::hints(by.db(), project, endpoint, by.now()).await?,
        traffic: store::traffic(by.db(), project, by.now()).await?.remove(&endpoint).unwrap_or_default(),
        signature: store::last_signature(by.db(), project, endpoint).await?,
        latency: store::latency(by.db(), project, endpoint).await?,
        phases: store::phase_latency(by.db(), project, endpoint).await?,
        trust: store::probes::trust(by.db(), project, by.now()).await?.remove(&endpoint).unwrap_or_default(),
        deliveries: listed(&by, project, sent).await?,
    })
}

/// Changes where it is and what it gets.
#[server]
pub async fn save_endpoint(
    project: ProjectId,
    endpoint: EndpointId,
    url: String,
    #[server(default)] format: Option<Format>,
    #[server(default)] description: String,
    #[server(default)] types: Vec<MessageType>,
) -> AppResult<()> {
    use porchlight_domain::webhook::{EndpointChange, store};
    let by = require_in(Role::Admin, project).await?;
    by.state.webhook_allow.check_url(&url)?;
    let (url, description, types) = (Some(url), Some(description), Some(types));
    let change = EndpointChange { url, format, description, types, ..EndpointChange::default() };
    store::update(by.db(), &by.actor(), project, endpoint, change, by.now()).await?;
    Once::Said("Endpoint saved.".to_owned()).leave(&by)
}

/// Pauses, resumes, disables or enables it.
#[server]
pub async fn set_endpoint_state(
    project: ProjectId,
    endpoint: EndpointId,
    state: EndpointState,
) -> AppResult<()> {
    use porchlight_domain::webhook::{EndpointChange, store};
    let by = require_in(Role::Admin, project).await?;
    let change = EndpointChange { state: Some(state), ..EndpointChange::default() };
    store::update(by.db(), &by.actor(), project, endpoint, change, by.now()).await?;
    Ok(())
}

/// Sends a test message and goes to its delivery.
#[server]
pub async fn send_test(project: ProjectId, endpoint: EndpointId) -> AppResult<()> {
    let by = require_in(Role::Admin, project).await?;
    let delivery =
        porchlight_domain::webhook::store::send_test(by.db(), &by.actor(), project, endpoint, by.now())
            .await?;
    redirect(&project_path(project, &format!("deliveries/{delivery}")));
    Ok(())
}

/// Deletes it; what is pending for it is cancelled.
#[server]
pub async fn delete_endpoint(project: ProjectId, endpoint: EndpointId) -> AppResult<()> {
    let by = require_in(Role::Admin, project).await?;
    porchlight_domain::webhook::store::delete(by.db(), &by.actor(), project, endpoint, by.now()).await?;
    redirect(&project_path(project, "webhooks"));
    Once::Said("The endpoint is deleted; what was delivered to it stays on record.".to_owned()).leave(&by)
}

/// The page.
#[component]
pub fn EndpointPage() -> impl IntoView {
    let (project, params) = (use_project(), use_params_map());
    let endpoint = Memo::new(move |_| {
        params.with(|params| params.get("endpoint")).and_then(|id| id.parse().ok()).unwrap_or(EndpointId(0))
    });
    let read = use_read(move || GetEndpoint { project: project.get(), endpoint: endpoint.get() });
    let recovery = recover::read(project, endpoint);
    let changes = Changes {
        save: use_change::<SaveEndpoint>(),
        state: use_change::<SetEndpointState>(),
        test: use_change::<SendTest>(),
        delete: use_change::<DeleteEndpoint>(),
        policy: use_change::<SavePolicy>(),
        recover: use_change::<RecoverEndpoint>(),
    };
    view! {
        <Title text="Endpoint"/>
        {loaded(read, move |view| show(view, project.get_untracked(), changes, recovery))}
    }
}

fn show(view: EndpointView, project: ProjectId, changes: Changes, recovery: recover::Asked) -> AnyView {
    let EndpointView { endpoint, secrets, deliveries: sent, traffic, trust, signature, latency, phases } =
        view;
    let all = format!("{}?endpoint={}", project_path(project, "deliveries"), endpoint.id);
    let keys = project_path(project, &format!("webhooks/{}/keys", endpoint.id));
    let list = match sent.is_empty() {
        true => view! { <p class="pad faint">"Nothing was sent to it yet. Send a test."</p> }.into_any(),
        false => deliveries(sent, project),
    };
    let (edited, tuned, ended) = (endpoint.clone(), endpoint.clone(), endpoint.clone());
    let (id, state) = (endpoint.id, endpoint.state);
    view! {
        <header class="page-head">
            <div>
                <a class="back" href=project_path(project, "webhooks")>"Webhooks"</a>
                <Title text=format!("{} · Webhooks", short_url(&endpoint.url))/>
                <h1 class="wrap">{short_url(&endpoint.url).to_owned()}</h1>
                <p class="badges">{endpoint_state(&endpoint, traffic)}</p>
                <p class="faint">{endpoint.description.clone()}</p>
            </div>
            <Allowed role=Role::Admin><Actions project=project endpoint=id state=state changes=changes/></Allowed>
        </header>
        {about::standing(&endpoint, traffic.on_hold_until)}
        <section class="card">
            <h2 class="card-title">"Latest deliveries"<a class="button small" href=all>"All"</a></h2>
            {list}
        </section>
        <div class="columns even">
            <div>
                <section class="card pad">
                    <h2>"About"</h2>
                    {about::about(&endpoint, traffic, latency, about::Signed { signature, trust })}
                </section>
                {about::phases(&phases)}
                <section class="card">
                    <h2 class="card-title">"Signing keys"<a class="button small" href=keys>"Rotate…"</a></h2>
                    {about::secrets(secrets)}
                </section>
                <Probes project=project endpoint=id/>
                <Allowed role=Role::Admin>{recover::section(project, id, recovery, changes.recover)}</Allowed>
            </div>
            <div>
                <Allowed role=Role::Admin><Save project=project endpoint=edited.clone() change=changes.save/></Allowed>
                <Allowed role=Role::Admin><Overrides project=project endpoint=tuned.clone() change=changes.policy/></Allowed>
                <Allowed role=Role::Admin><Danger project=project endpoint=ended.clone() changes=changes/></Allowed>
            </div>
        </div>
    }
    .into_any()
}
