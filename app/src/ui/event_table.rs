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

/// What a table shows of each event.
#[derive(Clone, Copy, Debug)]
struct Columns {
    user: bool,
    client: bool,
    alert: bool,
    /// Its day stands above it.
    clock: bool,
}

/// Events of many users.
pub fn event_table(label: &'static str, events: Vec<Event>, narrow: &Narrow) -> AnyView {
    let columns = Columns { user: true, client: true, alert: true, clock: false };
    let rows = events.into_iter().map(|event| row(event, narrow, columns)).collect_view();
    view! {
        <Table label=label head=&["Level", "User", "What", "When", "Where", "Client", "Session"]>{rows}</Table>
    }
    .into_any()
}

/// Events of one user, who is named above, under their days.
pub fn timeline_table(events: Vec<Event>, narrow: &Narrow) -> AnyView {
    let columns = Columns { user: false, client: true, alert: true, clock: true };
    let mut last = String::new();
    let rows = events.into_iter().map(|event| {
        let day: String = event.occurred_at.human().chars().take(10).collect();
        let head = (day != last).then(|| day_head(&day));
        last = day;
        view! { {head}{row(event, narrow, columns)} }
    });
    let rows = rows.collect_view();
    view! {
        <Table label="Timeline" head=&["Level", "What", "When", "Where", "Client", "Session"]>{rows}</Table>
    }
    .into_any()
}

/// Events of one user and one alert, who are named above, in half a page's width.
pub fn few_table(label: &'static str, events: Vec<Event>, narrow: &Narrow) -> AnyView {
    let columns = Columns { user: false, client: false, alert: false, clock: false };
    let rows = events.into_iter().map(|event| row(event, narrow, columns)).collect_view();
    view! { <Table label=label head=&["Level", "What", "When", "Where", "Session"]>{rows}</Table> }.into_any()
}

fn day_head(day: &str) -> AnyView {
    view! { <tr role="row" class="day"><th role="rowheader" scope="rowgroup" colspan="6">{day.to_owned()}<span class="faint">" UTC"</span></th></tr> }.into_any()
}

fn row(event: Event, narrow: &Narrow, columns: Columns) -> AnyView {
    let project = narrow.project;
    let alert = event.alert_id.filter(|_| columns.alert).map(|id| {
        view! { <small><a href=project_path(project, &format!("alerts/{id}"))>{format!("Alert {id}")}</a></small> }
    });
    let session = event.session_id.as_deref();
    view! {
        <tr role="row">
            <td role="cell" data-label="Level">{level(event.level, event.score)}{alert}</td>
            {columns.user.then(|| view! { <td role="cell" data-label="User">{who(&event, narrow)}</td> })}
            <td role="cell" data-label="What">{what(&event, narrow)}</td>
            <td class="when" role="cell" data-label="When">
                <a class="row-link" href=project_path(project, &format!("events/{}", event.id))>{when(&event, columns.clock)}</a>
            </td>
            <td role="cell" data-label="Where">{place(&event, narrow)}</td>
            {columns.client.then(|| view! { <td role="cell" data-label="Client">{client(&event)}</td> })}
            <td role="cell" data-label="Session">{session.map(|id| view! { <code class="clip short">{narrow.to("session", id, id.to_owned())}</code> })}</td>
        </tr>
    }
    .into_any()
}

fn when(event: &Event, clock: bool) -> AnyView {
    let at = event.occurred_at;
    if !clock {
        return view! { <Time at=at/> }.into_any();
    }
    let time: String = at.human().chars().skip(11).collect();
    view! { <time datetime=at.to_string()>{time}</time> }.into_any()
}

fn who(event: &Event, narrow: &Narrow) -> AnyView {
    let Some(user) = &event.user else { return view! { <span class="faint">"anonymous"</span> }.into_any() };
    let page = project_path(narrow.project, &format!("users/{}", user.key));
    let id = (user.label() != user.id)
        .then(|| view! { <small>{narrow.to("user", &user.id, user.id.clone())}</small> });
    view! { <a class="strong clip name" href=page>{user.label().to_owned()}</a>{id} }.into_any()
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
        <span class="nowrap"><span class="clip">{narrow.to("verb", &event.verb, verb(&event.verb))}</span>" "{decided}</span>
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
        (Some(label), Some(country)) => Some(narrow.to("country", country, label)),
        (Some(label), None) => Some(label.into_any()),
        (None, _) => None,
    };
    let network = event.detail.network.as_ref().and_then(|network| network.name.clone());
    view! {
        {shown.map(|shown| view! { <span class="clip">{shown}</span> })}
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
    let label = (!label.is_empty()).then(|| view! { <span class="clip">{label}</span> });
    view! {
        {label}
        {device.map(|id| view! { <small><code class="clip" title=format!("Device {id}")>{id.clone()}</code></small> })}
    }
    .into_any()
}
