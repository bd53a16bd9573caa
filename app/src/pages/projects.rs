//! `/projects`: all projects, and a new one with its first key.

use leptos::prelude::*;
use leptos_meta::Title;
use porchlight_domain::operator::Role;
use porchlight_domain::project::Project;

#[cfg(feature = "ssr")]
use crate::access::{redirect, require};
use crate::error::AppResult;
use crate::layout::{Allowed, MailHint, project_path};
#[cfg(feature = "ssr")]
use crate::pages::keys::show_key;
use crate::ui::badge::{Tone, badge};
use crate::ui::change::{Form, use_change};
use crate::ui::form::{Check, Field, typed};
use crate::ui::loaded::{Empty, loaded};
use crate::ui::read::{Json, use_read};
use crate::ui::table::Table;
use crate::ui::time::Time;

/// All projects, by name.
#[server(input = Json)]
pub async fn list_projects() -> AppResult<Vec<Project>> {
    let by = require(Role::Viewer).await?;
    Ok(porchlight_domain::project::store::list(by.db()).await?)
}

/// Creates a project and its first key, which is shown on the project's page.
#[server]
pub async fn create_project(name: String, #[server(default)] ask_users: bool) -> AppResult<()> {
    use porchlight_domain::project::{Settings, store};
    let by = require(Role::Owner).await?;
    let settings = Settings { ask_users, ..Settings::default() };
    let project = store::create(by.db(), &by.actor(), &name, settings, by.now()).await?;
    let (_, key) = store::create_key(by.db(), &by.actor(), project.id, "First key", by.now()).await?;
    show_key(&by, "First key", &key, None)?;
    redirect(&project_path(project.id, ""));
    Ok(())
}

/// The page.
#[component]
pub fn ProjectsPage() -> impl IntoView {
    let projects = use_read(|| ListProjects {});
    view! {
        <Title text="Projects"/>
        <header class="page-head">
            <div>
                <h1>"Projects"</h1>
                <p class="faint">"A project is one application whose logins are watched."</p>
            </div>
        </header>
        {loaded(projects, list)}
        <Allowed role=Role::Owner><NewProject/></Allowed>
    }
}

fn list(projects: Vec<Project>) -> AnyView {
    if projects.is_empty() {
        return view! {
            <Empty title="No projects yet">
                <p>"Create one for the application you want to watch. It gets an API key at once."</p>
            </Empty>
        }
        .into_any();
    }
    let rows = projects.into_iter().map(|project| {
        let asks = if project.settings.ask_users {
            badge(Tone::Good, "asks users")
        } else {
            badge(Tone::Neutral, "does not ask")
        };
        view! {
            <tr role="row">
                <td role="cell" data-label="Project"><a class="strong" href=project_path(project.id, "")>{project.name}</a></td>
                <td role="cell" data-label="Asks">{asks}</td>
                <td role="cell" data-label="Created"><Time at=project.created_at/></td>
            </tr>
        }
    });
    view! {
        <section class="card">
            <Table label="Projects" head=&["Project", "“Was this you?”", "Created"]>{rows.collect_view()}</Table>
        </section>
    }
    .into_any()
}

#[component]
fn NewProject() -> impl IntoView {
    let change = use_change::<CreateProject>();
    view! {
        <section class="card pad narrow">
            <h2>"New project"</h2>
            <Form change=change>
                <Field name="name" label="Name" hint="Users read it in mails: the name of your application.">
                    <input name="name" value=typed("name") required maxlength="100" placeholder="Acme Shop"/>
                </Field>
                <Check
                    name="ask_users"
                    label="Ask users “Was this you?” by mail"
                    hint="When a login is alarming. Off, operators and webhooks still hear of it. You can change this later."
                />
                <MailHint/>
                <button class="button primary">"Create project"</button>
            </Form>
        </section>
    }
    .into_any()
}
