//! `/operators`: who may use the console, and as what.

use leptos::prelude::*;
use leptos_meta::Title;
use porchlight_domain::operator::{MIN_PASSWORD, Operator};

use crate::access::Role;
#[cfg(feature = "ssr")]
use crate::access::require;
use crate::error::AppResult;
use crate::ui::change::{Form, use_change};
use crate::ui::form::{Field, choice};
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

/// The page.
#[component]
pub fn OperatorsPage() -> impl IntoView {
    let operators = use_read(|| ListOperators {});
    view! {
        <Title text="Operators"/>
        <header class="page-head">
            <div>
                <h1>"Operators"</h1>
                <p class="faint">"People who use this console. Every change they make is recorded with their name."</p>
            </div>
        </header>
        {loaded(operators, list)}
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

fn list(operators: Vec<Operator>) -> AnyView {
    let rows = operators.into_iter().map(|operator| {
        view! {
            <tr>
                <td><span class="strong">{operator.name}</span><small>{operator.email}</small></td>
                <td class="wide">{operator.role.as_str()}<small>{means(operator.role)}</small></td>
                <td>{time_or(operator.last_seen_at, "never")}</td>
            </tr>
        }
    });
    view! {
        <section class="card">
            <Table label="Operators" head=&["Operator", "Role", "Last seen"]>{rows.collect_view()}</Table>
        </section>
        <NewOperator/>
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
                <Field label="Name">
                    <input name="name" required maxlength="100" autocomplete="off"/>
                </Field>
                <Field label="E-mail">
                    <input type="email" name="email" required autocomplete="off"/>
                </Field>
                <Field label="Role">
                    <select name="role">
                        {choice("viewer", "Viewer: reads", true)}
                        {choice("analyst", "Analyst: works alerts, ends sessions", false)}
                        {choice("admin", "Admin: sets up projects", false)}
                        {choice("owner", "Owner: everything", false)}
                    </select>
                </Field>
                <Field label="First password" hint="At least 10 characters.">
                    <input type="password" name="password" required minlength=MIN_PASSWORD.to_string() maxlength="512" autocomplete="new-password"/>
                </Field>
                <button class="button primary">"Create operator"</button>
            </Form>
        </section>
    }
    .into_any()
}
