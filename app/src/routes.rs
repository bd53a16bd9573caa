//! The one table of what URL shows what page.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::{SsrMode, path};

use crate::layout::{Frame, InProject};
use crate::pages::{
    account, alert, alerts, backtest, data, deliveries, delivery, endpoint, event, events, inbound, keys,
    ledger, operators, outbox, overview, projects, reasons, reset, revocation, revocations, rules, settings,
    sign_in, start, user, users, webhooks, welcome,
};
use crate::ui::change::provide_changes;
use crate::ui::loaded::not_found;
use crate::ui::time::provide_clock;

/// The console.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_clock();
    provide_changes();
    // Every page is whole before it is sent: it reads without a script, and its status and cookies are right.
    let whole = SsrMode::Async;
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Porchlight".to_owned() } else { format!("{title} · Porchlight") } text=""/>
        <Router>
            <Routes fallback=NotFound>
                <Route path=path!("/sign-in") view=sign_in::SignInPage ssr=whole.clone()/>
                <Route path=path!("/welcome/:token") view=welcome::WelcomePage ssr=whole.clone()/>
                <Route path=path!("/reset/:token") view=reset::ResetPage ssr=whole.clone()/>
                <ParentRoute path=path!("") view=Frame ssr=whole.clone()>
                    <Route path=path!("") view=start::StartPage/>
                    <Route path=path!("/projects") view=projects::ProjectsPage/>
                    <Route path=path!("/account") view=account::AccountPage/>
                    <Route path=path!("/operators") view=operators::OperatorsPage/>
                    <ParentRoute path=path!("/p/:project") view=InProject>
                        <Route path=path!("") view=overview::OverviewPage/>
                        <Route path=path!("/events") view=events::EventsPage/>
                        <Route path=path!("/events/:event") view=event::EventPage/>
                        <Route path=path!("/users") view=users::UsersPage/>
                        <Route path=path!("/users/:user") view=user::UserPage/>
                        <Route path=path!("/alerts") view=alerts::AlertsPage/>
                        <Route path=path!("/alerts/:alert") view=alert::AlertPage/>
                        <Route path=path!("/revocations") view=revocations::RevocationsPage/>
                        <Route path=path!("/revocations/:revocation") view=revocation::RevocationPage/>
                        <Route path=path!("/inbound") view=inbound::InboundPage/>
                        <Route path=path!("/outbox") view=outbox::OutboxPage/>
                        <Route path=path!("/outbox/:notice") view=outbox::mail::MailPage/>
                        <Route path=path!("/webhooks") view=webhooks::WebhooksPage/>
                        <Route path=path!("/webhooks/:endpoint") view=endpoint::EndpointPage/>
                        <Route path=path!("/deliveries") view=deliveries::DeliveriesPage/>
                        <Route path=path!("/deliveries/:delivery") view=delivery::DeliveryPage/>
                        <Route path=path!("/settings") view=settings::SettingsPage/>
                        <Route path=path!("/keys") view=keys::KeysPage/>
                        <Route path=path!("/rules") view=rules::RulesPage/>
                        <Route path=path!("/backtest") view=backtest::BacktestPage/>
                        <Route path=path!("/reasons") view=reasons::ReasonsPage/>
                        <Route path=path!("/data") view=data::DataPage/>
                        <Route path=path!("/ledger") view=ledger::LedgerPage/>
                    </ParentRoute>
                </ParentRoute>
                <Route path=path!("/*any") view=NotFound ssr=whole/>
            </Routes>
        </Router>
    }
}

#[component]
fn NotFound() -> impl IntoView {
    #[cfg(feature = "ssr")]
    crate::error::AppError::NotFound.answered();
    view! { <main class="alone">{not_found()}</main> }
}
