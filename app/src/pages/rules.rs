//! `/p/{project}/rules`: addresses and countries that are always denied or always allowed.

use leptos::prelude::*;
use leptos_meta::Title;
#[cfg(feature = "ssr")]
use porchlight_domain::Error;
use porchlight_domain::id::{ProjectId, RuleId};
use porchlight_domain::rule::{Rule, RuleKind, RuleTarget};

use crate::access::Role;
#[cfg(feature = "ssr")]
use crate::access::require_in;
use crate::error::AppResult;
use crate::layout::{Allowed, use_project};
use crate::pages::settings::SettingsHead;
use crate::ui::badge::{Tone, badge};
use crate::ui::change::{Change, Failure, Form, use_change};
use crate::ui::form::{Confirm, Field, Select, choice, typed};
use crate::ui::loaded::{Empty, loaded};
use crate::ui::read::{Json, use_read};
use crate::ui::table::Table;
use crate::ui::time::Time;

/// A project's rules, oldest first.
#[server(input = Json)]
pub async fn list_rules(project: ProjectId) -> AppResult<Vec<Rule>> {
    let by = require_in(Role::Viewer, project).await?;
    Ok(porchlight_domain::rule::store::list(by.db(), project).await?)
}

/// Writes a rule; it holds from the next event on.
#[server]
pub async fn create_rule(
    project: ProjectId,
    name: String,
    kind: RuleKind,
    target: RuleTarget,
    #[server(default)] filters: String,
    #[server(default)] description: String,
    #[server(default)] source: Option<String>,
) -> AppResult<()> {
    use porchlight_domain::rule::{NewRule, store};
    let by = require_in(Role::Admin, project).await?;
    let filters = filters.split([',', '\n', ' ']).map(str::trim).filter(|filter| !filter.is_empty());
    let filters: Vec<_> = filters.map(str::to_owned).collect();
    let written = filters.clone();
    let source = source.filter(|source| !source.trim().is_empty());
    let new = NewRule { name, description, kind, target, source, filters };
    let created = store::create(by.db(), &by.actor(), project, new, by.now()).await;
    created.map_err(|error| by_value(error, &written))?;
    Ok(())
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
const WHICH_WINS: &str = "Where rules disagree, the one that denies wins, however narrow the one that allows: an address cannot be \
    allowed out of a range that is denied. Deny the ranges around it instead.";

/// The page.
#[component]
pub fn RulesPage() -> impl IntoView {
    let project = use_project();
    let rules = use_read(move || ListRules { project: project.get() });
    let delete = use_change::<DeleteRule>();
    view! {
        <Title text="Rules"/>
        <SettingsHead/>
        <Failure change=delete/>
        {loaded(rules, move |rules| list(rules, project.get_untracked(), delete))}
        <Allowed role=Role::Admin><NewRuleForm project=project/></Allowed>
    }
}

fn list(rules: Vec<Rule>, project: ProjectId, delete: Change) -> AnyView {
    if rules.is_empty() {
        return view! {
            <Empty title="No rules">
                <p>"Every login is judged by its user’s habits alone. A rule overrides that: your office is always green, an attacker’s network always red and blocked."</p>
                <p>{WHICH_WINS}</p>
            </Empty>
        }
        .into_any();
    }
    let rows = rules.into_iter().map(|rule| row(rule, project, delete)).collect_view();
    view! {
        <p class="faint">{WHICH_WINS}</p>
        <section class="card">
            <Table label="Rules" head=&["Rule", "Does", "To", "Changed", ""]>{rows}</Table>
        </section>
    }
    .into_any()
}

fn row(rule: Rule, project: ProjectId, delete: Change) -> AnyView {
    let does = match rule.kind {
        RuleKind::Deny => badge(Tone::Bad, "denies"),
        RuleKind::Allow => badge(Tone::Good, "allows"),
    };
    let filters = rule
        .filters
        .iter()
        .map(|filter| view! { <code class="tag">{filter.clone()}</code>" " })
        .collect_view();
    view! {
        <tr role="row">
            <td role="cell" data-label="Rule"><span class="strong">{rule.name}</span><small>{rule.description}</small></td>
            <td role="cell" data-label="Does">{does}{rule.source.map(|source| view! { <small>"only "{source}</small> })}</td>
            <td class="wide" role="cell" data-label="To">{filters}</td>
            <td role="cell" data-label="Changed"><Time at=rule.updated_at/></td>
            <td class="actions" role="cell">
                <Allowed role=Role::Admin>
                    <Confirm label="Remove…" warning="From the next event on it decides nothing. What it decided stays as it was.">
                        <Form change=delete quiet=true>
                            <input type="hidden" name="project" value=project.to_string()/>
                            <input type="hidden" name="rule" value=rule.id.to_string()/>
                            <button class="button danger">"Remove this rule"</button>
                        </Form>
                    </Confirm>
                </Allowed>
            </td>
        </tr>
    }
    .into_any()
}

#[component]
fn NewRuleForm(project: Memo<ProjectId>) -> impl IntoView {
    let change = use_change::<CreateRule>();
    view! {
        <section class="card pad narrow">
            <h2>"New rule"</h2>
            <Form change=change>
                <input type="hidden" name="project" value=move || project.get().to_string()/>
                <Field label="Name" hint="Shown with every event it decides.">
                    <input name="name" value=typed("name") required maxlength="100" placeholder="Head office"/>
                </Field>
                <div class="fields">
                    <Field label="It">
                        <Select name="kind">
                            {choice("deny", "denies: red, block", true)}
                            {choice("allow", "allows: green", false)}
                        </Select>
                    </Field>
                    <Field label="By">
                        <Select name="target">
                            {choice("location.ip", "address or range", true)}
                            {choice("location.address.country_iso_code", "country", false)}
                        </Select>
                    </Field>
                </div>
                <Field label="Addresses, ranges or countries" hint="One a line or separated by commas: 192.0.2.7, 198.51.100.0/24, 2001:db8::/32 – or two-letter countries: NZ, AU.">
                    <textarea name="filters" required rows="3" spellcheck="false">{typed("filters")}</textarea>
                </Field>
                <Field label="Only events of the source" hint="For applications that serve several tenants. Empty: all.">
                    <input name="source" value=typed("source") maxlength="100"/>
                </Field>
                <Field label="Why it exists">
                    <input name="description" value=typed("description") maxlength="1000"/>
                </Field>
                <button class="button primary">"Create rule"</button>
            </Form>
        </section>
    }
    .into_any()
}
