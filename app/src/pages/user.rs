//! `/p/{project}/users/{user}`: one user, what they usually do, their sessions, their timeline.

mod frozen;
mod sessions;
mod timeline;

use std::collections::{BTreeMap, BTreeSet};

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use porchlight_domain::alert::{Alert, Unclosed};
use porchlight_domain::event::Event;
use porchlight_domain::id::{ProjectId, UserKey};
use porchlight_domain::operator::Role;
use porchlight_domain::page::Page;
use porchlight_domain::profile::Usual;
use porchlight_domain::question::Question;
use porchlight_domain::revocation::{Revocation, Scope};
use porchlight_domain::risk::Level;
use porchlight_domain::session::{Began, Session};
use porchlight_domain::user::User;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::access::require_in;
use crate::error::AppResult;
use crate::format;
use crate::layout::{Allowed, use_project};
use crate::ui::alert_table::alert_table;
use crate::ui::badge::{Tone, badge};
use crate::ui::change::{Change, Failure, Form, changes, use_change};
use crate::ui::form::Confirm;
use crate::ui::habits::habits;
use crate::ui::loaded::loaded;
#[cfg(feature = "ssr")]
use crate::ui::orders::name_initiators;
use crate::ui::orders::{Watch, orders};
use crate::ui::pager::cursor;
use crate::ui::read::{Json, use_read};
use crate::ui::time::Time;
use frozen::UnfreezeUser;
use sessions::{RevokeSession, RevokeSessions};

/// A user with everything that is kept of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserFile {
    /// The user.
    pub user: User,
    /// What they usually do.
    pub usual: Usual,
    /// The "no" that stops all learning, while it does.
    pub denial: Option<Question>,
    /// Their live sessions, the last seen first.
    pub live: Page<Session>,
    /// The logins that began these.
    pub began: BTreeMap<String, Began>,
    /// Those of their latest sessions that have ended.
    pub ended: Vec<Session>,
    /// A page of their events.
    pub events: Page<Event>,
    /// Their latest alerts.
    pub alerts: Vec<Alert>,
    /// All of their alerts that are not closed.
    pub unclosed: Unclosed,
    /// The latest orders to end their sessions.
    pub orders: Vec<Revocation>,
}

/// One user.
#[server(input = Json)]
pub async fn get_user(project: ProjectId, user: UserKey, cursor: Option<String>) -> AppResult<UserFile> {
    use porchlight_domain::alert::{self, AlertFilter};
    use porchlight_domain::event::{self, EventFilter};
    use porchlight_domain::page::Paging;
    use porchlight_domain::revocation::{self, RevocationFilter};
    use porchlight_domain::{profile, question, session, user as users};
    let by = require_in(Role::Viewer, project).await?;
    let (db, few, live) = (by.db(), Paging::new(None, Some(10)), Some(session::State::Live));
    let events = EventFilter { user: Some(user), ..EventFilter::default() };
    let alerts = AlertFilter { user: Some(user), ..AlertFilter::default() };
    let orders = RevocationFilter { user: Some(user), ..RevocationFilter::default() };
    let mut ended =
        session::store::list_for_user(db, project, user, None, Paging::default(), by.now()).await?.rows;
    ended.retain(|session| session.state != session::State::Live);
    let mut orders = revocation::store::list(db, project, &orders, few).await?.rows;
    name_initiators(&by, project, &mut orders).await?;
    let usual = profile::store::usual(db, project, user, by.now()).await?;
    let denial = match usual.frozen {
        Some(_) => question::store::denial(db, project, user).await?,
        None => None,
    };
    Ok(UserFile {
        user: users::store::get(db, project, user).await?,
        usual,
        denial,
        live: session::store::list_for_user(db, project, user, live, Paging::default(), by.now()).await?,
        began: session::store::began(db, project, user).await?,
        ended,
        events: event::store::list(db, project, &events, Paging::read(cursor.as_deref(), None)?).await?,
        alerts: alert::store::list(db, project, &alerts, few).await?.rows,
        unclosed: alert::store::unclosed(db, project, user).await?,
        orders,
    })
}

/// What the page's forms do.
#[derive(Clone, Copy)]
struct Acts {
    one: Change,
    many: Change,
    unfreeze: Change,
    /// The sessions that are ticked.
    selected: RwSignal<BTreeSet<String>>,
}

