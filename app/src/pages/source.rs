//! `/p/{project}/inbound/{source}`: one source, how it signs, what its signatures were worth, and its secrets.

mod forms;
mod tally;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use porchlight_domain::id::{ProjectId, SourceId};
use porchlight_domain::inbound::{Inbound, Source, SourceSecret, Tally};
use serde::{Deserialize, Serialize};

use crate::access::Role;
#[cfg(feature = "ssr")]
use crate::access::{redirect, require_in};
use crate::error::AppResult;
use crate::layout::{Allowed, project_path, use_project};
#[cfg(feature = "ssr")]
use crate::pages::inbound::new::show_secret;
use crate::pages::inbound::received::table;
#[cfg(feature = "ssr")]
use crate::pages::inbound::received::without_content;
use crate::pages::inbound::scheme::{HmacForm, formula, scheme_name};
use crate::ui::change::use_change;
use crate::ui::copy::Snippet;
use crate::ui::loaded::loaded;
#[cfg(feature = "ssr")]
use crate::ui::once::Once;
use crate::ui::read::{Json, use_read};
use crate::ui::table::{Facts, Table};
use crate::ui::time::{Time, time_or};
use forms::Changes;

/// A source with what is known of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceView {
    /// The source.
    pub source: Source,
    /// Where it sends to.
    pub url: String,
    /// What its secrets may be recognised by, newest first.
    pub secrets: Vec<SourceSecret>,
    /// What came in the last 24 hours, and in the last 30 days.
    pub tallies: [Vec<Tally>; 2],
    /// What came, newest first.
    pub received: Vec<Inbound>,
}

/// A source.
#[server(input = Json)]
pub async fn get_source(project: ProjectId, source: SourceId) -> AppResult<SourceView> {
    use porchlight_domain::inbound::{InboundFilter, store};
    use porchlight_domain::page::Paging;
    use porchlight_domain::time::DAY;
    let by = require_in(Role::Viewer, project).await?;
    let (db, now) = (by.db(), by.now());
    let found = store::get(db, project, source).await?;
    let filter = InboundFilter { source: Some(source), ..InboundFilter::default() };
    let latest = store::received(db, project, &filter, Paging::new(None, Some(10))).await?;
    Ok(SourceView {
        url: format!("{}{}", crate::pages::inbound::hooks(&by), found.slug),
        source: found,
        secrets: store::secrets(db, project, source, now).await?,
        tallies: [
            store::tally(db, project, Some(source), now.plus(-DAY)).await?,
            store::tally(db, project, Some(source), now.plus(-30 * DAY)).await?,
        ],
        received: latest.map(without_content).rows,
    })
}

/// Changes what it is called and, where it signs in a way of its own, how.
#[server]
pub async fn save_source(
    project: ProjectId,
    source: SourceId,
    name: String,
    #[server(default)] hmac: Option<HmacForm>,
) -> AppResult<()> {
    use porchlight_domain::inbound::{SourceChange, store};
    let by = require_in(Role::Admin, project).await?;
    let change = SourceChange { name: Some(name), hmac: hmac.map(HmacForm::read).transpose()? };
    let saved = store::update(by.db(), &by.actor(), project, source, change, by.now()).await;
    saved.map_err(crate::pages::inbound::scheme::as_in_the_form)?;
    Once::Said("The source is saved.".to_owned()).leave(&by)
}

/// Gives it a new secret, shown once; those before it are taken for so many hours.
#[server]
pub async fn rotate_source(
    project: ProjectId,
    source: SourceId,
    overlap_hours: i64,
    #[server(default)] secret: Option<String>,
) -> AppResult<()> {
    use porchlight_domain::inbound::store;
    let by = require_in(Role::Admin, project).await?;
    let typed = secret.filter(|secret| !secret.is_empty());
    let (actor, now) = (by.actor(), by.now());
    let (source, secret) =
        store::rotate(by.db(), &actor, project, source, typed.as_deref(), overlap_hours, now).await?;
    show_secret(&by, &source, &secret)
}

/// Deletes a source and what came from it.
#[server]
pub async fn delete_source(project: ProjectId, source: SourceId) -> AppResult<()> {
    let by = require_in(Role::Admin, project).await?;
    porchlight_domain::inbound::store::delete(by.db(), &by.actor(), project, source, by.now()).await?;
    redirect(&project_path(project, "inbound"));
    Once::Said("The source is deleted. Whatever it still sends is answered with “not found”.".to_owned())
        .leave(&by)
}

