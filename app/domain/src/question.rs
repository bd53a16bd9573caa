//! A question: one "Was this you?" to one user about one login, and its answer.

#[cfg(feature = "store")]
pub mod store;

use serde::{Deserialize, Serialize};

use crate::id::{AlertId, EventId, QuestionId, UserKey};
use crate::notice::mail::Facts;
use crate::time::DAY;
use crate::{Error, Result, Timestamp};

/// How long a question can be answered.
pub const LIFETIME: i64 = 7 * DAY;
/// The most questions one user is asked in 24 hours: a thief who tries for hours must not fill the victim's inbox.
pub const MAX_A_DAY: i64 = 5;

/// How long after a question a further login asks again about the same alert.
pub const AGAIN: i64 = DAY;

/// True when a user who was last asked about an alert then (None: never) is to be asked about its next login.
pub fn is_due(last_asked: Option<Timestamp>, now: Timestamp) -> bool {
    last_asked.is_none_or(|at| now.since(at) >= AGAIN)
}

/// What the user said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// It was me.
    Yes,
    /// It was not me.
    No,
}

impl Answer {
    /// `yes` or `no`, as stored and as in links.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
        }
    }
}

impl std::str::FromStr for Answer {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "yes" => Ok(Self::Yes),
            "no" => Ok(Self::No),
            _ => Err(Error::invalid("answer", "must be yes or no")),
        }
    }
}

/// One "Was this you?". Its token is in the mail and, as a hash, in the store; never here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Question {
    /// Its id.
    pub id: QuestionId,
    /// The alert it is about.
    pub alert_id: AlertId,
    /// Who was asked.
    pub user: UserKey,
    /// The login it is about.
    pub event_id: EventId,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// Until when it can be answered.
    pub expires_at: Timestamp,
    /// The answer.
    pub answer: Option<Answer>,
    /// When it came.
    pub answered_at: Option<Timestamp>,
    /// From which address.
    pub answered_from: Option<String>,
}

/// Whether a question can be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It waits for its answer.
    Open,
    /// It was answered: this, then.
    Answered(Answer, Timestamp),
    /// Too late.
    Expired,
}

impl Question {
    /// Whether it can be answered at `now`.
    pub fn standing(&self, now: Timestamp) -> Standing {
        match (self.answer, self.answered_at) {
            (Some(answer), at) => Standing::Answered(answer, at.unwrap_or(self.asked_at)),
            (None, _) if now >= self.expires_at => Standing::Expired,
            (None, _) => Standing::Open,
        }
    }

    /// True while a "no" is heard: also after a "yes", which whoever reads the user's mail could have said, for as long as the
    /// mail says that its link works.
    pub fn hears_no(&self, now: Timestamp) -> bool {
        match self.standing(now) {
            Standing::Open => true,
            Standing::Answered(answer, _) => answer == Answer::Yes && now < self.asked_at.plus(LIFETIME),
            Standing::Expired => false,
        }
    }
}

/// What the person behind the link sees: never more than the mail said, or the newer one.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// The question.
    pub id: QuestionId,
    /// What its mail told.
    pub facts: Facts,
    /// Whether it can be answered.
    pub standing: Standing,
    /// Whether "no" can be said: see [`Question::hears_no`].
    pub hears_no: bool,
    /// True when the link was an older mail's: they were asked again since, about a further login.
    pub asked_since: bool,
}

/// What an answer set in motion: what the thank-you page says next.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// The question.
    pub id: QuestionId,
    /// What the mail told.
    pub facts: Facts,
    /// The answer.
    pub answer: Answer,
    /// True of a "yes" about what an operator closed as a threat: it was noted for them, and is no answer.
    pub overruled: bool,
    /// True when sessions were ordered ended.
    pub revoking: bool,
    /// Of an answer that gave an order: since when the question had been waiting.
    pub ordered_since: Option<Timestamp>,
    /// True when the application hears of it at once: one of its endpoints is at work and takes the order, or the answer
    /// where there is no order.
    pub told: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_asked_again_after_a_day() {
        let asked = Timestamp(1_000);
        assert!(is_due(None, asked));
        assert!(!is_due(Some(asked), asked.plus(AGAIN - 1)));
        assert!(is_due(Some(asked), asked.plus(AGAIN)));
        assert!(!is_due(Some(asked), Timestamp(0)), "a clock that went back asks nobody");
    }
}
