//! `/`: goes to the project, if there is just one, else to the list of them.

use leptos::prelude::*;
use leptos_router::components::Redirect;

#[cfg(feature = "ssr")]
use crate::access::{Role, require};
use crate::error::AppResult;
use crate::ui::loaded::loaded;
use crate::ui::read::{Json, use_read};

/// Where to begin.
#[server(input = Json)]
pub async fn find_start() -> AppResult<String> {
    let by = require(Role::Viewer).await?;
    let projects = porchlight_domain::project::store::list(by.db()).await?;
    Ok(match projects.as_slice() {
        [only] => format!("/p/{}", only.id),
        _ => "/projects".to_owned(),
    })
}

/// The page: none.
#[component]
pub fn StartPage() -> impl IntoView {
    let start = use_read(|| FindStart {});
    loaded(start, |path| view! { <Redirect path=path/> }.into_any())
}
