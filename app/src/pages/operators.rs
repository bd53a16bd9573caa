//! `/operators`: who may use the console, and as what.

use leptos::prelude::*;
use leptos_meta::Title;
use porchlight_domain::id::OperatorId;
use porchlight_domain::operator::{MIN_PASSWORD, Operator};

use crate::access::Role;
#[cfg(feature = "ssr")]
use crate::access::require;
use crate::error::AppResult;
use crate::ui::badge::{Tone, badge};
use crate::ui::change::{Change, Failure, Form, use_change};
use crate::ui::form::{Confirm, Field, Select, choice, typed};
use crate::ui::loaded::loaded;
#[cfg(feature = "ssr")]
use crate::ui::once::Once;
use crate::ui::read::{Json, use_read};
use crate::ui::table::Table;
use crate::ui::time::time_or;

/// All operators, by name.
#[server(input = Json)]
pub async fn list_operators() -> AppResult<Vec<Operator>> {
    let by = require(Role::Owner).await?;
    Ok(porchlight_domain::operator::store::list(by.db()).await?)
}

/// Creates an operator.
#[server]
pub async fn create_operator(email: String, name: String, password: String, role: Role) -> AppResult<()> {
    let by = require(Role::Owner).await?;
    let operator = porchlight_domain::operator::store::create(
        by.db(),
        &by.actor(),
        &email,
        &name,
        &password,
        role,
        by.now(),
    )
    .await?;
    Once::Said(format!("{} can sign in now. Tell them the password by a way you trust.", operator.name))
        .leave(&by)
}

/// Gives an operator another role.
#[server]
pub async fn change_role(operator: OperatorId, role: Role) -> AppResult<()> {
    let by = require(Role::Owner).await?;
    porchlight_domain::operator::store::change_role(by.db(), &by.actor(), operator, role, by.now()).await?;
    Once::Said(format!("The role is {} now.", role.as_str())).leave(&by)
}

/// Disables an operator and ends their sessions, or lets them sign in again.
#[server]
pub async fn disable_operator(operator: OperatorId, #[server(default)] disabled: bool) -> AppResult<()> {
    use porchlight_domain::operator::store::{disable, enable};
    let by = require(Role::Owner).await?;
    let said = if disabled {
        disable(by.db(), &by.actor(), operator, by.now()).await?;
        "They are signed out everywhere and cannot sign in."
    } else {
        enable(by.db(), &by.actor(), operator, by.now()).await?;
        "They can sign in again."
    };
    Once::Said(said.to_owned()).leave(&by)
}

/// Removes an operator. What they did stays in the ledger.
#[server]
pub async fn remove_operator(operator: OperatorId) -> AppResult<()> {
    let by = require(Role::Owner).await?;
    porchlight_domain::operator::store::remove(by.db(), &by.actor(), operator, by.now()).await?;
    Once::Said("The operator is removed.".to_owned()).leave(&by)
}

/// Makes the one-time link by which an operator chooses a new password; it is shown once.
#[server]
pub async fn offer_reset(operator: OperatorId) -> AppResult<()> {
    let by = require(Role::Owner).await?;
    let token =
        porchlight_domain::operator::store::reset_link(by.db(), &by.actor(), operator, by.now()).await?;
    Once::Secret {
        title: "One-time link for a new password".to_owned(),
        advice: "Give it to its operator by a way you trust. It works once, within a day; the old password works until then."
            .to_owned(),
        value: format!("{}/reset/{token}", by.state.public_url),
        example: None,
    }
    .leave(&by)
}

/// What the rows' forms do.
#[derive(Clone, Copy)]
struct Acts {
    role: Change,
    disable: Change,
    remove: Change,
    reset: Change,
}

/// The page.
#[component]
pub fn OperatorsPage() -> impl IntoView {
    let operators = use_read(|| ListOperators {});
    let acts = Acts {
        role: use_change::<ChangeRole>(),
        disable: use_change::<DisableOperator>(),
        remove: use_change::<RemoveOperator>(),
        reset: use_change::<OfferReset>(),
    };
    view! {
        <Title text="Operators"/>
        <header class="page-head">
            <div>
                <h1>"Operators"</h1>
                <p class="faint">"People who use this console. Every change they make is recorded with their name: "<a href="/operators/changes">"what operators did"</a>"."</p>
            </div>
        </header>
        {[acts.role, acts.disable, acts.remove, acts.reset].map(|change| view! { <Failure change=change/> }).collect_view()}
        {loaded(operators, move |operators| list(operators, acts))}
    }
}

