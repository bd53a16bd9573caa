//! Webhooks: SQL and operations.

mod messages;

pub use messages::publish;
