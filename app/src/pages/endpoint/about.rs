//! An endpoint in facts: where it is, how it does, what signs.

use leptos::prelude::*;
use porchlight_domain::latency::Latency;
use porchlight_domain::webhook::{Endpoint, EndpointState, SecretHint, SignatureStatus, Traffic};

use crate::format;
use crate::pages::webhooks::{endpoint_state, errors, format_name};
use crate::ui::deliveries::signature_state;
use crate::ui::table::{Facts, Table};
use crate::ui::time::{Time, time_or};

/// Why it gets nothing, if it does not.
pub(super) fn standing(endpoint: &Endpoint) -> Option<AnyView> {
    let reason = endpoint.state_reason.clone().unwrap_or_default();
    let text = match endpoint.state {
        EndpointState::Active => return None,
        EndpointState::Paused => {
            format!("Paused ({reason}): its messages are kept and go out when it is resumed.")
        }
        EndpointState::Disabled => format!("Disabled ({reason}): messages are neither sent nor kept for it."),
    };
    Some(view! { <p class="notice" data-tone="warn">{text}</p> }.into_any())
}

/// Where it is, and how it does.
pub(super) fn about(
    endpoint: &Endpoint,
    traffic: Traffic,
    latency: Option<Latency>,
    signature: Option<SignatureStatus>,
) -> AnyView {
    let types = match endpoint.types.as_slice() {
        [] => "everything".to_owned(),
        types => types.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", "),
    };
    let facts = vec![
        ("State", endpoint_state(endpoint)),
        ("URL", view! { <code>{endpoint.url.clone()}</code> }.into_any()),
        ("Format", format_name(endpoint.format).into_any()),
        ("Gets", types.into_any()),
        ("Errors, 24 h", errors(traffic)),
        ("Waiting", format::count(traffic.waiting, "message", "messages").into_any()),
        ("Answers within", answers(latency)),
        ("Last signature", signed(signature)),
        ("Created", view! { <Time at=endpoint.created_at/> }.into_any()),
        ("Changed", view! { <Time at=endpoint.updated_at/> }.into_any()),
    ];
    view! { <Facts facts=facts/> }.into_any()
}

/// How long its answers take.
fn answers(latency: Option<Latency>) -> AnyView {
    let Some(latency) = latency else {
        return view! { <span class="faint">"nothing was sent yet"</span> }.into_any();
    };
    let [half, most] = [latency.p50, latency.p95].map(format::duration);
    let attempts = format::count(latency.times, "attempt", "attempts");
    view! { {half}<small>{format!("median of the latest {attempts}; 95 % within {most}")}</small> }.into_any()
}

/// How the newest attempt was signed, and how far the receiver's clock is off.
fn signed(signature: Option<SignatureStatus>) -> AnyView {
    let offset = signature.as_ref().and_then(|signature| signature.clock_offset_seconds);
    let schemes = signature.as_ref().map(|signature| signature.schemes.join(", "));
    let clock = offset.map(|seconds| match seconds {
        0 => "; its clock agrees with ours".to_owned(),
        ahead @ 1.. => format!("; its clock is {ahead} s ahead"),
        behind => format!("; its clock is {} s behind", -behind),
    });
    view! { {signature_state(signature.as_ref())}<small>{schemes}{clock}</small> }.into_any()
}

/// Its live secrets.
pub(super) fn secrets(secrets: Vec<SecretHint>) -> AnyView {
    let rows = secrets.into_iter().map(|secret| {
        view! {
            <tr role="row">
                <td role="cell" data-label="Secret"><code>{secret.hint}</code></td>
                <td role="cell" data-label="Signs since"><Time at=secret.created_at/></td>
                <td role="cell" data-label="Until">{time_or(secret.expires_at, "no end")}</td>
            </tr>
        }
    });
    view! { <Table label="Secrets" head=&["Secret", "Signs since", "Until"]>{rows.collect_view()}</Table> }
        .into_any()
}
