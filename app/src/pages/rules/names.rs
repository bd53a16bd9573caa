//! What a condition may ask: the table beside its form, the same that the checker reads.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::access::{Role, require};
use crate::error::AppResult;
use crate::ui::loaded::loaded;
use crate::ui::read::{Json, Read};
use crate::ui::table::Table;

/// What may be written in a condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    /// Each name with its kind, its meaning and an example.
    fields: Vec<[String; 4]>,
    /// What may be written around them, and what it does.
    language: Vec<[String; 2]>,
}

/// The names, if they are `wanted`. They stay on the server until somebody writes a condition: most visits do not.
#[server(input = Json)]
pub async fn list_names(wanted: bool) -> AppResult<Names> {
    use porchlight_domain::rule::field::{FIELDS, IN_CIDR, LANGUAGE};
    require(Role::Viewer).await?;
    if !wanted {
        return Ok(Names { fields: Vec::new(), language: Vec::new() });
    }
    let fields = FIELDS.iter().map(|field| [field.name, field.kind.as_str(), field.meaning, field.example]);
    let language = LANGUAGE.into_iter().chain([IN_CIDR]).map(|(written, meaning)| [written, meaning]);
    Ok(Names {
        fields: fields.map(|field| field.map(str::to_owned)).collect(),
        language: language.map(|line| line.map(str::to_owned)).collect(),
    })
}

/// The names, and what may be written around them. What reads them is made with the page: within what is loaded itself,
/// the browser would not find what the server read.
pub(super) fn names(names: Read<Names>) -> AnyView {
    view! {
        <section class="card names">
            <div class="card-title"><h2>"What a condition may ask"</h2></div>
            {loaded(names, tables)}
        </section>
    }
    .into_any()
}

fn tables(Names { fields, language }: Names) -> AnyView {
    let fields = fields.into_iter().map(|[name, kind, meaning, example]| {
        view! {
            <tr>
                <td><code>{name}</code><small>{kind}</small></td>
                <td class="wide">{meaning}<small><code>{example}</code></small></td>
            </tr>
        }
        .into_any()
    });
    let language = language.into_iter().map(|[written, meaning]| {
        view! { <tr><td><code>{written}</code></td><td class="wide">{meaning}</td></tr> }.into_any()
    });
    view! {
        <Table label="Names" head=&["Name", "What it is"]>{fields.collect_view()}</Table>
        <Table label="Language" head=&["Written", "What it does"]>{language.collect_view()}</Table>
    }
    .into_any()
}
