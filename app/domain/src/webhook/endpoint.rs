//! An endpoint: where messages go, in which format, and whether they may.

mod checks;

use serde::{Deserialize, Serialize};

use checks::{checked_description, checked_types, checked_url};

use super::{MessageType, Policy};
use crate::id::{EndpointId, SecretId};
use crate::{Error, Result, Timestamp};

/// How many endpoints a project may have.
pub const MAX_ENDPOINTS: i64 = 50;
/// The reason of an endpoint's state when an operator disabled it: what was pending was cancelled, not kept.
pub const DISABLED_BY_HAND: &str = "disabled by hand";

/// Which bodies an endpoint gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Typed bodies `{type, timestamp, data}`, signed as Standard Webhooks.
    #[default]
    Standard,
    /// ThisData's flattened bodies, with `X-Signature` beside the standard headers.
    ThisData,
}

impl Format {
    /// As stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::ThisData => "thisdata",
        }
    }
}

impl std::str::FromStr for Format {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "standard" => Ok(Self::Standard),
            "thisdata" => Ok(Self::ThisData),
            _ => Err(Error::invalid("format", "must be standard or thisdata")),
        }
    }
}

/// Whether an endpoint gets anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum EndpointState {
    /// It gets its messages.
    Active,
    /// An operator holds its messages back until it is resumed.
    Paused,
    /// It gets none. What was pending when it was disabled for failing is kept; what comes meanwhile can be recovered.
    Disabled,
}

impl EndpointState {
    /// As stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Disabled => "disabled",
        }
    }
}

impl std::str::FromStr for EndpointState {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "active" => Ok(Self::Active),
            "paused" => Ok(Self::Paused),
            "disabled" => Ok(Self::Disabled),
            _ => Err(Error::invalid("state", "must be active, paused or disabled")),
        }
    }
}

/// Where a project's messages go. Its secrets are never part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Endpoint {
    /// Its id.
    pub id: EndpointId,
    /// Where to POST, normalised.
    pub url: String,
    /// Which bodies it gets.
    pub format: Format,
    /// What it is for.
    pub description: String,
    /// Which types it gets; empty: all.
    pub types: Vec<MessageType>,
    /// How it wants to be delivered to, where that differs from the default.
    pub policy: Policy,
    /// Whether it gets anything.
    pub state: EndpointState,
    /// Why it is not active, in words.
    pub state_reason: Option<String>,
    /// Since when every attempt has failed.
    pub failing_since: Option<Timestamp>,
    /// Since when it exists.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Endpoint {
    /// True when messages of this type are for it.
    pub fn takes(&self, kind: MessageType) -> bool {
        self.types.is_empty() || self.types.contains(&kind)
    }

    /// True when nothing arrives at it although something should: it is at work and fails, or was disabled for that. One
    /// that an operator paused or disabled is as somebody wants it.
    pub fn is_silent(&self) -> bool {
        match self.state {
            EndpointState::Active => self.failing_since.is_some(),
            EndpointState::Paused => false,
            EndpointState::Disabled => !self.is_taken_out(),
        }
    }

    /// True where somebody disabled it: it answers for orders no more. One that disabled itself may have the sessions.
    pub fn is_taken_out(&self) -> bool {
        self.state == EndpointState::Disabled && self.state_reason.as_deref() == Some(DISABLED_BY_HAND)
    }

    /// How somebody took it out since it was as `before`: it answers for orders no more.
    pub fn taken_out_since(&self, before: &Self) -> Option<&'static str> {
        let disabled = self.is_taken_out() && !before.is_taken_out();
        let listens = self.policy.observer && !before.policy.observer;
        disabled.then_some("was disabled").or(listens.then_some("only listens now"))
    }

    /// This endpoint with a change made; the state is not part of it, see [`EndpointChange::state`].
    pub fn changed(self, change: EndpointChange, now: Timestamp) -> Result<Self> {
        let format = change.format.unwrap_or(self.format);
        Ok(Self {
            url: change.url.map_or(Ok(self.url), |url| checked_url(&url))?,
            types: checked_types(format, change.types.unwrap_or(self.types))?,
            description: change
                .description
                .map_or(Ok(self.description), |text| checked_description(&text))?,
            policy: change.policy.map_or(Ok(self.policy), Policy::checked)?,
            format,
            updated_at: now,
            ..self
        })
    }
}

/// What a secret may be recognised by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SecretHint {
    /// Its id.
    pub id: SecretId,
    /// `whsec_MfKQ…`, a fingerprint of one that was typed, or the whole public half of an ed25519 key.
    pub hint: String,
    /// The public half of an ed25519 key, `whpk_…`: to verify `v1a` with.
    pub public_key: Option<String>,
    /// Since when it signs.
    pub created_at: Timestamp,
    /// When it stops signing; None while it is the endpoint's own.
    pub expires_at: Option<Timestamp>,
}

/// An endpoint to create.
#[derive(Clone, Default)]
pub struct NewEndpoint {
    /// Where to POST: http or https.
    pub url: String,
    /// Which bodies it gets.
    pub format: Format,
    /// What it is for.
    pub description: String,
    /// Which types it gets; empty: all.
    pub types: Vec<MessageType>,
    /// How it wants to be delivered to.
    pub policy: Policy,
    /// A secret typed by an administrator; None: one is generated.
    pub secret: Option<String>,
}

impl NewEndpoint {
    /// Checks what was typed, but for the secret.
    pub fn checked(self) -> Result<Self> {
        Ok(Self {
            url: checked_url(&self.url)?,
            description: checked_description(&self.description)?,
            types: checked_types(self.format, self.types)?,
            policy: self.policy.checked()?,
            ..self
        })
    }
}

impl std::fmt::Debug for NewEndpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewEndpoint")
            .field("url", &self.url)
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

/// What to change of an endpoint; None leaves it as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EndpointChange {
    /// Where to POST.
    pub url: Option<String>,
    /// Which bodies it gets.
    pub format: Option<Format>,
    /// What it is for.
    pub description: Option<String>,
    /// Which types it gets; empty: all.
    pub types: Option<Vec<MessageType>>,
    /// How it wants to be delivered to, as a whole.
    pub policy: Option<Policy>,
    /// Pauses, resumes, disables or enables it.
    pub state: Option<EndpointState>,
}
