//! What came in: each webhook with what its signature is worth, and the order that it led to.

use leptos::prelude::*;
use porchlight_domain::FieldError;
use porchlight_domain::id::{ProjectId, RevocationId, SourceId};
use porchlight_domain::inbound::{Inbound, InboundFilter, Obedience, Status};
use porchlight_domain::page::Page;

#[cfg(feature = "ssr")]
use crate::access::{Role, require_in};
use crate::error::AppResult;
use crate::layout::project_path;
use crate::ui::badge::{Tone, badge};
use crate::ui::filter_bar::{FilterAbout, FilterBar, FilterChoice, FilterText, about, faults, filter};
use crate::ui::loaded::{Empty, loaded};
use crate::ui::pager::{Pager, cursor};
use crate::ui::read::{Json, Read, use_read};
use crate::ui::table::Table;
use crate::ui::time::Time;

/// The names of a project's sources.
type Names = Vec<(SourceId, String)>;

/// What a project received, newest first.
#[server(input = Json)]
pub async fn list_received(
    project: ProjectId,
    filter: InboundFilter,
    cursor: Option<String>,
) -> AppResult<Page<Inbound>> {
    use porchlight_domain::page::Paging;
    let by = require_in(Role::Viewer, project).await?;
    let paging = Paging::read(cursor.as_deref(), None)?;
    let page = porchlight_domain::inbound::store::received(by.db(), project, &filter, paging).await?;
    Ok(page.map(without_content))
}

/// As a list shows it: what was sent is on its own page.
#[cfg(feature = "ssr")]
pub(in crate::pages) fn without_content(mut one: Inbound) -> Inbound {
    one.headers.clear();
    one.body.clear();
    one
}

fn wanted() -> InboundFilter {
    InboundFilter {
        source: filter("source").and_then(|id| id.parse().ok()),
        status: filter("status").and_then(|status| status.parse().ok()),
        outcome: filter("outcome").and_then(|outcome| outcome.parse().ok()),
        revocation: filter("order").and_then(|id| id.parse().ok()),
        about: about(),
    }
}

/// What it asks for in words that mean nothing here.
fn wrong() -> Vec<FieldError> {
    let words = [
        faults::of::<SourceId>("source"),
        faults::of::<Status>("status"),
        faults::of::<Obedience>("outcome"),
        faults::of::<RevocationId>("order"),
    ];
    words.into_iter().flatten().chain(faults::of_about()).collect()
}

/// Reads what the URL asks for.
pub fn read(project: Memo<ProjectId>) -> Read<Page<Inbound>> {
    use_read(move || ListReceived { project: project.get(), filter: wanted(), cursor: cursor() })
}

/// What was received, with filters.
pub fn section(received: Read<Page<Inbound>>, names: Names, project: ProjectId) -> AnyView {
    let sources = names.iter().map(|(id, name)| (id.to_string(), name.clone()));
    let sources = std::iter::once((String::new(), "any".to_owned())).chain(sources).collect();
    let statuses = Status::ALL.map(|status| (status.as_str().to_owned(), status.as_str().to_owned()));
    let statuses = std::iter::once((String::new(), "any".to_owned())).chain(statuses).collect();
    let outcomes = Obedience::ALL.map(|one| (one.as_str().to_owned(), one.words().to_owned()));
    let outcomes = std::iter::once((String::new(), "any".to_owned())).chain(outcomes).collect();
    view! {
        <h2>"Received"</h2>
        <FilterBar faults=wrong>
            <FilterChoice name="source" label="Source" choices=sources/>
            <FilterChoice name="status" label="Signature" choices=statuses/>
            <FilterChoice name="outcome" label="What became of it" choices=outcomes/>
            <FilterAbout others=&["order"]>
                <FilterText name="order" label="Order" kind="search" placeholder="rev_…"/>
            </FilterAbout>
        </FilterBar>
        {loaded(received, move |received: Page<Inbound>| {
            let names = names.clone();
            faults::unless(wrong, move || list(received.clone(), &names, project))
        })}
    }
    .into_any()
}

