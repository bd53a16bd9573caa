//! Inbound webhooks: who may send them, each one received with its signature status, and what it asks for.

pub mod hmac;
mod obedience;
#[cfg(feature = "store")]
pub mod store;
mod wanted;

use serde::{Deserialize, Serialize};

pub use obedience::Obedience;
pub use wanted::{Wanted, Which, wanted};

use self::hmac::HmacScheme;
use crate::id::{InboundId, RevocationId, SecretId, SourceId};
use crate::page::About;
use crate::{Error, Result, Timestamp};

/// How a source signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature`.
    Standard,
    /// ThisData: `X-Signature` over the body alone.
    ThisData,
    /// Any other HMAC, as the source's settings say.
    Hmac,
}

impl Scheme {
    /// As stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::ThisData => "thisdata",
            Self::Hmac => "hmac",
        }
    }
}

impl std::str::FromStr for Scheme {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "standard" => Ok(Self::Standard),
            "thisdata" => Ok(Self::ThisData),
            "hmac" => Ok(Self::Hmac),
            _ => Err(Error::invalid("scheme", "must be standard, thisdata or hmac")),
        }
    }
}

/// Another system that may send webhooks. Its secret is not here: it is shown once, when the source is created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Source {
    /// Its id.
    pub id: SourceId,
    /// Its name, for people.
    pub name: String,
    /// What nobody guesses: it sends to `/hooks/{slug}`.
    pub slug: String,
    /// How it signs.
    pub scheme: Scheme,
    /// How exactly, where the scheme is `hmac`.
    pub hmac: Option<HmacScheme>,
    /// What its secret may be recognised by.
    pub hint: String,
    /// Since when it exists.
    pub created_at: Timestamp,
    /// Since when it has its present secret, if that is not its first.
    pub rotated_at: Option<Timestamp>,
}

/// What a secret of a source may be recognised by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SourceSecret {
    /// Its id, once it was put aside by a rotation.
    pub id: Option<SecretId>,
    /// The hint.
    pub hint: String,
    /// Since when it is.
    pub created_at: Timestamp,
    /// Until when it is taken; None: it is in force.
    pub expires_at: Option<Timestamp>,
}

/// How many webhooks came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Tally {
    /// From which source.
    pub source_id: SourceId,
    /// Of which status.
    pub status: Status,
    /// How many.
    pub count: i64,
}

/// A source to be created.
#[derive(Clone)]
pub struct NewSource {
    /// Its name.
    pub name: String,
    /// How it signs.
    pub scheme: Scheme,
    /// How exactly: for the scheme `hmac`, and for no other.
    pub hmac: Option<HmacScheme>,
    /// The secret it has already; None: one is generated.
    pub secret: Option<String>,
}

/// What to change of a source; None: it stays. How it signs, standard or not, stays for good: its secret is read by that.
#[derive(Clone, Debug, Default)]
pub struct SourceChange {
    /// Its name.
    pub name: Option<String>,
    /// How exactly it signs, as a whole: where the scheme is `hmac`.
    pub hmac: Option<HmacScheme>,
}

/// What an inbound webhook's signature is worth.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Signed by the source, now, for the first time.
    Valid,
    /// Signed by somebody else, or changed on its way.
    Invalid,
    /// Not signed.
    Missing,
    /// Signed by the source, but too long ago or ahead.
    Stale,
    /// Signed by the source, and received before.
    Replayed,
}

impl Status {
    /// All there are, the best first.
    pub const ALL: [Self; 5] = [Self::Valid, Self::Invalid, Self::Missing, Self::Stale, Self::Replayed];

    /// As stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::Missing => "missing",
            Self::Stale => "stale",
            Self::Replayed => "replayed",
        }
    }
}

impl std::str::FromStr for Status {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| Error::invalid("status", "must be valid, invalid, missing, stale or replayed"))
    }
}

/// An inbound webhook that was received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Inbound {
    /// Its id.
    pub id: InboundId,
    /// From whom it claims to be.
    pub source_id: SourceId,
    /// When.
    pub received_at: Timestamp,
    /// What its signature is worth.
    pub status: Status,
    /// Of a valid one: what was done about it.
    #[serde(default)]
    pub outcome: Option<Obedience>,
    /// Why, or what became of it.
    pub reason: String,
    /// The sender's id of the message; where none is signed, the SHA-256 of what is signed.
    pub webhook_id: Option<String>,
    /// The headers that matter, as they came. None, and no body, of a valid one that is older than the project keeps.
    pub headers: Vec<(String, String)>,
    /// The beginning of the body, at most 16 KiB.
    pub body: String,
    /// The order it led to.
    pub revocation_id: Option<RevocationId>,
    /// Of a stale one: how far its time is ahead of our clock, in seconds; negative: behind.
    #[serde(default)]
    pub off_seconds: Option<i64>,
}

/// How much of a body is kept, in bytes.
pub const MAX_BODY: usize = 16 * 1024;

impl Inbound {
    /// A valid one bears a signature: without any header, what was kept of it is gone.
    pub fn is_gone(&self) -> bool {
        self.status == Status::Valid && self.headers.is_empty()
    }

    /// Only the beginning of its body is kept. It was cut before a letter, which has at most four bytes.
    pub fn is_cut(&self) -> bool {
        self.body.len() + 3 >= MAX_BODY
    }
}

/// Which inbound webhooks are asked for. Every field narrows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct InboundFilter {
    /// Only from this source.
    pub source: Option<SourceId>,
    /// Only of this status.
    pub status: Option<Status>,
    /// Only those about which this was done.
    pub outcome: Option<Obedience>,
    /// Only those that led to this order.
    pub revocation: Option<RevocationId>,
    /// About whom and what by the order they led to, and when they came.
    pub about: About,
}
