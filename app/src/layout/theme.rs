//! Light or dark: as the system has it, unless the operator chose; the choice is kept in a cookie.

#![expect(
    missing_docs,
    reason = "the arguments of server functions become fields that cannot carry documentation"
)]

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppResult;
use crate::ui::browser;
use crate::ui::change::{Form, use_change};

/// What was chosen over the system's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// As the style sheet knows it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    #[cfg(feature = "ssr")]
    fn parse(text: &str) -> Option<Self> {
        [Self::Light, Self::Dark].into_iter().find(|theme| theme.as_str() == text)
    }
}

/// The cookie's name.
#[cfg(feature = "ssr")]
const COOKIE: &str = "porchlight_theme";

/// What this browser's operator chose.
#[cfg(feature = "ssr")]
pub fn chosen() -> Option<Theme> {
    crate::access::cookie(COOKIE).as_deref().and_then(Theme::parse)
}

/// Chooses: `light`, `dark`, anything else is the system's own. Anybody may: it concerns their own browser only.
#[server]
pub async fn choose_theme(theme: String) -> AppResult<()> {
    const YEAR: i64 = 365 * 24 * 60 * 60;
    let theme = Theme::parse(&theme);
    crate::access::set_cookie(
        COOKIE,
        theme.map_or("", Theme::as_str),
        "Lax",
        if theme.is_some() { YEAR } else { 0 },
    );
    Ok(())
}

/// Three buttons.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let change = use_change::<ChooseTheme>();
    let button = |theme: &'static str, label: &'static str| {
        let chosen = (theme != "auto").then_some(theme);
        view! { <button name="theme" value=theme on:click=move |_| browser::mark_root("data-theme", chosen)>{label}</button> }
    };
    view! {
        <Form change=change class="theme-switch">
            <span class="faint">"Theme"</span>
            {button("auto", "Auto")}
            {button("light", "Light")}
            {button("dark", "Dark")}
        </Form>
    }
}
