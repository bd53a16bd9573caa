//! `/sign-in`: e-mail and password.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

#[cfg(feature = "ssr")]
use crate::access::{client_address, redirect, safe_next, session_cookie, state};
#[cfg(feature = "ssr")]
use crate::error::AppError;
use crate::error::AppResult;
use crate::ui::change::{Form, use_change};
use crate::ui::form::Field;
use crate::ui::icon::mark;

/// Begins a session and goes to the page that was asked for before.
#[server]
pub async fn sign_in(
    email: String,
    password: String,
    #[server(default)] next: Option<String>,
) -> AppResult<()> {
    let state = state()?;
    let now = (state.now)();
    let attempt = state.throttle.attempt(client_address(), &email, now);
    let attempt = attempt.map_err(|seconds| AppError::TooMany(seconds).answered())?;
    let signed_in = porchlight_domain::operator::store::sign_in(&state.db, &email, &password, now).await?;
    let Some((_, token)) = signed_in else { return Err(AppError::WrongPassword.answered()) };
    attempt.succeeded();
    session_cookie(Some(&token));
    redirect(&safe_next(next.as_deref()));
    Ok(())
}

/// Ends the session, here and in the store. Whoever has none has nothing to end.
#[server]
pub async fn sign_out() -> AppResult<()> {
    let state = state()?;
    if let Some(token) = session_cookie(None) {
        porchlight_domain::operator::store::sign_out(&state.db, &token).await?;
    }
    redirect("/sign-in");
    Ok(())
}

/// The page.
#[component]
pub fn SignInPage() -> impl IntoView {
    let change = use_change::<SignIn>();
    let query = use_query_map();
    let next = move || query.with(|query| query.get("next")).unwrap_or_default();
    view! {
        <Title text="Sign in"/>
        <main class="alone">
            <div class="card entry">
                <p class="brand">{mark()}"Porchlight"</p>
                <h1>"Sign in"</h1>
                <Form change=change>
                    <input type="hidden" name="next" value=next/>
                    <Field label="E-mail">
                        <input type="email" name="email" required autocomplete="username" autofocus/>
                    </Field>
                    <Field label="Password">
                        <input type="password" name="password" required autocomplete="current-password"/>
                    </Field>
                    <button class="button primary wide">"Sign in"</button>
                </Form>
            </div>
        </main>
    }
}
