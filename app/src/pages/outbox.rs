//! `/p/{project}/outbox`: the mails of a project and what became of each.

pub mod mail;

use leptos::prelude::*;
use leptos_meta::Title;
use porchlight_domain::id::ProjectId;
use porchlight_domain::notice::{Notice, State};
use porchlight_domain::page::Page;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::access::{Role, require_in};
use crate::error::AppResult;
use crate::layout::{project_path, use_project};
use crate::ui::badge::{Tone, badge};
use crate::ui::filter_bar::{FilterBar, FilterChoice, filter};
use crate::ui::loaded::{Empty, loaded};
use crate::ui::pager::{Pager, cursor};
use crate::ui::read::{Json, use_read};
use crate::ui::table::Table;
use crate::ui::time::{Time, time_or};

/// Mails, and whether there is a server that takes them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outbox {
    /// A mail server is set.
    pub mail_server: bool,
    /// The mails, newest first.
    pub mails: Page<Notice>,
}

/// A project's mails without what they say.
#[server(input = Json)]
pub async fn list_mails(
    project: ProjectId,
    state: Option<State>,
    cursor: Option<String>,
) -> AppResult<Outbox> {
    use porchlight_domain::page::Paging;
    let by = require_in(Role::Admin, project).await?;
    let paging = Paging::read(cursor.as_deref(), None)?;
    let mails = porchlight_domain::notice::store::list(by.db(), project, state, paging).await?;
    Ok(Outbox { mail_server: by.state.smtp_ready, mails })
}

const STATES: [State; 4] = [State::Pending, State::Sent, State::Failed, State::Held];

fn wanted() -> Option<State> {
    let text = filter("state")?;
    STATES.into_iter().find(|state| state.as_str() == text)
}

/// What became of a mail.
fn mark(state: State) -> AnyView {
    let tone = match state {
        State::Sent => Tone::Good,
        State::Pending => Tone::Warn,
        State::Failed => Tone::Bad,
        State::Held => Tone::Neutral,
    };
    badge(tone, state.as_str())
}

/// The page.
#[component]
pub fn OutboxPage() -> impl IntoView {
    let project = use_project();
    let outbox = use_read(move || ListMails { project: project.get(), state: wanted(), cursor: cursor() });
    let choices = [("", "any")].into_iter().chain(STATES.map(|state| (state.as_str(), state.as_str())));
    let choices = choices.map(|(value, label)| (value.to_owned(), label.to_owned())).collect();
    view! {
        <Title text="Outbox"/>
        <header class="page-head">
            <div>
                <h1>"Outbox"</h1>
                <p class="faint">"Mails to users and operators, and what became of them. Whoever reads one can answer in the user’s place: only admins see this page."</p>
            </div>
        </header>
        <FilterBar><FilterChoice name="state" label="State" choices=choices/></FilterBar>
        {loaded(outbox, move |outbox| list(outbox, project.get_untracked()))}
    }
}

fn list(outbox: Outbox, project: ProjectId) -> AnyView {
    let Outbox { mail_server, mails: Page { rows, next } } = outbox;
    let unset = (!mail_server).then(|| {
        view! {
            <p class="notice" data-tone="warn">
                "No mail server is set, so nothing leaves: mails are held, to be read here. Set PORCHLIGHT_SMTP_URL to send them."
            </p>
        }
    });
    if rows.is_empty() {
        return view! { {unset}{none()}<Pager next=None/> }.into_any();
    }
    let rows = rows.into_iter().map(|mail| row(mail, project)).collect_view();
    view! {
        {unset}
        <section class="card">
            <Table label="Mails" head=&["Subject", "To", "State", "Written", "Sent"]>{rows}</Table>
        </section>
        <Pager next=next/>
    }
    .into_any()
}

fn none() -> AnyView {
    let (title, text) = if untrack(wanted).is_some() {
        ("No mail matches", "Choose another state.")
    } else {
        (
            "No mails",
            "A mail is written when a login opens an alert and the project asks its users “Was this you?” or has operators to tell.",
        )
    };
    view! { <Empty title=title><p>{text}</p></Empty> }.into_any()
}

fn row(mail: Notice, project: ProjectId) -> AnyView {
    let page = project_path(project, &format!("outbox/{}", mail.id));
    let alert = mail.alert_id.map(|alert| {
        let page = project_path(project, &format!("alerts/{alert}"));
        view! { <span class="sub"><a href=page>{format!("Alert {alert}")}</a></span> }
    });
    view! {
        <tr role="row">
            // Loaded anew: only a page of its own may show how the mail looks.
            <td class="wrap" role="cell" data-label="Subject"><a class="strong row-link" href=page rel="external">{mail.subject}</a>{alert}</td>
            <td role="cell" data-label="To">{mail.recipient}</td>
            <td role="cell" data-label="State">{mark(mail.state)}{mail.last_error.map(|error| view! { <span class="sub">{error}</span> })}</td>
            <td role="cell" data-label="Written"><Time at=mail.created_at/></td>
            <td role="cell" data-label="Sent">{time_or(mail.sent_at, "not sent")}</td>
        </tr>
    }
    .into_any()
}