/// The page.
#[component]
pub fn SourcePage() -> impl IntoView {
    let (project, params) = (use_project(), use_params_map());
    let source = Memo::new(move |_| {
        params.with(|params| params.get("source")).and_then(|id| id.parse().ok()).unwrap_or(SourceId(0))
    });
    let read = use_read(move || GetSource { project: project.get(), source: source.get() });
    let changes = Changes {
        save: use_change::<SaveSource>(),
        rotate: use_change::<RotateSource>(),
        delete: use_change::<DeleteSource>(),
    };
    view! {
        <Title text="Source"/>
        {loaded(read, move |view| show(view, project.get_untracked(), changes))}
    }
}

fn show(view: SourceView, project: ProjectId, changes: Changes) -> AnyView {
    let SourceView { source, url, secrets: live, tallies, received } = view;
    let inbound = project_path(project, "inbound");
    let all = format!("{inbound}?source={}", source.id);
    let names = vec![(source.id, source.name.clone())];
    let list = match received.is_empty() {
        true => view! { <p class="pad faint">"Nothing came from it yet."</p> }.into_any(),
        false => table(received, &names, project),
    };
    let (edited, ended) = (source.clone(), source.id);
    view! {
        <header class="page-head">
            <div>
                <a class="back" href=inbound>"Inbound"</a>
                <Title text=format!("{} · Inbound", source.name)/>
                <h1 class="wrap">{source.name.clone()}</h1>
                <p class="faint">"Signs as "{scheme_name(source.scheme)}</p>
            </div>
        </header>
        <section class="card pad">
            <h2>"Sends to"</h2>
            <Snippet text=url label="The URL it sends to"/>
            <p class="field-hint">"What it sends is recorded, also when it is refused, with 16 KiB of its body. A body of more than 1 MiB is answered with 413 and leaves no trace."</p>
        </section>
        <div class="columns even">
            <div>
                <section class="card">
                    <h2 class="card-title">"What its signatures were worth"</h2>
                    {tally::tally(&tallies, all.clone())}
                </section>
                <section class="card">
                    <h2 class="card-title">"Secrets"</h2>
                    {secrets(live)}
                </section>
                <Allowed role=Role::Admin>{forms::rotation(project, ended, changes.rotate)}</Allowed>
            </div>
            <div>
                <section class="card pad"><h2>"About"</h2>{about(&source)}</section>
                <Allowed role=Role::Admin>{forms::settings(project, edited.clone(), changes.save)}</Allowed>
                <Allowed role=Role::Admin>{forms::end(project, ended, changes.delete)}</Allowed>
            </div>
        </div>
        <section class="card">
            <h2 class="card-title">"Latest received"<a class="button small" href=all>"All"</a></h2>
            {list}
        </section>
    }
    .into_any()
}

fn about(source: &Source) -> AnyView {
    let mut facts = vec![
        ("Scheme", scheme_name(source.scheme).into_any()),
        ("Signature", view! { <code class="wrap">{formula(source)}</code> }.into_any()),
    ];
    facts.extend(source.hmac.as_ref().and_then(|hmac| hmac.timestamp.as_ref()).is_some().then(|| {
        let seconds = source.hmac.as_ref().map_or(0, |hmac| hmac.tolerance_seconds);
        ("Its time may be off by", format!("{seconds} s").into_any())
    }));
    facts.push(("Created", view! { <Time at=source.created_at/> }.into_any()));
    facts.push(("Secret changed", time_or(source.rotated_at, "never")));
    view! { <Facts facts=facts/> }.into_any()
}

/// What it may sign with.
fn secrets(live: Vec<SourceSecret>) -> AnyView {
    let rows = live.into_iter().map(|secret| {
        view! {
            <tr role="row">
                <td role="cell" data-label="Secret"><code>{secret.hint}</code></td>
                <td role="cell" data-label="Taken since"><Time at=secret.created_at/></td>
                <td role="cell" data-label="Until">{time_or(secret.expires_at, "no end")}</td>
            </tr>
        }
    });
    view! { <Table label="Secrets" head=&["Secret", "Taken since", "Until"]>{rows.collect_view()}</Table> }
        .into_any()
}
