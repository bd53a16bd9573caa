//! `/p/{project}/data`: which data the judgement has, and how old it is.

use leptos::prelude::*;
use leptos_meta::Title;
use porchlight_domain::signal::{Signal, SignalName, SignalState};

#[cfg(feature = "ssr")]
use crate::access::{Role, require};
use crate::error::AppResult;
use crate::format;
use crate::pages::settings::SettingsHead;
use crate::ui::badge::{Tone, badge};
use crate::ui::credit::credit;
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

/// The page.
#[component]
pub fn DataPage() -> impl IntoView {
    let signals = use_read(|| ListSignals {});
    view! {
        <Title text="Detection data"/>
        <SettingsHead/>
        {loaded(signals, list)}
        <p class="faint">"The files are read from GEO_DIR and read again when they are replaced."</p>
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
            {credit(named)}", licensed under "
            <a href="https://creativecommons.org/licenses/by/4.0/" rel="external noopener">"CC BY 4.0"</a>"."
        </p>
    });
    let rows = signals.into_iter().map(row).collect_view();
    view! {
        <section class="card">
            <Table label="Detection data" head=&["Signal", "State", "Made", "From"]>{rows}</Table>
        </section>
        {licence}
    }
    .into_any()
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
            let state = if stale { badge(Tone::Warn, "too old") } else { badge(Tone::Good, "on") };
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
