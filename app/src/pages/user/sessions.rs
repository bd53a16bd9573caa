//! A user's sessions: which live, how to end some of them, and what became of the orders to end the others.

use std::collections::BTreeMap;

use leptos::prelude::*;
use porchlight_domain::id::{ProjectId, UserKey};
use porchlight_domain::operator::Role;
use porchlight_domain::page::Page;
use porchlight_domain::revocation::Scope;
use porchlight_domain::risk::Level;
use porchlight_domain::session::{Began, Session, State};
use porchlight_domain::user::User;

use super::Acts;
#[cfg(feature = "ssr")]
use crate::access::require_in;
#[cfg(feature = "ssr")]
use crate::error::AppError;
use crate::error::AppResult;
use crate::format;
use crate::layout::{Allowed, project_path};
use crate::ui::badge::{Tone, badge, level};
use crate::ui::change::{Change, Form};
use crate::ui::form::Confirm;
#[cfg(feature = "ssr")]
use crate::ui::once::Once;
use crate::ui::orders::ordered;
#[cfg(feature = "ssr")]
use crate::ui::orders::said_of;
use crate::ui::table::Table;
use crate::ui::time::Time;

/// Orders one session ended.
#[server]
pub async fn revoke_session(project: ProjectId, session: String) -> AppResult<()> {
    use porchlight_domain::revocation::store;
    let by = require_in(Role::Analyst, project).await?;
    let url = &by.state.public_url;
    let order = store::revoke_session(by.db(), &by.actor(), project, &session, url, by.now()).await?;
    Once::Said(said_of(&by, order).await?).leave(&by)
}

/// Orders sessions of a user ended: all live ones, those that are listed, or all others than those.
#[server]
pub async fn revoke_sessions(
    project: ProjectId,
    user: UserKey,
    scope: Scope,
    #[server(default)] sessions: Vec<String>,
) -> AppResult<()> {
    use porchlight_domain::revocation::store;
    let by = require_in(Role::Analyst, project).await?;
    let (db, actor, url, now) = (by.db(), by.actor(), &by.state.public_url, by.now());
    // All others than none would be all.
    if scope != Scope::All && sessions.is_empty() {
        return Err(AppError::Conflict("no session is selected".to_owned()).answered());
    }
    let order = match scope {
        Scope::All => store::revoke_sessions(db, &actor, project, user, &[], url, now).await?,
        Scope::Others => store::revoke_sessions(db, &actor, project, user, &sessions, url, now).await?,
        Scope::One | Scope::Listed => {
            store::revoke_listed(db, &actor, project, user, &sessions, url, now).await?
        }
    };
    Once::Said(said_of(&by, order).await?).leave(&by)
}

/// The form that the boxes of the live sessions belong to.
const SELECTION: &str = "selected-sessions";

/// The live sessions, and behind a click those that have ended.
pub(super) fn card(
    live: Page<Session>,
    began: &BTreeMap<String, Began>,
    ended: Vec<Session>,
    user: &User,
    project: ProjectId,
    acts: Acts,
) -> AnyView {
    let more = live.next.is_some();
    let body = if live.rows.is_empty() {
        view! { <p class="pad faint">"No live session."</p> }.into_any()
    } else {
        living(live.rows, began, user.key, project, acts)
    };
    let number = i64::try_from(ended.len()).unwrap_or(i64::MAX);
    let ended = (number > 0).then(|| {
        let rows: Vec<_> =
            ended.into_iter().map(|one| view! { <tr role="row">{cells(one, None, project)}</tr> }).collect();
        view! {
            <details class="quiet-details ended">
                <summary>{format!("{} ended lately", format::count(number, "session", "sessions"))}</summary>
                <Table label="Ended sessions" head=&["Session", "State", "Where", "Client", "Last seen", "Began"]>{rows}</Table>
            </details>
        }
    });
    view! {
        <section class="card">
            <h2 class="card-title">"Live sessions"</h2>
            {body}
            {more.then(|| view! { <p class="pad faint">"The fifty seen last are shown."</p> })}
            {ended}
        </section>
    }
    .into_any()
}

/// The live ones, each with a box.
fn living(
    rows: Vec<Session>,
    began: &BTreeMap<String, Began>,
    user: UserKey,
    project: ProjectId,
    acts: Acts,
) -> AnyView {
    let others = rows.len() > 1;
    let rows = rows.into_iter().map(|session| {
        let login = began.get(&session.id).copied();
        live_row(session, login, others, user, project, acts)
    });
    let rows = rows.collect_view();
    view! {
        <Table label="Live sessions" head=&["Select", "Session", "State", "Where", "Client", "Last seen", "Began", ""]>
            {rows}
        </Table>
        <Allowed role=Role::Analyst>{bulk(user, project, acts.many)}</Allowed>
    }
    .into_any()
}

