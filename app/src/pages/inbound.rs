//! `/p/{project}/inbound`: other systems that send webhooks here, and what came from them.

pub mod new;
pub mod received;
pub mod scheme;

use leptos::prelude::*;
use leptos_meta::Title;
use porchlight_domain::id::ProjectId;
use porchlight_domain::inbound::{Source, Status, Tally};
use serde::{Deserialize, Serialize};

use crate::access::Role;
#[cfg(feature = "ssr")]
use crate::access::{Access, require_in};
use crate::error::AppResult;
use crate::format;
use crate::layout::{Allowed, project_path, use_project};
use crate::ui::change::use_change;
use crate::ui::loaded::{Empty, loaded};
use crate::ui::read::{Json, use_read};
use crate::ui::table::Table;
use crate::ui::time::Time;

/// Who may send, and how much came of late.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sources {
    /// By name.
    pub sources: Vec<Source>,
    /// What came in the last 24 hours.
    pub tally: Vec<Tally>,
}

/// Before a source's slug: where it sends to.
#[cfg(feature = "ssr")]
pub(in crate::pages) fn hooks(by: &Access) -> String {
    format!("{}/hooks/", by.state.public_url)
}

/// A project's sources.
#[server(input = Json)]
pub async fn list_sources(project: ProjectId) -> AppResult<Sources> {
    use porchlight_domain::inbound::store;
    use porchlight_domain::time::DAY;
    let by = require_in(Role::Viewer, project).await?;
    let tally = store::tally(by.db(), project, None, by.now().plus(-DAY)).await?;
    Ok(Sources { sources: store::list(by.db(), project).await?, tally })
}

/// The page.
#[component]
pub fn InboundPage() -> impl IntoView {
    let project = use_project();
    let sources = use_read(move || ListSources { project: project.get() });
    let received = received::read(project);
    let create = use_change::<new::CreateSource>();
    view! {
        <Title text="Inbound"/>
        <header class="page-head">
            <div>
                <h1>"Inbound webhooks"</h1>
                <p class="faint">"Other systems that may ask for sessions to be ended. A webhook is obeyed only when its signature is valid, and only once."</p>
            </div>
        </header>
        {loaded(sources, move |sources| {
            let names = sources.sources.iter().map(|source| (source.id, source.name.clone())).collect::<Vec<_>>();
            let (project, none) = (project.get_untracked(), names.is_empty());
            view! {
                {list(sources, project)}
                <Allowed role=Role::Admin>{new::form(project, create, none)}</Allowed>
                {(!none).then(|| received::section(received, names, project))}
            }
            .into_any()
        })}
    }
}

fn list(Sources { sources, tally }: Sources, project: ProjectId) -> AnyView {
    if sources.is_empty() {
        return view! {
            <Empty title="No sources">
                <p>"Nothing may send webhooks to this project. Add a source for each system that should."</p>
            </Empty>
        }
        .into_any();
    }
    let rows = sources.into_iter().map(move |source| {
        let page = project_path(project, &format!("inbound/{}", source.id));
        let of = |status| counted(&tally, source.id, status);
        let [valid, refused] = [of(Status::Valid), Status::ALL[1..].iter().map(|status| of(*status)).sum()];
        let why = Status::ALL[1..].iter().filter(|status| of(**status) > 0);
        let why = why.map(|status| format!("{} {}", format::number(of(*status)), status.as_str()));
        let why = why.collect::<Vec<_>>().join(", ");
        view! {
            <tr role="row" class="opens">
                <td role="cell" data-label="Name"><a class="row-link" href=page>{source.name}</a></td>
                <td role="cell" data-label="Signs as">{scheme::scheme_name(source.scheme)}</td>
                <td class="number" role="cell" data-label="Valid, 24 h">{format::number(valid)}</td>
                <td class="wide" role="cell" data-label="Refused, 24 h">{format::number(refused)}<small>{why}</small></td>
                <td role="cell" data-label="Secret"><code>{source.hint}</code></td>
                <td role="cell" data-label="Created"><Time at=source.created_at/></td>
            </tr>
        }
    });
    view! {
        <section class="card">
            <div class="card-head"><h2>"Sources"</h2></div>
            <Table label="Sources" head=&["Name", "Signs as", "Valid, 24 h", "Refused, 24 h", "Secret", "Created"]>{rows.collect_view()}</Table>
        </section>
    }
    .into_any()
}

/// How many of a status came from a source.
pub(in crate::pages) fn counted(
    tally: &[Tally],
    source: porchlight_domain::id::SourceId,
    status: Status,
) -> i64 {
    let of = |one: &&Tally| one.source_id == source && one.status == status;
    tally.iter().filter(of).map(|one| one.count).sum()
}
