//! An endpoint in facts: where it is, how it does, what signs.

use leptos::prelude::*;
use porchlight_domain::Timestamp;
use porchlight_domain::latency::Latency;
use porchlight_domain::webhook::{
    Endpoint, EndpointState, MessageType, PhaseLatency, SecretHint, SignatureStatus, Traffic, Trust,
};

use crate::format;
use crate::pages::webhooks::{errors, format_name, waiting};
use crate::ui::deliveries::{signature_state, whether_enforces, whether_ready};
use crate::ui::table::{Facts, Table};
use crate::ui::time::Time;

/// Why it gets nothing, if it does not.
pub(super) fn standing(endpoint: &Endpoint, on_hold: Option<Timestamp>) -> Option<AnyView> {
    let reason = endpoint.state_reason.clone().unwrap_or_default();
    let text = match endpoint.state {
        EndpointState::Active => return on_hold.map(held),
        EndpointState::Paused => {
            format!("Paused ({reason}): its messages are kept and go out when it is resumed.")
        }
        EndpointState::Disabled if endpoint.is_taken_out() => format!(
            "Disabled ({reason}): nothing is sent to it. What was pending for it was cancelled; that, and what comes meanwhile, can be recovered once it is enabled."
        ),
        EndpointState::Disabled => format!(
            "Disabled ({reason}): nothing is sent to it. What was pending for it is kept and goes out when it is enabled; what comes meanwhile can then be recovered. Orders count on its answer as before: if it is gone for good, disable it by hand, too."
        ),
    };
    let tone = if endpoint.state == EndpointState::Disabled { "bad" } else { "warn" };
    Some(view! { <p class="notice" data-tone=tone>{text}</p> }.into_any())
}

/// It failed so often that it is left alone for a while.
fn held(until: Timestamp) -> AnyView {
    view! {
        <p class="notice" data-tone="warn">
            "On hold until "<Time at=until/>": its last attempts all failed. Then one message tries whether it works again. A test, or a delivery that is sent again by hand, does so now; another URL ends the hold."
        </p>
    }
    .into_any()
}

/// The signature status of what it is sent.
pub(super) struct Signed {
    /// How the newest attempt was signed.
    pub signature: Option<SignatureStatus>,
    /// What its receiver has shown.
    pub trust: Trust,
}

/// Where it is, and how it does.
pub(super) fn about(
    endpoint: &Endpoint,
    traffic: Traffic,
    latency: Option<Latency>,
    signed: Signed,
) -> AnyView {
    let types = match endpoint.types.as_slice() {
        [] => "everything".to_owned(),
        types => types.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", "),
    };
    let facts = vec![
        ("URL", view! { <code>{endpoint.url.clone()}</code> }.into_any()),
        ("Format", format_name(endpoint.format).into_any()),
        ("Gets", types.into_any()),
        ("Orders", orders(endpoint).into_any()),
        ("Errors, 24 h", errors(traffic)),
        ("Waiting", waiting(endpoint, traffic)),
        ("Answers within", answers(latency)),
        ("Last signature", last(signed.signature)),
        ("Receiver enforces", whether_enforces(signed.trust)),
        ("Ready for the new key", whether_ready(signed.trust)),
        ("Created", view! { <Time at=endpoint.created_at/> }.into_any()),
        ("Changed", view! { <Time at=endpoint.updated_at/> }.into_any()),
    ];
    view! { <Facts facts=facts/> }.into_any()
}

/// What it does with orders to end sessions.
fn orders(endpoint: &Endpoint) -> &'static str {
    match endpoint {
        _ if endpoint.policy.observer => {
            "it only listens: it ends no sessions, and no receipt of it is believed"
        }
        _ if !endpoint.takes(MessageType::SessionRevocationRequested) => "it gets none",
        _ if endpoint.policy.signed_receipts => "it ends sessions; its receipts must be signed",
        _ => "it ends sessions",
    }
}

/// How long its answers take.
fn answers(latency: Option<Latency>) -> AnyView {
    let Some(latency) = latency else {
        return view! { <span class="faint">"nothing was sent yet"</span> }.into_any();
    };
    let (half, most) = (format::duration(latency.p50), format::at_most(latency.p95));
    let attempts = format::count(latency.times, "attempt", "attempts");
    view! { {half}<small>{format!("median of the latest {attempts}; 95 % within {most}")}</small> }.into_any()
}

