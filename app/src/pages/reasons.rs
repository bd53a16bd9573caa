//! `/p/{project}/reasons`: what every reason of a judgement means, and what to do about it.

use leptos::prelude::*;
use leptos_meta::Title;

#[cfg(feature = "ssr")]
use crate::access::{Role, require};
use crate::error::AppResult;
use crate::pages::settings::SettingsHead;
use crate::ui::loaded::loaded;
use crate::ui::read::{Json, use_read};
use crate::ui::table::Table;

/// Each code, what it means, and what to do.
#[server(input = Json)]
pub async fn list_reasons() -> AppResult<Vec<[String; 3]>> {
    use porchlight_domain::risk::codes::ALL;
    require(Role::Viewer).await?;
    Ok(ALL.iter().map(|code| [code.code, code.means, code.advice].map(str::to_owned)).collect())
}

/// The page. It is the same for every project.
#[component]
pub fn ReasonsPage() -> impl IntoView {
    let reasons = use_read(|| ListReasons {});
    view! {
        <Title text="Reasons"/>
        <SettingsHead/>
        <p>"Every judgement says why. Each reason has a code that never changes its meaning, so that rules and your own programs may rely on it."</p>
        {loaded(reasons, table)}
    }
}

fn table(reasons: Vec<[String; 3]>) -> AnyView {
    let rows = reasons.into_iter().map(row).collect_view();
    view! {
        <section class="card">
            <Table label="Reasons" head=&["Code", "Means", "What to do"]>{rows}</Table>
        </section>
    }
    .into_any()
}

fn row([code, means, advice]: [String; 3]) -> AnyView {
    let id = code.clone();
    view! {
        <tr role="row" id=id>
            <td role="cell" data-label="Code"><code>{code}</code></td>
            <td class="wrap" role="cell" data-label="Means">{means}</td>
            <td class="wrap" role="cell" data-label="What to do">{advice}</td>
        </tr>
    }
    .into_any()
}
