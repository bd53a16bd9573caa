//! The endpoints that an order went to, and what each did with it: with two of them, which has not answered.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::id::{DeliveryId, EndpointId, ReceiptId};
use crate::webhook::DeliveryState;

/// How an endpoint received an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Reception {
    /// It was not sent yet.
    Waiting,
    /// It has not arrived, and nothing is sent before somebody resumes or enables the endpoint.
    Held,
    /// Each attempt failed so far; another follows.
    Failing,
    /// Each attempt failed, and no other follows.
    Failed,
    /// It was cancelled before it arrived: the endpoint was disabled or deleted.
    Cancelled,
    /// It only listens: nothing is awaited of it.
    Observed,
    /// It accepted it without saying what it did.
    Acknowledged,
    /// It sent a receipt that was taken.
    Answered,
}

impl Reception {
    /// As shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Held => "held",
            Self::Failing => "failing",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Observed => "observed",
            Self::Acknowledged => "acknowledged",
            Self::Answered => "answered",
        }
    }
}

/// An endpoint that an order went to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Receiver {
    /// Which endpoint.
    pub endpoint_id: EndpointId,
    /// Where that is today.
    pub url: String,
    /// What it did.
    pub reception: Reception,
    /// When it first answered 2xx.
    pub delivered_at: Option<Timestamp>,
    /// Why its last attempt failed.
    pub last_error: Option<String>,
    /// Why nothing is sent to it, or not before some time, in words: `paused: nothing is sent to it before it is resumed`.
    #[serde(default)]
    pub held: Option<String>,
    /// When it is tried next, where anything is still to come: when the order's limit is over at the latest.
    #[serde(default)]
    pub next_attempt_at: Option<Timestamp>,
    /// Its last delivery.
    pub delivery_id: DeliveryId,
    /// Its last receipt that was taken, or else the last that was refused.
    pub receipt_id: Option<ReceiptId>,
    /// What was made of that.
    pub verdict: Option<String>,
}

impl Reception {
    /// From the delivery, whether its endpoint is at work, and whether a receipt of it was taken.
    pub fn of(
        state: DeliveryState,
        (attempts, at_work): (i64, bool),
        [arrived, observer, answered]: [bool; 3],
    ) -> Self {
        match state {
            _ if answered => Self::Answered,
            _ if arrived && observer => Self::Observed,
            _ if arrived => Self::Acknowledged,
            DeliveryState::Delivered => Self::Acknowledged,
            DeliveryState::Cancelled => Self::Cancelled,
            DeliveryState::Failed => Self::Failed,
            DeliveryState::Pending if !at_work => Self::Held,
            DeliveryState::Pending if attempts > 0 => Self::Failing,
            DeliveryState::Pending => Self::Waiting,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_receiver_is_known_by_what_it_did_last() {
        use DeliveryState::{Cancelled, Delivered, Failed, Pending};
        let cases = [
            (Pending, (0, true), [false; 3], Reception::Waiting),
            (Pending, (2, true), [false; 3], Reception::Failing),
            (Pending, (0, false), [false; 3], Reception::Held),
            (Pending, (2, false), [false; 3], Reception::Held),
            (Pending, (2, false), [true, false, false], Reception::Acknowledged),
            (Failed, (9, true), [false; 3], Reception::Failed),
            (Cancelled, (0, false), [false; 3], Reception::Cancelled),
            (Delivered, (1, true), [true, false, false], Reception::Acknowledged),
            (Delivered, (1, true), [true, true, false], Reception::Observed),
            // Sent once more because nobody confirmed it: it has it all the same.
            (Pending, (2, true), [true, false, false], Reception::Acknowledged),
            // Posted while its answer failed.
            (Failed, (3, true), [false, false, true], Reception::Answered),
        ];
        for (state, tried, heard, expected) in cases {
            assert_eq!(Reception::of(state, tried, heard), expected, "{state:?} {tried:?} {heard:?}");
        }
    }
}