/// The page.
#[component]
pub fn UserPage() -> impl IntoView {
    let (project, params) = (use_project(), use_params_map());
    let key = Memo::new(move |_| {
        params.with(|params| params.get("user")).and_then(|key| key.parse().ok()).unwrap_or(UserKey(0))
    });
    let file = use_read(move || GetUser { project: project.get(), user: key.get(), cursor: cursor() });
    let watch = Watch::over(file);
    let acts = Acts {
        one: use_change::<RevokeSession>(),
        many: use_change::<RevokeSessions>(),
        unfreeze: use_change::<UnfreezeUser>(),
        selected: RwSignal::new(BTreeSet::new()),
    };
    Effect::new(move || {
        changes();
        acts.selected.update(BTreeSet::clear);
    });
    view! {
        <Title text="User"/>
        {[acts.one, acts.many, acts.unfreeze].map(|change| view! { <Failure change=change/> }).collect_view()}
        {loaded(file, move |file| show(file, project.get_untracked(), watch, acts))}
    }
}

fn show(file: UserFile, project: ProjectId, watch: Watch, acts: Acts) -> AnyView {
    let UserFile { user, usual, denial, live, began, ended, events, alerts, unclosed, orders: given } = file;
    view! {
        // The worst that nobody vouched for, and of their own alerts that are not closed.
        {head(&user, user.level.max(unclosed.level), project, acts.many)}
        {watch.look(&given)}
        {usual.frozen.map(|since| frozen::notice(since, denial, project, user.key, acts.unfreeze))}
        {tiles(&user, &live, unclosed.number)}
        <section class="card pad usually">
            <h2>"Usually"</h2>
            {habits(usual)}
        </section>
        {sessions::card(live, &began, ended, &user, project, acts)}
        {(!alerts.is_empty()).then(|| view! {
            <section class="card">
                <h2 class="card-title">"Alerts"</h2>
                {alert_table("This user’s alerts", project, alerts)}
            </section>
        })}
        {(!given.is_empty()).then(|| view! {
            <section class="card">
                <h2 class="card-title">"Orders to end sessions"</h2>
                {orders("Orders to end this user’s sessions", project, given)}
            </section>
        })}
        {timeline::card(events, &user, project)}
    }
    .into_any()
}

fn head(user: &User, level: Level, project: ProjectId, many: Change) -> AnyView {
    let (key, id) = (user.key, (user.label() != user.id).then(|| user.id.clone()));
    let contact = [user.email.clone(), user.mobile.clone()]
        .into_iter()
        .flatten()
        .map(|contact| format!(" · {contact}"));
    view! {
        <header class="page-head">
            <div>
                <Title text=format!("{} · Users", user.label())/>
                <h1>{user.label().to_owned()}" "{badge(Tone::from(level), level.as_str())}</h1>
                <p class="faint"><code>{id.unwrap_or_else(|| user.id.clone())}</code>{contact.collect_view()}</p>
            </div>
            <Allowed role=Role::Analyst>
                <Confirm label="Sign out everywhere…" warning="Every live session of this user is ordered ended; where Porchlight knows of none, all that the application has. They must sign in again on all devices.">
                    <Form change=many quiet=true>
                        <input type="hidden" name="project" value=project.to_string()/>
                        <input type="hidden" name="user" value=key.to_string()/>
                        <input type="hidden" name="scope" value=Scope::All.as_str()/>
                        <button class="button danger">"Sign out everywhere"</button>
                    </Form>
                </Confirm>
            </Allowed>
        </header>
    }
    .into_any()
}

fn tiles(user: &User, live: &Page<Session>, unclosed: i64) -> AnyView {
    let more = if live.next.is_some() { "+" } else { "" };
    let live = live.rows.len();
    let tile = |name: &'static str, value: AnyView| view! { <div class="card tile"><dt class="tile-name">{name}</dt><dd>{value}</dd></div> };
    view! {
        <dl class="tiles">
            {tile("Last seen", view! { <Time at=user.last_seen_at/> }.into_any())}
            {tile("First seen", view! { <Time at=user.first_seen_at/> }.into_any())}
            {tile("Events", format::number(user.events).into_any())}
            {tile("Live sessions", format!("{live}{more}").into_any())}
            {tile("Open alerts", format::number(unclosed).into_any())}
        </dl>
    }
    .into_any()
}
