//! `/welcome/{token}`: the one-time link that makes the first operator.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

#[cfg(feature = "ssr")]
use crate::access::{browser, client_address, redirect, session_cookie, state};
#[cfg(feature = "ssr")]
use crate::error::AppError;
use crate::error::AppResult;
use crate::ui::change::{Change, Form, use_change};
use crate::ui::form::{Field, typed};
use crate::ui::icon::mark;
use crate::ui::loaded::loaded;
use crate::ui::read::{Json, use_read};

/// True while the link works.
#[server(input = Json)]
pub async fn invitation_is_open(token: String) -> AppResult<bool> {
    let state = state()?;
    Ok(porchlight_domain::operator::store::invitation_is_open(&state.db, &token, (state.now)()).await?)
}

/// Makes the operator and signs them in.
#[server]
pub async fn accept_invitation(
    token: String,
    email: String,
    name: String,
    password: String,
) -> AppResult<()> {
    use porchlight_domain::operator::store;
    let state = state()?;
    let now = (state.now)();
    let attempt = state.throttle.attempt(client_address(), &email, now);
    let attempt = attempt.map_err(|seconds| AppError::TooMany(seconds).answered())?;
    // Asked before the password is hashed, which is slow on purpose.
    if !store::invitation_is_open(&state.db, &token, now).await? {
        return Err(AppError::NotFound.answered());
    }
    let operator = store::accept_invitation(&state.db, &token, &email, &name, &password, now).await?;
    attempt.succeeded();
    session_cookie(Some(&store::open_session(&state.db, operator.id, &browser(), now).await?));
    redirect("/projects");
    Ok(())
}

/// The page.
#[component]
pub fn WelcomePage() -> impl IntoView {
    let params = use_params_map();
    let token = Memo::new(move |_| params.with(|params| params.get("token")).unwrap_or_default());
    let open = use_read(move || InvitationIsOpen { token: token.get() });
    let change = use_change::<AcceptInvitation>();
    view! {
        <Title text="Welcome"/>
        <main class="alone">
            <div class="card entry">
                <p class="brand">{mark()}"Porchlight"</p>
                {loaded(open, move |open| if open { welcome(change, token.get_untracked()) } else { used() })}
            </div>
        </main>
    }
}

fn welcome(change: Change, token: String) -> AnyView {
    view! {
        <h1>"Make the owner"</h1>
        <p class="faint">"The first operator may do everything, and makes the others. This link works once."</p>
        <Form change=change>
            <input type="hidden" name="token" value=token/>
            <Field name="name" label="Your name">
                <input name="name" value=typed("name") required maxlength="100" autocomplete="name" autofocus/>
            </Field>
            <Field name="email" label="E-mail" hint="You sign in with it.">
                <input type="email" name="email" value=typed("email") required autocomplete="username"/>
            </Field>
            <Field name="password" label="Password" hint="At least 10 characters. A few words you will remember are better than a short riddle.">
                <input type="password" name="password" required minlength="10" maxlength="512" autocomplete="new-password"/>
            </Field>
            <button class="button primary wide">"Create the owner"</button>
        </Form>
    }
    .into_any()
}

fn used() -> AnyView {
    view! {
        <h1>"This link no longer works"</h1>
        <p>"It was used already, or it is more than a day old. While there is no operator, every start of Porchlight prints a new one."</p>
        <p><a class="button" href="/sign-in">"Sign in"</a></p>
    }
    .into_any()
}
