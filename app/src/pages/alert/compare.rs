//! The alarming login among its user's last ones: what it has that no other has is marked.

use leptos::prelude::*;
use porchlight_domain::event::Event;
use porchlight_domain::id::ProjectId;

use crate::layout::project_path;
use crate::ui::badge::{Tone, badge, level};
use crate::ui::table::Table;
use crate::ui::time::Time;

/// What is compared, in the order of the columns.
fn traits(event: &Event) -> [Option<String>; 4] {
    let detail = &event.detail;
    [
        detail.place.as_ref().and_then(|place| place.label()),
        detail.network.as_ref().and_then(|network| network.name.clone()).or_else(|| event.ip.clone()),
        detail.agent.label().or_else(|| detail.user_agent.clone()),
        event.device_id.clone(),
    ]
}

/// The user's last logins, the alert's own among them.
pub(super) fn card(logins: Vec<Event>, this: Option<&Event>, project: ProjectId) -> AnyView {
    let Some(this) = this.filter(|_| logins.len() > 1) else { return ().into_any() };
    let own = traits(this);
    let others: Vec<_> = logins.iter().filter(|event| event.id != this.id).map(traits).collect();
    let alone: Vec<bool> = (0..own.len())
        .map(|column| own[column].is_some() && others.iter().all(|other| other[column] != own[column]))
        .collect();
    let id = this.id;
    let rows = logins.into_iter().map(move |event| {
        let is_this = event.id == id;
        let cells = traits(&event).into_iter().zip(alone.clone()).map(|(value, alone)| {
            let mark = (is_this && alone).then(|| view! { " "{badge(Tone::Bad, "only here")} });
            view! { <td><span class="clip">{value.unwrap_or_else(|| "–".to_owned())}</span>{mark}</td> }
        });
        view! {
            <tr class="opens" aria-current=is_this.then_some("true")>
                <td>{level(event.level, event.score)}</td>
                <td><a class="row-link" href=project_path(project, &format!("events/{}", event.id))><Time at=event.occurred_at/></a></td>
                {cells.collect_view()}
            </tr>
        }
    });
    view! {
        <section class="card">
            <h2 class="card-title">"The user’s last logins"</h2>
            <Table label="The user’s last logins" head=&["Level", "When", "Place", "Network", "Client", "Device"]>{rows.collect_view()}</Table>
        </section>
    }
    .into_any()
}
