//! A message: what is told, once, in the bytes that are signed and sent.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::to_ascii_json;
use crate::id::{AlertId, EventId, ProjectId, QuestionId, RevocationId, UserKey};
use crate::{Error, Result, Timestamp};

/// What a message tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
pub enum MessageType {
    /// Something unusual happened: an alert opened.
    #[serde(rename = "alert.opened")]
    AlertOpened,
    /// A user answered "Was this you?".
    #[serde(rename = "question.answered")]
    QuestionAnswered,
    /// An order: end these sessions and confirm it.
    #[serde(rename = "session.revocation.requested")]
    SessionRevocationRequested,
    /// An operator tries an endpoint out.
    #[serde(rename = "endpoint.test")]
    EndpointTest,
    /// An order was not confirmed in time.
    #[serde(rename = "revocation.unconfirmed")]
    RevocationUnconfirmed,
    /// A session that was reported as ended is still in use.
    #[serde(rename = "session.zombie")]
    SessionZombie,
    /// An endpoint of this project has failed for some time.
    #[serde(rename = "endpoint.failing")]
    EndpointFailing,
    /// An endpoint of this project failed for too long, or said that it is gone: it gets nothing more.
    #[serde(rename = "endpoint.disabled")]
    EndpointDisabled,
}

impl MessageType {
    /// True of what goes at once: an order to end sessions, and what somebody tries out. It waits behind no notice, and is
    /// tried once also where its endpoint is on hold for something else.
    pub fn is_urgent(self) -> bool {
        matches!(self, Self::SessionRevocationRequested | Self::EndpointTest)
    }

    /// All of them, in the order they are offered.
    pub const ALL: [Self; 8] = [
        Self::AlertOpened,
        Self::QuestionAnswered,
        Self::SessionRevocationRequested,
        Self::RevocationUnconfirmed,
        Self::SessionZombie,
        Self::EndpointFailing,
        Self::EndpointDisabled,
        Self::EndpointTest,
    ];

    /// As sent, stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AlertOpened => "alert.opened",
            Self::QuestionAnswered => "question.answered",
            Self::SessionRevocationRequested => "session.revocation.requested",
            Self::EndpointTest => "endpoint.test",
            Self::RevocationUnconfirmed => "revocation.unconfirmed",
            Self::SessionZombie => "session.zombie",
            Self::EndpointFailing => "endpoint.failing",
            Self::EndpointDisabled => "endpoint.disabled",
        }
    }
}

impl std::fmt::Display for MessageType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for MessageType {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        found.ok_or_else(|| {
            Error::invalid("type", format!("must be one of {}", Self::ALL.map(Self::as_str).join(", ")))
        })
    }
}

/// A message to publish.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// Whose endpoints get it.
    pub project: ProjectId,
    /// What it tells.
    pub kind: MessageType,
    /// Whom it is about, to search by.
    pub user: Option<UserKey>,
    /// The event that caused it.
    pub event: Option<EventId>,
    /// The alert it belongs to.
    pub alert: Option<AlertId>,
    /// The question it belongs to.
    pub question: Option<QuestionId>,
    /// The order it carries: the receiver's answer is read for a receipt.
    pub revocation: Option<RevocationId>,
    /// The `data` of the standard body `{type, timestamp, data}`.
    pub data: Value,
    /// ThisData's flattened body, sent to endpoints of format `thisdata` instead. None: they get the standard body.
    /// `Some(Value::Null)`: they get nothing, because another message tells them the same.
    pub thisdata: Option<Value>,
}

impl NewMessage {
    /// The standard body: UTF-8 JSON `{type, timestamp, data}`.
    pub fn standard_body(&self, now: Timestamp) -> Result<Vec<u8>> {
        #[derive(Serialize)]
        struct Body<'a> {
            r#type: MessageType,
            timestamp: Timestamp,
            data: &'a Value,
        }
        Ok(serde_json::to_vec(&Body { r#type: self.kind, timestamp: now, data: &self.data })?)
    }

    /// ThisData's body, in ASCII; None when there is none to send.
    pub fn thisdata_body(&self) -> Result<Option<Vec<u8>>> {
        self.thisdata.as_ref().filter(|body| !body.is_null()).map(to_ascii_json).transpose()
    }

    /// True when endpoints of format `thisdata` are told by another message.
    pub fn skips_thisdata(&self) -> bool {
        self.thisdata.as_ref().is_some_and(Value::is_null)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_written_with_dots_everywhere() {
        for kind in MessageType::ALL {
            assert_eq!(serde_json::to_string(&kind).expect("json"), format!("\"{kind}\""));
            assert_eq!(kind.as_str().parse::<MessageType>().expect("parse"), kind);
        }
        assert!("alert.closed".parse::<MessageType>().is_err());
    }
}
