//! `/p/{project}/settings`: name, notifications, revocation.

#![allow(clippy::too_many_arguments, reason = "a form's fields become the arguments of its server function")]

mod budget;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;
use porchlight_domain::id::ProjectId;
use porchlight_domain::project::{Project, Settings};
use porchlight_domain::risk::Level;
use porchlight_domain::risk::budget::Now;
use serde::{Deserialize, Serialize};

use self::budget::{asking, challenged};
use crate::access::Role;
#[cfg(feature = "ssr")]
use crate::access::require_in;
use crate::error::AppResult;
use crate::layout::{Allowed, project_path, use_project};
use crate::ui::change::{Change, Form, use_change};
use crate::ui::form::{Check, Field, Select, choice, typed, typed_or};
use crate::ui::loaded::loaded;
#[cfg(feature = "ssr")]
use crate::ui::once::Once;
use crate::ui::read::{Json, use_read};

/// A project with its settings, and what its budgets come to now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProjectFile {
    /// The project.
    pub project: Project,
    /// What is challenged and was asked by now.
    pub now: Now,
}

/// A project with its settings.
#[server(input = Json)]
pub async fn get_project(project: ProjectId) -> AppResult<ProjectFile> {
    use porchlight_domain::{project as projects, risk};
    let by = require_in(Role::Viewer, project).await?;
    let found = projects::store::get(by.db(), project).await?;
    let mind = risk::store::mind(by.db(), project, by.now()).await?;
    let now = mind.lock().memory.learned.budget.now(found.settings.challenge_share(), by.now());
    Ok(ProjectFile { project: found, now })
}

/// Changes the name and the settings.
#[server]
pub async fn save_settings(
    project: ProjectId,
    name: String,
    #[server(default)] ask_users: bool,
    alert_level: Level,
    #[server(default)] logo_url: Option<String>,
    #[server(default)] support_contact: Option<String>,
    #[server(default)] operator_mails: String,
    #[server(default)] revoke_all_on_no: bool,
    confirm_seconds: i64,
    session_idle_days: i64,
    #[server(default)] challenge_percent: String,
    #[server(default)] ask_a_day: String,
    #[server(default)] keep_days: String,
) -> AppResult<()> {
    use porchlight_domain::project::store;
    let by = require_in(Role::Admin, project).await?;
    let settings = Settings {
        ask_users,
        alert_level,
        logo_url,
        support_contact,
        operator_mails: operator_mails
            .split([',', ';', ' ', '\n'])
            .map(str::to_owned)
            .filter(|mail| !mail.trim().is_empty())
            .collect(),
        revoke_all_on_no,
        confirm_seconds,
        session_idle_days,
        challenge_per_10_000: per_10_000(&challenge_percent)?,
        ask_a_day: count("ask_a_day", &ask_a_day)?,
        keep_days: count("keep_days", &keep_days)?,
    };
    store::update(by.db(), &by.actor(), project, &name, settings, by.now()).await?;
    Once::Said("Settings saved.".to_owned()).leave(&by)
}

/// A percentage as typed, to a hundredth: `0.5`, `0,5`, `0.5 %`. Nothing typed is no budget.
#[cfg(feature = "ssr")]
pub(super) fn per_10_000(typed: &str) -> AppResult<Option<u32>> {
    let number = typed.trim().trim_end_matches('%').trim().replace(',', ".");
    if number.is_empty() {
        return Ok(None);
    }
    let percent = number.parse::<f64>().ok().filter(|percent| (0.0..=100.0).contains(percent));
    let percent = percent.ok_or_else(|| {
        porchlight_domain::Error::invalid(
            "challenge_percent",
            "must be a percentage from 0 to 100, such as 0.5",
        )
    })?;
    Ok(Some((percent * 100.0).round() as u32))
}

#[cfg(feature = "ssr")]
pub(super) fn count(field: &str, typed: &str) -> AppResult<Option<u32>> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    let wrong = |_| porchlight_domain::Error::invalid(field, "must be a whole number, 0 or more");
    Ok(Some(typed.parse().map_err(wrong)?))
}

/// The page.
#[component]
pub fn SettingsPage() -> impl IntoView {
    let project = use_project();
    let settings = use_read(move || GetProject { project: project.get() });
    let save = use_change::<SaveSettings>();
    view! {
        <Title text="Settings"/>
        <SettingsHead/>
        {loaded(settings, move |file: ProjectFile| {
            let read = file.clone();
            view! {
                <Allowed role=Role::Admin otherwise=move || form(read.clone(), save, false)>
                    {form(file.clone(), save, true)}
                </Allowed>
            }
            .into_any()
        })}
    }
}

