//! `/p/{project}/alerts`: what operators should look at, by state.

use leptos::prelude::*;
use leptos_meta::Title;
use porchlight_domain::alert::{Alert, AlertFilter, Counts, KINDS, Resolution, State, kind_label};
use porchlight_domain::id::{AlertId, ProjectId};
use porchlight_domain::page::Page;
use porchlight_domain::question::Answer;
use porchlight_domain::risk::Level;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::access::{Role, require_in};
#[cfg(feature = "ssr")]
use crate::error::AppError;
use crate::error::AppResult;
use crate::format;
use crate::layout::{project_path, use_project};
use crate::ui::alert_table::{alert_link, alert_state, answer};
use crate::ui::badge::level;
use crate::ui::change::{Change, Form, use_change};
use crate::ui::filter_bar::{FilterBar, FilterChoice, FilterText, filter};
use crate::ui::form::{Select, choice, ticked};
use crate::ui::loaded::{Empty, loaded};
#[cfg(feature = "ssr")]
use crate::ui::once::Once;
use crate::ui::pager::{Pager, cursor};
use crate::ui::read::{Json, use_read};
use crate::ui::table::Table;
use crate::ui::time::Time;

/// A page of alerts, and how many there are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Queue {
    /// In each state.
    pub counts: Counts,
    /// Those that were asked for.
    pub alerts: Page<Alert>,
    /// Whoever asks may change them.
    pub may_change: bool,
}

/// Alerts of a state.
#[server(input = Json)]
pub async fn list_alerts(
    project: ProjectId,
    filter: AlertFilter,
    cursor: Option<String>,
) -> AppResult<Queue> {
    use porchlight_domain::{alert::store, page::Paging};
    let by = require_in(Role::Viewer, project).await?;
    let alerts = store::list(by.db(), project, &filter, Paging::read(cursor.as_deref(), None)?).await?;
    let may_change = by.operator.role >= Role::Analyst;
    Ok(Queue { counts: store::counts(by.db(), project).await?, alerts, may_change })
}

/// Takes or closes all selected alerts. `act` is the button: `acknowledge` or `close`.
#[server]
pub async fn change_alerts(
    project: ProjectId,
    #[server(default)] alerts: Vec<AlertId>,
    resolution: Resolution,
    act: String,
) -> AppResult<()> {
    use porchlight_domain::alert::store;
    let by = require_in(Role::Analyst, project).await?;
    if alerts.is_empty() {
        return Err(AppError::Conflict("no alert is selected".to_owned()).answered());
    }
    let (db, actor, now) = (by.db(), by.actor(), by.now());
    let changed = match act.as_str() {
        "close" => store::close_each(db, &actor, project, &alerts, resolution, now).await?,
        "acknowledge" => store::acknowledge_each(db, &actor, project, &alerts, now).await?,
        _ => return Err(AppError::Malformed.answered()),
    };
    let done = format::count(changed.done, "alert is", "alerts are");
    let left = match changed.left {
        0 => String::new(),
        left => format!(" {left} left as before: not in a state for it, or their users said something else."),
    };
    Once::Said(format!("{done} {act}d.{left}")).leave(&by)
}

/// The page.
#[component]
pub fn AlertsPage() -> impl IntoView {
    let project = use_project();
    let queue = use_read(move || ListAlerts { project: project.get(), filter: wanted(), cursor: cursor() });
    let change = use_change::<ChangeAlerts>();
    let owned = |(value, label): (&str, &str)| (value.to_owned(), label.to_owned());
    let levels = [("", "Any level"), ("red", "Red only")].map(owned).to_vec();
    let answers = [("", "Any or none"), ("no", "“Not me”"), ("yes", "“It was me”")].map(owned).to_vec();
    let kinds = [("", "Any kind")].into_iter().chain(KINDS.map(|kind| (kind, kind_label(kind))));
    let kinds: Vec<_> = kinds.map(owned).collect();
    view! {
        <Title text="Alerts"/>
        <header class="page-head"><h1>"Alerts"</h1></header>
        {loaded(queue, move |queue| {
            let (project, levels) = (project.get_untracked(), levels.clone());
            let (kinds, answers) = (kinds.clone(), answers.clone());
            view! {
                {tabs(queue.counts, project)}
                <FilterBar>
                    <input type="hidden" name="state" value=untrack(state).as_str()/>
                    <FilterChoice name="level" label="Level" choices=levels/>
                    <FilterChoice name="kind" label="Kind" choices=kinds/>
                    <FilterChoice name="answer" label="Answer" choices=answers/>
                    <FilterText name="user" label="User id"/>
                </FilterBar>
                {list(queue.alerts, project, queue.may_change.then_some(change))}
            }
            .into_any()
        })}
    }
}

/// The tab: open alerts unless another is asked for.
fn state() -> State {
    filter("state").and_then(|state| state.parse().ok()).unwrap_or(State::Open)
}