fn means(role: Role) -> &'static str {
    match role {
        Role::Viewer => "Reads everything but secrets and mails.",
        Role::Analyst => "Also works alerts and ends sessions.",
        Role::Admin => "Also sets up projects, webhooks, keys and rules; reads the outbox.",
        Role::Owner => "Also makes projects and operators.",
    }
}

fn list(operators: Vec<Operator>, acts: Acts) -> AnyView {
    let rows = operators.into_iter().map(move |operator| row(operator, acts));
    view! {
        <section class="card">
            <Table label="Operators" head=&["Operator", "Role", "Last seen", ""]>{rows.collect_view()}</Table>
        </section>
        <NewOperator/>
    }
    .into_any()
}

fn row(operator: Operator, acts: Acts) -> AnyView {
    let disabled = operator.disabled_at.is_some().then(|| badge(Tone::Bad, "Disabled"));
    view! {
        <tr role="row">
            <td role="cell" data-label="Operator">
                <span class="strong">{operator.name.clone()}</span>" "{disabled}<small>{operator.email.clone()}</small>
            </td>
            <td class="wide" role="cell" data-label="Role">{operator.role.as_str()}<small>{means(operator.role)}</small></td>
            <td role="cell" data-label="Last seen">{time_or(operator.last_seen_at, "never")}</td>
            <td class="actions" role="cell">{change(&operator, acts)}</td>
        </tr>
    }
    .into_any()
}

fn change(operator: &Operator, acts: Acts) -> AnyView {
    let (id, role, disabled) = (operator.id.to_string(), operator.role, operator.disabled_at.is_some());
    // Moved into the forms, whose children are closures.
    let [of_role, of_reset, of_disable, of_remove] =
        [(); 4].map(|()| view! { <input type="hidden" name="operator" value=id.clone()/> });
    let roles = [Role::Viewer, Role::Analyst, Role::Admin, Role::Owner];
    let roles = move || roles.map(|one| choice(one.as_str(), one.as_str(), one == role)).collect_view();
    view! {
        <Confirm label="Change…" warning=format!("What {} may do, from their next click on.", operator.name)>
            <Form change=acts.role quiet=true class="stack">
                {of_role}
                <Field name="role" label="May act as"><Select name="role">{roles()}</Select></Field>
                <button class="button">"Change role"</button>
            </Form>
            <Form change=acts.reset quiet=true>
                {of_reset}
                <button class="button">"Make a link for a new password"</button>
            </Form>
            <Form change=acts.disable quiet=true>
                {of_disable}
                <input type="hidden" name="disabled" value=(!disabled).to_string()/>
                <button class="button">{if disabled { "Let sign in again" } else { "Disable and sign out" }}</button>
            </Form>
            <Form change=acts.remove quiet=true>
                {of_remove}
                <button class="button danger">"Remove for good"</button>
            </Form>
        </Confirm>
    }
    .into_any()
}

#[component]
fn NewOperator() -> impl IntoView {
    let change = use_change::<CreateOperator>();
    view! {
        <section class="card pad narrow">
            <h2>"New operator"</h2>
            <Form change=change>
                <Field name="name" label="Name">
                    <input name="name" required maxlength="100" autocomplete="off" value=typed("name")/>
                </Field>
                <Field name="email" label="E-mail">
                    <input type="email" name="email" required autocomplete="off" value=typed("email")/>
                </Field>
                <Field name="role" label="Role">
                    <Select name="role">
                        {choice("viewer", "Viewer: reads", true)}
                        {choice("analyst", "Analyst: works alerts, ends sessions", false)}
                        {choice("admin", "Admin: sets up projects", false)}
                        {choice("owner", "Owner: everything", false)}
                    </Select>
                </Field>
                <Field name="password" label="First password" hint="At least 10 characters.">
                    <input type="password" name="password" required minlength=MIN_PASSWORD.to_string() maxlength="512" autocomplete="new-password"/>
                </Field>
                <button class="button primary">"Create operator"</button>
            </Form>
        </section>
    }
    .into_any()
}
