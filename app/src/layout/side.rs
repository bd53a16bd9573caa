//! What stands at the side of every page: project switcher, navigation with its queues, account.

use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_location;
use porchlight_domain::id::ProjectId;
use porchlight_domain::operator::{Operator, Role};

use super::theme::ThemeSwitch;
use super::{Around, project_path};
use crate::format;
use crate::pages::sign_in::SignOut;
use crate::ui::change::{Form, use_change};
use crate::ui::icon::{Icon, icon, mark};

/// The navigation.
#[component]
pub(super) fn Side(
    /// What to show.
    around: Around,
    /// The project in the URL.
    project: Memo<ProjectId>,
) -> impl IntoView {
    let Around { operator, projects, open_alerts, .. } = around;
    let role = operator.role;
    let ids: Vec<_> = projects.iter().map(|(id, _)| *id).collect();
    view! {
        <a class="brand" href="/projects">{mark()}"Porchlight"</a>
        <Switcher projects=projects project=project/>
        <nav aria-label="Pages">
            {move || match project.get() {
                project if ids.contains(&project) => inside(project, role, open_alerts),
                _ => outside(role),
            }}
        </nav>
        <Account operator=operator/>
    }
    .into_any()
}

#[component]
fn Switcher(projects: Vec<(ProjectId, String)>, project: Memo<ProjectId>) -> impl IntoView {
    let names = StoredValue::new(projects.clone());
    let current = move || {
        let id = project.get();
        names.with_value(|names| names.iter().find(|(other, _)| *other == id).map(|(_, name)| name.clone()))
    };
    let links =
        projects.into_iter().map(|(id, name)| view! { <li><A href=project_path(id, "")>{name}</A></li> });
    view! {
        <details class="menu switcher" name="side-menu">
            <summary>
                <span class="switcher-name">{move || current().unwrap_or_else(|| "All projects".to_owned())}</span>
                {icon(Icon::Down)}
            </summary>
            <ul class="menu-panel">
                {links.collect_view()}
                <li class="menu-last"><A href="/projects">"All projects"</A></li>
            </ul>
        </details>
    }
    .into_any()
}

/// A link of the navigation; it is the current one on its own page, those below it and `more` pages.
fn link(href: String, drawn: Icon, label: &'static str, more: &'static [&'static str]) -> AnyView {
    let path = use_location().pathname;
    let own = href.clone();
    let below = |path: &str, page: &str| {
        path.strip_prefix(page).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let current = move || {
        let path = path.get();
        let start = own.matches('/').count() == 2 && own.starts_with("/p/");
        let folder = own.rsplit_once('/').map_or("", |(folder, _)| folder);
        let here = if start { path == own } else { below(&path, &own) };
        (here || more.iter().any(|page| below(&path, &format!("{folder}/{page}")))).then_some("page")
    };
    view! { <a class="nav-link" href=href aria-current=current>{icon(drawn)}{label}</a> }.into_any()
}

fn outside(role: Role) -> AnyView {
    let operators =
        (role == Role::Owner).then(|| link("/operators".to_owned(), Icon::Users, "Operators", &[]));
    view! {
        {link("/projects".to_owned(), Icon::Overview, "Projects", &[])}
        {operators}
    }
    .into_any()
}

fn inside(project: ProjectId, role: Role, open_alerts: i64) -> AnyView {
    let page = |page: &str, drawn, label| link(project_path(project, page), drawn, label, &[]);
    let outbox = (role >= Role::Admin).then(|| page("outbox", Icon::Outbox, "Outbox"));
    let count = (open_alerts > 0).then(|| {
        let title = format::count(open_alerts, "open alert", "open alerts");
        view! { <span class="count" data-tone="bad" title=title>{format::number(open_alerts)}</span> }
    });
    let settings = project_path(project, "settings");
    view! {
        {page("", Icon::Overview, "Overview")}
        {page("events", Icon::Events, "Events")}
        {page("users", Icon::Users, "Users")}
        <span class="nav-row">{page("alerts", Icon::Alerts, "Alerts")}{count}</span>
        <p class="nav-title">"Loop"</p>
        {link(project_path(project, "webhooks"), Icon::Webhooks, "Webhooks", &["deliveries"])}
        {page("revocations", Icon::Revocations, "Revocations")}
        {page("inbound", Icon::Inbound, "Inbound")}
        {outbox}
        <p class="nav-title">"Project"</p>
        {link(settings, Icon::Settings, "Settings", &["keys", "rules", "backtest", "reasons", "data", "ledger"])}
    }
    .into_any()
}

#[component]
fn Account(operator: Operator) -> impl IntoView {
    let sign_out = use_change::<SignOut>();
    view! {
        <details class="menu account" name="side-menu">
            <summary>
                <span class="account-name">{operator.name}<span class="faint">{operator.role.as_str()}</span></span>
                {icon(Icon::Down)}
            </summary>
            <div class="menu-panel">
                <p class="faint">{operator.email}</p>
                <p><A href="/account">"Password and sessions"</A></p>
                <ThemeSwitch/>
                <Form change=sign_out>
                    <button class="button wide">"Sign out"</button>
                </Form>
            </div>
        </details>
    }
    .into_any()
}
