//! A rule in the list: what it does, when, how often it did, and what is odd about it.

use leptos::prelude::*;
use porchlight_domain::id::ProjectId;
use porchlight_domain::rule::{Effect, Ends, Hits, Mode, Rule};

use super::CountedRule;
use crate::access::Role;
use crate::layout::{Allowed, project_path};
use crate::ui::badge::{Tone, badge};
use crate::ui::change::{Change, Form};
use crate::ui::form::Confirm;
use crate::ui::time::Time;

/// Its row.
pub(super) fn row(
    CountedRule { rule, hits, doubts }: CountedRule,
    project: ProjectId,
    delete: Change,
) -> AnyView {
    let edit = format!("{}?edit={}", project_path(project, "rules"), rule.id);
    let (id, when, count) = (rule.id, when(&rule), count(hits));
    view! {
        <tr role="row">
            <td class="wide" role="cell" data-label="Rule"><span class="strong">{rule.name.clone()}</span><small>{rule.description.clone()}</small>{notes(doubts)}</td>
            <td class="does" role="cell" data-label="Does">{does(&rule)}</td>
            <td class="wide" role="cell" data-label="When">{when}</td>
            <td role="cell" data-label="Hits in 30 days">{count}</td>
            <td class="when" role="cell" data-label="Changed"><Time at=rule.updated_at/></td>
            <td class="actions" role="cell">
                <Allowed role=Role::Admin>
                    <a class="button small" href=edit.clone()>"Edit"</a>
                    <a class="button small" href=format!("{}?rule={}", project_path(project, "backtest"), rule.id)>"Try on the log"</a>
                    <Confirm label="Remove…" warning="From the next event on it decides nothing. What it decided stays as it was.">
                        <Form change=delete quiet=true>
                            <input type="hidden" name="project" value=project.to_string()/>
                            <input type="hidden" name="rule" value=id.to_string()/>
                            <button class="button danger">"Remove this rule"</button>
                        </Form>
                    </Confirm>
                </Allowed>
            </td>
        </tr>
    }
    .into_any()
}

/// What is odd about it, a line each.
fn notes(doubts: Vec<String>) -> AnyView {
    doubts
        .into_iter()
        .map(|doubt| view! { <small>{badge(Tone::Warn, "check")}" "{doubt}</small> })
        .collect_view()
        .into_any()
}

/// What it does, whether it does it yet, and to what it is limited.
fn does(rule: &Rule) -> AnyView {
    let word = match &rule.effect {
        Effect::Block => "denies",
        Effect::Challenge => "challenges",
        Effect::Allow => "allows",
        Effect::Notify => "notifies",
        Effect::Revoke(Ends::Session) => "ends the session",
        Effect::Revoke(Ends::All) => "ends all sessions",
        other => &other.to_string(),
    };
    let effect = badge(Tone::from(&rule.effect), word);
    let mode = match rule.mode {
        Mode::Enforce => None,
        Mode::Shadow => Some(badge(Tone::Neutral, "in shadow")),
        Mode::Off => Some(badge(Tone::Neutral, "off")),
    };
    let limits = [
        rule.source.as_ref().map(|source| format!("only {source}")),
        (!rule.verbs.is_empty()).then(|| format!("only {}", rule.verbs.join(", "))),
        (rule.priority != 0).then(|| format!("priority {}", rule.priority)),
        rule.expires_at.map(|end| format!("until {} UTC", end.human())),
        rule.managed.then(|| "from a file".to_owned()),
    ];
    let limits = limits.into_iter().flatten().map(|limit| view! { <small>{limit}</small> }).collect_view();
    view! { {effect}" "{mode}{limits} }.into_any()
}

fn when(rule: &Rule) -> AnyView {
    if let Some(condition) = &rule.condition {
        return view! { <code class="condition">{condition.clone()}</code> }.into_any();
    }
    let filters = rule
        .filters
        .iter()
        .map(|filter| view! { <code class="tag">{filter.clone()}</code>" " })
        .collect_view();
    filters.into_any()
}

fn count(hits: Hits) -> AnyView {
    let told = [
        (hits.shadow > 0).then(|| format!("{} in shadow", hits.shadow)),
        (hits.skipped > 0).then(|| match hits.skipped {
            1 => "skipped once".to_owned(),
            times => format!("skipped {times} times"),
        }),
    ];
    let told = told.into_iter().flatten().map(|text| view! { <small>{text}</small> }).collect_view();
    view! { {hits.enforced}{told} }.into_any()
}
