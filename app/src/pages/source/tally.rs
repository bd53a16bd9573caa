//! How many webhooks of each status came, and what a status means.

use leptos::prelude::*;
use porchlight_domain::inbound::{Status, Tally};

use crate::format;
use crate::pages::inbound::received::{mark, meaning};
use crate::ui::table::Table;

/// The counts of the last 24 hours beside those of the last 30 days; each status leads to what came of it.
pub(super) fn tally(tallies: &[Vec<Tally>; 2], all: String) -> AnyView {
    let rows = Status::ALL.map(|status| {
        let of = |tally: &[Tally]| {
            let counts = tally.iter().filter(|one| one.status == status).map(|one| one.count);
            format::number(counts.sum())
        };
        let [day, month] = [of(&tallies[0]), of(&tallies[1])];
        let page = format!("{all}&status={}", status.as_str());
        view! {
            <tr role="row">
                <td class="wide" role="cell" data-label="Signature"><a href=page>{mark(status)}</a><small>{meaning(status)}</small></td>
                <td class="number" role="cell" data-label="24 hours">{day}</td>
                <td class="number" role="cell" data-label="30 days">{month}</td>
            </tr>
        }
    });
    view! {
        <Table label="Signatures" head=&["Signature", "24 hours", "30 days"]>{rows.collect_view()}</Table>
        <p class="pad faint">"All are counted. Of those refused, 120 a minute are kept, and of the rest one in 1,000."</p>
    }
    .into_any()
}
