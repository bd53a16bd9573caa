//! A delivery: one message to one endpoint, its attempts, and how far its signature is to be trusted.

use serde::{Deserialize, Serialize};

use super::{Format, MessageType, Phases, without_receipt_token};
use crate::id::{AlertId, AttemptId, DeliveryId, EndpointId, MessageId, RevocationId, UserKey};
use crate::page::About;
use crate::revocation::receipt::{CONTRADICTS, REFUSED};
use crate::{Error, Result, Timestamp};

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    /// It is to be sent, now or again.
    Pending,
    /// The receiver answered 2xx.
    Delivered,
    /// The last attempt failed.
    Failed,
    /// Its endpoint was disabled or deleted first.
    Cancelled,
}

impl DeliveryState {
    /// As stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

impl std::str::FromStr for DeliveryState {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "pending" => Ok(Self::Pending),
            "delivered" => Ok(Self::Delivered),
            "failed" => Ok(Self::Failed),
            "cancelled" => Ok(Self::Cancelled),
            _ => Err(Error::invalid("state", "must be pending, delivered, failed or cancelled")),
        }
    }
}

/// What the answer said of the order it answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReceiptStatus {
    /// Nothing.
    #[default]
    None,
    /// A receipt without a signature: only the connection vouches for it.
    Unsigned,
    /// A receipt signed with the endpoint's secret.
    Signed,
    /// A receipt with a signature that does not fit, or without one where there must be one: recorded, not believed.
    Invalid,
}

/// What is known of an attempt's signature.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SignatureStatus {
    /// `v1` and `v1a` (Standard Webhooks), `x-signature` (ThisData).
    pub schemes: Vec<String>,
    /// The hints of the secrets that signed, newest first.
    pub secrets: Vec<String>,
    /// Code written apart from the signing code confirmed every signature before it left.
    pub self_verified: bool,
    /// How far the receiver's clock is ahead of ours, from its `Date` header, in seconds.
    pub clock_offset_seconds: Option<i64>,
    /// What the answer said of the order it answered.
    pub receipt: ReceiptStatus,
    /// What was made of that receipt: `accepted`, `repeated`, `contradicts: …`, `refused: …`; None where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<String>,
    /// What is probably wrong at the receiver, and what to do about it.
    pub diagnosis: Option<String>,
}

impl SignatureStatus {
    /// True where there is a receipt that was not believed, however it is signed: forged, unreadable, about something else.
    pub fn is_unbelieved(&self) -> bool {
        self.receipt == ReceiptStatus::Invalid || self.has_verdict(REFUSED)
    }

    /// True where there is a receipt that says otherwise than what is known: it may well be the one that is right.
    pub fn contradicts(&self) -> bool {
        self.has_verdict(CONTRADICTS)
    }

    fn has_verdict(&self, begin: &str) -> bool {
        self.verdict.as_deref().is_some_and(|verdict| verdict.starts_with(begin))
    }
}

/// One message to one endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// What receivers see as `webhook-id`.
    pub message_id: MessageId,
    /// To whom.
    pub endpoint_id: EndpointId,
    /// Where that is today; where each attempt went, the attempt says.
    pub url: String,
    /// What the message tells.
    pub r#type: MessageType,
    /// What became of it.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next; None: never, or not before its endpoint is resumed.
    pub next_attempt_at: Option<Timestamp>,
    /// Its endpoint failed so often that nothing is sent to it before this moment, which may be past.
    #[serde(default)]
    pub on_hold_until: Option<Timestamp>,
    /// The last answer's HTTP status.
    pub last_status: Option<u16>,
    /// Why the last attempt failed, in words.
    pub last_error: Option<String>,
    /// The last attempt's signature; None before the first.
    pub signature: Option<SignatureStatus>,
    /// Whom the message is about.
    pub user: Option<UserKey>,
    /// The alert it belongs to.
    pub alert: Option<AlertId>,
    /// The order it carries.
    pub revocation: Option<RevocationId>,
    /// When the message was published.
    pub created_at: Timestamp,
    /// When the receiver first answered 2xx.
    pub delivered_at: Option<Timestamp>,
}

impl Delivery {
    /// As seen at `now`: a hold that is over holds nothing.
    #[must_use]
    pub fn seen_at(mut self, now: Timestamp) -> Self {
        self.on_hold_until = self.on_hold_until.filter(|until| *until > now);
        self
    }
}

/// One try of a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Attempt {
    /// Its id.
    pub id: AttemptId,
    /// Its number, from 1.
    pub number: u32,
    /// Where it went; None of one from before this was written down.
    #[serde(default)]
    pub url: Option<String>,
    /// Which body it carried; None of one from before this was written down.
    #[serde(default)]
    pub format: Option<Format>,
    /// Its endpoint only listened then: of an order it carried the body without `receipt_url`. None of one from before this was
    /// written down.
    #[serde(default)]
    pub observer: Option<bool>,
    /// When it began.
    pub started_at: Timestamp,
    /// How long it took, in microseconds.
    pub duration_us: i64,
    /// Where that time went.
    pub phases: Phases,
    /// The answer's HTTP status.
    pub status: Option<u16>,
    /// Why it failed, in words.
    pub error: Option<String>,
    /// What was sent beside the body.
    pub request_headers: Vec<(String, String)>,
    /// What came back beside the body.
    pub response_headers: Vec<(String, String)>,
    /// The answer's beginning.
    pub response_body: String,
    /// Its signature.
    pub signature: SignatureStatus,
    /// What is probably wrong at the receiver.
    pub diagnosis: Option<String>,
}

/// A delivery with everything that is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DeliveryDetail {
    /// The delivery.
    pub delivery: Delivery,
    /// The body as its last attempt sent it; of one that was not tried, as its endpoint would get it.
    pub body: String,
    /// Its attempts, oldest first.
    pub attempts: Vec<Attempt>,
}

impl DeliveryDetail {
    /// The same for people who may not confirm orders.
    pub fn without_receipt_token(mut self) -> Self {
        self.body = without_receipt_token(&self.body);
        self
    }
}

/// Which deliveries are asked for; None: any.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeliveryFilter {
    /// To this endpoint.
    pub endpoint: Option<EndpointId>,
    /// In this state.
    pub state: Option<DeliveryState>,
    /// Of this type.
    pub r#type: Option<MessageType>,
    /// About this user.
    pub user: Option<UserKey>,
    /// Of this alert.
    pub alert: Option<AlertId>,
    /// Carrying this order.
    pub revocation: Option<RevocationId>,
    /// About whom and what, and when it was published.
    pub about: About,
}
