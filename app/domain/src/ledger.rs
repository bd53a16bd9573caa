//! The ledger: what operators and applications changed, one line for each change, in the same transaction as it.

mod store;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use store::{list, newest, of_installation, record, times};

use crate::Timestamp;
use crate::id::LedgerId;

/// One change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place.
    pub id: LedgerId,
    /// When.
    pub at: Timestamp,
    /// Who, as `kind:id`.
    pub actor: String,
    /// What was done: `endpoint.created`.
    pub action: String,
    /// To what: an id.
    pub subject: String,
    /// The particulars; never a secret.
    pub detail: Value,
}
