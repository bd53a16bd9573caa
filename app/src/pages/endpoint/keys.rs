//! `/p/{project}/webhooks/{endpoint}/keys`: what signs, and a rotation step by step: begin, tell the receiver, ask it, end.

mod steps;

use std::time::Duration;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use porchlight_domain::id::{EndpointId, ProjectId, SecretId};
use porchlight_domain::webhook::{Endpoint, Probe, SecretHint};
use serde::{Deserialize, Serialize};

use super::about;
use super::probes::ProbeEndpoint;
#[cfg(feature = "ssr")]
use crate::access::{Role, require_in};
use crate::error::AppResult;
use crate::layout::{project_path, use_project};
#[cfg(feature = "ssr")]
use crate::pages::webhooks::{given, show_secret};
use crate::ui::change::{Failure, use_change};
use crate::ui::deliveries::short_url;
use crate::ui::loaded::loaded;
#[cfg(feature = "ssr")]
use crate::ui::once::Once;
use crate::ui::read::{Json, use_read};
use steps::{Changes, Rotation};

/// How often the page looks for the answer to a probe.
const LOOK: Duration = Duration::from_secs(1);

/// An endpoint's keys, and how far a rotation came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeysView {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// What signs, newest first.
    pub keys: Vec<SecretHint>,
    /// Whether the receiver knows the newest secret: the latest time it was, or will be, asked.
    pub probe: Option<Probe>,
    /// Something was delivered that the newest secret alone signed.
    pub taken: bool,
    /// It is being asked now.
    pub asking: bool,
}

/// An endpoint's keys.
#[server(input = Json)]
pub async fn get_keys(project: ProjectId, endpoint: EndpointId) -> AppResult<KeysView> {
    use porchlight_domain::page::Paging;
    use porchlight_domain::webhook::{DeliveryFilter, DeliveryState, ProbeKind, store};
    let by = require_in(Role::Viewer, project).await?;
    let keys = store::hints(by.db(), project, endpoint, by.now()).await?;
    let (newest, hint) =
        keys.iter().find(|key| key.public_key.is_none()).map(|key| (key.id, &key.hint)).unzip();
    let delivered = DeliveryFilter {
        endpoint: Some(endpoint),
        state: Some(DeliveryState::Delivered),
        ..DeliveryFilter::default()
    };
    let delivered = store::list_deliveries(by.db(), project, delivered, Paging::default()).await?.rows;
    let taken = delivered.iter().filter_map(|one| one.signature.as_ref()).any(|signature| {
        let mut shared = signature.secrets.iter().filter(|hint| !hint.starts_with("whpk_"));
        shared.next() == hint && shared.next().is_none()
    });
    let probes = store::probes::list(by.db(), project, endpoint).await?;
    let asked = |probe: &Probe| probe.kind == ProbeKind::Ready && probe.secret_id == newest;
    let probe = probes.into_iter().find(asked);
    let asking = probe.as_ref().is_some_and(|probe| probe.verdict.is_none() && probe.due_at <= by.now());
    Ok(KeysView { endpoint: store::get(by.db(), project, endpoint).await?, keys, probe, taken, asking })
}

/// Gives it a new secret, shown once; the others go on signing for so many hours.
#[server]
pub async fn rotate_secret(
    project: ProjectId,
    endpoint: EndpointId,
    #[server(default)] secret: Option<String>,
    overlap_hours: i64,
) -> AppResult<()> {
    use porchlight_domain::webhook::store;
    let by = require_in(Role::Admin, project).await?;
    let (secret, actor, now) = (given(secret), by.actor(), by.now());
    let rotate = store::rotate(by.db(), &actor, project, endpoint, secret.as_deref(), overlap_hours, now);
    let (_, secret) = rotate.await?;
    show_secret(&by, secret.expose())
}

/// An old secret signs no longer.
#[server]
pub async fn retire_secret(project: ProjectId, endpoint: EndpointId, old: SecretId) -> AppResult<()> {
    let by = require_in(Role::Admin, project).await?;
    let retire = porchlight_domain::webhook::store::retire;
    retire(by.db(), &by.actor(), project, endpoint, old, by.now()).await?;
    Once::Said("It is retired: it signs no longer.".to_owned()).leave(&by)
}

/// Gives it a new ed25519 key; the one before it goes on signing for so many hours.
#[server]
pub async fn add_signing_key(project: ProjectId, endpoint: EndpointId, overlap_hours: i64) -> AppResult<()> {
    let by = require_in(Role::Admin, project).await?;
    let add = porchlight_domain::webhook::store::add_key;
    let key = add(by.db(), &by.actor(), project, endpoint, overlap_hours, by.now()).await?;
    Once::Said(format!("The new key signs from now on. Its public half: {}", key.hint)).leave(&by)
}

/// The page.
#[component]
pub fn KeysOfEndpointPage() -> impl IntoView {
    let (project, params) = (use_project(), use_params_map());
    let endpoint = Memo::new(move |_| {
        params.with(|params| params.get("endpoint")).and_then(|id| id.parse().ok()).unwrap_or(EndpointId(0))
    });
    let read = use_read(move || GetKeys { project: project.get(), endpoint: endpoint.get() });
    let asking = RwSignal::new(false);
    read.again_while(asking, LOOK);
    let changes = Changes {
        rotate: use_change::<RotateSecret>(),
        probe: use_change::<ProbeEndpoint>(),
        retire: use_change::<RetireSecret>(),
        add: use_change::<AddSigningKey>(),
    };
    view! {
        <Title text="Signing keys"/>
        <Failure change=changes.probe/>
        <Failure change=changes.retire/>
        {loaded(read, move |view: KeysView| {
            asking.set(view.asking);
            show(view, project.get_untracked(), changes)
        })}
    }
}

fn show(view: KeysView, project: ProjectId, changes: Changes) -> AnyView {
    let KeysView { endpoint, keys, probe, taken, asking } = view;
    let page = project_path(project, &format!("webhooks/{}", endpoint.id));
    let rotation = Rotation::of(project, &endpoint, &keys, probe, taken, asking);
    let has_pair = keys.iter().any(|key| key.public_key.is_some());
    view! {
        <header class="page-head">
            <div>
                <a class="back" href=page>{short_url(&endpoint.url).to_owned()}</a>
                <h1>"Signing keys"</h1>
                <p class="faint">"A rotation changes the secret without refusing a single webhook: the new one and those before it sign until the receiver is ready, then the new one alone."</p>
            </div>
        </header>
        <section class="card">
            <h2 class="card-title">"Live keys"</h2>
            {about::secrets(keys)}
        </section>
        {steps::steps(rotation, changes)}
        {steps::pair(project, endpoint.id, has_pair, changes.add)}
    }
    .into_any()
}
