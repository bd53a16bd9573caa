//! What a receiver has shown of how it takes signatures, in marks and in words.

use leptos::prelude::*;
use porchlight_domain::Timestamp;
use porchlight_domain::webhook::{ProbeVerdict, Readiness, Trust};

use crate::ui::badge::{Tone, badge};
use crate::ui::time::Time;

/// Nobody asked the receiver.
const NOT_ASKED: &str = "not asked";

/// Whether it refuses what is signed wrong, in a word.
fn word_of_enforces(verdict: ProbeVerdict) -> (Tone, &'static str) {
    match verdict {
        ProbeVerdict::Refused => (Tone::Good, "yes"),
        ProbeVerdict::Accepted => (Tone::Bad, "does not verify"),
        ProbeVerdict::Unclear => (Tone::Neutral, "unclear"),
    }
}

/// What a receiver has shown of a new secret, in a word.
pub fn mark_of_ready(readiness: Readiness) -> (Tone, &'static str) {
    match readiness {
        Readiness::Proven => (Tone::Good, "ready"),
        Readiness::Unverifying => (Tone::Bad, "does not verify"),
        Readiness::Unproven => (Tone::Warn, "accepted, unproven"),
        Readiness::Refused => (Tone::Bad, "not ready"),
        Readiness::Unclear => (Tone::Neutral, "unclear"),
    }
}

/// In a list: a mark where something is wrong, else quiet words.
fn quiet(what: &'static str, found: Option<(Tone, &'static str)>) -> AnyView {
    match found {
        Some((Tone::Bad, word)) => badge(Tone::Bad, word),
        Some((_, word)) => format!("{what}: {word}").into_any(),
        None => format!("{what}: {NOT_ASKED}").into_any(),
    }
}

/// In a list: whether it refuses what is signed wrong.
pub fn enforces(trust: Trust) -> AnyView {
    quiet("enforces", trust.enforces.map(|(verdict, _)| word_of_enforces(verdict)))
}

/// In a list: whether it is ready for the newest secret. That it does not verify at all is said once.
pub fn ready(trust: Trust) -> Option<AnyView> {
    let found = trust.ready.map(|(readiness, _)| mark_of_ready(readiness));
    let said = found.is_some_and(|(tone, word)| tone == Tone::Bad && word == "does not verify")
        && trust.enforces.is_some_and(|(verdict, _)| verdict == ProbeVerdict::Accepted);
    (!said).then(|| quiet("new key", found))
}

/// By itself: a mark, and when that was seen.
fn alone(found: Option<((Tone, &'static str), Timestamp)>) -> AnyView {
    match found {
        Some(((tone, word), at)) => view! { {badge(tone, word)}<small><Time at=at/></small> }.into_any(),
        None => view! { <span class="faint">{NOT_ASKED}</span> }.into_any(),
    }
}

/// By itself: whether it refuses what is signed wrong.
pub fn whether_enforces(trust: Trust) -> AnyView {
    alone(trust.enforces.map(|(verdict, at)| (word_of_enforces(verdict), at)))
}

/// By itself: whether it is ready for the newest secret.
pub fn whether_ready(trust: Trust) -> AnyView {
    alone(trust.ready.map(|(readiness, at)| (mark_of_ready(readiness), at)))
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_asked_is_said_and_what_is_wrong_is_marked_once() {
        let told = |trust: Trust| {
            Owner::new().with(|| {
                format!(
                    "{}|{}",
                    enforces(trust).to_html(),
                    ready(trust).map(|ready| ready.to_html()).unwrap_or_default()
                )
            })
        };
        assert_eq!(told(Trust::default()), "enforces: not asked|new key: not asked");
        let at = Timestamp(0);
        let fine =
            Trust { enforces: Some((ProbeVerdict::Refused, at)), ready: Some((Readiness::Proven, at)) };
        assert_eq!(told(fine), "enforces: yes|new key: ready");
        let open =
            Trust { enforces: Some((ProbeVerdict::Accepted, at)), ready: Some((Readiness::Unverifying, at)) };
        assert_eq!(told(open).matches("does not verify").count(), 1, "{}", told(open));
        let late = Trust { ready: Some((Readiness::Refused, at)), ..fine };
        assert!(
            told(late).contains("data-tone=\"bad\"") && told(late).contains("not ready"),
            "{}",
            told(late)
        );
    }
}
