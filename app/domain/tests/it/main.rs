//! Every store test, on SQLite and on PostgreSQL.

#[macro_use]
mod support;

mod alert;
mod event;
mod notice;
mod operator;
mod profile;
mod project;
mod question;
mod revocation;
mod session;
mod rule;
mod webhook;
