//! What an endpoint should have had since a moment: counted first, then sent again.

use leptos::prelude::*;
use porchlight_domain::id::{EndpointId, ProjectId};
use porchlight_domain::webhook::{MessageType, ReplayScope};
#[cfg(feature = "ssr")]
use porchlight_domain::{Error, Timestamp, webhook::EndpointState};
use serde::{Deserialize, Serialize};

use super::forms::of;
#[cfg(feature = "ssr")]
use crate::access::{Access, Role, redirect, require_in};
#[cfg(feature = "ssr")]
use crate::error::AppError;
use crate::error::AppResult;
use crate::format;
use crate::layout::project_path;
#[cfg(feature = "ssr")]
use crate::pages::deliveries::again;
use crate::ui::change::{Change, Form};
use crate::ui::filter_bar::filter;
use crate::ui::form::Field;
use crate::ui::loaded::loaded;
#[cfg(feature = "ssr")]
use crate::ui::once::Once;
use crate::ui::read::{Json, Read, use_read};

/// What counting found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Counted {
    /// What would be sent again.
    Found(Recovery),
    /// What was asked cannot be: why, in words.
    Refused(String),
}

/// What is asked for, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Messages published from then on …
    pub since: String,
    /// … and before then; blank: until now.
    pub until: String,
    /// Only of this type; blank: of any.
    pub kind: String,
    /// Also what was delivered.
    pub delivered: bool,
    /// So many a second; blank: as always.
    pub rate: String,
}

/// What would be sent again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovery {
    /// As it was asked for.
    pub terms: Terms,
    /// What that is, read.
    pub scope: ReplayScope,
    /// New deliveries a second.
    pub rate: u32,
    /// So many.
    pub messages: i64,
    /// Nothing is sent to it now.
    pub is_disabled: bool,
}

pub(super) type Asked = Read<Option<Counted>>;

