//! `/p/{project}/users`: who was seen, last seen first.

use leptos::prelude::*;
use leptos_meta::Title;
use porchlight_domain::Timestamp;
use porchlight_domain::id::ProjectId;
use porchlight_domain::page::Page;
use porchlight_domain::user::User;

#[cfg(feature = "ssr")]
use crate::access::{Role, require_in};
use crate::error::AppResult;
use crate::format;
use crate::layout::{project_path, use_project};
use crate::ui::badge::{Tone, badge};
use crate::ui::filter_bar::{FilterBar, FilterText, about, faults, filter};
use crate::ui::loaded::{Empty, loaded};
use crate::ui::pager::{Pager, cursor};
use crate::ui::read::{Json, use_read};
use crate::ui::table::Table;
use crate::ui::time::Time;

/// A page of users; with `text`, those whose id, name or e-mail contains it, with `since`, those seen since.
#[server(input = Json)]
pub async fn list_users(
    project: ProjectId,
    text: Option<String>,
    since: Option<Timestamp>,
    cursor: Option<String>,
) -> AppResult<Page<User>> {
    use porchlight_domain::{page::Paging, user::store};
    let by = require_in(Role::Viewer, project).await?;
    let paging = Paging::read(cursor.as_deref(), None)?;
    Ok(match text {
        Some(text) => store::search(by.db(), project, &text, since, paging).await?,
        None => store::list(by.db(), project, since, paging).await?,
    })
}

/// The page.
#[component]
pub fn UsersPage() -> impl IntoView {
    let project = use_project();
    let users = use_read(move || ListUsers {
        project: project.get(),
        text: filter("q"),
        since: about().since,
        cursor: cursor(),
    });
    view! {
        <Title text="Users"/>
        <header class="page-head">
            <div>
                <h1>"Users"</h1>
                <p class="faint">"A user’s level is the worst of their last thirty days that nobody vouched for, and when that was."</p>
            </div>
        </header>
        <FilterBar faults=faults::of_about>
            <FilterText name="q" label="Search" kind="search" placeholder="id, name or e-mail"/>
            <FilterText name="since" label="Seen from day" kind="date"/>
        </FilterBar>
        {loaded(users, move |page: Page<User>| {
            let project = project.get_untracked();
            faults::unless(faults::of_about, move || list(page.clone(), project))
        })}
    }
}

fn list(page: Page<User>, project: ProjectId) -> AnyView {
    if page.rows.is_empty() {
        return if untrack(|| filter("q").or_else(|| filter("since"))).is_some() {
            none_match()
        } else {
            none_yet(project)
        };
    }
    let rows = page.rows.into_iter().map(|user| row(user, project)).collect_view();
    view! {
        <section class="card">
            <Table label="Users" head=&["User", "E-mail", "Level", "Last seen", "Events", "First seen"]>{rows}</Table>
        </section>
        <Pager next=page.next/>
    }
    .into_any()
}

fn row(user: User, project: ProjectId) -> AnyView {
    let id = (user.label() != user.id).then(|| view! { <small><code>{user.id.clone()}</code></small> });
    let last =
        user.level_at.filter(|at| *at < user.last_seen_at).map(|at| view! { <small><Time at=at/></small> });
    view! {
        <tr role="row">
            <td role="cell" data-label="User">
                <a class="strong row-link" href=project_path(project, &format!("users/{}", user.key))>{user.label().to_owned()}</a>
                {id}
            </td>
            <td role="cell" data-label="E-mail">{user.email}</td>
            <td role="cell" data-label="Level">{badge(Tone::from(user.level), user.level.as_str())}{last}</td>
            <td role="cell" data-label="Last seen"><Time at=user.last_seen_at/></td>
            <td class="number" role="cell" data-label="Events">{format::number(user.events)}</td>
            <td role="cell" data-label="First seen"><Time at=user.first_seen_at/></td>
        </tr>
    }
    .into_any()
}

fn none_yet(project: ProjectId) -> AnyView {
    view! {
        <Empty title="No users yet">
            <p>"A user appears with the first event that names them."</p>
            <p><a class="button primary" href=project_path(project, "")>"Send the first event"</a></p>
        </Empty>
    }
    .into_any()
}

fn none_match() -> AnyView {
    view! {
        <Empty title="Nobody matches">
            <p>"The text is looked for in ids, names and e-mail addresses, whatever the case of its letters."</p>
        </Empty>
    }
    .into_any()
}
