//! Signatures of webhooks, both ways: Standard Webhooks v1 and ThisData's X-Signature. Pure: keys, bytes and the time in,
//! text or a verdict out.

mod check;
pub(crate) mod rotation;
mod secret;
mod sign;
mod verify;

pub use check::confirms;
pub use rotation::{DEFAULT_OVERLAP_HOURS, MAX_OVERLAP_HOURS};
pub use secret::Secret;
pub use sign::{Signed, sign, sign_legacy, sign_standard};
pub use verify::{StandardHeaders, TOLERANCE_SECONDS, Verdict, off_by, verify_legacy, verify_standard};

/// Header of the message's id: the same for each attempt.
pub const ID: &str = "webhook-id";
/// Header of the attempt's time, in seconds.
pub const TIMESTAMP: &str = "webhook-timestamp";
/// Header of the signatures, one space between them.
pub const SIGNATURE: &str = "webhook-signature";
/// Header of ThisData's signature.
pub const LEGACY: &str = "x-signature";