#[cfg(feature = "ssr")]
impl Terms {
    /// Reads what was typed; each complaint names its field.
    fn read(&self, endpoint: EndpointId) -> Result<(ReplayScope, u32), Error> {
        use porchlight_domain::webhook::replay::checked_rate;
        let moment = |field, text: &str| match Timestamp::parse(text) {
            None if text.trim().is_empty() => Ok(None),
            None => Err(Error::invalid(field, "must be a date, or a date and a time (UTC)")),
            at => Ok(at),
        };
        let since = moment("since", &self.since)?;
        let since = since.ok_or_else(|| Error::invalid("since", "must be given"))?;
        let r#type = match self.kind.trim() {
            "" => None,
            kind => Some(kind.parse()?),
        };
        let rate = match self.rate.trim() {
            "" => None,
            rate => Some(rate.parse().map_err(|_| Error::invalid("rate", "must be a whole number"))?),
        };
        let (until, delivered) = (moment("until", &self.until)?, self.delivered);
        Ok((ReplayScope::Since { endpoint, since, until, r#type, delivered }, checked_rate(rate)?))
    }
}

/// Counts what would be sent again since a moment; nothing where none is asked about.
#[server(input = Json)]
pub async fn count_recovery(
    project: ProjectId,
    endpoint: EndpointId,
    terms: Option<Terms>,
) -> AppResult<Option<Counted>> {
    let by = require_in(Role::Viewer, project).await?;
    let Some(terms) = terms else { return Ok(None) };
    match count(&by, project, endpoint, terms).await {
        Ok(found) => Ok(Some(Counted::Found(found))),
        Err(Error::Invalid(fields)) => Ok(Some(Counted::Refused(AppError::Invalid(fields).to_string()))),
        Err(error) => Err(error.into()),
    }
}

#[cfg(feature = "ssr")]
async fn count(
    by: &Access,
    project: ProjectId,
    endpoint: EndpointId,
    terms: Terms,
) -> Result<Recovery, Error> {
    use porchlight_domain::webhook::store::{get, replays};
    let is_disabled = get(by.db(), project, endpoint).await?.state == EndpointState::Disabled;
    let (scope, rate) = terms.read(endpoint)?;
    let messages = replays::count(by.db(), project, scope.clone(), by.now()).await?;
    Ok(Recovery { terms, scope, rate, messages, is_disabled })
}

/// Sends it again, as a job that resumes whatever happens.
#[server]
pub async fn recover_endpoint(
    project: ProjectId,
    endpoint: EndpointId,
    since: String,
    #[server(default)] until: String,
    #[server(default)] kind: String,
    #[server(default)] delivered: bool,
    #[server(default)] rate: String,
) -> AppResult<()> {
    let by = require_in(Role::Admin, project).await?;
    let (scope, rate) = Terms { since, until, kind, delivered, rate }.read(endpoint)?;
    let start = porchlight_domain::webhook::store::replays::start;
    let job = start(by.db(), &by.actor(), project, scope, rate, by.now()).await?;
    redirect(&project_path(project, "deliveries"));
    Once::Said(again(&job)).leave(&by)
}

/// What the URL asks for; None: nothing yet.
fn terms() -> Option<Terms> {
    let text = |name| filter(name).unwrap_or_default();
    Some(Terms {
        since: filter("since")?,
        until: text("until"),
        kind: text("kind"),
        delivered: filter("delivered").is_some(),
        rate: text("rate"),
    })
}

/// Reads what the URL asks for.
pub(super) fn read(project: Memo<ProjectId>, endpoint: Memo<EndpointId>) -> Asked {
    use_read(move || CountRecovery { project: project.get(), endpoint: endpoint.get(), terms: terms() })
}

/// The forms: one asks, which changes nothing, the other sends.
pub(super) fn section(project: ProjectId, endpoint: EndpointId, asked: Asked, change: Change) -> AnyView {
    let page = project_path(project, &format!("webhooks/{endpoint}"));
    let now = untrack(terms).unwrap_or_default();
    let kinds = MessageType::ALL.map(|kind| {
        let name = kind.as_str();
        view! { <option value=name selected={now.kind == name}>{name}</option> }
    });
    view! {
        <section class="card pad recover" id="recover">
            <h2>"Recover"</h2>
            <p class="faint">"What it should have had and has not: what failed, was cancelled, or came while it was disabled. It is counted first; nothing is sent before you say so."</p>
            <form method="get" action=format!("{page}#recover") class="stack">
                <div class="fields">
                    <Field label="Since (UTC)">
                        <input type="datetime-local" name="since" required value=now.since/>
                    </Field>
                    <Field label="Until (UTC)" hint="Blank: until now.">
                        <input type="datetime-local" name="until" value=now.until/>
                    </Field>
                    <Field label="Only messages of type">
                        <select name="kind"><option value="">"any"</option>{kinds}</select>
                    </Field>
                    <Field label="A second, at most" hint="Blank: 500.">
                        <input type="number" name="rate" min="1" max="10000" placeholder="500" value=now.rate/>
                    </Field>
                </div>
                <label class="check">
                    <input type="checkbox" name="delivered" value="true" checked=now.delivered/>
                    <span><span class="check-label">"Also what was delivered: the receiver lost it"</span></span>
                </label>
                <button class="button">"Count"</button>
            </form>
            {loaded(asked, move |counted| match counted {
                None => ().into_any(),
                Some(Counted::Found(found)) => send(found, project, endpoint, change),
                Some(Counted::Refused(why)) => view! { <p class="notice" data-tone="bad" role="alert">{why}</p> }.into_any(),
            })}
        </section>
    }
    .into_any()
}

fn send(found: Recovery, project: ProjectId, endpoint: EndpointId, change: Change) -> AnyView {
    let messages = format::count(found.messages, "message", "messages");
    let first = if found.is_disabled { " Enable the endpoint first." } else { "" };
    let text = format!("{messages} {} would be sent again. Nothing is sent yet.{first}", told(&found.scope));
    let terms = found.terms;
    let fields = [("since", terms.since), ("until", terms.until), ("kind", terms.kind), ("rate", terms.rate)];
    let fields = fields.map(|(name, value)| view! { <input type="hidden" name=name value=value/> });
    let go = (found.messages > 0 && !found.is_disabled).then(|| {
        view! {
            <Form change=change>
                {of(project, endpoint)}
                {fields}
                {terms.delivered.then(|| view! { <input type="hidden" name="delivered" value="true"/> })}
                <button class="button primary">{format!("Send {messages} again")}</button>
                <span class="field-hint">{format!("At most {} a second.", format::number(found.rate.into()))}</span>
            </Form>
        }
    });
    view! { <p role="status">{text}</p>{go} }.into_any()
}

/// Which messages: `since …`, `of type … since … until …`.
fn told(scope: &ReplayScope) -> String {
    let ReplayScope::Since { since, until, r#type, .. } = scope else { return String::new() };
    let kind = r#type.map(|kind| format!("of type {} ", kind.as_str())).unwrap_or_default();
    let until = until.map(|until| format!(" until {} UTC", until.human())).unwrap_or_default();
    format!("{kind}since {} UTC{until}", since.human())
}
