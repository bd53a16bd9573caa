//! Webhooks: SQL and operations.

mod claims;
mod completions;
mod deliveries;
mod endpoints;
mod messages;
mod orders;
mod secrets;

pub use claims::{Claimed, claim, next_due, release};
pub use completions::{Completed, Completion, complete};
pub use deliveries::{get as get_delivery, list as list_deliveries, resend, send_test};
pub use endpoints::{create, delete, get, list, update};
pub use messages::publish;
pub use orders::order_signers;
pub(crate) use orders::redeliver_order;
pub(crate) use secrets::place;
pub use secrets::{DEFAULT_OVERLAP_HOURS, MAX_OVERLAP_HOURS, hints, rotate};
