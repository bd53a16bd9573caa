//! Events in a table: one dense row each. The moment opens the event; any other value narrows the log to it.

use leptos::prelude::*;
use porchlight_domain::event::Event;
use porchlight_domain::id::ProjectId;
use porchlight_domain::risk::{Decision, Level};

use crate::format::{encode_query, verb};
use crate::layout::project_path;
use crate::ui::badge::{Tone, badge, level};
use crate::ui::table::Table;
use crate::ui::time::Time;

/// Where the values of a table lead: the log, narrowed by what is shown already and by one value more.
#[derive(Clone, Debug)]
pub struct Narrow {
    project: ProjectId,
    kept: Vec<(String, String)>,
}

impl Narrow {
    /// Links that keep these filters.
    pub fn new(project: ProjectId, kept: Vec<(String, String)>) -> Self {
        Self { project, kept }
    }

    /// The log with `name` set to `value`; None takes the filter away.
    pub fn link(&self, name: &str, value: Option<&str>) -> String {
        let kept = self
            .kept
            .iter()
            .filter(|(other, _)| other != name)
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let pairs = kept.chain(value.map(|value| (name, value)));
        let pairs: Vec<_> = pairs.map(|(name, value)| format!("{name}={}", encode_query(value))).collect();
        let path = project_path(self.project, "events");
        if pairs.is_empty() { path } else { format!("{path}?{}", pairs.join("&")) }
    }

    fn to(&self, name: &'static str, value: &str, shown: String) -> AnyView {
        let title = format!("Only {shown}");
        view! { <a class="by" href=self.link(name, Some(value)) title=title>{shown}</a> }.into_any()
    }
}

/// Events of many users.
pub fn event_table(label: &'static str, events: Vec<Event>, narrow: &Narrow) -> AnyView {
    let rows = events.into_iter().map(|event| row(event, narrow, true)).collect_view();
    view! {
        <Table label=label head=&["Level", "User", "What", "When", "Where", "Client", "Session", "Alert"]>{rows}</Table>
    }
    .into_any()
}

/// Events of one user, who is named above.
pub fn timeline_table(label: String, events: Vec<Event>, narrow: &Narrow) -> AnyView {
    let rows = events.into_iter().map(|event| row(event, narrow, false)).collect_view();
    view! {
        <Table label=label head=&["Level", "What", "When", "Where", "Client", "Session", "Alert"]>{rows}</Table>
    }
    .into_any()
}

fn row(event: Event, narrow: &Narrow, with_user: bool) -> AnyView {
    let project = narrow.project;
    let user = with_user.then(|| view! { <td>{who(&event, narrow)}</td> });
    let alert = event.alert_id.map(|id| {
        view! { <a class="badge" data-tone="bad" href=project_path(project, &format!("alerts/{id}"))>{format!("Alert {id}")}</a> }
    });
    view! {
        <tr class="opens" data-tone=Tone::from(event.level).as_str()>
            <td>{level(event.level, event.score)}</td>
            {user}
            <td>{what(&event, narrow)}</td>
            <td class="when">
                <a class="row-link" href=project_path(project, &format!("events/{}", event.id))><Time at=event.occurred_at/></a>
            </td>
            <td>{place(&event, narrow)}</td>
            <td>{client(&event)}</td>
            <td>{event.session_id.as_deref().map(|id| view! { <code class="clip">{narrow.to("session", id, id.to_owned())}</code> })}</td>
            <td>{alert}</td>
        </tr>
    }
    .into_any()
}

fn who(event: &Event, narrow: &Narrow) -> AnyView {
    let Some(user) = &event.user else { return view! { <span class="faint">"anonymous"</span> }.into_any() };
    let page = project_path(narrow.project, &format!("users/{}", user.key));
    let id = (user.label() != user.id)
        .then(|| view! { <small>{narrow.to("user", &user.id, user.id.clone())}</small> });
    view! { <a class="strong" href=page>{user.label().to_owned()}</a>{id} }.into_any()
}

fn what(event: &Event, narrow: &Narrow) -> AnyView {
    let decided = match event.decision {
        Decision::Allow => None,
        Decision::Challenge => Some(badge(Tone::Warn, "challenge")),
        Decision::Block => Some(badge(Tone::Bad, "block")),
    };
    let because = event.detail.reasons.first().filter(|_| event.level > Level::Green);
    let tenant = event.detail.source.as_ref().and_then(|source| source.name.as_deref());
    view! {
        {narrow.to("verb", &event.verb, verb(&event.verb))}
        " "{decided}
        {because.map(|reason| view! { <small>{reason.text.clone()}</small> })}
        {tenant.map(|name| view! { <small>{narrow.to("source", name, name.to_owned())}</small> })}
    }
    .into_any()
}

fn place(event: &Event, narrow: &Narrow) -> AnyView {
    let place = event.detail.place.as_ref();
    let label = place.and_then(|place| place.label());
    let country = place.and_then(|place| place.country.as_deref());
    let shown = match (label, country) {
        (Some(label), Some(country)) => narrow.to("country", country, label),
        (Some(label), None) => label.into_any(),
        (None, _) => ().into_any(),
    };
    let network = event.detail.network.as_ref().and_then(|network| network.name.clone());
    view! {
        {shown}
        <small>
            {event.ip.as_deref().map(|ip| narrow.to("ip", ip, ip.to_owned()))}
            {network.map(|name| format!(" · {name}"))}
        </small>
    }
    .into_any()
}

fn client(event: &Event) -> AnyView {
    let label = event.detail.agent.label().or_else(|| event.detail.user_agent.clone()).unwrap_or_default();
    let device = event.device_id.clone();
    view! {
        <span class="clip">{label}</span>
        {device.map(|id| view! { <small><code class="clip" title=format!("Device {id}")>{id.clone()}</code></small> })}
    }
    .into_any()
}
