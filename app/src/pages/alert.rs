//! `/p/{project}/alerts/{alert}`: what happened, why it is alarming, what its user said, and what to do now.

mod actions;
mod asked;
mod closing;
mod compare;
mod happened;
mod wave;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use porchlight_domain::alert::wave::Figures;
use porchlight_domain::alert::{self, Alert};
use porchlight_domain::event::Event;
#[cfg(feature = "ssr")]
use porchlight_domain::id::UserKey;
use porchlight_domain::id::{AlertId, ProjectId};
use porchlight_domain::notice::Notice;
use porchlight_domain::operator::Role;
use porchlight_domain::profile::Usual;
use porchlight_domain::revocation::Revocation;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::access::{Access, require_in};
use crate::error::AppResult;
use crate::layout::{Allowed, project_path, use_project};
use crate::ui::alert_table::{alert_state, answer};
use crate::ui::badge::level;
use crate::ui::event_facts::event_facts;
use crate::ui::event_table::{Narrow, few_table};
use crate::ui::habits::habits;
use crate::ui::loaded::loaded;
#[cfg(feature = "ssr")]
use crate::ui::orders::name_initiators;
use crate::ui::orders::{Watch, orders};
use crate::ui::read::{Json, use_read};
use crate::ui::time::Time;
use crate::ui::why::why;
use actions::{Actions, use_actions};

/// An alert with all that helps to decide about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertFile {
    /// The alert.
    pub alert: Alert,
    /// The event that opened it, while it is kept.
    pub event: Option<Event>,
    /// The mail that asked its user; without the recipient for whoever only looks.
    pub notice: Option<Notice>,
    /// Its latest events.
    pub events: Vec<Event>,
    /// Its user's latest logins.
    pub logins: Vec<Event>,
    /// What its user usually does.
    pub usual: Option<Usual>,
    /// The orders to end sessions that it led to.
    pub orders: Vec<Revocation>,
    /// How many sessions of its user live: as many as one page shows, and whether there are more.
    pub live: (usize, bool),
    /// The order that it says did not do what it should.
    pub failed: Option<Revocation>,
    /// Of a wave of guesses: how much of it there was.
    pub wave: Option<Figures>,
}

/// One alert.
#[server(input = Json)]
pub async fn get_alert(project: ProjectId, alert: AlertId) -> AppResult<AlertFile> {
    let by = require_in(Role::Viewer, project).await?;
    let alert = porchlight_domain::alert::store::get(by.db(), project, alert).await?;
    gather(&by, project, alert).await
}

#[cfg(feature = "ssr")]
async fn gather(by: &Access, project: ProjectId, alert: Alert) -> AppResult<AlertFile> {
    use porchlight_domain::event::{EventFilter, store, verb};
    use porchlight_domain::page::Paging;
    use porchlight_domain::revocation::RevocationFilter;
    use porchlight_domain::{Error, notice, profile, revocation};
    let (db, few) = (by.db(), Paging::new(None, Some(10)));
    let event = match alert.event_id {
        Some(id) => match store::get(db, project, id).await {
            Ok(found) => Some(found.event),
            Err(Error::NotFound) => None,
            Err(error) => return Err(error.into()),
        },
        None => None,
    };
    let mut notice = match &alert.question {
        Some(question) => notice::store::for_question(db, project, question.id).await?,
        None => None,
    };
    if let Some(notice) = notice.as_mut().filter(|_| by.operator.role < Role::Analyst) {
        notice.recipient.clear();
    }
    let (mut logins, mut usual, mut live) = (Vec::new(), None, (0, false));
    if let Some(user) = &alert.user {
        let verbs = verb::TABLE
            .iter()
            .map(|known| known.name)
            .filter(|verb| verb::is_login(verb))
            .map(str::to_owned)
            .collect();
        let filter = EventFilter { user: Some(user.key), verbs, ..EventFilter::default() };
        logins = store::list(db, project, &filter, few).await?.rows;
        live = living(by, project, user.key).await?;
        usual = Some(profile::store::usual(db, project, user.key, by.now()).await?);
    }
    let gathered = EventFilter { alert: Some(alert.id), ..EventFilter::default() };
    let ordered = RevocationFilter { alert: Some(alert.id), ..RevocationFilter::default() };
    let mut orders = revocation::store::list(db, project, &ordered, few).await?.rows;
    name_initiators(by, project, &mut orders).await?;
    let failed = revocation::store::of_alert(db, project, alert.id).await?;
    let wave = porchlight_domain::alert::store::wave(db, project, alert.id, by.now()).await?;
    Ok(AlertFile {
        wave,
        failed,
        event,
        notice,
        events: store::list(db, project, &gathered, few).await?.rows,
        logins,
        usual,
        live,
        orders,
        alert,
    })
}

