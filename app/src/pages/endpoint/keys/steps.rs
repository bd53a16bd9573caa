//! The steps of a rotation, each a card: what is done, what is to be done now, what comes later.

mod asking;

use leptos::prelude::*;
use porchlight_domain::id::{EndpointId, ProjectId};
use porchlight_domain::webhook::{Endpoint, Probe, ProbeVerdict, Readiness, SecretHint};

use super::super::forms::of;
use crate::access::Role;
use crate::layout::Allowed;
use crate::ui::badge::{Tone, badge};
use crate::ui::change::{Change, Form};
use crate::ui::form::{Field, Select, overlaps};
use crate::ui::time::Time;

/// What can be done here.
#[derive(Clone, Copy)]
pub(super) struct Changes {
    pub rotate: Change,
    pub probe: Change,
    pub retire: Change,
    pub add: Change,
}

/// How far a rotation came.
#[derive(Clone)]
pub(super) struct Rotation {
    project: ProjectId,
    endpoint: EndpointId,
    /// The newest shared secret.
    newest: Option<SecretHint>,
    /// Those before it, which sign still.
    old: Vec<SecretHint>,
    probe: Option<Probe>,
    asking: bool,
    /// Probes of it ask as well whether it verifies.
    enforces: bool,
    /// The newest alone signs, and nothing shows yet that the receiver has it.
    cut_off: bool,
}

impl Rotation {
    /// Of these keys, the newest first.
    pub(super) fn of(
        project: ProjectId,
        endpoint: &Endpoint,
        keys: &[SecretHint],
        probe: Option<Probe>,
        taken: bool,
        asking: bool,
    ) -> Self {
        let mut shared = keys.iter().filter(|key| key.public_key.is_none()).cloned();
        let (newest, old) = (shared.next(), shared.collect::<Vec<_>>());
        let rotated = newest.as_ref().is_some_and(|newest| newest.created_at > endpoint.created_at);
        // Whether it verifies or not: what is sent to it arrives.
        let arrives = taken || probe.as_ref().is_some_and(|one| one.verdict == Some(ProbeVerdict::Accepted));
        let cut_off = rotated && old.is_empty() && !arrives;
        let enforces = endpoint.policy.enforcement_probes;
        Self { project, endpoint: endpoint.id, newest, old, probe, asking, enforces, cut_off }
    }

    fn is_under_way(&self) -> bool {
        !self.old.is_empty() || self.cut_off
    }

    /// What the receiver has shown of the newest.
    fn readiness(&self) -> Option<Readiness> {
        self.probe.as_ref().and_then(Probe::readiness)
    }

    fn is_ready(&self) -> bool {
        self.readiness() == Some(Readiness::Proven)
    }
}

/// What a rotation without an overlap means.
const CUT_OFF: &str = "The old secret is gone, and nothing shows that the receiver has the new one: until it has, it refuses all that comes. Give it the new secret now, then ask whether it is ready.";

/// The steps in order.
pub(super) fn steps(rotation: Rotation, changes: Changes) -> AnyView {
    let (under_way, ready) = (rotation.is_under_way(), rotation.is_ready());
    let cut_off = rotation.cut_off.then(|| view! { <p class="notice" data-tone="bad">{CUT_OFF}</p> });
    let state = |done: bool, now: bool| match (done, now) {
        (true, _) => "done",
        (false, true) => "now",
        (false, false) => "later",
    };
    view! {
        {cut_off}
        <ol class="rotation" aria-label="Rotation">
            {step(state(under_way, true), "Begin", begin(&rotation, changes.rotate))}
            {step(state(under_way && ready, under_way), "Give the new secret to the receiver", hand_over(&rotation))}
            {step(state(under_way && ready, under_way), "Ask whether it is ready for the new secret", asking::probe(&rotation, changes.probe))}
            {step(state(rotation.cut_off, under_way && ready), "Retire the old secret", asking::retire(&rotation, changes.retire))}
        </ol>
    }
    .into_any()
}

fn step(state: &'static str, title: &'static str, content: AnyView) -> AnyView {
    let word = match state {
        "done" => badge(Tone::Good, "done"),
        "now" => badge(Tone::Warn, "now"),
        _ => badge(Tone::Neutral, "later"),
    };
    let current = (state == "now").then_some("step");
    view! {
        <li class="card pad" data-state=state aria-current=current>
            <h2><span>{title}</span>{word}</h2>
            {content}
        </li>
    }
    .into_any()
}

fn begin(rotation: &Rotation, change: Change) -> AnyView {
    let (project, endpoint) = (rotation.project, rotation.endpoint);
    let since = rotation.newest.as_ref().map(|newest| (newest.hint.clone(), newest.created_at));
    let form = move || {
        view! {
            <Form change=change>
                {of(project, endpoint)}
                <Field name="overlap_hours" label="The old secret goes on signing" hint="New and old sign meanwhile. A secret that somebody else may know must not: everything that it signs is believed. But then the receiver refuses all that comes until it has the new one.">
                    <Select name="overlap_hours">{overlaps()}</Select>
                </Field>
                <Field name="secret" label="New secret" hint="Blank: a strong one is made. It is shown once.">
                    <input name="secret" autocomplete="off" spellcheck="false" maxlength="256" placeholder="generated"/>
                </Field>
                <button class="button primary">"Rotate secret"</button>
            </Form>
        }
    };
    if !rotation.is_under_way() {
        return view! {
            <p class="faint">"A new secret is made and shown once. While the old one goes on signing, nothing changes for the receiver yet."</p>
            <Allowed role=Role::Admin>{form()}</Allowed>
        }
        .into_any();
    }
    let beside = if rotation.cut_off { ", alone." } else { ", beside what was there before." };
    let sign =
        since.map(|(hint, at)| view! { <p><code>{hint}</code>" signs since "<Time at=at/>{beside}</p> });
    view! {
        {sign}
        <Allowed role=Role::Admin>
            <details class="more">
                <summary>"Begin once more: it was lost, or got out"</summary>
                {form()}
            </details>
        </Allowed>
    }
    .into_any()
}

fn hand_over(rotation: &Rotation) -> AnyView {
    let text = match rotation.is_under_way() {
        _ if rotation.cut_off => {
            "Put it into the receiver’s settings now, and restart it if it must be: it accepts nothing before. What fails meanwhile is tried again, and can be recovered."
        }
        true => {
            "Put it into the receiver’s settings in place of the old one, and restart it if it must be. Whichever of those that sign it knows, it accepts what comes."
        }
        false => "While more than one sign, whichever of them the receiver knows, it accepts what comes.",
    };
    view! { <p class="faint">{text}</p> }.into_any()
}

/// A key whose public half the receiver may have: whoever reads it cannot sign.
pub(super) fn pair(project: ProjectId, endpoint: EndpointId, has_one: bool, change: Change) -> AnyView {
    let (title, button) = match has_one {
        true => ("Change the ed25519 key", "Change the key"),
        false => ("Sign by an ed25519 key as well", "Make a key"),
    };
    view! {
        <Allowed role=Role::Admin>
            <section class="card pad">
                <h2>{title}</h2>
                <p class="faint">"It signs as v1a, beside the secret. The receiver has its public half only, which signs nothing."</p>
                <Form change=change>
                    {of(project, endpoint)}
                    <Field name="overlap_hours" label="A key before it goes on signing">
                        <Select name="overlap_hours">{overlaps()}</Select>
                    </Field>
                    <button class="button">{button}</button>
                </Form>
            </section>
        </Allowed>
    }
    .into_any()
}
