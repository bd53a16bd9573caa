//! The frame around every page of a signed-in operator: navigation, project switcher, account.

#![expect(
    missing_docs,
    reason = "the arguments of server functions become fields that cannot carry documentation"
)]

mod side;
pub mod theme;

use leptos::prelude::*;
use leptos_router::components::Outlet;
use leptos_router::hooks::{use_location, use_params_map};
use porchlight_domain::id::ProjectId;
use porchlight_domain::operator::{Operator, Role};
use porchlight_domain::place::Credit;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::access::require;
use crate::error::AppResult;
use crate::ui::browser;
use crate::ui::credit::credit;
use crate::ui::icon::{Icon, icon, mark};
use crate::ui::loaded::{loaded, not_found};
use crate::ui::once::Shown;
use crate::ui::read::{Json, Read, use_read};
use side::Side;

/// What the frame shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Around {
    /// Who is signed in.
    pub operator: Operator,
    /// All projects, for the switcher.
    pub projects: Vec<(ProjectId, String)>,
    /// How many alerts of this project are open.
    pub open_alerts: i64,
    /// Whom to name wherever places are shown, as every page of a project may.
    pub credit: Option<Credit>,
    /// Mails are sent; otherwise they wait in the outbox.
    pub mails_are_sent: bool,
}

/// What the frame shows around a page.
#[server(input = Json)]
pub async fn load_around(project: ProjectId) -> AppResult<Around> {
    use porchlight_domain::{alert, project as projects, signal::Signal};
    let by = require(Role::Viewer).await?;
    let open_alerts = alert::store::counts(by.db(), project).await?.open;
    let projects = projects::store::list(by.db()).await?;
    let projects = projects.into_iter().map(|project| (project.id, project.name)).collect();
    let credit = by.state.signals.read().ok().and_then(|signals| signals.iter().find_map(Signal::credit));
    let mails_are_sent = by.state.smtp_ready;
    Ok(Around { operator: by.operator, projects, open_alerts, credit, mails_are_sent })
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
    /// What everybody else sees.
    #[prop(optional, into)]
    otherwise: ViewFn,
) -> impl IntoView {
    let around = use_context::<Loaded>();
    view! {
        <Transition fallback=|| ()>
            {move || {
                let (children, otherwise) = (children.clone(), otherwise.clone());
                Suspend::new(async move {
                    let Loaded(around) = around?;
                    let may = around.get().await.is_ok_and(|around| around.operator.role >= role);
                    Some(if may { children() } else { otherwise.run() })
                })
            }}
        </Transition>
    }
    .into_any()
}

/// Beside “ask users by mail”: that nobody is asked where no mail server is set.
#[component]
pub fn MailHint() -> impl IntoView {
    let around = use_context::<Loaded>();
    view! {
        <Transition fallback=|| ()>
            {move || Suspend::new(async move {
                let Loaded(around) = around?;
                let unsent = around.get().await.is_ok_and(|around| !around.mails_are_sent);
                unsent.then(|| view! {
                    <p class="field-hint">"No mail server is set (SMTP_URL): questions wait in the outbox, and nobody is asked."</p>
                })
            })}
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
                <Foot project=project/>
            </main>
        </div>
    }
    .into_any()
}

/// The pages of a project, or that there is no such project. It is known before anything is rendered, by
/// [`crate::state::Lost`], and told to the browser: a page never starts to load in vain, none shows half of itself.
#[component]
pub fn InProject() -> impl IntoView {
    let project = use_project();
    let lost = SharedValue::new(is_lost).into_inner().then(|| project.get_untracked());
    move || {
        if lost == Some(project.get()) { not_found() } else { view! { <Outlet/> }.into_any() }
    }
}

fn is_lost() -> bool {
    #[cfg(feature = "ssr")]
    let lost = use_context::<axum::http::request::Parts>()
        .is_some_and(|parts| parts.extensions.get::<crate::state::Lost>().is_some());
    #[cfg(not(feature = "ssr"))]
    let lost = false;
    lost
}

/// What stands below every page of a project.
#[component]
fn Foot(project: Memo<ProjectId>) -> impl IntoView {
    let around = use_context::<Loaded>();
    view! {
        <Transition fallback=|| ()>
            {move || {
                let inside = project.get() != ProjectId(0);
                Suspend::new(async move {
                    let Loaded(around) = around?;
                    let named = around.get().await.ok()?.credit.filter(|_| inside)?;
                    Some(view! { <footer class="page-foot faint">{credit(named)}</footer> })
                })
            }}
        </Transition>
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
