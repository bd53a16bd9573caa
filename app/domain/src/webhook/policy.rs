//! How an endpoint wants to be delivered to, where that differs from the default.

use serde::{Deserialize, Serialize};

use crate::error::FieldError;
use crate::time::{DAY, SECOND};
use crate::{Error, Result};

/// The most retries a schedule may have, and the longest wait before one, in seconds.
const MAX_RETRIES: usize = 30;
const MAX_DELAY_SECONDS: u32 = 7 * 86_400;
/// The longest an attempt may take, in seconds: well below a claim's lease.
const MAX_TIMEOUT_SECONDS: u32 = 30;
/// The oldest a message may be when it is tried again, in days.
const MAX_AGE_SECONDS: u32 = 30 * 86_400;
/// How long an attempt may take unless the endpoint says otherwise, in seconds.
const TIMEOUT_SECONDS: u32 = 15;
/// How many requests may be on their way to one endpoint at once unless it says otherwise, and at most.
const CONCURRENCY: u32 = 32;
const MAX_CONCURRENCY: u32 = 256;
const MAX_RATE: u32 = 10_000;

/// An endpoint's own delivery policy; an absent field takes the default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// What is waited after the first, second, … failed attempt, in seconds, 1 to 604800 each, at most 30 of them; after
    /// the last there is no other. Empty: never retried. Default: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<Vec<u32>>,
    /// A message older than this is not tried again, in seconds, 60 to 2592000. Default: no limit but the schedule's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age_seconds: Option<u32>,
    /// How long an attempt may take, with the answer's last byte, in seconds, 1 to 30. Default: 15.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
    /// The most requests a second, 1 to 10000. Default: no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_per_second: Option<u32>,
    /// The most requests on their way at once, 1 to 256; it begins with fewer and adapts. Default: 32.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
    /// A user's later message waits until the earlier one was delivered or given up. An order to end sessions waits for
    /// nothing, and nothing for it; what is sent again by hand goes at once.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ordered_per_user: bool,
    /// A receipt of an order is believed only when it is signed: under the id `rcpt_<message id>`, with a secret of the
    /// endpoint. An unsigned one is kept as refused.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub signed_receipts: bool,
    /// It only listens (a SIEM, a chat): it ends no sessions. It gets the messages, orders without their `receipt_url`; its
    /// 2xx does not acknowledge an order, and receipts from it are refused, with that reason.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub observer: bool,
    /// Whether a probe of a new secret is followed by a message that is signed wrong: only a receiver that refuses that
    /// has shown that it has the new one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub enforcement_probes: bool,
}

impl Policy {
    /// Checks every number, each complaint at its field.
    pub fn checked(self) -> Result<Self> {
        let mut errors = Vec::new();
        let mut within = |field: &str, value: Option<u32>, least: u32, most: u32| {
            if value.is_some_and(|value| !(least..=most).contains(&value)) {
                let message = format!("must be between {least} and {most}");
                errors.push(FieldError::new(format!("policy.{field}"), message));
            }
        };
        within("max_age_seconds", self.max_age_seconds, 60, MAX_AGE_SECONDS);
        within("timeout_seconds", self.timeout_seconds, 1, MAX_TIMEOUT_SECONDS);
        within("max_per_second", self.max_per_second, 1, MAX_RATE);
        within("concurrency", self.concurrency, 1, MAX_CONCURRENCY);
        for (index, delay) in self.retry_after_seconds.iter().flatten().enumerate() {
            within(&format!("retry_after_seconds[{index}]"), Some(*delay), 1, MAX_DELAY_SECONDS);
        }
        if self.retry_after_seconds.as_ref().is_some_and(|delays| delays.len() > MAX_RETRIES) {
            let message = format!("must have at most {MAX_RETRIES} entries");
            errors.push(FieldError::new("policy.retry_after_seconds", message));
        }
        if errors.is_empty() { Ok(self) } else { Err(Error::Invalid(errors)) }
    }

    /// How long an attempt may take, in microseconds.
    pub fn timeout(&self) -> i64 {
        i64::from(self.timeout_seconds.unwrap_or(TIMEOUT_SECONDS)) * SECOND
    }

    /// How old a message may be when it is tried again, in microseconds.
    pub fn max_age(&self) -> i64 {
        self.max_age_seconds.map_or(365 * DAY, |seconds| i64::from(seconds) * SECOND)
    }

    /// How many requests may be on their way at once.
    pub fn concurrency(&self) -> u32 {
        self.concurrency.unwrap_or(CONCURRENCY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_has_its_bounds_and_each_complaint_its_field() {
        let wrong = Policy {
            retry_after_seconds: Some(vec![5, 0]),
            max_age_seconds: Some(59),
            timeout_seconds: Some(31),
            max_per_second: Some(0),
            concurrency: Some(257),
            ordered_per_user: true,
            signed_receipts: true,
            observer: true,
            enforcement_probes: true,
        };
        let Err(Error::Invalid(errors)) = wrong.checked() else { panic!("refused") };
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        let expected = [
            "policy.max_age_seconds",
            "policy.timeout_seconds",
            "policy.max_per_second",
            "policy.concurrency",
            "policy.retry_after_seconds[1]",
        ];
        assert_eq!(fields, expected);
        let long = Policy { retry_after_seconds: Some(vec![1; 31]), ..Policy::default() };
        assert!(long.checked().is_err());
        assert!(Policy { retry_after_seconds: Some(Vec::new()), ..Policy::default() }.checked().is_ok());
    }

    #[test]
    fn only_what_differs_is_stored_and_what_is_unknown_refused() {
        assert_eq!(serde_json::to_string(&Policy::default()).expect("json"), "{}");
        assert_eq!(serde_json::from_str::<Policy>("{}").expect("policy"), Policy::default());
        assert!(serde_json::from_str::<Policy>(r#"{"retries":3}"#).is_err());
    }
}
