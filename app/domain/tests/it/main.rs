//! Every store test, on SQLite and on PostgreSQL.

#[macro_use]
mod support;

mod event;
mod operator;
mod project;
