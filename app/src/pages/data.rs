//! `/p/{project}/data`: which data the judgement has, and how old it is.

use leptos::prelude::*;
use leptos_meta::Title;
use porchlight_domain::event::verb::{MOST_COUNTED, Unknown};
use porchlight_domain::id::ProjectId;
use porchlight_domain::risk::calibration::Standing;
use porchlight_domain::signal::{Signal, SignalName, SignalState, version};

#[cfg(feature = "ssr")]
use crate::access::{Role, require, require_in};
use crate::error::AppResult;
use crate::format;
use crate::layout::{project_path, use_project};
use crate::pages::settings::SettingsHead;
use crate::ui::badge::{Tone, badge};
use crate::ui::loaded::{Empty, loaded};
use crate::ui::read::{Json, use_read};
use crate::ui::table::Table;
use crate::ui::time::Time;

/// The signals, on and off.
#[server(input = Json)]
pub async fn list_signals() -> AppResult<Vec<Signal>> {
    let by = require(Role::Viewer).await?;
    Ok(by.state.signals.read().map(|signals| signals.clone()).unwrap_or_default())
}

/// The verbs of the last days that the judgement reads nothing into.
#[server(input = Json)]
pub async fn list_unknown_verbs(project: ProjectId) -> AppResult<Vec<Unknown>> {
    let by = require_in(Role::Viewer, project).await?;
    Ok(porchlight_domain::event::verb::store::unknown(by.db(), project, by.now()).await?)
}

/// The weights of the evidence that events are judged by.
#[server(input = Json)]
pub async fn get_weights(project: ProjectId) -> AppResult<Standing> {
    let by = require_in(Role::Viewer, project).await?;
    Ok(porchlight_domain::risk::store::standing(by.db(), project).await?)
}

/// The page.
#[component]
pub fn DataPage() -> impl IntoView {
    let project = use_project();
    let signals = use_read(|| ListSignals {});
    let weights = use_read(move || GetWeights { project: project.get() });
    let verbs = use_read(move || ListUnknownVerbs { project: project.get() });
    view! {
        <Title text="Detection data"/>
        <SettingsHead/>
        {loaded(signals, list)}
        <p class="faint">"The files are read from GEO_DIR and read again when they are replaced."</p>
        {loaded(weights, in_force)}
        {loaded(verbs, move |verbs| unknown(verbs, project.get_untracked()))}
    }
}

fn list(signals: Vec<Signal>) -> AnyView {
    if signals.is_empty() {
        return view! {
            <Empty title="No detection data">
                <p>"Logins are judged by device and time alone. "<code>"make geo"</code>" fetches the free data."</p>
            </Empty>
        }
        .into_any();
    }
    let licence = signals.iter().find_map(Signal::credit).map(|named| view! {
        <p class="faint">
            {named.maker()}"’s data, which is named below, is licensed under "
            <a href="https://creativecommons.org/licenses/by/4.0/" rel="external noopener">"CC BY 4.0"</a>"."
        </p>
    });
    let version = version(&signals).map(|version| view! { <p class="faint">"Version of this data: "<code>{version.to_string()}</code>". Each event names the one that it was judged by."</p> });
    let rows = signals.into_iter().map(row).collect_view();
    view! {
        <section class="card">
            <Table label="Detection data" head=&["Signal", "State", "Made", "From"]>{rows}</Table>
        </section>
        {version}
        {licence}
    }
    .into_any()
}

/// How much old data still says.
fn old(holds: f64) -> AnyView {
    let says = match holds {
        nothing if nothing <= 0.0 => "left out".to_owned(),
        holds => format!("counts as {:.0} % right", holds * 100.0),
    };
    view! { {badge(Tone::Warn, "old")}<small>{says}</small> }.into_any()
}