fn list(Page { rows, next }: Page<Inbound>, names: &Names, project: ProjectId) -> AnyView {
    if rows.is_empty() {
        return view! { {none()}<Pager next=None/> }.into_any();
    }
    view! {
        <section class="card">{table(rows, names, project)}</section>
        <Pager next=next/>
    }
    .into_any()
}

/// What was received, as a table.
pub(in crate::pages) fn table(rows: Vec<Inbound>, names: &Names, project: ProjectId) -> AnyView {
    let rows = rows.into_iter().map(|one| {
        let name = names.iter().find(|(id, _)| *id == one.source_id).map(|(_, name)| name.clone());
        row(one, name.unwrap_or_default(), project)
    });
    let rows = rows.collect_view();
    view! {
        <Table label="Received webhooks" head=&["Received", "Source", "Signature", "What became of it", "Order"]>
            {rows}
        </Table>
    }
    .into_any()
}

fn none() -> AnyView {
    let (title, text) = if untrack(wanted) == InboundFilter::default() {
        ("Nothing received", "What a source sends appears here, also when it is refused.")
    } else {
        ("Nothing matches", "Take away a filter.")
    };
    view! { <Empty title=title><p>{text}</p></Empty> }.into_any()
}

fn row(one: Inbound, source: String, project: ProjectId) -> AnyView {
    let order = one.revocation_id.map(|id| {
        let page = project_path(project, &format!("revocations/{id}"));
        view! { <a href=page><code>{id.to_string()}</code></a> }
    });
    let page = project_path(project, &format!("inbound/{}/{}", one.source_id, one.id));
    view! {
        <tr role="row" class="opens">
            <td role="cell" data-label="Received"><a class="row-link" href=page><Time at=one.received_at/></a></td>
            <td role="cell" data-label="Source">{source}</td>
            <td role="cell" data-label="Signature">{mark(one.status)}</td>
            <td class="wrap" role="cell" data-label="Outcome">{done(&one)}<span class="sub">{sentence(&one.reason)}</span></td>
            <td role="cell" data-label="Order">{order}</td>
        </tr>
    }
    .into_any()
}

/// A reason, as it stands by itself. A header's name that it begins with stays as it is.
pub(in crate::pages) fn sentence(reason: &str) -> String {
    if reason.split(' ').next().is_some_and(|word| word.contains(['-', '_', '/'])) {
        return reason.to_owned();
    }
    let mut letters = reason.chars();
    let first = letters.next();
    first.into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

/// What a signature is worth.
pub(in crate::pages) fn mark(status: Status) -> AnyView {
    let tone = match status {
        Status::Valid => Tone::Good,
        Status::Stale | Status::Replayed => Tone::Warn,
        Status::Invalid | Status::Missing => Tone::Bad,
    };
    badge(tone, status.as_str())
}

/// What was done about a valid one.
pub(in crate::pages) fn done(one: &Inbound) -> Option<AnyView> {
    let outcome = one.outcome?;
    let tone = match outcome {
        Obedience::Obeyed => Tone::Good,
        Obedience::NothingAsked => Tone::Neutral,
        Obedience::CouldNot => Tone::Bad,
    };
    Some(badge(tone, outcome.words()))
}

/// What that means.
pub(in crate::pages) fn meaning(status: Status) -> &'static str {
    match status {
        Status::Valid => "signed by the source, for the first time",
        Status::Invalid => "signed by somebody else, or changed on its way",
        Status::Missing => "not signed",
        Status::Stale => "signed too long ago or ahead",
        Status::Replayed => "signed, and received before",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_begins_with_a_capital_and_a_header_s_name_is_as_it_is() {
        assert_eq!(sentence("the signature does not fit"), "The signature does not fit");
        assert_eq!(sentence("x-hub-signature-256 is missing"), "x-hub-signature-256 is missing");
        assert_eq!(sentence(""), "");
    }
}
