//! `/p/{project}/backtest`: a draft of rules and settings, played against the stored log.

mod form;
mod outcome;

use std::time::Duration;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use porchlight_domain::backtest::{Backtest, State};
use porchlight_domain::id::{BacktestId, ProjectId};
use porchlight_domain::rule::{NewRule, Rule};
use serde::{Deserialize, Serialize};

use crate::access::Role;
#[cfg(feature = "ssr")]
use crate::access::{redirect, require_in};
use crate::error::AppResult;
use crate::layout::{Allowed, project_path, use_project};
use crate::pages::settings::SettingsHead;
use crate::ui::badge::{Tone, badge};
use crate::ui::change::{Change, Failure, Form, use_change};
use crate::ui::loaded::loaded;
use crate::ui::read::{Json, use_read};
use crate::ui::table::Table;
use crate::ui::time::Time;
pub use form::DraftForm;

/// How often a run under way is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// As text: with a script on, a browser reads what stands in a `noscript` as such.
const AGAIN: &str = r#"<meta http-equiv="refresh" content="2">"#;

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Runs {
    /// The run asked for, with its outcome.
    shown: Option<Backtest>,
    /// What is odd about the rules that it writes.
    doubts: Vec<String>,
    /// All of them, without outcomes, newest first.
    runs: Vec<Backtest>,
    /// The rules that a draft may change.
    rules: Vec<Rule>,
}

/// A project's back-tests, and one of them whole.
#[server(input = Json)]
pub async fn list_backtests(project: ProjectId, run: Option<BacktestId>) -> AppResult<Runs> {
    use porchlight_domain::backtest::store;
    let by = require_in(Role::Viewer, project).await?;
    let shown = match run {
        Some(run) => Some(store::get(by.db(), project, run).await?),
        None => None,
    };
    let runs = store::list(by.db(), project).await?;
    let rules = porchlight_domain::rule::store::list(by.db(), project).await?;
    let written = shown.iter().flat_map(|run| run.draft.written());
    let doubts = written.flat_map(|rule| rule.doubts(by.now())).collect();
    Ok(Runs { shown, doubts, runs, rules })
}

/// Plays a draft: it changes nothing, and its run is kept.
#[server]
pub async fn start_backtest(project: ProjectId, form: DraftForm) -> AppResult<()> {
    let by = require_in(Role::Analyst, project).await?;
    let draft = form.read(by.now())?;
    let run =
        porchlight_domain::backtest::store::create(by.db(), &by.actor(), project, draft, by.now()).await?;
    redirect(&run_path(project, run));
    Ok(())
}

/// Stops a run.
#[server]
pub async fn cancel_backtest(project: ProjectId, run: BacktestId) -> AppResult<()> {
    let by = require_in(Role::Analyst, project).await?;
    Ok(porchlight_domain::backtest::store::cancel(by.db(), &by.actor(), project, run, by.now()).await?)
}

fn run_path(project: ProjectId, run: BacktestId) -> String {
    format!("{}?run={run}", project_path(project, "backtest"))
}

/// The page.
#[component]
pub fn BacktestPage() -> impl IntoView {
    let project = use_project();
    let query = use_query_map();
    let asked = move |name: &'static str| query.with(|query| query.get(name));
    let run = move || asked("run").and_then(|run| run.parse::<BacktestId>().ok());
    let runs = use_read(move || ListBacktests { project: project.get(), run: run() });
    let under_way = RwSignal::new(false);
    runs.again_while(under_way, LOOK);
    let (start, cancel) = (use_change::<StartBacktest>(), use_change::<CancelBacktest>());
    view! {
        <Title text="Back-test"/>
        <SettingsHead/>
        <Failure change=cancel/>
        {move || {
            let rule = asked("rule");
            loaded(runs, move |runs: Runs| {
                under_way.set(runs.shown.as_ref().is_some_and(|run| !run.state.is_final()));
                show(runs, project.get_untracked(), rule.as_deref(), start, cancel)
            })
        }}
    }
}

