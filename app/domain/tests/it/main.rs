//! Every store test, on SQLite and on PostgreSQL.

#![allow(clippy::expect_used, reason = "a test that finds nothing to go on with has failed")]

#[macro_use]
mod support;

mod alert;
mod backtest;
mod budget;
mod db;
mod denied;
mod event;
mod feedback;
mod inbound;
mod memory;
mod notice;
mod operator;
mod profile;
mod project;
mod question;
mod reference;
mod relay;
mod retention;
mod revocation;
mod rule;
mod session;
mod standing;
mod upgrade;
mod webhook;
mod weights;
