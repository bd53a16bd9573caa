//! What an analyst can do about an alert.

use leptos::prelude::*;
use porchlight_domain::alert::{Alert, Resolution, State, shown};
use porchlight_domain::id::{AlertId, ProjectId};

use super::closing;
#[cfg(feature = "ssr")]
use crate::access::{Role, require_in};
use crate::error::AppResult;
use crate::ui::change::{Change, Failure, Form, use_change};
use crate::ui::form::{Confirm, Field, Select, choice, typed, typed_or};
#[cfg(feature = "ssr")]
use crate::ui::once::Once;
#[cfg(feature = "ssr")]
use crate::ui::orders::said_of;

/// Takes an alert.
#[server]
pub async fn acknowledge_alert(project: ProjectId, alert: AlertId) -> AppResult<()> {
    let by = require_in(Role::Analyst, project).await?;
    Ok(porchlight_domain::alert::store::acknowledge(by.db(), &by.actor(), project, alert, by.now()).await?)
}

/// Closes an alert. A blank note leaves the one that is there; `answer_seen` is what the page showed of its user's answer.
#[server]
pub async fn close_alert(
    project: ProjectId,
    alert: AlertId,
    resolution: Resolution,
    #[server(default)] note: String,
    #[server(default)] answer_seen: Option<String>,
) -> AppResult<()> {
    use porchlight_domain::alert::{Closing, Known, store};
    let by = require_in(Role::Analyst, project).await?;
    let known = answer_seen.map_or(Ok(Known::Unsaid), |seen| seen.parse())?;
    let closing = Closing { resolution, known };
    Ok(store::close(by.db(), &by.actor(), project, alert, closing, &note, by.now()).await?)
}

/// Opens a closed alert again.
#[server]
pub async fn reopen_alert(project: ProjectId, alert: AlertId) -> AppResult<()> {
    let by = require_in(Role::Analyst, project).await?;
    Ok(porchlight_domain::alert::store::reopen(by.db(), &by.actor(), project, alert, by.now()).await?)
}

/// Replaces an alert's note; a blank one removes it.
#[server]
pub async fn note_alert(
    project: ProjectId,
    alert: AlertId,
    #[server(default)] note: String,
) -> AppResult<()> {
    let by = require_in(Role::Analyst, project).await?;
    Ok(porchlight_domain::alert::store::note(by.db(), &by.actor(), project, alert, &note, by.now()).await?)
}

/// Orders the alert's session ended, or all live ones of its user.
#[server]
pub async fn revoke_for_alert(
    project: ProjectId,
    alert: AlertId,
    #[server(default)] all: bool,
) -> AppResult<()> {
    let by = require_in(Role::Analyst, project).await?;
    let url = &by.state.public_url;
    let revoke = porchlight_domain::revocation::store::revoke_for_alert;
    let order = revoke(by.db(), &by.actor(), project, alert, all, url, by.now()).await?;
    Once::Said(said_of(&by, order).await?).leave(&by)
}

/// The changes that this page makes.
#[derive(Clone, Copy)]
pub(super) struct Actions {
    acknowledge: Change,
    close: Change,
    reopen: Change,
    note: Change,
    revoke: Change,
}

/// Call once, in the page's component.
pub(super) fn use_actions() -> Actions {
    Actions {
        acknowledge: use_change::<AcknowledgeAlert>(),
        close: use_change::<CloseAlert>(),
        reopen: use_change::<ReopenAlert>(),
        note: use_change::<NoteAlert>(),
        revoke: use_change::<RevokeForAlert>(),
    }
}

/// Which alert a form is about.
fn about(project: ProjectId, alert: AlertId) -> AnyView {
    view! {
        <input type="hidden" name="project" value=project.to_string()/>
        <input type="hidden" name="alert" value=alert.to_string()/>
    }
    .into_any()
}

impl Actions {
    /// What went wrong, over the page.
    pub(super) fn failures(self) -> AnyView {
        [self.acknowledge, self.close, self.reopen, self.note, self.revoke]
            .map(|change| view! { <Failure change=change/> })
            .collect_view()
            .into_any()
    }

