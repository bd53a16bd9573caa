//! `/p/{project}/revocations/{revocation}`: one order with all its evidence.

mod evidence;
mod meaning;
mod next;
mod receivers;
mod timeline;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use porchlight_domain::event::Event;
use porchlight_domain::id::{ProjectId, RevocationId};
use porchlight_domain::question::Question;
#[cfg(feature = "ssr")]
use porchlight_domain::revocation::Step;
use porchlight_domain::revocation::{Dossier, Revocation};
use porchlight_domain::webhook::Delivery;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::access::{Access, Role, require_in};
use crate::error::AppResult;
use crate::layout::{project_path, use_project};
use crate::pages::revocations::confirmed;
use crate::ui::event_table::{Narrow, event_table};
use crate::ui::loaded::loaded;
use crate::ui::orders::{Watch, given_beside, ordered_session, parts, standing, wanted_by, which};
use crate::ui::read::{Json, use_read};
use crate::ui::table::{Facts, Table};
use crate::ui::time::{Time, time_or};

/// An order, what carried it, and the question that led to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// The order with its steps and receipts.
    pub dossier: Dossier,
    /// The webhook deliveries that carried it, or told that nobody confirmed it, newest first.
    pub deliveries: Vec<Delivery>,
    /// The question whose answer led to it.
    pub question: Option<Question>,
    /// Of each session that was seen alive after it was said to be dead, the event that showed it; of so many as a page
    /// takes.
    pub alive: Vec<Event>,
    /// What to know before something is done about it.
    pub so_far: next::SoFar,
}

/// An order with all that is known of it.
#[server(input = Json)]
pub async fn get_order(project: ProjectId, revocation: RevocationId) -> AppResult<Order> {
    use porchlight_domain::page::{Cursor, MAX_LIMIT, Paging};
    use porchlight_domain::webhook::DeliveryFilter;
    use porchlight_domain::{operator, question, revocation as order, webhook};
    let by = require_in(Role::Viewer, project).await?;
    let mut dossier = order::store::get(by.db(), project, revocation).await?;
    let names = operator::store::Names::load(by.db(), project).await?;
    let initiator = &mut dossier.revocation.initiator;
    *initiator = initiator.as_deref().map(|initiator| names.of(initiator));
    dossier.steps.iter_mut().for_each(|step| step.cause = names.of(&step.cause));
    let carried = DeliveryFilter { revocation: Some(revocation), ..DeliveryFilter::default() };
    let all = Paging { after: Cursor::START, limit: MAX_LIMIT };
    let deliveries = webhook::store::list_deliveries(by.db(), project, carried, all).await?.rows;
    let questions = match dossier.revocation.alert_id {
        Some(alert) => question::store::list_for_alert(by.db(), project, alert).await?,
        None => Vec::new(),
    };
    let asked = dossier.revocation.question_id;
    let question = questions.into_iter().find(|question| Some(question.id) == asked);
    let alive = alive(&by, project, &dossier).await?;
    let so_far = so_far(&by, project, &dossier.revocation, &deliveries).await?;
    let deliveries = deliveries.into_iter().map(|one| one.seen_at(by.now())).collect();
    Ok(Order { dossier, deliveries, question, alive, so_far })
}

