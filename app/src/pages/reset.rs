//! `/reset/{token}`: the one-time link by which an operator chooses a new password.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use porchlight_domain::operator::MIN_PASSWORD;

#[cfg(feature = "ssr")]
use crate::access::{browser, client_address, redirect, session_cookie, state};
#[cfg(feature = "ssr")]
use crate::error::AppError;
use crate::error::AppResult;
use crate::ui::change::{Change, Form, use_change};
use crate::ui::form::Field;
use crate::ui::icon::mark;
use crate::ui::loaded::loaded;
use crate::ui::read::{Json, use_read};

/// Whose password the link changes, while it works.
#[server(input = Json)]
pub async fn find_reset_owner(token: String) -> AppResult<Option<String>> {
    let state = state()?;
    Ok(porchlight_domain::operator::store::reset_owner(&state.db, &token, (state.now)()).await?)
}

/// Sets the password, ends the operator's sessions, begins a new one here.
#[server]
pub async fn reset_password(token: String, password: String) -> AppResult<()> {
    use porchlight_domain::operator::store;
    let state = state()?;
    let now = (state.now)();
    let attempt = state.throttle.attempt(client_address(), "reset", now);
    let attempt = attempt.map_err(|seconds| AppError::TooMany(seconds).answered())?;
    // Asked before the password is hashed, which is slow on purpose.
    if store::reset_owner(&state.db, &token, now).await?.is_none() {
        return Err(AppError::NotFound.answered());
    }
    let operator = store::reset_password(&state.db, &token, &password, now).await?;
    attempt.succeeded();
    session_cookie(Some(&store::open_session(&state.db, operator, &browser(), now).await?));
    redirect("/");
    Ok(())
}

/// The page.
#[component]
pub fn ResetPage() -> impl IntoView {
    let params = use_params_map();
    let token = Memo::new(move |_| params.with(|params| params.get("token")).unwrap_or_default());
    let owner = use_read(move || FindResetOwner { token: token.get() });
    let change = use_change::<ResetPassword>();
    view! {
        <Title text="New password"/>
        <main class="alone">
            <div class="card entry">
                <p class="brand">{mark()}"Porchlight"</p>
                {loaded(owner, move |owner| match owner {
                    Some(email) => choose(change, email, token.get_untracked()),
                    None => used(),
                })}
            </div>
        </main>
    }
}

fn choose(change: Change, email: String, token: String) -> AnyView {
    view! {
        <h1>"Choose a new password"</h1>
        <p class="faint">"For "{email.clone()}". Wherever you are signed in now, you are signed out. This link works once."</p>
        <Form change=change>
            <input type="hidden" name="token" value=token/>
            <input type="hidden" autocomplete="username" value=email/>
            <Field name="password" label="New password" hint="At least 10 characters. A few words you will remember are better than a short riddle.">
                <input type="password" name="password" required minlength=MIN_PASSWORD.to_string() maxlength="512" autocomplete="new-password" autofocus/>
            </Field>
            <button class="button primary wide">"Set password"</button>
        </Form>
    }
    .into_any()
}

fn used() -> AnyView {
    view! {
        <h1>"This link no longer works"</h1>
        <p>"It was used already, a newer one was made, or it is more than a day old. Ask an owner for another."</p>
        <p><a class="button" href="/sign-in">"Sign in"</a></p>
    }
    .into_any()
}
