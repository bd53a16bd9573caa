//! All that is known of one event, as facts.

use leptos::prelude::*;
use porchlight_domain::agent::{DeviceClass, Hints};
use porchlight_domain::event::Event;
use porchlight_domain::event::verb::meant;
use porchlight_domain::place::Network;
use porchlight_domain::risk::Decision;
use porchlight_domain::risk::budget::ByBudget;
use porchlight_domain::rule::verdict::tags;
use porchlight_domain::time::MINUTE;

use crate::format;
use crate::ui::badge::{Tone, badge};
use crate::ui::event_table::Narrow;
use crate::ui::table::Facts;
use crate::ui::time::Time;

/// Where from, on what, in which session, and how that was understood. Values lead to the log.
pub fn event_facts(event: &Event, narrow: &Narrow) -> AnyView {
    let (detail, mut facts) = (&event.detail, Vec::new());
    let by = |name: &str, value: &str| {
        let href = narrow.link(name, Some(value));
        view! { <a class="by" href=href title="All events with this value"><span class="whole">{value.to_owned()}</span></a> }.into_any()
    };
    if let Some(place) = &detail.place {
        facts.push((
            "Place",
            [
                place.city.as_deref(),
                place.region.as_deref(),
                place.country_name.as_deref().or(place.country.as_deref()),
            ]
            .into_iter()
            .flatten()
            .fold(String::new(), joined)
            .into_any(),
        ));
    }
    facts.extend(detail.network.as_ref().map(|known| ("Network", network(known))));
    facts.push(("Address", address(event, &by)));
    facts.push(("Client", client(event)));
    facts.extend(detail.hints.as_ref().map(|hints| ("Client hints", told_by_browser(hints).into_any())));
    if detail.password_breached {
        facts.push(("Password", badge(Tone::Warn, "in a collection of stolen ones")));
    }
    facts.extend(
        event
            .device_id
            .as_deref()
            .map(|id| ("Device", view! { <code class="whole">{id.to_owned()}</code> }.into_any())),
    );
    facts.extend(
        event
            .session_id
            .as_deref()
            .map(|id| ("Session", view! { <code>{by("session", id)}</code> }.into_any())),
    );
    let tenant = detail.source.as_ref().and_then(|source| source.name.as_deref());
    facts.extend(tenant.map(|name| ("Tenant", by("source", name))));
    facts.extend(meant(&event.verb).map(|meant| ("Verb", slip(&event.verb, meant))));
    facts.push(("Decision", decision(event.decision, event.detail.account.budget)));
    facts.extend(judged_by(event));
    let tags = tags(&detail.account.rules);
    if !tags.is_empty() {
        let tags = tags.into_iter().map(|tag| view! { {badge(Tone::Neutral, tag.to_owned())}" " });
        facts.push(("Tags", tags.collect_view().into_any()));
    }
    if event.received_at.since(event.occurred_at) > MINUTE {
        facts.push(("Received", view! { <Time at=event.received_at/> }.into_any()));
    }
    facts.extend(
        event
            .client_id
            .clone()
            .map(|id| ("Its own id", view! { <code class="whole">{id}</code> }.into_any())),
    );
    view! { <Facts facts=facts/> }.into_any()
}

/// What the browser says of itself beside its user agent.
fn told_by_browser(hints: &Hints) -> String {
    let mobile = hints.mobile.map(|mobile| if mobile { "mobile" } else { "not mobile" }.to_owned());
    hints.platform.clone().into_iter().chain(mobile).collect::<Vec<_>>().join(", ")
}

