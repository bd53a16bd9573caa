//! `/sign-in`: e-mail and password.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

#[cfg(feature = "ssr")]
use crate::access::{browser, client_address, redirect, safe_next, session_cookie, state};
#[cfg(feature = "ssr")]
use crate::error::AppError;
use crate::error::AppResult;
use crate::ui::change::{Change, Form, use_change};
use crate::ui::copy::Snippet;
use crate::ui::form::{Field, typed};
use crate::ui::icon::mark;
use crate::ui::loaded::loaded;
use crate::ui::read::{Json, use_read};

/// Begins a session and goes to the page that was asked for before.
#[server]
pub async fn sign_in(
    email: String,
    password: String,
    #[server(default)] next: Option<String>,
) -> AppResult<()> {
    use porchlight_domain::operator::store;
    let state = state()?;
    let now = (state.now)();
    let attempt = state.throttle.attempt(client_address(), &email, now);
    let attempt = attempt.map_err(|seconds| {
        count("slowed");
        AppError::TooMany(seconds).answered()
    })?;
    let signed_in = store::sign_in(&state.db, &email, &password, &browser(), now).await?;
    let Some((_, token)) = signed_in else {
        count("failed");
        // The answer is the same where it cannot be written.
        if let Err(error) = store::sign_in_failed(&state.db, &email, &browser(), now).await {
            tracing::warn!(%error, "a failed sign-in could not be recorded");
        }
        return Err(AppError::WrongPassword.answered());
    };
    count("succeeded");
    attempt.succeeded();
    session_cookie(Some(&token));
    redirect(&safe_next(next.as_deref()));
    Ok(())
}

#[cfg(feature = "ssr")]
fn count(outcome: &'static str) {
    metrics::counter!("porchlight_sign_ins_total", "outcome" => outcome).increment(1);
}

/// True before the first operator is made: nobody can sign in.
#[server(input = Json)]
pub async fn nobody_yet() -> AppResult<bool> {
    Ok(porchlight_domain::operator::store::count(&state()?.db).await? == 0)
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
    let nobody = use_read(|| NobodyYet {});
    let change = use_change::<SignIn>();
    view! {
        <Title text="Sign in"/>
        <main class="alone">
            <div class="card entry">
                <p class="brand">{mark()}"Porchlight"</p>
                {loaded(nobody, move |nobody| if nobody { first() } else { form(change) })}
            </div>
        </main>
    }
}

fn form(change: Change) -> AnyView {
    let next = use_query_map().with_untracked(|query| query.get("next")).unwrap_or_default();
    view! {
        <h1>"Sign in"</h1>
        <Form change=change>
            <input type="hidden" name="next" value=next/>
            <Field name="email" label="E-mail">
                <input type="email" name="email" value=typed("email") required autocomplete="username" autofocus/>
            </Field>
            <Field name="password" label="Password">
                <input type="password" name="password" required autocomplete="current-password"/>
            </Field>
            <button class="button primary wide">"Sign in"</button>
        </Form>
    }
    .into_any()
}

/// What a fresh installation says.
fn first() -> AnyView {
    view! {
        <h1>"Nobody can sign in yet"</h1>
        <p>"There is no operator. When Porchlight started, it printed a one-time link in its log: “Make the first operator”, and below it an address with "<code>"/welcome/"</code>" in it. Open that link to make the owner."</p>
        <p class="faint">"The link is good for a day; each start prints a new one. Or make the owner where Porchlight runs, with the password on standard input:"</p>
        <Snippet text="porchlight operator create --email you@example.com --role owner" label="A command that makes the owner"/>
        <p><a class="button" href="/sign-in" rel="external">"Look again"</a></p>
    }
    .into_any()
}
