//! What is shown once after a change: that it worked, or a secret. The same way with and without a script: the change
//! seals it into a cookie that lives for a minute, the page that comes next opens it, shows it and takes the cookie away.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use serde::{Deserialize, Serialize};

use crate::error::AppResult;
use crate::ui::browser;
use crate::ui::copy::Snippet;
use crate::ui::read::{Json, use_read};

/// Something to show once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Once {
    /// That a change was made, in a sentence.
    Said(String),
    /// A secret that cannot be shown again.
    Secret {
        /// Of what: `API key "Production"`.
        title: String,
        /// What to do with it.
        advice: String,
        /// The secret.
        value: String,
        /// A request that tries it.
        example: Option<String>,
    },
}

#[cfg(feature = "ssr")]
mod server {
    use data_encoding::BASE64URL_NOPAD;
    use porchlight_domain::Timestamp;
    use porchlight_domain::operator::Role;
    use porchlight_domain::time::{MINUTE, SECOND};
    use serde::{Deserialize, Serialize};

    use super::Once;
    use crate::access::{Access, cookie, require, set_cookie};
    use crate::error::AppResult;

    const COOKIE: &str = "porchlight_once";
    const LIFETIME: i64 = MINUTE;

    #[derive(Serialize, Deserialize)]
    struct Sealed {
        until: Timestamp,
        once: Once,
    }

    /// Bound to the operator: it opens for nobody else.
    fn place(by: &Access) -> String {
        format!("once:{}", by.operator.id)
    }

    impl Once {
        /// Leaves it for the page that comes next.
        pub fn leave(self, by: &Access) -> AppResult<()> {
            let sealed = Sealed { until: by.now().plus(LIFETIME), once: self };
            let json = serde_json::to_vec(&sealed).map_err(porchlight_domain::Error::from)?;
            let sealed = by.db().vault().seal(&place(by), &json)?;
            set_cookie(COOKIE, &BASE64URL_NOPAD.encode(&sealed), "Strict", LIFETIME / SECOND);
            Ok(())
        }

        /// Takes what was left, if anything was.
        pub(super) async fn take() -> AppResult<Option<Self>> {
            let Some(text) = cookie(COOKIE) else { return Ok(None) };
            let by = require(Role::Viewer).await?;
            set_cookie(COOKIE, "", "Strict", 0);
            let sealed = BASE64URL_NOPAD.decode(text.as_bytes()).unwrap_or_default();
            // Another operator's, or forged: there is nothing to show and nothing to complain of.
            let Ok(json) = by.db().vault().open(&place(&by), &sealed) else { return Ok(None) };
            let sealed = serde_json::from_slice::<Sealed>(&json).ok();
            Ok(sealed.filter(|sealed| sealed.until > by.now()).map(|sealed| sealed.once))
        }
    }
}

/// Opens what the last change left, and takes it away.
#[server(input = Json)]
pub async fn take_once() -> AppResult<Option<Once>> {
    Once::take().await
}

/// The place where it is shown: at the top of every page.
#[component]
pub fn Shown() -> impl IntoView {
    let path = use_location().pathname;
    let once = use_read(|| TakeOnce {});
    view! {
        <div class="once" aria-live="polite">
            <Transition fallback=|| ()>
                {move || Suspend::new(async move {
                    let once = once.get().await.ok().flatten();
                    let here = path.get_untracked();
                    // It belongs to the page it appeared on.
                    move || once.clone().filter(|_| path.get() == here).map(show)
                })}
            </Transition>
        </div>
    }
    .into_any()
}

fn show(once: Once) -> AnyView {
    match once {
        Once::Said(text) => view! { <p class="notice" data-tone="good">{text}</p> }.into_any(),
        Once::Secret { title, advice, value, example } => {
            Effect::new(|| browser::focus(".secret"));
            view! {
            <section class="notice secret" data-tone="warn" aria-label="Shown once" tabindex="-1">
                <h2>{title}</h2>
                <p>{advice}" It is shown this once: copy it now."</p>
                <Snippet text=value label="The secret"/>
                {example.map(|example| view! { <p>"Try it:"</p><Snippet text=example label="A request with it"/> })}
            </section>
        }
        .into_any()
        }
    }
}
