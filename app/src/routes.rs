//! The one table of what URL shows what page.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::{SsrMode, path};

use crate::layout::{Frame, InProject};
use crate::pages::later::{Settings, Webhooks};
use crate::pages::{
    alert, alerts, event, events, overview, projects, reset, sign_in, start, user, users, welcome,
};
use crate::ui::change::provide_changes;
use crate::ui::loaded::not_found;

/// The console.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
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
                    <Route path=path!("/account") view=Settings::Account/>
                    <Route path=path!("/operators") view=Settings::Operators/>
                    <Route path=path!("/operators/changes") view=Settings::Installation/>
                    <ParentRoute path=path!("/p/:project") view=InProject>
                        <Route path=path!("") view=overview::OverviewPage/>
                        <Route path=path!("/events") view=events::EventsPage/>
                        <Route path=path!("/events/:event") view=event::EventPage/>
                        <Route path=path!("/users") view=users::UsersPage/>
                        <Route path=path!("/users/:user") view=user::UserPage/>
                        <Route path=path!("/alerts") view=alerts::AlertsPage/>
                        <Route path=path!("/alerts/:alert") view=alert::AlertPage/>
                        <Route path=path!("/revocations") view=Webhooks::Revocations/>
                        <Route path=path!("/revocations/:revocation") view=Webhooks::Revocation/>
                        <Route path=path!("/inbound") view=Webhooks::Inbound/>
                        <Route path=path!("/inbound/:source") view=Webhooks::Source/>
                        <Route path=path!("/inbound/:source/:received") view=Webhooks::Received/>
                        <Route path=path!("/outbox") view=Webhooks::Outbox/>
                        <Route path=path!("/outbox/:notice") view=Webhooks::Mail/>
                        <Route path=path!("/webhooks") view=Webhooks::Endpoints/>
                        <Route path=path!("/webhooks/:endpoint") view=Webhooks::Endpoint/>
                        <Route path=path!("/webhooks/:endpoint/keys") view=Webhooks::EndpointKeys/>
                        <Route path=path!("/deliveries") view=Webhooks::Deliveries/>
                        <Route path=path!("/deliveries/:delivery") view=Webhooks::Delivery/>
                        <Route path=path!("/settings") view=Settings::Project/>
                        <Route path=path!("/keys") view=Settings::Keys/>
                        <Route path=path!("/rules") view=Settings::Rules/>
                        <Route path=path!("/backtest") view=Settings::Backtest/>
                        <Route path=path!("/reasons") view=Settings::Reasons/>
                        <Route path=path!("/data") view=Settings::Data/>
                        <Route path=path!("/ledger") view=Settings::Ledger/>
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
