//! Webhooks: SQL and operations.

mod attempts;
mod claims;
mod coming;
mod completions;
mod deliveries;
mod endpoints;
mod messages;
mod narrow;
mod orders;
mod owed;
pub mod probes;
mod queue;
pub mod replays;
mod search;
mod secrets;
mod standing;
mod subjects;
mod traffic;

pub use crate::signature::{DEFAULT_OVERLAP_HOURS, MAX_OVERLAP_HOURS};
pub use attempts::last_tried;
pub(crate) use claims::release;
pub use claims::{Claimed, claim};
pub(crate) use coming::{coming, off};
pub use completions::{Completed, Completion, complete};
pub use deliveries::{get as get_delivery, list as list_deliveries, resend, send_test};
pub use endpoints::{create, delete, get, list, update};
pub(crate) use messages::has_listener;
pub use messages::publish;
pub use orders::order_signers;
pub(crate) use orders::{redeliver_order, try_given_up};
pub use queue::{Queued, waiting};
pub use search::search;
pub(crate) use secrets::place;
pub use secrets::{add_key, hints, remove_keys, retire, rotate};
pub use subjects::subjects;
pub use traffic::{holds, last_signature, latency, phase_latency, traffic};
