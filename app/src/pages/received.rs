//! `/p/{project}/inbound/{source}/{received}`: one inbound webhook: what its signature is worth and why, what it asked
//! for, what became of that, and how it came.

mod signature;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use porchlight_domain::Timestamp;
use porchlight_domain::id::{InboundId, ProjectId, SourceId, UserKey};
use porchlight_domain::inbound::{Inbound, Obedience, Source, Status, Which};
use porchlight_domain::revocation::Revocation;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::access::{Role, require_in};
use crate::error::AppResult;
use crate::format;
use crate::layout::{project_path, use_project};
use crate::pages::inbound::received::{done, mark, sentence};
use crate::ui::copy::Snippet;
use crate::ui::loaded::loaded;
use crate::ui::orders::{Watch, ordered_sessions};
use crate::ui::read::{Json, use_read};
use crate::ui::table::Facts;
use crate::ui::time::Time;

/// An inbound webhook with what is known of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReceivedFile {
    /// The webhook.
    pub inbound: Inbound,
    /// Who is said to have sent it.
    pub source: Source,
    /// What its body asks for, if that is anything.
    pub asked: Option<Asked>,
    /// The order it led to, with each session's state.
    pub order: Option<Revocation>,
}

/// An order in a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Whose sessions, by the application's id.
    pub user_id: String,
    /// That user, if one is known.
    pub user: Option<UserKey>,
    /// Which sessions.
    pub sessions: Which,
    /// Of all, and all others, those that began by then.
    pub began_by: Option<Timestamp>,
    /// Why, by the sender's word.
    pub reason: Option<String>,
}

/// One inbound webhook.
#[server(input = Json)]
pub async fn get_received(
    project: ProjectId,
    source: SourceId,
    received: InboundId,
) -> AppResult<ReceivedFile> {
    use porchlight_domain::inbound::{Wanted, store, wanted};
    use porchlight_domain::{Error, revocation, user, webhook};
    let by = require_in(Role::Viewer, project).await?;
    let db = by.db();
    let mut inbound = store::by_id(db, project, received).await?;
    if inbound.source_id != source {
        return Err(Error::NotFound.into());
    }
    let asked = match wanted(inbound.body.as_bytes()) {
        Wanted::Nothing(_) | Wanted::Unclear(_) => None,
        Wanted::End { user_id, sessions, began_by, reason } => {
            let user = user::store::by_id(db, project, &user_id).await.ok().map(|user| user.key);
            Some(Asked { user_id, user, sessions, began_by, reason })
        }
    };
    let order = match inbound.revocation_id {
        Some(id) => revocation::store::get(db, project, id).await.ok().map(|dossier| dossier.revocation),
        None => None,
    };
    if by.operator.role < Role::Admin {
        inbound.body = webhook::without_receipt_token(&inbound.body);
    }
    Ok(ReceivedFile { source: store::get(db, project, source).await?, inbound, asked, order })
}

/// The page.
#[component]
pub fn ReceivedPage() -> impl IntoView {
    let (project, params) = (use_project(), use_params_map());
    let source = Memo::new(move |_| {
        params.with(|params| params.get("source")).and_then(|id| id.parse().ok()).unwrap_or(SourceId(0))
    });
    let received = Memo::new(move |_| {
        params.with(|params| params.get("received")).and_then(|id| id.parse().ok()).unwrap_or(InboundId(0))
    });
    let read = use_read(move || GetReceived {
        project: project.get(),
        source: source.get(),
        received: received.get(),
    });
    let watch = Watch::over(read);
    view! {
        <Title text="Inbound webhook"/>
        {loaded(read, move |file| show(file, project.get_untracked(), watch))}
    }
}

fn show(file: ReceivedFile, project: ProjectId, watch: Watch) -> AnyView {
    let ReceivedFile { inbound, source, asked, order } = file;
    let back = project_path(project, &format!("inbound/{}", source.id));
    let outcome = match inbound.status {
        Status::Valid if inbound.outcome == Some(Obedience::CouldNot) => {
            view! { <p class="notice" data-tone="warn">"It was not obeyed. "{sentence(&inbound.reason)}"."</p> }.into_any()
        }
        Status::Valid => view! { <p class="faint">{sentence(&inbound.reason)}</p> }.into_any(),
        _ => signature::advice(&inbound, &source),
    };
    view! {
        <header class="page-head">
            <div>
                <a class="back" href=back>{source.name.clone()}</a>
                <h1>"Inbound webhook"</h1>
                <p class="badges">{mark(inbound.status)}{done(&inbound)}<span class="faint">"received "<Time at=inbound.received_at/></span></p>
            </div>
        </header>
        {outcome}
        {watch.look(&order)}
        <div class="columns">
            <div>
                {wish(asked, &inbound, project)}
                {order.map(|order| ordered_sessions("The order it led to", order, project))}
                {as_sent(&inbound)}
            </div>
            <div>
                <section class="card pad"><h2>"Signature"</h2>{signature::facts(&inbound, &source)}</section>
            </div>
        </div>
    }
    .into_any()
}

