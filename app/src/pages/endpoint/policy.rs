//! How an endpoint wants to be delivered to, where that differs from the default.

#![allow(clippy::too_many_arguments, reason = "a form's fields become the arguments of its server function")]

use leptos::prelude::*;
use porchlight_domain::id::{EndpointId, ProjectId};
use porchlight_domain::webhook::Endpoint;

use super::forms::of;
#[cfg(feature = "ssr")]
use crate::access::{Role, require_in};
use crate::error::AppResult;
#[cfg(feature = "ssr")]
use crate::pages::settings::count;
use crate::ui::change::{Change, Form};
use crate::ui::form::{Check, Field, typed};
#[cfg(feature = "ssr")]
use crate::ui::once::Once;

/// Changes the policy as a whole; what is blank has its default.
#[server]
pub async fn save_policy(
    project: ProjectId,
    endpoint: EndpointId,
    #[server(default)] retry_after: String,
    #[server(default)] max_age_seconds: String,
    #[server(default)] timeout_seconds: String,
    #[server(default)] max_per_second: String,
    #[server(default)] concurrency: String,
    #[server(default)] ordered_per_user: bool,
    #[server(default)] signed_receipts: bool,
    #[server(default)] enforcement_probes: bool,
    #[server(default)] observer: bool,
) -> AppResult<()> {
    use porchlight_domain::webhook::{EndpointChange, Policy, store};
    let by = require_in(Role::Admin, project).await?;
    let policy = Policy {
        retry_after_seconds: delays(&retry_after)?,
        max_age_seconds: count("max_age_seconds", &max_age_seconds)?,
        timeout_seconds: count("timeout_seconds", &timeout_seconds)?,
        max_per_second: count("max_per_second", &max_per_second)?,
        concurrency: count("concurrency", &concurrency)?,
        ordered_per_user,
        signed_receipts,
        observer,
        enforcement_probes,
    };
    let change = EndpointChange { policy: Some(policy), ..EndpointChange::default() };
    store::update(by.db(), &by.actor(), project, endpoint, change, by.now()).await?;
    Once::Said("The delivery policy is saved.".to_owned()).leave(&by)
}

/// `5, 300, 1800`; blank is the default, `never` is no retry.
#[cfg(feature = "ssr")]
fn delays(typed: &str) -> AppResult<Option<Vec<u32>>> {
    match typed.trim() {
        "" => Ok(None),
        "never" => Ok(Some(Vec::new())),
        typed => {
            let delays = typed.split([',', ' ']).filter(|part| !part.is_empty()).map(str::parse);
            let wrong = |_| {
                porchlight_domain::Error::invalid(
                    "retry_after_seconds",
                    "must be seconds, separated by commas, or “never”",
                )
            };
            Ok(Some(delays.collect::<Result<_, _>>().map_err(wrong)?))
        }
    }
}

/// The form.
#[component]
pub(super) fn Overrides(project: ProjectId, endpoint: Endpoint, change: Change) -> impl IntoView {
    let policy = endpoint.policy;
    let number = |name: &str, value: Option<u32>| typed(name).or(value.map(|value| value.to_string()));
    let delays = policy.retry_after_seconds.map(|delays| match delays.as_slice() {
        [] => "never".to_owned(),
        delays => delays.iter().map(u32::to_string).collect::<Vec<_>>().join(", "),
    });
    view! {
        <section class="card pad">
            <h2>"Delivery policy"</h2>
            <Form change=change>
                {of(project, endpoint.id)}
                <Field name="retry_after_seconds" label="Retry after, in seconds" hint="After the first, second, … failed attempt; “never”: no retry. Blank: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h.">
                    <input name="retry_after" maxlength="300" placeholder="5, 300, 1800, 7200" value=typed("retry_after").or(delays)/>
                </Field>
                <div class="fields">
                    <Field name="max_age_seconds" label="Oldest message, in seconds" hint="Older ones are not tried again.">
                        <input type="number" name="max_age_seconds" min="60" max="2592000" placeholder="no limit" value=number("max_age_seconds", policy.max_age_seconds)/>
                    </Field>
                    <Field name="timeout_seconds" label="Time to answer, in seconds">
                        <input type="number" name="timeout_seconds" min="1" max="30" placeholder="15" value=number("timeout_seconds", policy.timeout_seconds)/>
                    </Field>
                    <Field name="max_per_second" label="Requests a second, at most">
                        <input type="number" name="max_per_second" min="1" max="10000" placeholder="no limit" value=number("max_per_second", policy.max_per_second)/>
                    </Field>
                    <Field name="concurrency" label="Requests at once, at most">
                        <input type="number" name="concurrency" min="1" max="256" placeholder="32" value=number("concurrency", policy.concurrency)/>
                    </Field>
                </div>
                <Check
                    name="ordered_per_user"
                    checked=policy.ordered_per_user
                    label="A user’s messages arrive in their order"
                    hint="A later one waits until the earlier one was delivered or given up. An order to end sessions waits for none."
                />
                <Check
                    name="signed_receipts"
                    checked=policy.signed_receipts
                    label="Receipts must be signed"
                    hint="An order counts as carried out only by a receipt that the application signed with a secret of this endpoint; an unsigned one is kept as refused. The JavaScript client signs its receipts."
                />
                <Check
                    name="observer"
                    checked=policy.observer
                    label="It only listens"
                    hint="For a SIEM or a chat, which ends no sessions. It gets the messages, but its answer does not acknowledge an order, and its receipts are refused."
                />
                <Check
                    name="enforcement_probes"
                    checked=policy.enforcement_probes
                    label="Probes of a new secret ask as well whether it verifies"
                    hint="Where the receiver accepts the new secret, a message without data and signed wrong follows. Only if it refuses that is it known to have the new secret."
                />
                <button class="button primary">"Save policy"</button>
            </Form>
        </section>
    }
    .into_any()
}
