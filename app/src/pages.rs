//! The pages: one file for each URL, with its server functions, its component and its private parts.

#![expect(
    missing_docs,
    reason = "the arguments of server functions become fields that cannot carry documentation"
)]

pub mod account;
pub mod alert;
pub mod alerts;
pub mod backtest;
pub mod data;
pub mod deliveries;
pub mod delivery;
pub mod endpoint;
pub mod event;
pub mod events;
pub mod inbound;
pub mod keys;
pub mod later;
pub mod ledger;
pub mod operators;
pub mod outbox;
pub mod overview;
pub mod projects;
pub mod reasons;
pub mod received;
pub mod reset;
pub mod revocation;
pub mod revocations;
pub mod rules;
pub mod settings;
pub mod sign_in;
pub mod source;
pub mod start;
pub mod user;
pub mod users;
pub mod webhooks;
pub mod welcome;
