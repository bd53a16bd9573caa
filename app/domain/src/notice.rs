//! A notice: one message to a person, from the outbox to the channel that carries it.

pub mod digest;
pub mod html;
pub mod mail;
#[cfg(feature = "store")]
pub mod store;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::id::{AlertId, NoticeId, QuestionId};
use crate::time::{HOUR, MINUTE};

/// How long after each failed try the next one follows; after the last of them (about a day) it has failed.
const RETRIES: [i64; 6] = [MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR, 15 * HOUR];

/// How long to wait after the `attempts`-th try failed; None: no more tries.
pub fn retry_after(attempts: i64) -> Option<i64> {
    usize::try_from(attempts - 1).ok().and_then(|index| RETRIES.get(index)).copied()
}

/// Where a notice stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It waits for its first or next try.
    Pending,
    /// The channel took it.
    Sent,
    /// No try is left, or the channel refused it for good.
    Failed,
    /// No channel is set up: it is read in the console.
    Held,
}

impl State {
    /// As stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Held => "held",
        }
    }

    /// From its stored text; anything unknown failed.
    pub fn from_stored(text: &str) -> Self {
        match text {
            "pending" => Self::Pending,
            "sent" => Self::Sent,
            "held" => Self::Held,
            _ => Self::Failed,
        }
    }
}

/// What carries a notice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// Mail.
    #[default]
    Mail,
}

impl Channel {
    /// As stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
        }
    }
}

/// A notice without its body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Its id.
    pub id: NoticeId,
    /// The question it carries, if it does.
    pub question_id: Option<QuestionId>,
    /// The alert that the question is about.
    pub alert_id: Option<AlertId>,
    /// How it goes out.
    pub channel: Channel,
    /// To whom: an address.
    pub recipient: String,
    /// Its subject line.
    pub subject: String,
    /// Where it stands.
    pub state: State,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next, while it is pending.
    pub next_attempt_at: Timestamp,
    /// What the last try failed with.
    pub last_error: Option<String>,
    /// When it was written.
    pub created_at: Timestamp,
    /// When the channel took it.
    pub sent_at: Option<Timestamp>,
}

/// What a notice says, twice. It carries the question's token: sealed at rest, shown to admins alone, never logged.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// For clients that render.
    pub html: String,
    /// For those that do not.
    pub text: String,
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Body(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::DAY;

    #[test]
    fn tries_space_out_and_stop_after_a_day() {
        let waits: Vec<_> = (1..).map_while(retry_after).collect();
        assert_eq!(waits.len(), 6);
        assert!(waits.is_sorted());
        assert!((DAY - HOUR..=DAY).contains(&waits.iter().sum::<i64>()));
        assert_eq!((retry_after(0), retry_after(7)), (None, None));
    }

    #[test]
    fn a_body_never_prints_its_token() {
        let body = Body { html: "<a href=secret>".into(), text: "secret".into() };
        assert!(!format!("{body:?}").contains("secret"));
    }
}