fn show(runs: Runs, project: ProjectId, rule: Option<&str>, start: Change, cancel: Change) -> AnyView {
    let Runs { shown, doubts, runs, rules } = runs;
    let again = shown.is_some().then(|| {
        view! { <p><a class="button" href=project_path(project, "backtest")>"Try something else"</a></p> }
    });
    let form = shown.is_none().then(|| {
        let options = form::options(&rules, rule);
        view! { <Allowed role=Role::Analyst>{form::form(project, options.clone(), start)}</Allowed> }
    });
    let runs = (!runs.is_empty()).then(|| list(runs, project));
    view! {
        {shown.map(|run| one(run, doubts, project, cancel))}
        {again}
        {form}
        {runs}
    }
    .into_any()
}

fn one(run: Backtest, doubts: Vec<String>, project: ProjectId, cancel: Change) -> AnyView {
    let stretch = format!("{} to {} UTC", run.draft.from.human(), run.draft.to.human());
    let written = run.draft.written().map(written).collect_view();
    let doubts = doubts
        .into_iter()
        .map(|doubt| view! { <p>{badge(Tone::Warn, "check")}" "{doubt}</p> })
        .collect_view();
    let body = match (run.state, run.outcome) {
        (State::Waiting | State::Running, _) => waiting(run.id, run.progress, project, cancel),
        (State::Done, Some(outcome)) => outcome::show(outcome, project),
        (State::Cancelled, _) => view! { <p>"It was cancelled."</p> }.into_any(),
        _ => view! { <p>{run.error.unwrap_or_else(|| "It could not be played.".to_owned())}</p> }.into_any(),
    };
    view! {
        <section class="card pad">
            <h2>{run.label}" "{state(run.state)}</h2>
            <p class="faint">{stretch}</p>
            {written}
            {doubts}
            {body}
        </section>
    }
    .into_any()
}

/// A rule that the draft writes, and to what it is limited.
fn written(rule: &NewRule) -> AnyView {
    let effect = rule.effect.to_string();
    let source = rule.source.as_ref().map(|source| format!(", only events of {source}"));
    let verbs = (!rule.verbs.is_empty()).then(|| format!(", only {}", rule.verbs.join(", ")));
    let condition = rule.condition.clone().unwrap_or_else(|| rule.filters.join(", "));
    let by = if rule.condition.is_some() { " where" } else { " from" };
    view! {
        <p>"The new rule: "<strong>{effect}</strong>{source}{verbs}{by}</p>
        <pre class="snippet"><code>{condition}</code></pre>
    }
    .into_any()
}

/// Without a script the browser loads the page again by itself.
fn waiting(run: BacktestId, progress: f64, project: ProjectId, cancel: Change) -> AnyView {
    let percent = format!("{:.0} %", progress * 100.0);
    view! {
        <noscript inner_html=AGAIN></noscript>
        <p>
            <progress max="1" value=progress.to_string() aria-label="Played">{percent.clone()}</progress>
            " "{percent}" played"
        </p>
        <p><a href=run_path(project, run)>"Look again"</a></p>
        <Allowed role=Role::Analyst>
            <Form change=cancel quiet=true>
                <input type="hidden" name="project" value=project.to_string()/>
                <input type="hidden" name="run" value=run.to_string()/>
                <button class="button">"Cancel"</button>
            </Form>
        </Allowed>
    }
    .into_any()
}

fn state(state: State) -> AnyView {
    match state {
        State::Done => badge(Tone::Good, "done"),
        State::Failed => badge(Tone::Bad, "failed"),
        other => badge(Tone::Neutral, other.as_str()),
    }
}

fn list(runs: Vec<Backtest>, project: ProjectId) -> AnyView {
    let rows = runs.into_iter().map(move |run| {
        view! {
            <tr role="row">
                <td class="wide" role="cell" data-label="Draft"><a href=run_path(project, run.id)>{run.label}</a></td>
                <td role="cell" data-label="State">{state(run.state)}</td>
                <td role="cell" data-label="Asked for"><Time at=run.created_at/></td>
            </tr>
        }
    });
    view! {
        <section class="card">
            <h2 class="card-title">"Tried before"</h2>
            <Table label="Back-tests" head=&["Draft", "State", "Asked for"]>{rows.collect_view()}</Table>
        </section>
    }
    .into_any()
}
