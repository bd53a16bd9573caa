//! `/p/{project}/rules`: what overrules the judgement: lists of addresses and countries, and conditions.

mod form;
mod names;
mod row;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use porchlight_domain::id::{ProjectId, RuleId};
use porchlight_domain::rule::{Hits, Rule, RuleSet};
#[cfg(feature = "ssr")]
use porchlight_domain::{
    Error,
    rule::{Mode, NewRule},
};
use serde::{Deserialize, Serialize};

use crate::access::Role;
#[cfg(feature = "ssr")]
use crate::access::{redirect, require_in};
use crate::error::AppResult;
#[cfg(feature = "ssr")]
use crate::layout::project_path;
use crate::layout::{Allowed, use_project};
use crate::pages::settings::SettingsHead;
use crate::ui::change::{Change, Failure, use_change};
use crate::ui::loaded::{Empty, loaded};
#[cfg(feature = "ssr")]
use crate::ui::once::Once;
use crate::ui::read::{Json, Read, use_read};
use crate::ui::table::Table;
pub use form::RuleForm;
#[cfg(feature = "ssr")]
pub(super) use form::words;
use names::{ListNames, Names};
use row::row;

/// A rule, how often it hit in the last 30 days, and why it can never hit or always does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CountedRule {
    rule: Rule,
    hits: Hits,
    doubts: Vec<String>,
}

/// A project's rules, oldest first.
#[server(input = Json)]
pub async fn list_rules(project: ProjectId) -> AppResult<Vec<CountedRule>> {
    use porchlight_domain::rule::store;
    let by = require_in(Role::Viewer, project).await?;
    let hits = store::hits(by.db(), project, by.now()).await?;
    let counted = |rule: Rule| CountedRule {
        hits: hits.get(&rule.id).copied().unwrap_or_default(),
        doubts: NewRule::from(&rule).doubts(by.now()),
        rule,
    };
    Ok(store::list(by.db(), project).await?.into_iter().map(counted).collect())
}

/// Writes a rule, or changes the one with this id; it holds from the next event on.
#[server]
pub async fn save_rule(
    project: ProjectId,
    #[server(default)] id: Option<RuleId>,
    form: RuleForm,
) -> AppResult<()> {
    use porchlight_domain::rule::store;
    let by = require_in(Role::Admin, project).await?;
    let new = form.read()?;
    let written = new.filters.clone();
    let saved = match id {
        None => store::create(by.db(), &by.actor(), project, new, by.now()).await,
        Some(id) => store::replace(by.db(), &by.actor(), project, id, new, by.now()).await,
    };
    let saved = saved.map_err(|error| by_value(error, &written))?;
    redirect(&project_path(project, "rules"));
    let mut said = vec![format!("The rule “{}” is saved.", saved.name)];
    if saved.mode == Mode::Shadow {
        said.push(
            "In shadow it changes nothing: once it hits what it should, set its mode to enforce.".to_owned(),
        );
    }
    said.extend(NewRule::from(&saved).doubts(by.now()));
    Once::Said(said.join(" ")).leave(&by)
}

/// Whoever typed the filters as one text knows them by what they say, not by their places.
#[cfg(feature = "ssr")]
fn by_value(error: Error, filters: &[String]) -> Error {
    let Error::Invalid(mut fields) = error else { return error };
    for (place, filter) in filters.iter().enumerate() {
        let places = fields.iter_mut().filter(|field| field.field == format!("filters[{place}]"));
        places.for_each(|field| field.field = format!("“{filter}”"));
    }
    Error::Invalid(fields)
}

/// Removes a rule.
#[server]
pub async fn delete_rule(project: ProjectId, rule: RuleId) -> AppResult<()> {
    let by = require_in(Role::Admin, project).await?;
    Ok(porchlight_domain::rule::store::delete(by.db(), &by.actor(), project, rule, by.now()).await?)
}

/// What holds where several rules hit.
const WHICH_WINS: &str = "Of the rules that deny, challenge or allow, the one of the highest priority decides. At the same priority a \
    denial wins, then a challenge, however narrow the rule that allows: give an exception a higher priority. A rule that ends \
    sessions does so whatever is decided, unless a rule of higher priority allows the event.";

/// The page.
#[component]
pub fn RulesPage() -> impl IntoView {
    let project = use_project();
    let rules = use_read(move || ListRules { project: project.get() });
    let (delete, save) = (use_change::<DeleteRule>(), use_change::<SaveRule>());
    let query = use_query_map();
    let asked = move |name: &'static str| query.with(|query| query.get(name));
    let names = use_read(move || ListNames { wanted: asked("write").or_else(|| asked("edit")).is_some() });
    // Which rule is edited, or what kind is written, stands in the URL: so it works without a script.
    let shown = move || {
        let (edit, write) = (asked("edit"), asked("write"));
        loaded(rules, move |rules| {
            show(rules, project.get_untracked(), (edit.as_deref(), write.as_deref()), names, (delete, save))
        })
    };
    view! {
        <Title text="Rules"/>
        <SettingsHead/>
        <Failure change=delete/>
        {shown}
    }
}

fn show(
    rules: Vec<CountedRule>,
    project: ProjectId,
    (edit, write): (Option<&str>, Option<&str>),
    names: Read<Names>,
    (delete, save): (Change, Change),
) -> AnyView {
    let edit = edit.and_then(|id| id.parse::<RuleId>().ok());
    let edited = rules.iter().find(|one| Some(one.rule.id) == edit).map(|one| one.rule.clone());
    let conditions = match &edited {
        Some(rule) => rule.condition.is_some(),
        None => write == Some("condition"),
    };
    let rules = edited.is_none().then(|| list(rules, project, delete));
    view! {
        {rules}
        <Allowed role=Role::Admin>{form::form(project, save, edited.clone(), conditions.then_some(names))}</Allowed>
    }
    .into_any()
}

fn list(rules: Vec<CountedRule>, project: ProjectId, delete: Change) -> AnyView {
    if rules.is_empty() {
        return view! {
            <Empty title="No rules">
                <p>"Every login is judged by its user’s habits alone. A rule overrides that: your office is always green, an attacker’s network always red and blocked, a login through Tor always asked for a second factor."</p>
            </Empty>
        }
        .into_any();
    }
    let all: Vec<Rule> = rules.iter().map(|one| one.rule.clone()).collect();
    let version = RuleSet::new(&all).version().map(|version| view! {
        <p class="faint">"Version of these rules: "<code>{version.to_string()}</code>". Each event names the one that it was judged by; the ledger has every change."</p>
    });
    let rows = rules.into_iter().map(|one| row(one, project, delete)).collect_view();
    view! {
        <p class="faint">{WHICH_WINS}</p>
        <section class="card">
            <Table label="Rules" head=&["Rule", "Does", "When", "Hits in 30 days", "Changed", ""]>{rows}</Table>
        </section>
        {version}
    }
    .into_any()
}