/// The events that contradict receipts, as far as they are still kept.
#[cfg(feature = "ssr")]
async fn alive(by: &Access, project: ProjectId, dossier: &Dossier) -> AppResult<Vec<Event>> {
    use porchlight_domain::{Error, event};
    const SHOWN: usize = 20;
    let mut events = Vec::new();
    for id in dossier.steps.iter().filter_map(Step::seen_alive).take(SHOWN) {
        match event::store::get(by.db(), project, id).await {
            Ok(found) => events.push(found.event),
            Err(Error::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(events)
}

#[cfg(feature = "ssr")]
async fn so_far(
    by: &Access,
    project: ProjectId,
    order: &Revocation,
    sent: &[Delivery],
) -> AppResult<next::SoFar> {
    use porchlight_domain::{revocation, webhook};
    let ids: Vec<_> = sent.iter().map(|one| one.id).collect();
    Ok(next::SoFar {
        tried: webhook::store::last_tried(by.db(), &ids).await?,
        alerts: revocation::store::alarms_of(by.db(), project, order).await?,
    })
}

/// The page.
#[component]
pub fn RevocationPage() -> impl IntoView {
    let (project, params) = (use_project(), use_params_map());
    let revocation = Memo::new(move |_| {
        let id = params.with(|params| params.get("revocation"));
        id.and_then(|id| id.parse().ok()).unwrap_or(RevocationId(0))
    });
    let order = use_read(move || GetOrder { project: project.get(), revocation: revocation.get() });
    let (watch, acts) = (Watch::over(order), next::use_acts());
    view! {
        <Title text="Revocation"/>
        {loaded(order, move |order| show(order, project.get_untracked(), watch, acts))}
    }
}

fn show(order: Order, project: ProjectId, watch: Watch, acts: next::Acts) -> AnyView {
    let Order { dossier, deliveries, question, alive, so_far } = order;
    let moments = timeline::timeline(&dossier, question.as_ref());
    let Dossier { revocation, steps, receipts, receivers, .. } = dossier;
    let (tone, meaning) = meaning::of(&revocation, &receivers, &receipts);
    let promise = revocation.put_off().map(|until| view! { " It has until "<Time at=until/>"." });
    let heard = next::Heard { receipts: &receipts, receivers: &receivers };
    view! {
        <header class="page-head">
            <div>
                <a class="back" href=project_path(project, "revocations")>"Revocations"</a>
                <Title text=format!("{} · Revocations", revocation.user.label())/>
                <h1>"Order to end sessions "{standing(&revocation)}</h1>
            </div>
        </header>
        <p class="notice" data-tone=tone.as_str()>{meaning}{promise}</p>
        {watch.look([&revocation])}
        {next::card(&revocation, &deliveries, heard, so_far, project, acts)}
        <section class="card pad">{facts(&revocation, project)}</section>
        <section class="card pad"><h2>"Time to kill"</h2>{moments}</section>
        <section class="card">
            <div class="card-head"><h2>"Sessions"</h2></div>
            {sessions(&revocation)}
        </section>
        {seen_alive(alive, project)}
        {receivers::receivers(&receivers, project)}
        {evidence::receipts(receipts, &receivers, project)}
        {evidence::deliveries(deliveries, project)}
        {evidence::history(steps, project)}
    }
    .into_any()
}

/// What contradicts the application's receipts.
fn seen_alive(events: Vec<Event>, project: ProjectId) -> Option<AnyView> {
    let narrow = Narrow::new(project, Vec::new());
    (!events.is_empty()).then(|| {
        view! {
            <section class="card">
                <div class="card-head"><h2>"Seen alive"</h2></div>
                {event_table("Seen alive", events, &narrow)}
            </section>
        }
        .into_any()
    })
}

fn facts(order: &Revocation, project: ProjectId) -> AnyView {
    let user = project_path(project, &format!("users/{}", order.user.key));
    let name = order.user.name.clone().unwrap_or_else(|| order.user.id.clone());
    let mut facts = vec![
        ("Order", view! { <code>{order.id.to_string()}</code> }.into_any()),
        ("User", view! { <a href=user>{name}</a> }.into_any()),
        ("Scope", order.scope.as_str().into_any()),
        ("Sessions confirmed", confirmed(order).into_any()),
        ("Why", view! { {order.reason.text.clone()}" "<code>{order.reason.code.clone()}</code> }.into_any()),
        ("By", wanted_by(order).into_any()),
        ("Ordered", view! { <Time at=order.requested_at/> }.into_any()),
        ("Time limit", view! { <Time at=order.confirm_by/>{put_off(order)} }.into_any()),
        ("Settled", time_or(order.settled_at, "not yet")),
    ];
    if let Some(beside) = given_beside(order, project) {
        facts.insert(1, ("Given with", beside));
    }
    if let Some(alert) = order.alert_id {
        let page = project_path(project, &format!("alerts/{alert}"));
        facts.push(("Alert", view! { <a href=page>{format!("Alert {alert}")}</a> }.into_any()));
    }
    view! { <Facts facts=facts/> }.into_any()
}

/// Until when it waits where what it still waits for was put off.
fn put_off(order: &Revocation) -> Option<AnyView> {
    let until = order.put_off()?;
    Some(view! { <small>"put off: it waits until "<Time at=until/></small> }.into_any())
}

fn sessions(order: &Revocation) -> AnyView {
    let rows = parts(order).into_iter().map(|session| {
        view! {
            <tr role="row">
                <td class="wrap" role="cell" data-label="Session">{which(order, &session)}</td>
                <td role="cell" data-label="State">{ordered_session(&session)}</td>
                <td role="cell" data-label="Since"><Time at=session.updated_at/></td>
                <td role="cell" data-label="It says">{session.detail}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    view! { <Table label="Sessions of this order" head=&["Session", "State", "Since", "The application says"]>{rows}</Table> }
        .into_any()
}
