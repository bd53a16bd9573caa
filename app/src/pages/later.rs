//! Pages whose code the browser fetches when the first of them is opened: each group is a WebAssembly module of its own,
//! so that what an operator sees first loads without them.

use std::future::pending;

use leptos::prelude::*;
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use leptos_router::ChooseView;
use leptos_router::hooks::use_location;
use leptos_router::location::Location;

use crate::pages::{
    account, backtest, data, deliveries, delivery, endpoint, inbound, keys, ledger, operators, outbox,
    reasons, received, revocation, revocations, rules, settings, source, webhooks,
};
use crate::ui::browser;

/// Declares a group: the names that the table of routes has for its pages, and the function that is split off.
macro_rules! group {
    ($(#[$about:meta])* $group:ident in $module:ident: $($name:ident => $page:path,)+) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug)]
        pub enum $group {
            $(#[doc = concat!("`", stringify!($page), "`")] $name,)+
        }

        const _: () = {
            #[wasm_split($module, wasm_split_path = ::leptos::wasm_split, preload(fetch), fallible)]
            fn pages(page: $group) -> Result<AnyView, SplitLoaderError> {
                Ok(match page {
                    $($group::$name => $page().into_any(),)+
                })
            }

            impl ChooseView for $group {
                async fn choose(self) -> AnyView {
                    pages(self).await.unwrap_or_else(|_| ().into_any())
                }

                async fn preload(&self) {
                    let url = use_location();
                    if fetch().await.is_err() {
                        not_fetched(url).await;
                    }
                }
            }
        };
    };
}

/// Where a group could not be fetched, after an update or on a bad line, the browser loads its page anew. A page that was
/// just loaded stays as the server sent it.
async fn not_fetched(url: Location) {
    if browser::root_has("data-hydrated") {
        browser::leave_for(&format!("{}{}", url.pathname.get_untracked(), url.search.get_untracked()));
    }
    pending().await
}

group! {
    /// What is sent, what comes in, and what came of it.
    Webhooks in webhooks_pages:
    Endpoints => webhooks::WebhooksPage,
    Endpoint => endpoint::EndpointPage,
    EndpointKeys => endpoint::keys::KeysOfEndpointPage,
    Deliveries => deliveries::DeliveriesPage,
    Delivery => delivery::DeliveryPage,
    Inbound => inbound::InboundPage,
    Source => source::SourcePage,
    Received => received::ReceivedPage,
    Revocations => revocations::RevocationsPage,
    Revocation => revocation::RevocationPage,
    Outbox => outbox::OutboxPage,
    Mail => outbox::mail::MailPage,
}

group! {
    /// What is set up once and looked up now and then.
    Settings in settings_pages:
    Account => account::AccountPage,
    Operators => operators::OperatorsPage,
    Project => settings::SettingsPage,
    Keys => keys::KeysPage,
    Rules => rules::RulesPage,
    Backtest => backtest::BacktestPage,
    Reasons => reasons::ReasonsPage,
    Data => data::DataPage,
    Ledger => ledger::LedgerPage,
    Installation => ledger::InstallationPage,
}
