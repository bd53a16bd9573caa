//! A new source.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use porchlight_domain::id::ProjectId;
use porchlight_domain::inbound::Scheme;
use porchlight_domain::inbound::hmac::Known;

use super::scheme::{self, HmacForm};
#[cfg(feature = "ssr")]
use crate::access::{Access, Role, redirect, require_in};
use crate::error::AppResult;
use crate::format;
#[cfg(feature = "ssr")]
use crate::layout::project_path;
use crate::ui::change::{Change, Form};
use crate::ui::filter_bar::filter;
use crate::ui::form::{Field, Select, choice, typed};
#[cfg(feature = "ssr")]
use crate::ui::once::Once;

/// Creates a source; its page shows the secret once. A blank secret: one is made.
#[server]
pub async fn create_source(
    project: ProjectId,
    name: String,
    scheme: Scheme,
    #[server(default)] hmac: HmacForm,
    #[server(default)] secret: Option<String>,
) -> AppResult<()> {
    use porchlight_domain::inbound::{NewSource, store};
    let by = require_in(Role::Admin, project).await?;
    // The fields of the other schemes are hidden, not gone: they are sent as well.
    let hmac = if scheme == Scheme::Hmac { Some(hmac.read()?) } else { None };
    let new = NewSource { name, scheme, hmac, secret: secret.filter(|secret| !secret.is_empty()) };
    let made = store::create(by.db(), &by.actor(), project, new, by.now()).await;
    let (source, secret) = made.map_err(scheme::as_in_the_form)?;
    show_secret(&by, &source, &secret)?;
    redirect(&project_path(project, &format!("inbound/{}", source.id)));
    Ok(())
}

/// Leaves a source's new secret to be shown once, with a request that tries it.
#[cfg(feature = "ssr")]
pub(in crate::pages) fn show_secret(
    by: &Access,
    source: &porchlight_domain::inbound::Source,
    secret: &porchlight_domain::signature::Secret,
) -> AppResult<()> {
    let url = format!("{}{}", super::hooks(by), source.slug);
    Once::Secret {
        title: format!("Secret of “{}”", source.name),
        advice: format!("The other system signs with it what it sends to {url}."),
        value: secret.expose().to_owned(),
        example: (source.scheme != Scheme::Hmac).then(|| example(by, source, secret, &url)),
    }
    .leave(by)
}

/// A signed request that asks for nothing.
#[cfg(feature = "ssr")]
fn example(
    by: &Access,
    source: &porchlight_domain::inbound::Source,
    secret: &porchlight_domain::signature::Secret,
    url: &str,
) -> String {
    use porchlight_domain::signature::{sign_legacy, sign_standard};
    let body = r#"{"type":"ping"}"#;
    let headers = match source.scheme {
        Scheme::Standard => {
            let (id, now) = (format!("ping_{}", source.id), by.now().seconds());
            let signature = sign_standard(secret, &id, now, body.as_bytes());
            format!(
                "  -H 'webhook-id: {id}' \\\n  -H 'webhook-timestamp: {now}' \\\n  -H 'webhook-signature: {signature}' \\\n"
            )
        }
        Scheme::ThisData => format!("  -H 'X-Signature: {}' \\\n", sign_legacy(secret, body.as_bytes())),
        // Only the other system knows how.
        Scheme::Hmac => String::new(),
    };
    format!("curl {url} \\\n  -H 'Content-Type: application/json' \\\n{headers}  -d '{body}'")
}

/// The form. Links fill it in as a well-known sender signs. Where there are sources, it opens on request.
pub(super) fn form(project: ProjectId, change: Change, open: bool) -> AnyView {
    let open = open || untrack(|| filter("as").is_some() || change.is_refused());
    view! {
        <details class="card narrow fold" id="new" open=open>
            <summary><h2>"New source"</h2></summary>
            <Form change=change>
                <input type="hidden" name="project" value=project.to_string()/>
                <Field name="name" label="Name" hint="The system that sends: it stands in the reason of what it orders.">
                    <input name="name" value=typed("name") required maxlength="100" placeholder="Fraud desk"/>
                </Field>
                {move || signs(filter("as").and_then(|name| Known::named(&name)))}
                <Field name="secret" label="Secret, if it has one already" hint="Blank: one is made, and shown once.">
                    <input type="password" name="secret" minlength="5" maxlength="256" autocomplete="off"/>
                </Field>
                <button class="button primary">"Add source"</button>
            </Form>
        </details>
    }
    .into_any()
}

/// How it signs. What the generic scheme needs is hidden by style while another one is chosen.
fn signs(known: Option<Known>) -> AnyView {
    let path = use_location().pathname.get_untracked();
    let links = Known::ALL.map(|one| {
        let page = format::query(&path, &[("as", Some(one.name()))]);
        let current = (known == Some(one)).then_some("true");
        view! { <a class="button small" href=format!("{page}#new") aria-current=current>{one.name()}</a> }
    });
    view! {
        <div class="signs">
            <Field name="scheme" label="It signs as" hint="ThisData’s signature holds no time: a webhook is told from a repeated one by its body alone.">
                <Select name="scheme">
                    {choice("standard", "Standard Webhooks: webhook-id, webhook-timestamp, webhook-signature", known.is_none())}
                    {choice("thisdata", "ThisData: X-Signature", false)}
                    {choice("hmac", "HMAC, in a way of its own: say how below", known.is_some())}
                </Select>
            </Field>
            <fieldset class="own">
                <legend>"HMAC, in a way of its own"</legend>
                <p class="badges"><span class="field-hint">"As it is done by"</span>{links.collect_view()}</p>
                {scheme::fields(known.map(Known::scheme))}
            </fieldset>
        </div>
    }
    .into_any()
}
