//! Identifiers: 64-bit, ordered by time, unique over replicas; written with a prefix that says of what.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::Timestamp;

/// 2020-01-01T00:00:00Z in milliseconds: where our 41 bits of time begin (they last until 2089).
const EPOCH_MS: i64 = 1_577_836_800_000;
/// Crockford's base 32: no i, l, o, u; order of text is order of number.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const DIGITS: usize = 13;

/// Makes identifiers: 41 bits of milliseconds, 10 bits of replica, 12 bits of sequence (as Twitter's Snowflake).
#[derive(Debug)]
pub struct IdSource {
    replica: i64,
    last: AtomicI64,
}

impl IdSource {
    /// `replica` is this process' number; its low ten bits keep it apart from others that run beside it.
    pub fn new(replica: i64) -> Self {
        Self { replica: replica & 0x3ff, last: AtomicI64::new(0) }
    }

    /// The next identifier; never the same twice from one source, even when the clock steps back.
    pub fn next(&self, now: Timestamp) -> i64 {
        let tick = ((now.0 / 1_000 - EPOCH_MS).max(0)) << 12;
        let update = |last: i64| Some(tick.max(last + 1));
        let last = self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, update).unwrap_or(0);
        let ticket = tick.max(last + 1);
        ((ticket >> 12) << 22) | (self.replica << 12) | (ticket & 0xfff)
    }
}

/// The least identifier that a moment can have.
pub fn first_id(at: Timestamp) -> i64 {
    (at.0 / 1_000 - EPOCH_MS).clamp(0, (1 << 41) - 1) << 22
}

/// Writes a number as 13 characters of base 32.
pub fn encode(number: i64) -> String {
    let mut digits = [b'0'; DIGITS];
    let mut rest = number.cast_unsigned();
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[(rest & 31) as usize];
        rest >>= 5;
    }
    digits.iter().map(|digit| char::from(*digit)).collect()
}

/// Reads what [`encode`] wrote.
pub fn decode(text: &str) -> Option<i64> {
    if text.len() != DIGITS {
        return None;
    }
    let number = text.bytes().try_fold(0_u128, |number, byte| {
        let digit = ALPHABET.iter().position(|letter| *letter == byte)?;
        Some((number << 5) | digit as u128)
    })?;
    i64::try_from(number).ok()
}

/// Declares an identifier type with its prefix.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!($prefix, "_{}"), encode(self.0))
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.strip_prefix(concat!($prefix, "_"))
                    .and_then(decode)
                    .map(Self)
                    .ok_or(crate::Error::NotFound)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(|_| serde::de::Error::custom(concat!("expected an id ", $prefix, "_…")))
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .examples([serde_json::json!(concat!($prefix, "_0fz5r2bn3e9qj"))])
                    .build()
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {}
    )*};
}

ids! {
    /// An operator of the console.
    OperatorId = "op";
    /// An operator's sign-in.
    SignInId = "sin";
    /// A tracked application.
    ProjectId = "prj";
    /// An API key.
    KeyId = "key";
    /// An end user, by our own key (the application's id is text beside it).
    UserKey = "usr";
    /// A line of the audit log.
    EventId = "evt";
    /// A rule; ThisData's clients see it as digits.
    RuleId = "rule";
    /// A "Was this you?".
    QuestionId = "qst";
    /// A notification.
    NoticeId = "ntc";
    /// A webhook endpoint.
    EndpointId = "ep";
    /// A secret of an endpoint.
    SecretId = "sec";
    /// A webhook message; what receivers see as `webhook-id`.
    MessageId = "msg";
    /// One message to one endpoint.
    DeliveryId = "dlv";
    /// A question about signatures to an endpoint.
    ProbeId = "prb";
    /// A bulk resend.
    ReplayId = "rpl";
    /// One try of a delivery.
    AttemptId = "att";
    /// An order to end sessions.
    RevocationId = "rev";
    /// What a receiver said it did.
    ReceiptId = "rcpt";
    /// A sender of inbound webhooks.
    SourceId = "src";
    /// An inbound webhook.
    InboundId = "in";
    /// A line of the ledger.
    LedgerId = "led";
    /// A draft played against the stored log.
    BacktestId = "bt";
}

/// An alert: a small number, below 2^53, because ThisData's clients read it as a JSON number.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema,
)]
#[serde(transparent)]
pub struct AlertId(pub i64);

impl std::fmt::Display for AlertId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for AlertId {
    type Err = crate::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| crate::Error::NotFound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_text_and_json_and_refuses_another_prefix() {
        let id = EventId(IdSource::new(7).next(Timestamp::from_seconds(1_790_000_000)));
        let text = id.to_string();
        assert!(text.starts_with("evt_"), "{text}");
        assert_eq!(text.parse::<EventId>().ok(), Some(id));
        assert!(text.parse::<AlertId>().is_err());
        assert!(text.replace("evt", "msg").parse::<EventId>().is_err());
        assert!("evt_".parse::<EventId>().is_err());
        assert!("evt_zzzzzzzzzzzzz".parse::<EventId>().is_err(), "above 2^63");
    }

    #[test]
    fn ids_rise_even_when_the_clock_steps_back() {
        let source = IdSource::new(1);
        let mut last = 0;
        for step in [5_000_000, 5_000_000, 4_000_000, 1, 6_000_000] {
            for _ in 0..5_000 {
                let id = source.next(Timestamp(1_790_000_000_000_000 + step));
                assert!(id > last);
                last = id;
            }
        }
    }

    #[test]
    fn two_replicas_never_make_the_same_id() {
        let now = Timestamp::from_seconds(1_790_000_000);
        let (one, two) = (IdSource::new(1), IdSource::new(2));
        let ones: std::collections::HashSet<_> = (0..10_000).map(|_| one.next(now)).collect();
        assert_eq!(ones.len(), 10_000);
        assert!((0..10_000).all(|_| !ones.contains(&two.next(now))));
    }
}
