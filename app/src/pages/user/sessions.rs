//! A user's sessions: which live, and what became of the orders to end the others.

use leptos::prelude::*;
use porchlight_domain::id::ProjectId;
use porchlight_domain::operator::Role;
use porchlight_domain::page::Page;
use porchlight_domain::session::{Session, State};

use crate::format;
use crate::layout::{Allowed, project_path};
use crate::ui::badge::{Tone, badge};
use crate::ui::change::{Change, Form};
use crate::ui::form::Confirm;
use crate::ui::orders::ordered;
use crate::ui::table::Table;
use crate::ui::time::Time;

/// The live sessions, and behind a click those that have ended.
pub(super) fn card(live: Page<Session>, ended: Vec<Session>, project: ProjectId, revoke: Change) -> AnyView {
    let more = live.next.is_some();
    let table = |label: &'static str, sessions: Vec<Session>| {
        let rows: Vec<_> = sessions.into_iter().map(|session| row(session, project, revoke)).collect();
        view! {
            <Table label=label head=&["Session", "State", "Where", "Client", "Last seen", "Began", ""]>{rows}</Table>
        }
    };
    let body = if live.rows.is_empty() {
        view! { <p class="pad faint">"No live session."</p> }.into_any()
    } else {
        table("Live sessions", live.rows).into_any()
    };
    let number = i64::try_from(ended.len()).unwrap_or(i64::MAX);
    let ended = (number > 0).then(|| {
        view! {
            <details class="quiet-details ended">
                <summary>{format!("{} ended lately", format::count(number, "session", "sessions"))}</summary>
                {table("Ended sessions", ended)}
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

fn row(session: Session, project: ProjectId, revoke: Change) -> AnyView {
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
    let detail = session.detail.clone();
    let network: Vec<_> = [detail.ip, detail.network].into_iter().flatten().collect();
    view! {
        <tr role="row">
            <td role="cell" data-label="Session"><a href=where_to title="Its events"><code class="clip">{session.id.clone()}</code></a></td>
            <td role="cell" data-label="State">{state}" "{order}</td>
            <td role="cell" data-label="Where"><span class="clip">{detail.place}</span><small>{network.join(" · ")}</small></td>
            <td role="cell" data-label="Client"><span class="clip">{detail.agent}</span><small class="clip">{detail.device_id}</small></td>
            <td class="when" role="cell" data-label="Last seen"><Time at=session.last_seen_at/></td>
            <td class="when" role="cell" data-label="Began"><Time at=session.started_at/></td>
            <td class="actions" role="cell">{(session.state == State::Live).then(|| button(session.id, project, revoke))}</td>
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
