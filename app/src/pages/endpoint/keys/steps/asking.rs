//! The later steps: the receiver is asked whether it has the new secret, and the old one ends.

use leptos::prelude::*;
use porchlight_domain::id::{EndpointId, ProjectId};
use porchlight_domain::webhook::{Probe, ProbeKind, Readiness};

use super::super::super::forms::of;
use super::Rotation;
use crate::access::Role;
use crate::layout::Allowed;
use crate::ui::badge::{Tone, badge};
use crate::ui::change::{Change, Form};
use crate::ui::deliveries::mark_of_ready;
use crate::ui::form::Confirm;
use crate::ui::time::{Time, time_or};

/// Asks, and says what came of it.
pub(super) fn probe(rotation: &Rotation, change: Change) -> AnyView {
    let explained = view! { <p class="faint">"A message without data, signed by the new secret alone. One that accepts anything accepts that as well: only where a second message, signed wrong, is refused is it known to have the new secret."</p> };
    let found = rotation.probe.as_ref().filter(|probe| rotation.is_under_way() || probe.verdict.is_some());
    let found = found.map(|probe| answer(probe, rotation.asking));
    if !rotation.is_under_way() {
        return view! { {explained}{found} }.into_any();
    }
    let (whose, enforces) = ((rotation.project, rotation.endpoint), rotation.enforces);
    view! {
        {explained}
        {found}
        <Allowed role=Role::Admin>
            <div class="actions">
                {(!enforces).then(|| ask(whose, change, Some(true), "Is it ready, and does it verify?"))}
                {ask(whose, change, None, "Is it ready?")}
            </div>
        </Allowed>
    }
    .into_any()
}

/// A button that asks. `wrong`: whether a message signed wrong follows; None: as the endpoint's policy says.
fn ask(
    (project, endpoint): (ProjectId, EndpointId),
    change: Change,
    wrong: Option<bool>,
    label: &'static str,
) -> AnyView {
    let wrong = wrong.map(|wrong| view! { <input type="hidden" name="wrong" value=wrong.to_string()/> });
    view! {
        <Form change=change quiet=true>
            {of(project, endpoint)}
            <input type="hidden" name="kind" value=ProbeKind::Ready.as_str()/>
            {wrong}
            <button class="button">{label}</button>
        </Form>
    }
    .into_any()
}

/// What the receiver said, or when it is asked.
fn answer(probe: &Probe, asking: bool) -> AnyView {
    let (tone, word) = match probe.readiness() {
        Some(readiness) => mark_of_ready(readiness),
        None if asking => (Tone::Warn, "being asked"),
        None => (Tone::Neutral, "not asked yet"),
    };
    let text = match (probe.finding(), asking) {
        (Some(finding), _) => format!("{finding} {}", probe.detail.clone().unwrap_or_default()),
        (None, true) => "It is on its way.".to_owned(),
        (None, false) => "It is asked by itself in time before the old secret ends.".to_owned(),
    };
    view! { <p role="status" class="badges">{badge(tone, word)}<Time at=probe.due_at/><span>{text}</span></p> }
        .into_any()
}

/// What it means to retire the old secret now.
fn warning(readiness: Option<Readiness>) -> &'static str {
    match readiness {
        Some(Readiness::Proven) => "The receiver has the new secret. From now on that alone signs.",
        Some(Readiness::Unverifying) => {
            "The receiver accepts anything, so nothing shows that it has the new secret: once it verifies, it may refuse all that comes."
        }
        Some(Readiness::Unproven) => {
            "The receiver accepted the new secret, but may accept anything: it is not known to have it."
        }
        Some(Readiness::Refused | Readiness::Unclear) | None => {
            "The receiver has not said that it knows the new secret: it may refuse all that comes from now on."
        }
    }
}

/// Ends what signed before.
pub(super) fn retire(rotation: &Rotation, change: Change) -> AnyView {
    if rotation.cut_off {
        return view! { <p class="faint">"The old secret signs no longer."</p> }.into_any();
    }
    if !rotation.is_under_way() {
        return view! { <p class="faint">"It ends by itself when its time is over, or here when the receiver is ready."</p> }
            .into_any();
    }
    let (project, endpoint) = (rotation.project, rotation.endpoint);
    let warning = warning(rotation.readiness());
    let old = rotation.old.clone().into_iter().map(move |key| {
        let (id, until) = (key.id, key.expires_at);
        view! {
            <div class="actions">
                <span><code>{key.hint}</code>" ends "{time_or(until, "when it is retired")}</span>
                <Allowed role=Role::Admin>
                    <Confirm label="Retire now…" warning=warning>
                        <Form change=change quiet=true>
                            {of(project, endpoint)}
                            <input type="hidden" name="old" value=id.to_string()/>
                            <button class="button danger">"Retire this secret"</button>
                        </Form>
                    </Confirm>
                </Allowed>
            </div>
        }
    });
    old.collect_view().into_any()
}
