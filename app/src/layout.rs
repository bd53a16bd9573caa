//! The frame around every page of a signed-in operator: navigation, project switcher, account.

#![expect(
    missing_docs,
    reason = "the arguments of server functions become fields that cannot carry documentation"
)]

pub mod theme;

use leptos::prelude::*;
use leptos_router::components::{A, Outlet};
use leptos_router::hooks::{use_location, use_params_map};
use porchlight_domain::id::ProjectId;
use porchlight_domain::operator::{Operator, Role};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::access::require;
use crate::error::AppResult;
use crate::format;
use crate::pages::sign_in::SignOut;
use crate::ui::browser;
use crate::ui::change::{Form, use_change};
use crate::ui::icon::{Icon, icon, mark};
use crate::ui::loaded::loaded;
use crate::ui::once::Shown;
use crate::ui::read::{Json, Read, use_read};
use theme::ThemeSwitch;

/// What the frame shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Around {
    /// Who is signed in.
    pub operator: Operator,
    /// All projects, for the switcher.
    pub projects: Vec<(ProjectId, String)>,
    /// How many alerts of this project are open.
    pub open_alerts: i64,
}

/// What the frame shows around a page.
#[server(input = Json)]
pub async fn load_around(project: ProjectId) -> AppResult<Around> {
    use porchlight_domain::{alert, project as projects};
    let by = require(Role::Viewer).await?;
    let open_alerts = alert::store::counts(by.db(), project).await?.open;
    let projects = projects::store::list(by.db()).await?;
    let projects = projects.into_iter().map(|project| (project.id, project.name)).collect();
    Ok(Around { operator: by.operator, projects, open_alerts })
}

/// The project in the URL. A page outside of a project, or a spoilt id, gives an id that no project has.
pub fn use_project() -> Memo<ProjectId> {
    let params = use_params_map();
    Memo::new(move |_| {
        params.with(|params| params.get("project")).and_then(|id| id.parse().ok()).unwrap_or(ProjectId(0))
    })
}

/// The same for the frame, which stays where it is while pages with and without a project come and go.
fn project_in(path: &str) -> ProjectId {
    let id = path.strip_prefix("/p/").and_then(|rest| rest.split('/').next());
    id.and_then(|id| id.parse().ok()).unwrap_or(ProjectId(0))
}

/// A path within the project in the URL.
pub fn project_path(project: ProjectId, page: &str) -> String {
    if page.is_empty() { format!("/p/{project}") } else { format!("/p/{project}/{page}") }
}

#[derive(Clone, Copy)]
struct Loaded(Read<Around>);

/// Shows its children to whoever has at least this role. The server function behind them decides; this only tidies.
#[component]
pub fn Allowed(
    /// The least role.
    role: Role,
    /// What they see.
    children: ChildrenFn,
) -> impl IntoView {
    let around = use_context::<Loaded>();
    view! {
        <Transition fallback=|| ()>
            {move || {
                let children = children.clone();
                Suspend::new(async move {
                    let Loaded(around) = around?;
                    let may = around.get().await.is_ok_and(|around| around.operator.role >= role);
                    may.then(|| children())
                })
            }}
        </Transition>
    }
    .into_any()
}

/// The frame.
#[component]
pub fn Frame() -> impl IntoView {
    let path = use_location().pathname;
    let project = Memo::new(move |_| path.with(|path| project_in(path)));
    let around = use_read(move || LoadAround { project: project.get() });
    provide_context(Loaded(around));
    Effect::new(move || {
        path.track();
        browser::close_popover("navigation");
    });
    shortcuts();
    view! {
        <a class="skip" href="#main">"Skip to content"</a>
        <div class="frame">
            <header class="topbar">
                <button class="button quiet" popovertarget="navigation" aria-label="Menu">{icon(Icon::Menu)}</button>
                <a class="brand" href="/projects">{mark()}"Porchlight"</a>
            </header>
            <div class="side" id="navigation" popover="auto">
                {loaded(around, move |around| view! { <Side around=around project=project/> }.into_any())}
            </div>
            <main id="main" tabindex="-1">
                <Shown/>
                <Outlet/>
            </main>
        </div>
    }
    .into_any()
}

#[component]
fn Side(around: Around, project: Memo<ProjectId>) -> impl IntoView {
    let Around { operator, projects, open_alerts } = around;
    let role = operator.role;
    view! {
        <a class="brand" href="/projects">{mark()}"Porchlight"</a>
        <Switcher projects=projects project=project/>
        <nav aria-label="Pages">
            {move || match project.get() {
                ProjectId(0) => outside(role),
                project => inside(project, role, open_alerts),
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
        {link(settings, Icon::Settings, "Settings", &["keys", "rules", "data", "ledger"])}
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
                <ThemeSwitch/>
                <Form change=sign_out>
                    <button class="button wide">"Sign out"</button>
                </Form>
            </div>
        </details>
    }
    .into_any()
}

/// `/` goes to the page's search.
fn shortcuts() {
    Effect::new(|| {
        let listener = window_event_listener(leptos::ev::keydown, |event| {
            if event.key() == "/" && !event.ctrl_key() && !event.meta_key() && !browser::is_typing() {
                event.prevent_default();
                browser::focus(".filter-bar input");
            }
        });
        on_cleanup(move || listener.remove());
    });
}