/// What it asked for, whether that was done or not.
fn wish(asked: Option<Asked>, inbound: &Inbound, project: ProjectId) -> AnyView {
    let body = match asked {
        Some(asked) => {
            let user = match asked.user {
                Some(key) => {
                    let page = project_path(project, &format!("users/{key}"));
                    view! { <a href=page><code>{asked.user_id}</code></a> }.into_any()
                }
                None => view! { <code>{asked.user_id}</code>" "<span class="faint">"not known here"</span> }
                    .into_any(),
            };
            let mut facts = vec![("User", user), ("Sessions to end", which(asked.sessions))];
            facts.extend(asked.began_by.map(|at| ("That began by", view! { <Time at=at/> }.into_any())));
            facts.extend(asked.reason.map(|reason| ("Because", reason.into_any())));
            view! { <Facts facts=facts/> }.into_any()
        }
        None if inbound.is_gone() => view! { <p class="faint">"What it asked for is no longer kept."</p> }.into_any(),
        None if inbound.is_cut() => {
            view! { <p class="faint">"Only its beginning is kept: too little to read what it asks for."</p> }.into_any()
        }
        None if inbound.outcome == Some(Obedience::CouldNot) => {
            view! { <p class="faint">"It cannot be told: "{inbound.reason.clone()}"."</p> }.into_any()
        }
        None => view! {
            <p class="faint">"Nothing. To end sessions it says "<code>"session.revocation.requested"</code>" with a user and sessions, or "<code>"was_user: false"</code>" as ThisData did."</p>
        }
        .into_any(),
    };
    view! { <section class="card pad"><h2>"What it asks for"</h2>{body}</section> }.into_any()
}

/// In words, each session by its id.
fn which(sessions: Which) -> AnyView {
    match sessions {
        Which::All => "all".into_any(),
        Which::Listed(ids) if ids.is_empty() => "none".into_any(),
        Which::Listed(ids) => codes(ids),
        Which::Others(ids) => view! { "all but "{codes(ids)} }.into_any(),
    }
}

/// `a, b, c`
fn codes(ids: Vec<String>) -> AnyView {
    let one = |(place, id)| view! { {(place > 0).then_some(", ")}<code>{id}</code> };
    ids.into_iter().enumerate().map(one).collect_view().into_any()
}

/// Headers and body, as they came.
fn as_sent(inbound: &Inbound) -> AnyView {
    if inbound.is_gone() {
        return view! {
            <section class="card pad">
                <h2>"As sent"</h2>
                <p class="faint">"Its headers and its body are no longer kept: the project keeps events for a time, and what came with them. That it came stays, so that it is known again."</p>
            </section>
        }
        .into_any();
    }
    let headers: String = inbound.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    let headers = match headers.is_empty() {
        true => view! { <p class="faint">"None of those that are kept: signature, time, id, content type, user agent."</p> }.into_any(),
        false => view! { <Snippet text=headers label="The headers"/> }.into_any(),
    };
    let body = match inbound.body.is_empty() {
        true => view! { <p class="faint">"Empty."</p> }.into_any(),
        false => {
            view! { <Snippet text=format::pretty_json(&inbound.body) label="The body, indented for reading"/> }
                .into_any()
        }
    };
    let bytes = (!inbound.body.is_empty()).then(|| {
        view! {
            <details class="more">
                <summary>"The bytes that came"</summary>
                <Snippet text=inbound.body.clone() label="The body, as it came"/>
            </details>
        }
    });
    view! {
        <section class="card pad">
            <h2>"Headers"</h2>
            {headers}
            <h2>"Body"</h2>
            {inbound.is_cut().then(|| view! { <p class="faint">"Its beginning: 16 KiB are kept."</p> })}
            {body}
            {bytes}
        </section>
    }
    .into_any()
}