fn row(signal: Signal) -> AnyView {
    let means = match signal.name {
        SignalName::Country => "New countries; rules by country.",
        SignalName::City => "Travel faster than a plane; places in mails.",
        SignalName::Network => "New networks, by their operator.",
        SignalName::Hosting => "Logins from data centres.",
        SignalName::Vpn => "Logins through commercial VPNs.",
        SignalName::Tor => "Logins from the Tor network.",
    };
    let (state, made, from) = match signal.state {
        SignalState::On { source, built_at, age_days, stale, .. } => {
            let age = format::count(i64::from(age_days), "day old", "days old");
            let state = if stale { old(signal.name.holds(age_days)) } else { badge(Tone::Good, "on") };
            (state, view! { <Time at=built_at/><small>{age}</small> }.into_any(), source)
        }
        SignalState::Off { why } => {
            (badge(Tone::Neutral, "off"), view! { <span class="faint">"–"</span> }.into_any(), why)
        }
    };
    view! {
        <tr role="row">
            <td role="cell" data-label="Signal"><span class="strong">{signal.name.to_string()}</span><small>{means}</small></td>
            <td role="cell" data-label="State">{state}</td>
            <td role="cell" data-label="Made">{made}</td>
            <td class="wide" role="cell" data-label="From">{from}</td>
        </tr>
    }
    .into_any()
}

/// Shipped, or refitted when and to what.
fn in_force(standing: Standing) -> AnyView {
    let named = standing.version.zip(standing.fit).zip(standing.since);
    let from = match named {
        Some(((version, fit), since)) => {
            let (before, after) = fit.loss;
            view! {
                <p class="card-note">
                    "Refitted "<Time at=since/>
                    {format!(" to {}, {} of them “no”: version ", format::count(fit.labels as i64, "answer", "answers"), fit.denied)}
                    <code>{version.to_string()}</code>
                    {format!(". Mean log loss on answers that were held out: {after:.3}, before {before:.3}.")}
                </p>
            }
            .into_any()
        }
        None if standing.taken_back => view! { <p class="card-note">"The shipped ones. Somebody put them back by hand: no night refits them, until a refit by "<code>"porchlight calibrate"</code>" is kept."</p> }.into_any(),
        None => view! { <p class="card-note">"The shipped ones. From 50 answers on, ten of each kind at least, they are refitted every night where that is better and lets no thief go."</p> }.into_any(),
    };
    view! {
        <section class="card" id="weights">
            <h2 class="card-title">"Weights of the evidence"</h2>
            {from}
            <p class="card-note"><code>{standing.calibration.to_string()}</code></p>
            <p class="card-note">
                "Each event that refitted ones judged names their version. "<code>"porchlight calibrate"</code>" refits now, "
                <code>"--reset"</code>" puts the shipped ones back."
            </p>
        </section>
    }
    .into_any()
}

fn unknown(verbs: Vec<Unknown>, project: ProjectId) -> AnyView {
    let body = if verbs.is_empty() {
        view! { <p class="card-note">"None in the last 30 days: the judgement knows every verb that came in."</p> }.into_any()
    } else {
        let rows = verbs.into_iter().map(|verb| unknown_row(verb, project)).collect_view();
        view! { <Table label="Unknown verbs" head=&["Verb", "Events", "Last seen", "Meant?"]>{rows}</Table> }
            .into_any()
    };
    view! {
        <section class="card" id="verbs">
            <h2 class="card-title">"Verbs it does not know"</h2>
            <p class="card-note">
                "These events stand in the log and are judged as mere use of the account. A change of the e-mail address, "
                "the password, the second factor, an API key or an export weighs only under the name that "
                <code>"GET /api/v1/verbs"</code>" lists."
            </p>
            {body}
        </section>
    }
    .into_any()
}

fn unknown_row(unknown: Unknown, project: ProjectId) -> AnyView {
    let Unknown { verb, events, last_at, meant } = unknown;
    let href = format::query(&project_path(project, "events"), &[("verb", Some(&verb))]);
    let more = if events < MOST_COUNTED { "" } else { " or more" };
    let near = meant.is_some().then(|| badge(Tone::Warn, "near miss"));
    let meant = match meant {
        Some(meant) => view! { <code>{meant}</code> }.into_any(),
        None => view! { <span class="faint">"like none that is known"</span> }.into_any(),
    };
    view! {
        <tr role="row">
            <td class="wide" role="cell" data-label="Verb"><a href=href><code>{verb}</code></a>" "{near}</td>
            <td role="cell" data-label="Events">{format::number(events)}{more}</td>
            <td role="cell" data-label="Last seen"><Time at=last_at/></td>
            <td role="cell" data-label="Meant?">{meant}</td>
        </tr>
    }
    .into_any()
}
