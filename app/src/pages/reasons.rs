//! `/p/{project}/reasons`: what every reason of a judgement means, and what to do about it.

use leptos::prelude::*;
use leptos_meta::Title;
use porchlight_domain::risk::codes::{ALL, Code};

use crate::pages::settings::SettingsHead;
use crate::ui::table::Table;

/// The page. It is the same for every project.
#[component]
pub fn ReasonsPage() -> impl IntoView {
    let rows = ALL.iter().map(row).collect_view();
    view! {
        <Title text="Reasons"/>
        <SettingsHead/>
        <p>"Every judgement says why. Each reason has a code that never changes its meaning, so that rules and your own programs may rely on it."</p>
        <section class="card">
            <Table label="Reasons" head=&["Code", "Means", "What to do"]>{rows}</Table>
        </section>
    }
}

fn row(code: &Code) -> AnyView {
    view! {
        <tr id=code.code>
            <td><code>{code.code}</code></td>
            <td class="wrap">{code.means}</td>
            <td class="wrap">{code.advice}</td>
        </tr>
    }
    .into_any()
}
