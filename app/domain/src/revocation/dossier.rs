//! An order with all its evidence: what happened to it, and what the application said.

use serde::{Deserialize, Serialize};

use super::receipt::{CONTRADICTS, REFUSED};
use super::{Receiver, Revocation, State};
use crate::Timestamp;
use crate::id::{DeliveryId, EndpointId, EventId, ReceiptId};

/// One thing that happened to an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Step {
    /// The session; None: the order as a whole.
    pub session_id: Option<String>,
    /// The state it came to; `not_found`: a receiver said so while another may have the session, which changed no state.
    pub state: String,
    /// By what: `delivery dlv_…`, `receipt rcpt_…`, `no receipt in time`, `event evt_…`; where it was settled before its time
    /// because somebody is out who was waited for, why: `endpoint ep_… was deleted: nobody else may have it`.
    pub cause: String,
    /// When.
    pub at: Timestamp,
}

impl Step {
    /// The event that showed a session alive which had been said to be dead.
    pub fn seen_alive(&self) -> Option<EventId> {
        let event = self.cause.strip_prefix("event ").filter(|_| self.state == State::Contradicted.as_str());
        event.and_then(|id| id.parse().ok())
    }
}

/// How a receipt came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Via {
    /// In the answer to the webhook.
    Answer,
    /// Posted to the order's receipt URL.
    Post,
    /// Posted with the API key, by an application that polls.
    Poll,
}

impl Via {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Post => "post",
            Self::Poll => "poll",
        }
    }

    /// From its stored text.
    pub fn from_stored(text: &str) -> Self {
        match text {
            "answer" => Self::Answer,
            "post" => Self::Post,
            _ => Self::Poll,
        }
    }
}

/// A stored receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Receipt {
    /// Its id.
    pub id: ReceiptId,
    /// The delivery it answered.
    pub delivery_id: Option<DeliveryId>,
    /// Whose it is: the endpoint whose answer it was, or with whose secret it was signed. None: nobody can tell.
    #[serde(default)]
    pub endpoint_id: Option<EndpointId>,
    /// How it came.
    pub via: Via,
    /// Its own signature was there and right.
    pub signed: bool,
    /// What was made of it: `accepted`, `contradicts: …`, `refused: …`. Of refused ones the first twenty are kept.
    pub verdict: String,
    /// The receipt as sent, at most 16 KiB.
    pub body: String,
    /// When.
    pub received_at: Timestamp,
}

impl Receipt {
    /// True when nothing of it was believed, nor who sent it.
    pub fn is_refused(&self) -> bool {
        self.verdict.starts_with(REFUSED)
    }

    /// True when it says otherwise than what was known.
    pub fn contradicts(&self) -> bool {
        self.verdict.starts_with(CONTRADICTS)
    }
}

/// An order with all its evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Dossier {
    /// The order.
    #[serde(flatten)]
    pub revocation: Revocation,
    /// What happened, in order.
    pub steps: Vec<Step>,
    /// What the application said, in order.
    pub receipts: Vec<Receipt>,
    /// Each endpoint that it went to, and what that did.
    #[serde(default)]
    pub receivers: Vec<Receiver>,
    /// The webhook deliveries that carried it, or told that nobody confirmed it in time.
    pub deliveries: Vec<DeliveryId>,
}