    /// What can be done in the state that the alert is in.
    pub(super) fn card(
        self,
        alert: &Alert,
        project: ProjectId,
        has_session: bool,
        live: (usize, bool),
    ) -> AnyView {
        let (id, stays) = (alert.id, closing::stays(alert));
        let take = (alert.state == State::Open).then(|| view! {
            <Form change=self.acknowledge quiet=true>{about(project, id)}<button class="button primary wide">"Acknowledge"</button></Form>
        });
        let settle = match alert.state {
            State::Open | State::Acknowledged => self.close_form(alert, project, live),
            State::Closed => view! {
                <Form change=self.reopen quiet=true class="stack">
                    {about(project, id)}
                    {stays.map(|text| view! { <p class="field-hint">{text}</p> })}
                    <button class="button wide">"Reopen"</button>
                </Form>
            }
            .into_any(),
        };
        view! {
            <section class="card pad actions-card" id="act">
                <h2>"What now"</h2>
                {take}
                {alert.user.is_some().then(|| self.revoke_forms(project, id, has_session))}
                {settle}
                {self.note_form(alert, project)}
            </section>
        }
        .into_any()
    }

    fn revoke_forms(self, project: ProjectId, alert: AlertId, has_session: bool) -> AnyView {
        let form = move |all: bool, label: &'static str| {
            view! {
                <Form change=self.revoke quiet=true>
                    {about(project, alert)}
                    <input type="hidden" name="all" value=all.to_string()/>
                    <button class="button danger">{label}</button>
                </Form>
            }
        };
        let one = has_session.then(|| view! {
            <Confirm label="Revoke this session…" warning="The application is ordered to end the session of this login.">
                {form(false, "Revoke this session")}
            </Confirm>
        });
        view! {
            <div class="buttons">
                {one}
                <Confirm label="Revoke all sessions…" warning="Every live session of this user is ordered ended. They must sign in again on all devices.">
                    {form(true, "Revoke all sessions")}
                </Confirm>
            </div>
        }
        .into_any()
    }

    fn close_form(self, alert: &Alert, project: ProjectId, live: (usize, bool)) -> AnyView {
        let (id, answer) = (alert.id, alert.answer());
        let (user, is_of_login) = (alert.user.as_ref().map(|user| user.key), alert.is_of_login());
        let offer = move |one: Resolution| choice(one.as_str(), one.label(), one == closing::hasty(answer));
        let resolutions = move || closing::offered(answer).map(offer).collect_view();
        view! {
            <Form change=self.close quiet=true class="stack">
                {about(project, id)}
                <input type="hidden" name="answer_seen" value=shown(answer)/>
                <Field name="resolution" label="Close as"><Select name="resolution">{resolutions()}</Select></Field>
                <Field name="note" label="With a note" hint="Optional; it replaces the note that is there.">
                    <textarea name="note" rows="2" maxlength="4000">{typed("note")}</textarea>
                </Field>
                {is_of_login.then(closing::teaches)}
                {user.map(|user| closing::lives_on(live, project, user))}
                <button class="button wide">"Close"</button>
            </Form>
        }
        .into_any()
    }

    fn note_form(self, alert: &Alert, project: ProjectId) -> AnyView {
        let (id, note) = (alert.id, alert.note.clone().unwrap_or_default());
        let label = if alert.note.is_some() { "Change the note" } else { "Add a note" };
        view! {
            <details class="quiet-details">
                <summary>{label}</summary>
                <Form change=self.note quiet=true class="stack">
                    {about(project, id)}
                    <Field name="note" label="Note" hint="Everybody who sees the alert reads it.">
                        <textarea name="note" rows="3" maxlength="4000">{typed_or("note", note)}</textarea>
                    </Field>
                    <button class="button">"Save the note"</button>
                </Form>
            </details>
        }
        .into_any()
    }
}
