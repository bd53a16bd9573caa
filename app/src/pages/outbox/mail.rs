//! `/p/{project}/outbox/{notice}`: one mail as its reader sees it, with its links.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use porchlight_domain::id::{NoticeId, ProjectId};
use porchlight_domain::notice::{Body, Notice, State};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::access::{Role, require_in};
use crate::error::AppResult;
use crate::format;
use crate::layout::{project_path, use_project};
use crate::pages::outbox::mark;
use crate::ui::change::{Change, Form, use_change};
use crate::ui::loaded::loaded;
#[cfg(feature = "ssr")]
use crate::ui::once::Once;
use crate::ui::read::{Json, use_read};
use crate::ui::table::Facts;
use crate::ui::time::{Time, time_or};

/// A mail, whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mail {
    /// The mail.
    pub notice: Notice,
    /// What it says.
    pub body: Body,
    /// A mail server is set.
    pub mail_server: bool,
}

/// A mail with what it says.
#[server(input = Json)]
pub async fn get_mail(project: ProjectId, notice: NoticeId) -> AppResult<Mail> {
    let by = require_in(Role::Admin, project).await?;
    let (notice, body) = porchlight_domain::notice::store::get(by.db(), project, notice).await?;
    allow_style_attributes();
    Ok(Mail { notice, body, mail_server: by.state.smtp_ready })
}

/// A frame inherits its page's policy, and a mail carries its style in attributes: on this page, and nowhere else,
/// those are heeded. Does nothing when it is not a page that is answered.
#[cfg(feature = "ssr")]
fn allow_style_attributes() {
    use axum::http::{HeaderValue, header::CONTENT_SECURITY_POLICY};
    let Some(response) = use_context::<leptos_axum::ResponseOptions>() else { return };
    let Ok(mut parts) = response.0.write() else { return };
    let policy = parts.headers.get(CONTENT_SECURITY_POLICY).and_then(|policy| policy.to_str().ok());
    let policy =
        policy.map(|policy| HeaderValue::from_str(&format!("{policy}; style-src-attr 'unsafe-inline'")));
    if let Some(Ok(policy)) = policy {
        parts.headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
}

/// Sends a mail again, or for the first time when it was held.
#[server]
pub async fn resend_mail(project: ProjectId, notice: NoticeId) -> AppResult<()> {
    let by = require_in(Role::Admin, project).await?;
    porchlight_domain::notice::store::resend(by.db(), &by.actor(), project, notice, by.now()).await?;
    Once::Said("The mail is on its way again.".to_owned()).leave(&by)
}

/// The page.
#[component]
pub fn MailPage() -> impl IntoView {
    let (project, params) = (use_project(), use_params_map());
    let notice = Memo::new(move |_| {
        params.with(|params| params.get("notice")).and_then(|id| id.parse().ok()).unwrap_or(NoticeId(0))
    });
    let mail = use_read(move || GetMail { project: project.get(), notice: notice.get() });
    let resend = use_change::<ResendMail>();
    view! {
        <Title text="Mail"/>
        {loaded(mail, move |mail| show(mail, project.get_untracked(), resend))}
    }
}

fn show(mail: Mail, project: ProjectId, resend: Change) -> AnyView {
    let Mail { notice, body, mail_server } = mail;
    let (id, state) = (notice.id, notice.state);
    view! {
        <header class="page-head">
            <div>
                <a class="back" href=project_path(project, "outbox")>"Outbox"</a>
                <h1>{notice.subject.clone()}</h1>
            </div>
        </header>
        <section class="card pad">
            {facts(notice)}
            {send_again(project, id, state, mail_server, resend)}
        </section>
        <section class="card pad">
            <h2>"As text"</h2>
            {text(&body.text)}
        </section>
        <section class="card pad">
            <h2>"As it looks"</h2>
            // No script runs in it, it sends no form and leads this page nowhere; its links open beside.
            <iframe
                class="mail-frame"
                title="The mail as it looks"
                sandbox="allow-popups allow-popups-to-escape-sandbox"
                srcdoc=body.html.replacen("<head>", "<head><base target=\"_blank\">", 1)
            ></iframe>
        </section>
    }
    .into_any()
}

fn facts(mail: Notice) -> AnyView {
    let tries = format::count(mail.attempts, "time", "times");
    let next = (mail.state == State::Pending).then(|| {
        view! { ", next "<Time at=mail.next_attempt_at/> }
    });
    let mut facts = vec![
        ("State", mark(mail.state)),
        ("To", mail.recipient.into_any()),
        ("Written", view! { <Time at=mail.created_at/> }.into_any()),
        ("Sent", time_or(mail.sent_at, "not sent")),
        ("Tried", view! { {tries}{next} }.into_any()),
    ];
    if let Some(error) = mail.last_error {
        facts.push(("Last error", error.into_any()));
    }
    view! { <Facts facts=facts/> }.into_any()
}

fn send_again(project: ProjectId, id: NoticeId, state: State, mail_server: bool, resend: Change) -> AnyView {
    if !mail_server {
        return view! {
            <p class="faint">"No mail server is set: read it here, and follow its links as its recipient would."</p>
        }
        .into_any();
    }
    let label = match state {
        State::Pending => return ().into_any(),
        State::Held => "Send now",
        State::Sent | State::Failed => "Send again",
    };
    view! {
        <Form change=resend>
            <input type="hidden" name="project" value=project.to_string()/>
            <input type="hidden" name="notice" value=id.to_string()/>
            <div><button class="button">{label}</button></div>
        </Form>
    }
    .into_any()
}

/// The text part; a line that is nothing but a link can be followed.
fn text(text: &str) -> AnyView {
    let lines = text.lines().map(|line| {
        if is_link(line) {
            view! { <a href=line.to_owned() target="_blank" rel="noopener">{line.to_owned()}</a>"\n" }
                .into_any()
        } else {
            format!("{line}\n").into_any()
        }
    });
    view! { <pre class="mail-text" tabindex="0" aria-label="The mail as text">{lines.collect_view()}</pre> }
        .into_any()
}

fn is_link(line: &str) -> bool {
    (line.starts_with("https://") || line.starts_with("http://")) && !line.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_line_that_is_all_link_can_be_followed() {
        assert!(is_link("https://watch.example/q/abc?answer=no") && is_link("http://127.0.0.1:3000/q/abc"));
        for line in ["", "See https://evil.example", "https://evil.example and more", "javascript:alert(1)"] {
            assert!(!is_link(line), "{line}");
        }
    }
}
