//! A user's sessions: which live, and what became of the orders to end the others.

use leptos::prelude::*;
use porchlight_domain::id::ProjectId;
use porchlight_domain::operator::Role;
use porchlight_domain::page::Page;
use porchlight_domain::session::{Session, State};

use crate::layout::{Allowed, project_path};
use crate::ui::badge::{Tone, badge};
use crate::ui::change::{Change, Form};
use crate::ui::form::Confirm;
use crate::ui::orders::ordered;
use crate::ui::table::Table;
use crate::ui::time::Time;

/// The latest sessions, the last seen first.
pub(super) fn card(sessions: Page<Session>, project: ProjectId, revoke: Change) -> AnyView {
    let more = sessions.next.is_some();
    let rows: Vec<_> = sessions.rows.into_iter().map(|session| row(session, project, revoke)).collect();
    let body = if rows.is_empty() {
        view! { <p class="pad faint">"No event of this user has named a session."</p> }.into_any()
    } else {
        view! {
            <Table label="Sessions" head=&["Session", "State", "Where", "Last seen", "Began", ""]>{rows}</Table>
        }
        .into_any()
    };
    view! {
        <section class="card">
            <h2 class="card-title">"Sessions"</h2>
            {body}
            {more.then(|| view! { <p class="pad faint">"The twenty seen last are shown."</p> })}
        </section>
    }
    .into_any()
}

fn row(session: Session, project: ProjectId, revoke: Change) -> AnyView {
    let where_to = crate::format::query(&project_path(project, "events"), &[("session", Some(&session.id))]);
    let state = match session.state {
        State::Live => badge(Tone::Good, "live"),
        State::Ended => badge(Tone::Neutral, "ended"),
        State::Revoked => badge(Tone::Neutral, "revoked"),
    };
    let order = session.order.as_ref().map(|order| {
        let page = project_path(project, &format!("revocations/{}", order.revocation_id));
        view! { <a class="order" href=page title="The order to end it">{ordered(order.state)}</a> }
    });
    let detail = session.detail.clone();
    let more: Vec<_> = [detail.ip, detail.network].into_iter().flatten().collect();
    view! {
        <tr>
            <td><a href=where_to title="Its events"><code class="clip">{session.id.clone()}</code></a></td>
            <td>{state}" "{order}</td>
            <td>{detail.place}{detail.agent.map(|agent| view! { <small>{agent}</small> })}<small>{more.join(" · ")}</small></td>
            <td><Time at=session.last_seen_at/></td>
            <td><Time at=session.started_at/></td>
            <td class="actions">{(session.state == State::Live).then(|| button(session.id, project, revoke))}</td>
        </tr>
    }
    .into_any()
}

fn button(session: String, project: ProjectId, revoke: Change) -> AnyView {
    let session = StoredValue::new(session);
    view! {
        <Allowed role=Role::Analyst>
            <Confirm label="Revoke…" warning="The application is ordered to end this session. Whoever uses it must sign in again.">
                <Form change=revoke quiet=true>
                    <input type="hidden" name="project" value=project.to_string()/>
                    <input type="hidden" name="session" value=session.get_value()/>
                    <button class="button danger">"Revoke this session"</button>
                </Form>
            </Confirm>
        </Allowed>
    }
    .into_any()
}