/// Where the time of its answers goes.
pub(super) fn phases(latency: &PhaseLatency) -> Option<AnyView> {
    let rows = latency.phases.iter().map(|(phase, took)| {
        view! {
            <tr role="row">
                <td role="cell" data-label="Phase">{phase.name()}</td>
                <td class="number" role="cell" data-label="p50">{format::duration(took.p50)}</td>
                <td class="number" role="cell" data-label="p95">{format::duration(took.p95)}</td>
                <td class="number" role="cell" data-label="Attempts">{format::number(took.times)}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    let reused = format!(
        "Of the latest {}, {} reused a connection. Making one includes TLS.",
        format::count(latency.times, "attempt", "attempts"),
        format::number(latency.reused)
    );
    (latency.times > 0).then(|| {
        view! {
            <section class="card">
                <h2 class="card-title">"Where the time goes"</h2>
                <Table label="Phases" head=&["Phase", "p50", "p95", "Attempts"]>{rows}</Table>
                <p class="pad faint">{reused}</p>
            </section>
        }
        .into_any()
    })
}

/// How the newest attempt was signed, and how far the receiver's clock is off.
fn last(signature: Option<SignatureStatus>) -> AnyView {
    let offset = signature.as_ref().and_then(|signature| signature.clock_offset_seconds);
    let schemes = signature.as_ref().map(|signature| signature.schemes.join(", "));
    let clock = offset.map(|seconds| match seconds {
        0 => "; its clock agrees with ours".to_owned(),
        ahead @ 1.. => format!("; its clock is {ahead} s ahead"),
        behind => format!("; its clock is {} s behind", -behind),
    });
    view! { {signature_state(signature.as_ref())}<small>{schemes}{clock}</small> }.into_any()
}

/// What a key signs as.
fn scheme(is_pair: bool) -> AnyView {
    let (name, sent) = if is_pair { ("ed25519", "v1a") } else { ("HMAC-SHA-256", "v1") };
    view! { <small>{name}" as "<code>{sent}</code></small> }.into_any()
}

/// Its live keys.
pub(super) fn secrets(secrets: Vec<SecretHint>) -> AnyView {
    let rows = secrets.into_iter().map(|secret| {
        let end = secret.expires_at.map(|at| view! { "until "<Time at=at/> });
        view! {
            <tr role="row">
                <td class="wrap" role="cell" data-label="Key"><code>{secret.hint}</code>{scheme(secret.public_key.is_some())}</td>
                <td role="cell" data-label="Signs since"><Time at=secret.created_at/><small>{end}</small></td>
            </tr>
        }
    });
    view! { <Table label="Signing keys" head=&["Key", "Signs since"]>{rows.collect_view()}</Table> }
        .into_any()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use porchlight_domain::time::MINUTE;
    use porchlight_domain::webhook::DISABLED_BY_HAND;
    use serde_json::json;

    use super::*;

    #[expect(clippy::expect_used, reason = "a test that has no endpoint to show has failed")]
    fn told(state: &str, reason: Option<&str>, on_hold: Option<Timestamp>) -> String {
        let endpoint = serde_json::from_value(json!({
            "id": "ep_0000000000001", "url": "https://shop.example/hook", "format": "standard", "description": "",
            "types": [], "policy": {}, "state": state, "state_reason": reason, "failing_since": null,
            "created_at": Timestamp::from_seconds(0), "updated_at": Timestamp::from_seconds(0),
        }));
        let endpoint: Endpoint = endpoint.expect("endpoint");
        Owner::new().with(|| standing(&endpoint, on_hold).map(|notice| notice.to_html()).unwrap_or_default())
    }

    #[test]
    fn an_endpoint_says_why_it_gets_nothing() {
        let until = Timestamp::from_seconds(1_790_000_000).plus(5 * MINUTE);
        assert_eq!(told("active", None, None), "");
        let held = told("active", None, Some(until));
        assert!(held.contains("On hold until") && held.contains(&until.human()), "{held}");
        assert!(held.contains("Then one message tries whether it works again."), "{held}");
        let paused = told("paused", Some("paused by hand"), Some(until));
        assert!(paused.contains("Paused (paused by hand): its messages are kept"), "{paused}");
        let disabled = told("disabled", Some("it answered 410"), None);
        assert!(disabled.contains("Disabled (it answered 410): nothing is sent to it."), "{disabled}");
        assert!(
            disabled.contains("is kept and goes out when it is enabled")
                && disabled.contains("data-tone=\"bad\""),
            "{disabled}"
        );
        let by_hand = told("disabled", Some(DISABLED_BY_HAND), None);
        assert!(
            by_hand.contains("What was pending for it was cancelled") && !by_hand.contains("kept"),
            "{by_hand}"
        );
    }
}
