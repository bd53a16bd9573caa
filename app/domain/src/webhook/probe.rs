//! A probe: a message without data that asks an endpoint one question about signatures.

mod readiness;
mod trust;

pub use readiness::Readiness;
pub use trust::Trust;

use serde::{Deserialize, Serialize};

use super::Answer;
use crate::id::{EndpointId, ProbeId, SecretId};
use crate::{Error, Result, Timestamp};

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ProbeKind {
    /// Signed with one secret only: does the receiver know it, before those before it retire?
    Ready,
    /// Signed wrong on purpose, after one that is signed right: does the receiver verify at all?
    Enforce,
}

impl ProbeKind {
    /// As stored, sent and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Enforce => "enforce",
        }
    }
}

impl std::str::FromStr for ProbeKind {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "ready" => Ok(Self::Ready),
            "enforce" => Ok(Self::Enforce),
            _ => Err(Error::invalid("kind", "must be ready or enforce")),
        }
    }
}

/// What the receiver did with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ProbeVerdict {
    /// It answered 2xx.
    Accepted,
    /// It refused the signature: 400, 401, 403, 419 or 422.
    Refused,
    /// Neither: it could not be reached, or failed.
    Unclear,
}

impl ProbeVerdict {
    /// What an answer says.
    pub fn of(answer: &Answer) -> Self {
        match answer.status {
            _ if answer.is_success() => Self::Accepted,
            Some(400 | 401 | 403 | 419 | 422) => Self::Refused,
            _ => Self::Unclear,
        }
    }

    /// What it says where the same receiver got a message signed right, with this verdict: whoever refuses everything
    /// has not shown that it verifies.
    #[must_use]
    pub fn beside(self, right: Self) -> Self {
        match (self, right) {
            (Self::Refused, Self::Refused | Self::Unclear) => Self::Unclear,
            _ => self,
        }
    }

    /// As stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Unclear => "unclear",
        }
    }

    /// From its stored text.
    pub fn from_stored(text: &str) -> Self {
        match text {
            "accepted" => Self::Accepted,
            "refused" => Self::Refused,
            _ => Self::Unclear,
        }
    }
}

/// A probe to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewProbe {
    /// What to ask.
    pub kind: ProbeKind,
    /// With ready: which secret; None: the newest shared one.
    pub secret: Option<SecretId>,
    /// With ready: whether to send a message signed wrong as well, where the other one is accepted; None: as the endpoint's
    /// policy says.
    pub wrong: Option<bool>,
}

/// A probe and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Probe {
    /// Its id, and its `webhook-id`.
    pub id: ProbeId,
    /// Which endpoint is asked.
    pub endpoint_id: EndpointId,
    /// What.
    pub kind: ProbeKind,
    /// Which secret alone signs it; None: none that it knows.
    pub secret_id: Option<SecretId>,
    /// When it is sent.
    pub due_at: Timestamp,
    /// When it was.
    pub sent_at: Option<Timestamp>,
    /// What the receiver did; None while it waits.
    pub verdict: Option<ProbeVerdict>,
    /// Of kind ready: what the same receiver made of a wrong signature, right after it or, where that was not asked, the last
    /// time in the day before it that anybody did. None: nobody asked.
    pub wrong: Option<ProbeVerdict>,
    /// When that was seen: with this probe, or with an earlier one.
    #[serde(default)]
    pub wrong_at: Option<Timestamp>,
    /// The answer's HTTP status.
    pub status: Option<u16>,
    /// What is wrong, in words.
    pub detail: Option<String>,
    /// How far the receiver's clock is ahead of ours, in seconds.
    pub clock_offset_seconds: Option<i64>,
}

impl Probe {
    /// What the answer to a probe of kind ready is worth; None while it waits, and of the other kind.
    pub fn readiness(&self) -> Option<Readiness> {
        let verdict = self.verdict.filter(|_| self.kind == ProbeKind::Ready)?;
        Some(match (verdict, self.wrong) {
            (ProbeVerdict::Accepted, Some(ProbeVerdict::Refused)) => Readiness::Proven,
            (ProbeVerdict::Accepted, Some(ProbeVerdict::Accepted)) => Readiness::Unverifying,
            (ProbeVerdict::Accepted, Some(ProbeVerdict::Unclear) | None) => Readiness::Unproven,
            (ProbeVerdict::Refused, _) => Readiness::Refused,
            (ProbeVerdict::Unclear, _) => Readiness::Unclear,
        })
    }

    /// What the receiver made of a wrong signature, as far as is known by this probe, and when that was seen.
    pub fn on_wrong_signature(&self) -> Option<(ProbeVerdict, Timestamp)> {
        let verdict = self.verdict?;
        if self.kind == ProbeKind::Enforce {
            Some((verdict, self.sent_at?))
        } else {
            self.wrong.zip(self.wrong_at)
        }
    }

    /// What it found, in words; None while it waits.
    pub fn finding(&self) -> Option<&'static str> {
        if let Some(readiness) = self.readiness() {
            return Some(readiness.finding());
        }
        Some(match self.verdict? {
            ProbeVerdict::Accepted => {
                "It accepts a wrong signature: it does not verify, and anybody may send it orders."
            }
            ProbeVerdict::Refused => "It refuses a wrong signature, as it should.",
            ProbeVerdict::Unclear => "It gave no clear answer.",
        })
    }

    /// True when somebody has to do something.
    pub fn is_trouble(&self) -> bool {
        match self.readiness() {
            Some(readiness) => matches!(readiness, Readiness::Refused | Readiness::Unverifying),
            None => self.verdict == Some(ProbeVerdict::Accepted),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_clear_only_where_it_speaks_of_the_signature() {
        let verdict = |status: Option<u16>| ProbeVerdict::of(&Answer { status, ..Answer::default() });
        for status in [200, 202, 204] {
            assert_eq!(verdict(Some(status)), ProbeVerdict::Accepted);
        }
        for status in [400, 401, 403, 419, 422] {
            assert_eq!(verdict(Some(status)), ProbeVerdict::Refused);
        }
        let beside = |right| ProbeVerdict::Refused.beside(right);
        assert_eq!(beside(ProbeVerdict::Accepted), ProbeVerdict::Refused);
        assert_eq!([ProbeVerdict::Refused, ProbeVerdict::Unclear].map(beside), [ProbeVerdict::Unclear; 2]);
        assert_eq!(ProbeVerdict::Accepted.beside(ProbeVerdict::Refused), ProbeVerdict::Accepted);
        for status in [None, Some(301), Some(404), Some(410), Some(429), Some(500), Some(503)] {
            assert_eq!(verdict(status), ProbeVerdict::Unclear);
        }
    }
}