fn live_row(
    session: Session,
    login: Option<Began>,
    others: bool,
    user: UserKey,
    project: ProjectId,
    acts: Acts,
) -> AnyView {
    let id = session.id.clone();
    let label = format!("Select session {id}");
    // The page is read again while an order is open, and its rows move up: a tick goes with its session.
    let (own, ticked) = (id.clone(), id.clone());
    let is_selected = move || acts.selected.with(|ids| ids.contains(&own));
    let tick = move |event: leptos::ev::Event| {
        let is_on = event_target_checked(&event);
        acts.selected.update(|ids| {
            ids.remove(&ticked);
            ids.extend(is_on.then(|| ticked.clone()));
        });
    };
    view! {
        <tr role="row">
            <td class="select" role="cell" data-label="Select"><input type="checkbox" form=SELECTION name="sessions[]" value=id.clone() aria-label=label prop:checked=is_selected on:change=tick/></td>
            {cells(session, login, project)}
            <td class="actions" role="cell">{buttons(id, others, user, project, acts)}</td>
        </tr>
    }
    .into_any()
}

fn cells(session: Session, login: Option<Began>, project: ProjectId) -> AnyView {
    let where_to = format::query(&project_path(project, "events"), &[("session", Some(&session.id))]);
    let state = match session.state {
        State::Live => badge(Tone::Good, "live"),
        State::Idle => badge(Tone::Neutral, "idle"),
        State::Ended => badge(Tone::Neutral, "ended"),
        State::Revoked => badge(Tone::Neutral, "revoked"),
    };
    let order = session.order.as_ref().map(|order| {
        let page = project_path(project, &format!("revocations/{}", order.revocation_id));
        view! { <a class="order" href=page title="The order to end it">{ordered(order.state)}</a> }
    });
    let unsettled = (session.level > Level::Green).then(|| {
        let title = "The worst that happened in it and that nobody vouched for";
        view! { <small class="unsettled" title=title>{badge(Tone::from(session.level), session.level.as_str())}</small> }
    });
    let detail = session.detail;
    let network: Vec<_> = [detail.ip, detail.network].into_iter().flatten().collect();
    view! {
        <td role="cell" data-label="Session"><a href=where_to title="Its events"><code class="clip">{session.id}</code></a></td>
        <td role="cell" data-label="State">{state}" "{order}{unsettled}</td>
        <td role="cell" data-label="Where"><span class="clip">{detail.place}</span><small>{network.join(" · ")}</small></td>
        <td role="cell" data-label="Client"><span class="clip">{detail.agent}</span><small class="clip">{detail.device_id}</small></td>
        <td class="when" role="cell" data-label="Last seen"><Time at=session.last_seen_at/></td>
        <td class="when" role="cell" data-label="Began"><Time at=session.started_at/>{login.map(|login| how(login, project))}</td>
    }
    .into_any()
}

/// How alarming the login was that began a session, and the alert that tells of it.
fn how(login: Began, project: ProjectId) -> AnyView {
    let page = login.alert.map(|alert| project_path(project, &format!("alerts/{alert}")));
    let alert = page.map(|page| view! { " "<a href=page title="The alert of the login">"alert"</a> });
    view! { <small class="began">{level(login.level, login.score)}{alert}</small> }.into_any()
}

/// Whose sessions a form is about, and which of them.
fn about(project: ProjectId, user: UserKey) -> AnyView {
    view! {
        <input type="hidden" name="project" value=project.to_string()/>
        <input type="hidden" name="user" value=user.to_string()/>
    }
    .into_any()
}

/// What can be done about one session: it ends, or it alone stays.
fn buttons(session: String, others: bool, user: UserKey, project: ProjectId, acts: Acts) -> AnyView {
    let session = StoredValue::new(session);
    let keep = move || {
        view! {
            <Form change=acts.many quiet=true>
                {about(project, user)}
                <input type="hidden" name="scope" value=Scope::Others.as_str()/>
                <input type="hidden" name="sessions[]" value=session.get_value()/>
                <button class="button">"Revoke all others than this"</button>
            </Form>
        }
    };
    view! {
        <Allowed role=Role::Analyst>
            <Confirm label="Revoke…" warning="The application is ordered to end this session. Whoever uses it must sign in again.">
                <Form change=acts.one quiet=true>
                    <input type="hidden" name="project" value=project.to_string()/>
                    <input type="hidden" name="session" value=session.get_value()/>
                    <button class="button danger">"Revoke this session"</button>
                </Form>
                {others.then(keep)}
            </Confirm>
        </Allowed>
    }
    .into_any()
}

/// What can be done about all that are selected, or about all others. The button that comes first is the one that the
/// Enter key in a box would press: it does nothing.
fn bulk(user: UserKey, project: ProjectId, change: Change) -> AnyView {
    view! {
        <Form change=change quiet=true id=SELECTION class="bulk">
            {about(project, user)}
            <button disabled hidden></button>
            <span class="faint">"Selected:"</span>
            <Confirm label="Revoke selected…" warning="The application is ordered to end each of the selected sessions.">
                <button class="button danger" name="scope" value=Scope::Listed.as_str()>"Revoke selected"</button>
            </Confirm>
            <Confirm label="Revoke all others…" warning="The application is ordered to end every live session of this user but the selected ones.">
                <button class="button danger" name="scope" value=Scope::Others.as_str()>"Revoke all others"</button>
            </Confirm>
        </Form>
    }
    .into_any()
}
