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
    /// Its last delivery.
    pub delivery_id: DeliveryId,
    /// Its last receipt that was taken, or else the last that was refused.
    pub receipt_id: Option<ReceiptId>,
    /// What was made of that.
    pub verdict: Option<String>,
}

impl Reception {
    /// From the delivery, and whether a receipt of it was taken.
    pub fn of(state: DeliveryState, attempts: i64, arrived: bool, observer: bool, answered: bool) -> Self {
        match state {
            _ if answered => Self::Answered,
            _ if arrived && observer => Self::Observed,
            _ if arrived => Self::Acknowledged,
            DeliveryState::Delivered => Self::Acknowledged,
            DeliveryState::Cancelled => Self::Cancelled,
            DeliveryState::Failed => Self::Failed,
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
            ((Pending, 0, false, false, false), Reception::Waiting),
            ((Pending, 2, false, false, false), Reception::Failing),
            ((Failed, 9, false, false, false), Reception::Failed),
            ((Cancelled, 0, false, false, false), Reception::Cancelled),
            ((Delivered, 1, true, false, false), Reception::Acknowledged),
            ((Delivered, 1, true, true, false), Reception::Observed),
            // Sent once more because nobody confirmed it: it has it all the same.
            ((Pending, 2, true, false, false), Reception::Acknowledged),
            // Posted while its answer failed.
            ((Failed, 3, false, false, true), Reception::Answered),
        ];
        for ((state, attempts, arrived, observer, answered), expected) in cases {
            assert_eq!(Reception::of(state, attempts, arrived, observer, answered), expected);
        }
    }
}