fn wanted() -> AlertFilter {
    let level = filter("level").and_then(|level| level.parse::<Level>().ok());
    let kind = filter("kind").filter(|kind| KINDS.contains(&kind.as_str()));
    let answer = filter("answer").and_then(|answer| answer.parse::<Answer>().ok());
    AlertFilter { state: Some(state()), user: None, user_id: filter("user"), level, kind, answer }
}

fn tabs(counts: Counts, project: ProjectId) -> AnyView {
    let current = untrack(state);
    let tabs = [
        (State::Open, "Open", counts.open),
        (State::Acknowledged, "Acknowledged", counts.acknowledged),
        (State::Closed, "Closed", counts.closed),
    ];
    let tabs = tabs.into_iter().map(move |(state, label, count)| {
        let href = format::query(&project_path(project, "alerts"), &[("state", Some(state.as_str()))]);
        view! {
            <a href=href aria-current=(state == current).then_some("page")>{label}<span class="count">{format::number(count)}</span></a>
        }
    });
    view! { <nav class="tabs" aria-label="State">{tabs.collect_view()}</nav> }.into_any()
}

fn list(page: Page<Alert>, project: ProjectId, change: Option<Change>) -> AnyView {
    if page.rows.is_empty() {
        return none(untrack(state));
    }
    let change = change.filter(|_| untrack(state) != State::Closed);
    let Page { rows, next } = page;
    // Inside of the form, so that a box that was ticked is ticked when it comes back.
    let rows =
        move |selectable: bool| rows.into_iter().map(|alert| row(alert, project, selectable)).collect_view();
    let table = match change {
        None => view! {
            <section class="card"><Table label="Alerts" head=&["Level", "Alert", "User", "Events", "Opened", "Answer", "State"]>{rows(false)}</Table></section>
        }
        .into_any(),
        Some(change) => view! {
            <Form change=change class="card">
                <input type="hidden" name="project" value=project.to_string()/>
                <Table label="Alerts" head=&["Select", "Level", "Alert", "User", "Events", "Opened", "Answer", "State"]>{rows(true)}</Table>
                {bulk()}
            </Form>
        }
        .into_any(),
    };
    view! { {table}<Pager next=next/> }.into_any()
}

fn row(alert: Alert, project: ProjectId, selectable: bool) -> AnyView {
    let user = alert.user.as_ref().map(|user| {
        view! { <a href=project_path(project, &format!("users/{}", user.key))>{user.label().to_owned()}</a> }
    });
    let select = selectable.then(|| {
        let id = alert.id.to_string();
        let label = format!("Select alert {id}");
        view! { <td class="select" role="cell" data-label="Select"><input type="checkbox" name="alerts[]" value=id.clone() checked=ticked("alerts[]", &id, false) aria-label=label/></td> }
    });
    let again = (alert.events > 1).then(|| view! { <small>"last "<Time at=alert.last_event_at/></small> });
    view! {
        <tr role="row">
            {select}
            <td role="cell" data-label="Level">{level(alert.level, alert.score)}</td>
            <td class="wide" role="cell" data-label="Alert">{alert_link(project, &alert)}</td>
            <td class="nowrap" role="cell" data-label="User">{user}</td>
            <td class="number" role="cell" data-label="Events">{format::number(alert.events)}</td>
            <td class="when" role="cell" data-label="Opened"><Time at=alert.opened_at/>{again}</td>
            <td role="cell" data-label="Answer">{answer(&alert)}</td>
            <td role="cell" data-label="State">{alert_state(&alert)}</td>
        </tr>
    }
    .into_any()
}

/// What can be done to all that are selected. What teaches nothing is what a hasty click says.
fn bulk() -> AnyView {
    let resolutions =
        || Resolution::ALL.map(|one| choice(one.as_str(), one.label(), one == Resolution::Inconclusive));
    view! {
        <div class="bulk">
            <span class="faint">"Selected:"</span>
            <button class="button small" name="act" value="acknowledge">"Acknowledge"</button>
            <label class="filter"><span>"Close as"</span><Select name="resolution">{resolutions().collect_view()}</Select></label>
            <button class="button small" name="act" value="close">"Close"</button>
            <small class="faint">"Of a login, a confirmed threat counts as its user’s “no”; “Inconclusive” teaches nothing; the others trust its device and network."</small>
        </div>
    }
    .into_any()
}

fn none(state: State) -> AnyView {
    let (title, text) = match state {
        _ if untrack(|| ["level", "user", "kind", "answer"].into_iter().find_map(filter)).is_some() => {
            ("No alert matches", "Take away a filter, or look at another tab.")
        }
        State::Open => (
            "No open alerts",
            "An alert opens when a login is very unlike its user. From which level on is in the settings.",
        ),
        State::Acknowledged => {
            ("Nobody is on an alert", "Acknowledge an open alert to show others that you are looking at it.")
        }
        State::Closed => (
            "No closed alerts",
            "A closed alert says what it turned out to be; “it was me” closes one by itself.",
        ),
    };
    view! { <Empty title=title><p>{text}</p></Empty> }.into_any()
}
