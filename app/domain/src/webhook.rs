//! Outgoing webhooks: endpoints, the messages they are sent, each delivery with its attempts and its signature status.

mod answer;
mod ascii;
mod delivery;
mod diagnosis;
pub mod dispatch;
mod endpoint;
mod fault;
pub mod forbidden;
pub mod health;
mod message;
mod phases;
mod policy;
mod probe;
#[cfg(feature = "store")]
mod receipt;
pub mod replay;
pub mod schedule;
pub mod search;
#[cfg(feature = "store")]
mod signers;
#[cfg(feature = "store")]
pub mod store;
mod subject;
mod token;
mod traffic;

pub use answer::Answer;
pub use ascii::to_ascii_json;
pub use delivery::{
    Attempt, Delivery, DeliveryDetail, DeliveryFilter, DeliveryState, ReceiptStatus, SignatureStatus,
};
pub use diagnosis::diagnose;
pub use endpoint::{
    DISABLED_BY_HAND, Endpoint, EndpointChange, EndpointState, Format, MAX_ENDPOINTS, NewEndpoint, SecretHint,
};
pub use fault::Fault;
pub use health::Health;
pub use message::{MessageType, NewMessage};
pub use phases::{Phase, PhaseLatency, Phases};
pub use policy::Policy;
pub use probe::{NewProbe, Probe, ProbeKind, ProbeVerdict, Readiness, Trust};
#[cfg(feature = "store")]
pub use receipt::{FoundReceipt, MUST_BE_SIGNED, ONLY_LISTENS, verify_receipt};
pub use replay::{Replay, ReplayScope, ReplayState};
#[cfg(feature = "store")]
pub use signers::{Signer, Signers, Unbelieved};
pub use subject::Subject;
pub use token::{for_observer, without_receipt_token};
pub use traffic::{Hold, LATELY, Traffic};