fn end(may: bool) -> AnyView {
    if may {
        view! { <button class="button primary">"Save settings"</button> }.into_any()
    } else {
        view! { <p class="faint">"Your role reads these settings; an admin changes them."</p> }.into_any()
    }
}

/// The settings, to be changed or only read.
fn form(ProjectFile { project, now }: ProjectFile, save: Change, may: bool) -> AnyView {
    let settings = project.settings;
    let (challenged, asks, ends) = (challenged(&now), settings.clone(), settings.clone());
    view! {
        <Form change=save class="card pad narrow">
            <input type="hidden" name="project" value=project.id.to_string()/>
            <fieldset disabled=!may>
            <h2>"General"</h2>
            <Field name="name" label="Name" hint="Users read it in mails, unless an event names its own source.">
                <input name="name" required maxlength="100" value=typed_or("name", project.name)/>
            </Field>
            <Field name="alert_level" label="An alert opens on" hint="Orange alerts are several times as many.">
                <Select name="alert_level">
                    {choice("red", "Red: very unlike the user", settings.alert_level == Level::Red)}
                    {choice("orange", "Orange and red: unusual", settings.alert_level == Level::Orange)}
                </Select>
            </Field>
            <Field name="challenge_percent" label="Challenge at most, in % of logins" hint="The rarest so many are answered with “challenge”, whatever their level. Thieves do not use it up: what is likely theirs counts little, and who was challenged is challenged again until somebody vouches for it. It holds in the long run, for users who pass their challenges: of a few days a little more may be. Empty: whatever opens an alert.">
                <input name="challenge_percent" inputmode="decimal" placeholder="0.5" value=typed("challenge_percent").or(settings.challenge_per_10_000.map(|count| (f64::from(count) / 100.0).to_string()))/>
            </Field>
            {challenged.map(|text| view! { <p class="faint">{text}</p> })}
            <Field name="operator_mails" label="Mail alerts to" hint="Addresses, with commas between. They are told of each alert as it opens, of a user’s “no”, of orders that were not confirmed and of endpoints that fail; what comes within five minutes, or one where it is urgent, in one mail.">
                <input name="operator_mails" maxlength="3000" placeholder="security@example.com" value=typed_or("operator_mails", settings.operator_mails.join(", "))/>
            </Field>
            {asking(asks, now.asked)}
            {ending(ends)}
            </fieldset>
            {end(may)}
        </Form>
    }
    .into_any()
}

/// How sessions are ended, and what is kept.
fn ending(settings: Settings) -> AnyView {
    view! {
        <h2>"Ending sessions"</h2>
        <Check
            name="revoke_all_on_no"
            checked=settings.revoke_all_on_no
            label="A “no” ends all of the user’s sessions"
            hint="Otherwise only the one that was asked about, and those like it."
        />
        <Field name="confirm_seconds" label="Seconds to confirm" hint="How long your application has to confirm that a session ended before operators are told.">
            <input type="number" name="confirm_seconds" required min="10" max="86400" value=typed_or("confirm_seconds", settings.confirm_seconds.to_string())/>
        </Field>
        <Field name="session_idle_days" label="Days until a session is idle" hint="A session that was not seen for so long counts as ended. Take the limit of your application.">
            <input type="number" name="session_idle_days" required min="1" max="3650" value=typed_or("session_idle_days", settings.session_idle_days.to_string())/>
        </Field>
        <h2>"Keeping"</h2>
        <Field name="keep_days" label="Days that events are kept" hint="Older ones are deleted within the hour, with their sessions, webhooks and closed alerts; users, their habits and the record of changes stay. Empty: for ever.">
            <input type="number" name="keep_days" min="1" max="36500" value=typed("keep_days").or(settings.keep_days.map(|count| count.to_string()))/>
        </Field>
    }
    .into_any()
}

/// The head of all pages about a project's set-up, with links between them.
#[component]
pub fn SettingsHead() -> impl IntoView {
    let project = use_project();
    let tab = move |page: &'static str, label: &'static str| {
        view! { <A href=move || project_path(project.get(), page)>{label}</A> }
    };
    view! {
        <header class="page-head"><h1>"Settings"</h1></header>
        <nav class="tabs" aria-label="Settings">
            {tab("settings", "General")}
            {tab("keys", "API keys")}
            {tab("rules", "Rules")}
            {tab("backtest", "Back-test")}
            {tab("reasons", "Reasons")}
            {tab("data", "Detection data")}
            {tab("ledger", "Changes")}
        </nav>
    }
    .into_any()
}
