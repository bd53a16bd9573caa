//! `/p/{project}/ledger`: who changed what; `/operators/changes`: the same of the installation.

mod words;

use leptos::prelude::*;
use leptos_meta::Title;
use porchlight_domain::Timestamp;
use porchlight_domain::id::ProjectId;
use porchlight_domain::page::Page;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::access::{Role, require, require_in};
use crate::error::AppResult;
use crate::format;
use crate::layout::{project_path, use_project};
use crate::pages::settings::SettingsHead;
use crate::ui::loaded::{Empty, loaded};
use crate::ui::pager::{Pager, cursor};
use crate::ui::read::{Json, use_read};
use crate::ui::table::Table;
use crate::ui::time::Time;

/// A change, with its author's name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// When.
    pub at: Timestamp,
    /// Who, by name where there is one.
    pub who: String,
    /// What was done: `endpoint.created`.
    pub action: String,
    /// To what: an id.
    pub subject: String,
    /// The particulars, as JSON.
    pub detail: String,
}

/// A project's changes, newest first.
#[server(input = Json)]
pub async fn list_changes(project: ProjectId, cursor: Option<String>) -> AppResult<Page<Line>> {
    use porchlight_domain::page::Paging;
    use porchlight_domain::{ledger, operator::store::Names};
    let by = require_in(Role::Viewer, project).await?;
    let page = ledger::list(by.db(), project, Paging::read(cursor.as_deref(), None)?).await?;
    let names = Names::load(by.db(), project).await?;
    Ok(page.map(|entry| Line {
        at: entry.at,
        who: names.of(&entry.actor),
        action: entry.action,
        subject: entry.subject,
        detail: entry.detail.to_string(),
    }))
}

/// Changes to the installation itself, newest first: operators, their sign-ins, and those that failed.
#[server(input = Json)]
pub async fn list_installation_changes(cursor: Option<String>) -> AppResult<Page<Line>> {
    use porchlight_domain::page::Paging;
    use porchlight_domain::{ledger, operator::store::Names};
    let by = require(Role::Owner).await?;
    let page = ledger::of_installation(by.db(), Paging::read(cursor.as_deref(), None)?).await?;
    let names = Names::load(by.db(), ProjectId(0)).await?;
    Ok(page.map(|entry| Line {
        at: entry.at,
        who: names.of(&entry.actor),
        subject: names.operator(&entry.subject).unwrap_or(entry.subject),
        action: entry.action,
        detail: entry.detail.to_string(),
    }))
}

/// The installation's page.
#[component]
pub fn InstallationPage() -> impl IntoView {
    let changes = use_read(|| ListInstallationChanges { cursor: cursor() });
    view! {
        <Title text="What operators did"/>
        <header class="page-head">
            <div>
                <h1>"What operators did"</h1>
                <p class="faint">"Sign-ins, failed ones too, and changes to operators. "<a href="/operators">"Operators"</a></p>
            </div>
        </header>
        {loaded(changes, |page| list(page, None))}
    }
}

/// The page.
#[component]
pub fn LedgerPage() -> impl IntoView {
    let project = use_project();
    let changes = use_read(move || ListChanges { project: project.get(), cursor: cursor() });
    view! {
        <Title text="Changes"/>
        <SettingsHead/>
        {loaded(changes, move |page| list(page, Some(project.get_untracked())))}
    }
}

fn list(Page { rows, next }: Page<Line>, project: Option<ProjectId>) -> AnyView {
    if rows.is_empty() {
        return view! { <Empty title="No changes"><p>"Whatever an operator or an application changes is recorded here."</p></Empty> }
            .into_any();
    }
    let rows = rows.into_iter().map(|line| row(line, project)).collect_view();
    view! {
        <section class="card">
            <Table label="Changes" head=&["When", "Who", "Did", "To"]>{rows}</Table>
        </section>
        <Pager next=next/>
    }
    .into_any()
}

fn row(line: Line, project: Option<ProjectId>) -> AnyView {
    let detail = (line.detail != "{}").then(|| {
        view! {
            <details class="more">
                <summary>"Particulars"</summary>
                <pre><code>{format::pretty_json(&line.detail)}</code></pre>
            </details>
        }
    });
    let subject = view! { <code>{line.subject.clone()}</code> };
    let subject = match project.zip(words::page(&line.action, &line.subject)) {
        Some((project, page)) => view! { <a href=project_path(project, &page)>{subject}</a> }.into_any(),
        None => subject.into_any(),
    };
    view! {
        <tr role="row">
            <td role="cell" data-label="When"><Time at=line.at/></td>
            <td role="cell" data-label="Who">{line.who}</td>
            <td class="wide" role="cell" data-label="Did">{words::did(&line.action)}<small><code>{line.action}</code></small></td>
            <td class="wide" role="cell" data-label="To">{subject}{detail}</td>
        </tr>
    }
    .into_any()
}
