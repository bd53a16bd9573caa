//! `/p/{project}`: how things stand, what waits, and how to send the first event.

mod first_run;
mod pace;
mod standing;

use leptos::prelude::*;
use leptos_meta::Title;
use porchlight_domain::Timestamp;
use porchlight_domain::alert::{Alert, Counts};
use porchlight_domain::event::{Day, Event, Totals};
use porchlight_domain::id::{EventId, ProjectId};
use porchlight_domain::revocation::TimeToKill;
use porchlight_domain::webhook::Endpoint;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::access::{Access, Role, require_in};
use crate::error::AppResult;
use crate::layout::{project_path, use_project};
use crate::ui::alert_table::alert_table;
use crate::ui::event_table::{Narrow, event_table};
use crate::ui::loaded::loaded;
use crate::ui::read::{Json, use_read};
use first_run::FirstRun;
use pace::Back;

/// How many days are looked back upon.
#[cfg(feature = "ssr")]
const DAYS: i64 = 30;

/// A project at a glance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    /// The project's name.
    pub name: String,
    /// Where events are sent, while there is none.
    pub listening_at: Option<String>,
    /// Events by day.
    pub days: Vec<Day>,
    /// Users and unusual events.
    pub totals: Totals,
    /// Alerts that turned out to be somebody else.
    pub threats: i64,
    /// Alerts in each state.
    pub counts: Counts,
    /// Alerts opened, by day.
    pub opened: Vec<i64>,
    /// Users first seen, by day.
    pub arrived: Vec<i64>,
    /// Notices sent, by day.
    pub notices: Vec<i64>,
    /// How far back the orders were looked at.
    pub back: Back,
    /// How long they took to the confirmed end.
    pub pace: TimeToKill,
    /// The first moment of the days that are looked back upon.
    pub since: Timestamp,
    /// The first moment of today (UTC).
    pub today: Timestamp,
    /// Orders that wait for their answer.
    pub waiting_orders: i64,
    /// Orders that ended without a confirmation.
    pub failed_orders: i64,
    /// Endpoints at which nothing arrives.
    pub failing: Vec<Endpoint>,
    /// Operators whom no mail about alerts reaches.
    pub unreached: Vec<String>,
    /// The newest open alerts.
    pub waiting: Vec<Alert>,
    /// The newest unusual events.
    pub unusual: Vec<Event>,
}

/// A project at a glance.
#[server(input = Json)]
pub async fn get_overview(project: ProjectId, back: Back) -> AppResult<Overview> {
    let by = require_in(Role::Viewer, project).await?;
    let project = porchlight_domain::project::store::get(by.db(), project).await?;
    look(&by, project, back).await
}

#[cfg(feature = "ssr")]
async fn look(by: &Access, project: porchlight_domain::project::Project, back: Back) -> AppResult<Overview> {
    use porchlight_domain::alert::{self, AlertFilter, State};
    use porchlight_domain::event::{self, EventFilter};
    use porchlight_domain::page::Paging;
    use porchlight_domain::risk::Level;
    use porchlight_domain::time::DAY;
    use porchlight_domain::{notice, revocation, user, webhook};
    let (db, id, now, few) = (by.db(), project.id, by.now(), Paging::new(None, Some(5)));
    // Whole days, as a list is narrowed by: each number is that of the list it leads to.
    let today = Timestamp(now.0.div_euclid(DAY) * DAY);
    let since = today.plus((1 - DAYS) * DAY);
    let open = AlertFilter { state: Some(State::Open), ..AlertFilter::default() };
    let unusual = EventFilter { level: Some(Level::Orange), ..EventFilter::default() };
    let newest = event::store::newest(db, id).await?;
    let endpoints = webhook::store::list(db, id).await?;
    let told = &project.settings.operator_mails;
    let mut unreached = notice::store::unreached(db, id, since).await?;
    unreached.retain(|mail| told.contains(mail));
    Ok(Overview {
        unreached,
        name: project.name,
        listening_at: newest.is_none().then(|| by.state.public_url.clone()),
        days: event::store::days(db, id, DAYS, now).await?,
        totals: event::store::totals(db, id, since).await?,
        threats: alert::store::threats(db, id, since).await?,
        counts: alert::store::counts(db, id).await?,
        opened: alert::store::opened_daily(db, id, DAYS, now).await?,
        arrived: user::store::new_daily(db, id, DAYS, now).await?,
        notices: notice::store::sent_daily(db, id, DAYS, now).await?,
        back,
        pace: revocation::store::times(db, id, now.plus(-back.days() * DAY)).await?,
        since,
        today,
        waiting_orders: revocation::store::waiting(db, id).await?,
        failed_orders: revocation::store::failures(db, id, since).await?,
        failing: endpoints.into_iter().filter(Endpoint::is_silent).collect(),
        waiting: alert::store::list(db, id, &open, few).await?.rows,
        unusual: event::store::list(db, id, &unusual, few).await?.rows,
    })
}

/// The newest event of a project; the first-run page listens for it.
#[server(input = Json)]
pub async fn newest_event(project: ProjectId) -> AppResult<Option<EventId>> {
    let by = require_in(Role::Viewer, project).await?;
    Ok(porchlight_domain::event::store::newest(by.db(), project).await?.map(|event| event.id))
}

/// The page.
#[component]
pub fn OverviewPage() -> impl IntoView {
    let project = use_project();
    let overview = use_read(move || GetOverview { project: project.get(), back: Back::asked() });
    view! {
        <Title text="Overview"/>
        {loaded(overview, move |overview| show(overview, project.get_untracked()))}
    }
}

fn show(overview: Overview, project: ProjectId) -> AnyView {
    if let Some(url) = overview.listening_at {
        return view! {
            <header class="page-head"><h1>{overview.name}</h1></header>
            <FirstRun project=project url=url/>
        }
        .into_any();
    }
    view! {
        {standing::head(&overview, project)}
        {standing::troubles(&overview, project)}
        {standing::tiles(&overview, project)}
        {waiting(overview.waiting, project)}
        {unusual(overview.unusual, project)}
        {pace::card(&overview.pace, overview.back, project)}
    }
    .into_any()
}

fn waiting(alerts: Vec<Alert>, project: ProjectId) -> AnyView {
    let body = if alerts.is_empty() {
        view! { <p class="pad faint">"No alert is open."</p> }.into_any()
    } else {
        alert_table("Open alerts", project, alerts)
    };
    view! {
        <section class="card">
            <h2 class="card-title">"Alerts waiting"<a class="button small" href=project_path(project, "alerts")>"All alerts"</a></h2>
            {body}
        </section>
    }
    .into_any()
}

fn unusual(events: Vec<Event>, project: ProjectId) -> AnyView {
    let narrow = Narrow::new(project, Vec::new());
    let body = if events.is_empty() {
        view! { <p class="pad faint">"Nothing unusual yet. A user’s habits are learned from their first logins."</p> }.into_any()
    } else {
        event_table("Unusual events", events, &narrow)
    };
    view! {
        <section class="card">
            <h2 class="card-title">"Unusual events"<a class="button small" href=narrow.link("level", Some("orange"))>"All of them"</a></h2>
            {body}
        </section>
    }
    .into_any()
}