/// The versions that decided, so that the decision can be explained when they are others; and which data was old.
fn judged_by(event: &Event) -> Option<(&'static str, AnyView)> {
    let account = &event.detail.account;
    let model = (account.model > 0).then(|| format!("engine {}", account.model));
    let rules = account.rule_set.map(|version| format!("rules {version}"));
    let data = account.data.map(|version| format!("data {version}"));
    let weights = account.weights.map(|version| format!("weights {version}"));
    let versions: Vec<_> = model.into_iter().chain(weights).chain(rules).chain(data).collect();
    let old = event
        .detail
        .aged
        .iter()
        .map(|old| format!("{} {}", old.signal, format::count(i64::from(old.days), "day", "days")));
    let old: Vec<_> = old.collect();
    let old = (!old.is_empty())
        .then(|| view! { <small>{format!("Old data, which says less: {}", old.join(", "))}</small> });
    (!versions.is_empty()).then(|| ("Judged by", view! { {versions.join(", ")}{old} }.into_any()))
}

/// City and region are often of one name.
fn joined(mut text: String, part: &str) -> String {
    if !text.split(", ").any(|before| before == part) {
        text.push_str(if text.is_empty() { "" } else { ", " });
        text.push_str(part);
    }
    text
}

fn network(network: &Network) -> AnyView {
    let asn = network.asn.map(|asn| view! { <span class="faint">{format!(" AS{asn}")}</span> });
    let marks = [(network.tor, "Tor"), (network.vpn, "VPN"), (network.hosting, "data centre")];
    let marks =
        marks.into_iter().filter(|(is, _)| *is).map(|(_, word)| view! { " "{badge(Tone::Warn, word)} });
    view! { {network.name.clone()}{asn}{marks.collect_view()} }.into_any()
}

fn address(event: &Event, by: &impl Fn(&str, &str) -> AnyView) -> AnyView {
    let note = event.detail.address_note.clone().map(|note| view! { <small class="whole">{note}</small> });
    match event.ip.as_deref() {
        Some(ip) => view! { <code>{by("ip", ip)}</code>{note} }.into_any(),
        None => view! { <span class="faint">{if note.is_some() { "none" } else { "not told" }}</span>{note} }
            .into_any(),
    }
}

fn client(event: &Event) -> AnyView {
    let (agent, raw) = (&event.detail.agent, event.detail.user_agent.clone());
    let class = match agent.class {
        DeviceClass::Desktop => Some("computer"),
        DeviceClass::Mobile => Some("telephone"),
        DeviceClass::Tablet => Some("tablet"),
        DeviceClass::Bot => Some("program"),
        DeviceClass::Unknown => None,
    };
    if agent.label().is_none() && raw.is_none() {
        return view! { <span class="faint">"not told"</span> }.into_any();
    }
    let version = agent
        .browser_version
        .as_deref()
        .and_then(|version| version.split('.').next())
        .map(|version| format!("version {version}"));
    let more: Vec<_> = version.into_iter().chain(class.map(str::to_owned)).collect();
    view! {
        {agent.label()}
        {(!more.is_empty()).then(|| view! { <span class="faint">{format!(" {}", more.join(", "))}</span> })}
        {raw.map(|raw| view! { <small class="whole">{raw}</small> })}
    }
    .into_any()
}

/// Where one sensitive action has a name that nobody reads, the log is green and nobody knows why.
fn slip(verb: &str, meant: &str) -> AnyView {
    let why = "The judgement reads nothing into this verb. Did the application mean ";
    view! { <code>{verb.to_owned()}</code>" "{badge(Tone::Warn, "unknown")}<small>{why}<code>{meant.to_owned()}</code>"?"</small> }.into_any()
}

fn decision(decision: Decision, budget: Option<ByBudget>) -> AnyView {
    match decision {
        Decision::Allow => "Allow".into_any(),
        Decision::Challenge => {
            let why = budget.map(|budget| format!(" {}", budget.words()));
            view! { {badge(Tone::Warn, "challenge")}<small>"The application was told to ask for another factor."{why}</small> }.into_any()
        }
        Decision::Block => {
            view! { {badge(Tone::Bad, "block")}<small>"The application was told to keep it out."</small> }
                .into_any()
        }
    }
}
