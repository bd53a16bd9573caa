//! `/account`: an operator's own password and sessions.

use leptos::prelude::*;
use leptos_meta::Title;
use porchlight_domain::id::SignInId;
use porchlight_domain::operator::{MIN_PASSWORD, SignIn};

#[cfg(feature = "ssr")]
use crate::access::{Role, client_address, require, session_token};
#[cfg(feature = "ssr")]
use crate::error::AppError;
use crate::error::AppResult;
#[cfg(feature = "ssr")]
use crate::format;
use crate::ui::badge::{Tone, badge};
use crate::ui::change::{Change, Failure, Form, use_change};
use crate::ui::form::Field;
use crate::ui::loaded::loaded;
#[cfg(feature = "ssr")]
use crate::ui::once::Once;
use crate::ui::read::{Json, use_read};
use crate::ui::table::Table;
use crate::ui::time::Time;

/// Where one is signed in, the newest first.
#[server(input = Json)]
pub async fn list_own_sessions() -> AppResult<Vec<SignIn>> {
    let by = require(Role::Viewer).await?;
    let token = session_token().unwrap_or_default();
    let id = by.operator.id;
    Ok(porchlight_domain::operator::store::sessions(by.db(), id, &token, by.now()).await?)
}

/// Changes one's own password; every other session of one's own ends.
#[server]
pub async fn change_password(old_password: String, password: String) -> AppResult<()> {
    let by = require(Role::Viewer).await?;
    // Whoever has found an open browser must not guess either.
    let attempt = by.state.throttle.attempt(client_address(), &by.operator.email, by.now());
    let attempt = attempt.map_err(|seconds| AppError::TooMany(seconds).answered())?;
    let (id, token) = (by.operator.id, session_token().unwrap_or_default());
    let store = porchlight_domain::operator::store::change_password;
    store(by.db(), id, &old_password, &password, &token, by.now()).await?;
    attempt.succeeded();
    Once::Said("Your password is changed, and you are signed out everywhere else.".to_owned()).leave(&by)
}

/// Ends one of one's own sessions.
#[server]
pub async fn end_own_session(sign_in: SignInId) -> AppResult<()> {
    let by = require(Role::Viewer).await?;
    let id = by.operator.id;
    porchlight_domain::operator::store::end_session(by.db(), id, sign_in, by.now()).await?;
    Once::Said("That session is ended.".to_owned()).leave(&by)
}

/// Ends all of one's own sessions but this one.
#[server]
pub async fn end_other_sessions() -> AppResult<()> {
    let by = require(Role::Viewer).await?;
    let (id, token) = (by.operator.id, session_token().unwrap_or_default());
    let ended = porchlight_domain::operator::store::end_others(by.db(), id, &token, by.now()).await?;
    let ended = i64::try_from(ended).unwrap_or_default();
    Once::Said(format!("{} ended.", format::count(ended, "other session", "other sessions"))).leave(&by)
}

/// The page.
#[component]
pub fn AccountPage() -> impl IntoView {
    let sessions = use_read(|| ListOwnSessions {});
    let (end, end_others) = (use_change::<EndOwnSession>(), use_change::<EndOtherSessions>());
    view! {
        <Title text="Your account"/>
        <header class="page-head"><h1>"Your account"</h1></header>
        <Failure change=end/>
        <Failure change=end_others/>
        {loaded(sessions, move |sessions| list(sessions, end, end_others))}
        <NewPassword/>
    }
}

fn list(sessions: Vec<SignIn>, end: Change, end_others: Change) -> AnyView {
    let others = sessions.iter().filter(|session| !session.current).count();
    let rows = sessions.into_iter().map(move |session| row(session, end));
    let all = (others > 0).then(|| {
        view! { <Form change=end_others quiet=true><button class="button danger">"End all others"</button></Form> }
    });
    view! {
        <section class="card">
            <Table label="Where you are signed in" head=&["Browser", "Address", "Since", "Until", ""]>
                {rows.collect_view()}
            </Table>
        </section>
        {all}
    }
    .into_any()
}

fn row(session: SignIn, end: Change) -> AnyView {
    let last = if session.current {
        badge(Tone::Good, "This browser").into_any()
    } else {
        view! {
            <Form change=end quiet=true>
                <input type="hidden" name="sign_in" value=session.id.to_string()/>
                <button class="button small danger">"End"</button>
            </Form>
        }
        .into_any()
    };
    let agent = session.browser.user_agent.unwrap_or_else(|| "unknown".to_owned());
    view! {
        <tr role="row">
            <td class="wrap" role="cell" data-label="Browser">{agent}</td>
            <td role="cell" data-label="Address"><code>{session.browser.ip.unwrap_or_else(|| "unknown".to_owned())}</code></td>
            <td role="cell" data-label="Since"><Time at=session.created_at/></td>
            <td role="cell" data-label="Until"><Time at=session.expires_at/></td>
            <td class="actions" role="cell">{last}</td>
        </tr>
    }
    .into_any()
}

#[component]
fn NewPassword() -> impl IntoView {
    let change = use_change::<ChangePassword>();
    view! {
        <section class="card pad narrow">
            <h2>"Change password"</h2>
            <Form change=change>
                <Field name="old_password" label="Password now">
                    <input type="password" name="old_password" required maxlength="512" autocomplete="current-password"/>
                </Field>
                <Field name="password" label="New password" hint="At least 10 characters. You are signed out everywhere else.">
                    <input type="password" name="password" required minlength=MIN_PASSWORD.to_string() maxlength="512" autocomplete="new-password"/>
                </Field>
                <button class="button primary">"Change password"</button>
            </Form>
        </section>
    }
    .into_any()
}
