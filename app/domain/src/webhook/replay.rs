//! A bulk resend: a job that gives each message it takes in one new delivery, at a rate, whatever happens meanwhile.

use serde::{Deserialize, Serialize};

use super::MessageType;
use crate::error::FieldError;
use crate::id::{DeliveryId, EndpointId, ReplayId};
use crate::{Error, Result, Timestamp};

/// How many deliveries may be selected one by one.
pub const MAX_SELECTED: usize = 1_000;
/// New deliveries a second unless told otherwise.
pub const DEFAULT_RATE: u32 = 500;
const MAX_RATE: u32 = 10_000;

/// What is sent again. A message that is on its way to the endpoint is never taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum ReplayScope {
    /// These deliveries, whatever became of them.
    Selected {
        /// Which.
        deliveries: Vec<DeliveryId>,
    },
    /// What an endpoint should have had and has not: what failed, was cancelled, or came while it was disabled.
    Since {
        /// To whom.
        endpoint: EndpointId,
        /// Messages published from then on …
        since: Timestamp,
        /// … and before then; None: until the job was made.
        until: Option<Timestamp>,
        /// Only of this type.
        r#type: Option<MessageType>,
        /// Also what was delivered: the receiver lost it.
        delivered: bool,
    },
}

impl ReplayScope {
    /// Checks what was asked for at `now`.
    pub fn checked(self, now: Timestamp) -> Result<Self> {
        if let Self::Since { since, .. } = &self
            && *since > now
        {
            let wrong = format!("must not be in the future: now it is {} UTC", now.human());
            return Err(Error::invalid("since", wrong));
        }
        let wrong = match &self {
            Self::Selected { deliveries } if deliveries.is_empty() || deliveries.len() > MAX_SELECTED => {
                ("deliveries", "must name 1 to 1000 deliveries")
            }
            Self::Since { since, until: Some(until), .. } if until <= since => {
                ("until", "must be after since")
            }
            _ => return Ok(self),
        };
        Err(Error::Invalid(vec![FieldError::new(wrong.0, wrong.1)]))
    }
}

/// Checks a rate, new deliveries a second.
pub fn checked_rate(rate: Option<u32>) -> Result<u32> {
    match rate.unwrap_or(DEFAULT_RATE) {
        rate @ 1..=MAX_RATE => Ok(rate),
        _ => Err(Error::invalid("rate", format!("must be between 1 and {MAX_RATE}"))),
    }
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReplayState {
    /// It makes deliveries.
    Running,
    /// It made them all.
    Done,
    /// Somebody ended it, or its endpoint went away; what it had made is sent.
    Cancelled,
}

impl ReplayState {
    /// As stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
        }
    }
}

impl std::str::FromStr for ReplayState {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "running" => Ok(Self::Running),
            "done" => Ok(Self::Done),
            "cancelled" => Ok(Self::Cancelled),
            _ => Err(Error::invalid("state", "must be running, done or cancelled")),
        }
    }
}

/// A bulk resend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Replay {
    /// Its id.
    pub id: ReplayId,
    /// What it takes in.
    pub scope: ReplayScope,
    /// Where it stands.
    pub state: ReplayState,
    /// New deliveries a second.
    pub rate: u32,
    /// How many it was to make when it was asked for.
    pub total: i64,
    /// How many it has made.
    pub made: i64,
    /// Who asked for it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selection_is_bounded_and_a_period_has_its_ends_in_order() {
        let selected =
            |count| ReplayScope::Selected { deliveries: vec![DeliveryId(1); count] }.checked(Timestamp(0));
        assert!(selected(0).is_err() && selected(1_000).is_ok() && selected(1_001).is_err());
        let (since, delivered, r#type) = (Timestamp(5), false, None);
        let period = |until| {
            ReplayScope::Since { endpoint: EndpointId(1), since, until, r#type, delivered }.checked(since)
        };
        assert!(
            period(Some(Timestamp(5))).is_err() && period(Some(Timestamp(6))).is_ok() && period(None).is_ok()
        );
        let early = ReplayScope::Since { endpoint: EndpointId(1), since, until: None, r#type, delivered };
        let Err(Error::Invalid(errors)) = early.checked(Timestamp(4)) else {
            panic!("the future is not over")
        };
        assert_eq!(errors[0].field, "since");
        assert_eq!(checked_rate(None).expect("rate"), DEFAULT_RATE);
        assert!(checked_rate(Some(0)).is_err() && checked_rate(Some(10_001)).is_err());
    }
}
