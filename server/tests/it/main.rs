//! The whole server, on SQLite and on PostgreSQL.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that finds nothing to go on with has failed"
)]

#[macro_use]
mod support;

mod alerts;
mod answer;
mod api;
mod bad_input;
mod console;
mod ingest;
mod notice;
mod ops;
mod owed;
mod revocations;
mod story;
mod thisdata;
mod webhooks;