#[cfg(feature = "ssr")]
async fn living(by: &Access, project: ProjectId, user: UserKey) -> AppResult<(usize, bool)> {
    use porchlight_domain::page::Paging;
    use porchlight_domain::session::{State, store};
    let (live, page) = (Some(State::Live), Paging::default());
    let live = store::list_for_user(by.db(), project, user, live, page, by.now()).await?;
    Ok((live.rows.len(), live.next.is_some()))
}

/// The page.
#[component]
pub fn AlertPage() -> impl IntoView {
    let (project, params) = (use_project(), use_params_map());
    let id = Memo::new(move |_| {
        params.with(|params| params.get("alert")).and_then(|id| id.parse().ok()).unwrap_or(AlertId(0))
    });
    let file = use_read(move || GetAlert { project: project.get(), alert: id.get() });
    let (watch, actions) = (Watch::over(file), use_actions());
    view! {
        <Title text="Alert"/>
        {actions.failures()}
        {loaded(file, move |file| show(file, project.get_untracked(), watch, actions))}
    }
}

fn show(file: AlertFile, project: ProjectId, watch: Watch, actions: Actions) -> AnyView {
    let AlertFile { alert, event, notice, events, logins, usual, live, orders: given, wave, failed } = file;
    let (narrow, about) = (Narrow::new(project, Vec::new()), alert.clone());
    let has_session = event.as_ref().is_some_and(|event| event.session_id.is_some());
    let why = |event: &Event| {
        let why =
            why(event.score, &event.detail.reasons, &event.detail.account, &project_path(project, "reasons"));
        view! { <section class="card pad"><h2>"Why"</h2>{why}</section> }.into_any()
    };
    let homeless = !has_session && given.is_empty();
    // A wave is nobody's login: nobody was asked, and what was decided on its first attempt is not what it is about.
    let is_nobodys = [alert::WAVE, alert::UNOBEYED].contains(&alert.kind.as_str());
    let reasons =
        happened::card(&alert, wave.as_ref(), failed.as_ref(), project).or_else(|| event.as_ref().map(why));
    let facts = event.as_ref().filter(|_| !is_nobodys).map(|event| view! {
        <section class="card pad">
            <h2>"The event"<a class="button small" href=project_path(project, &format!("events/{}", event.id))>"Open"</a></h2>
            {event_facts(event, &narrow)}
        </section>
    });
    view! {
        {head(&alert, project)}
        {watch.look(&given)}
        <div class="columns">
            <div>
                {reasons}
                {compare::card(logins, alert.id, project)}
                {gathered(events, &alert, &narrow)}
                {(!given.is_empty()).then(|| view! {
                    <section class="card">
                        <h2 class="card-title">"Orders to end sessions"</h2>
                        {orders("Orders to end sessions because of this alert", project, given)}
                    </section>
                })}
            </div>
            <div>
                <Allowed role=Role::Analyst>{actions.card(&about, project, has_session, live)}</Allowed>
                {(!is_nobodys).then(|| asked::card(&alert, notice, homeless))}
                {facts}
                {usual.map(|usual| view! { <section class="card pad"><h2>"Usually"</h2>{habits(usual)}</section> })}
            </div>
        </div>
    }
    .into_any()
}

fn head(alert: &Alert, project: ProjectId) -> AnyView {
    let user = alert.user.as_ref().map(|user| {
        view! { <a href=project_path(project, &format!("users/{}", user.key))>{user.label().to_owned()}</a>" · " }
    });
    let by = |name: &Option<String>| name.as_ref().map(|name| format!(" by {name}"));
    let taken =
        alert.acknowledged_at.map(|at| view! { " · acknowledged "<Time at=at/>{by(&alert.acknowledged_by)} });
    let said = alert.answer().map(|_| view! { " "{answer(alert)} });
    let closed = alert.closed_at.map(|at| view! { " · closed "<Time at=at/>{by(&alert.closed_by)} });
    view! {
        <header class="page-head">
            <div>
                <Title text=format!("{} · Alerts", alert.title)/>
                <h1 class="with-level">{level(alert.level, alert.score)}<span>{alert.title.clone()}</span></h1>
                <p class="faint">{user}"alert "{alert.id.to_string()}" · opened "<Time at=alert.opened_at/>{taken}{closed}</p>
            </div>
            <div class="badges">
                {alert_state(alert)}{said}
                // Below all that tells why, where there is one column.
                <Allowed role=Role::Analyst><a class="button small jump" href="#act">"What now"</a></Allowed>
            </div>
        </header>
        {alert.note.clone().map(|note| view! { <p class="notice note">{note}</p> })}
    }
    .into_any()
}

fn gathered(events: Vec<Event>, alert: &Alert, narrow: &Narrow) -> AnyView {
    if events.len() < 2 {
        return ().into_any();
    }
    let shown = i64::try_from(events.len()).unwrap_or(i64::MAX);
    let all = alert.events;
    view! {
        <section class="card">
            <h2 class="card-title">"Its events"{(all > shown).then(|| view! { <span class="faint">{format!("the last {shown} of {all}")}</span> })}</h2>
            {few_table("Events of this alert", events, narrow)}
        </section>
    }
    .into_any()
}
