//! What a condition may ask: the table beside its form, the same that the checker reads.

use leptos::prelude::*;
use porchlight_domain::rule::field::{FIELDS, IN_CIDR, LANGUAGE};

use crate::ui::table::Table;

/// The names, and what may be written around them.
pub(super) fn names() -> AnyView {
    let fields = FIELDS.iter().map(|field| {
        view! {
            <tr>
                <td><code>{field.name}</code><small>{field.kind.as_str()}</small></td>
                <td class="wide">{field.meaning}<small><code>{field.example}</code></small></td>
            </tr>
        }
        .into_any()
    });
    let language = LANGUAGE.into_iter().chain([IN_CIDR]).map(|(written, meaning)| {
        view! { <tr><td><code>{written}</code></td><td class="wide">{meaning}</td></tr> }.into_any()
    });
    view! {
        <section class="card names">
            <div class="card-title"><h2>"What a condition may ask"</h2></div>
            <Table label="Names" head=&["Name", "What it is"]>{fields.collect_view()}</Table>
            <Table label="Language" head=&["Written", "What it does"]>{language.collect_view()}</Table>
        </section>
    }
    .into_any()
}
