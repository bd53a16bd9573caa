//! What an inbound webhook's signature is worth: what was expected, what came, and what is probably wrong over there.

use leptos::prelude::*;
use porchlight_domain::Timestamp;
use porchlight_domain::inbound::hmac::Place;
use porchlight_domain::inbound::{Inbound, Scheme, Source, Status};
use porchlight_domain::time::SECOND;

use crate::pages::inbound::received::{mark, meaning, sentence};
use crate::pages::inbound::scheme::{formula, scheme_name};
use crate::ui::table::Facts;
use crate::ui::time::Time;

/// The header that holds the signature.
fn header(source: &Source) -> &str {
    match (&source.hmac, source.scheme) {
        (Some(hmac), _) => hmac.header.as_str(),
        (None, Scheme::ThisData) => "x-signature",
        (None, _) => "webhook-signature",
    }
}

/// The header that holds the time of sending, if it is told in one.
fn clock(source: &Source) -> Option<&str> {
    match (&source.hmac, source.scheme) {
        (Some(hmac), _) => hmac.timestamp.as_ref().and_then(Place::header),
        (None, Scheme::Standard) => Some("webhook-timestamp"),
        (None, _) => None,
    }
}

fn value<'a>(inbound: &'a Inbound, name: &str) -> Option<&'a str> {
    let found = inbound.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

/// When it was signed, by its own word: Unix seconds.
fn signed_at(inbound: &Inbound, source: &Source) -> Option<Timestamp> {
    let seconds = value(inbound, clock(source)?)?.trim().parse::<i64>().ok()?;
    // What lies outside of these years is no time of signing, and must not overflow.
    (0..100_000_000_000).contains(&seconds).then(|| Timestamp::from_seconds(seconds))
}

/// How long before it arrived that was, in words.
fn apart(signed: Timestamp, received: Timestamp) -> String {
    let seconds = received.since(signed) / SECOND;
    match seconds {
        0 => "as it arrived".to_owned(),
        1.. => format!("{} before it arrived", crate::format::duration(seconds * SECOND)),
        _ => format!("{} after it arrived, by our clock", crate::format::duration(-seconds * SECOND)),
    }
}

/// Why it was refused, and what to look at where it is sent.
pub(super) fn advice(inbound: &Inbound, source: &Source) -> AnyView {
    let look = match inbound.status {
        Status::Valid => return ().into_any(),
        Status::Missing => format!(
            "A signature is expected in the header {}. If the other system signs in another way, say so in the source’s settings.",
            header(source)
        ),
        Status::Invalid => format!(
            "The secret over there must be the one known here as {}. What is signed must be the very bytes that are sent: a body that was parsed and written again has others. Whoever does not know the secret looks the same.",
            source.hint
        ),
        Status::Stale => {
            "Set the clock over there by the network. A webhook that waited in a queue must be signed anew when it is sent.".to_owned()
        }
        Status::Replayed => {
            "It was obeyed when it came first. A sender that repeats what was answered with 200 need not; somebody else who caught it may not.".to_owned()
        }
    };
    let tone = if inbound.status == Status::Replayed { "warn" } else { "bad" };
    view! { <div class="notice" data-tone=tone><p><strong>{sentence(&inbound.reason)}</strong></p><p>{look}</p></div> }
        .into_any()
}

/// What was expected, and what came.
pub(super) fn facts(inbound: &Inbound, source: &Source) -> AnyView {
    let name = header(source).to_owned();
    let came = match value(inbound, &name) {
        Some(value) => view! { <code class="wrap">{format!("{name}: {value}")}</code> }.into_any(),
        None if inbound.is_gone() => view! { <span class="faint">"no longer kept"</span> }.into_any(),
        None => view! { <span class="faint">"no header "</span><code>{name}</code> }.into_any(),
    };
    let mut facts = vec![
        ("Worth", view! { {mark(inbound.status)}<small>{meaning(inbound.status)}</small> }.into_any()),
        ("Scheme", scheme_name(source.scheme).into_any()),
        ("Expected", view! { <code class="wrap">{formula(source)}</code> }.into_any()),
        ("Came", came),
    ];
    facts.extend(signed_at(inbound, source).map(|at| {
        let apart = apart(at, inbound.received_at);
        ("Signed", view! { <Time at=at/><small>{apart}</small> }.into_any())
    }));
    let id = inbound.webhook_id.clone();
    facts.extend(id.map(|id| ("Its id", view! { <code class="wrap">{id}</code> }.into_any())));
    facts.push(("Kept as", view! { <code>{inbound.id.to_string()}</code> }.into_any()));
    view! { <Facts facts=facts/> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_signing_is_told_from_the_arrival() {
        let received = Timestamp::from_seconds(1_790_000_000);
        let signed = |seconds: i64| apart(Timestamp::from_seconds(1_790_000_000 + seconds), received);
        assert_eq!(signed(0), "as it arrived");
        assert_eq!(signed(-4_000), "1 h before it arrived");
        assert_eq!(signed(90), "1 min after it arrived, by our clock");
    }
}
