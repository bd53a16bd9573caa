//! How an alert is closed, and that nobody is overruled unknowingly.

use super::Resolution;
use crate::question::Answer;
use crate::{Error, Result};

/// How an alert is closed: as what, and by whoever knew what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closing {
    /// What it turned out to be.
    pub resolution: Resolution,
    /// What whoever closes it knew of its user's answer.
    pub known: Known,
}

/// What whoever closes an alert knew of its user's answer then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// They do not say.
    Unsaid,
    /// They closed it among others.
    Unread,
    /// They were shown this, or that there was none.
    Shown(Option<Answer>),
}

impl From<Resolution> for Closing {
    fn from(resolution: Resolution) -> Self {
        Self { resolution, known: Known::Unsaid }
    }
}

impl Closing {
    /// A conflict in words where this is not to be done beside what the user has answered by now. Who knows of the answer
    /// may overrule it; what agrees with it is always taken.
    pub fn check(self, answer: Option<Answer>) -> Result<()> {
        let denied = answer == Some(Answer::No);
        match (self.known, self.resolution.says()) {
            _ if denied && self.resolution == Resolution::ConfirmedByUser => {
                Err(Error::conflict("its user said that it was not them"))
            }
            (Known::Unread, Some(Answer::Yes)) if denied => {
                Err(Error::conflict("its user said that it was not them"))
            }
            (Known::Shown(shown), says) if shown != answer && says != answer => {
                Err(Error::conflict("its user has answered since: read it again"))
            }
            _ => Ok(()),
        }
    }
}

/// An answer that was shown, as forms and programs say it: `yes`, `no`, or `none`.
pub fn shown(answer: Option<Answer>) -> &'static str {
    answer.map_or("none", Answer::as_str)
}

impl std::str::FromStr for Known {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        [None, Some(Answer::Yes), Some(Answer::No)]
            .into_iter()
            .find(|answer| shown(*answer) == text)
            .map(Self::Shown)
            .ok_or_else(|| Error::invalid("answer_seen", "must be yes, no or none"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_taken(resolution: Resolution, known: Known, answer: Option<Answer>) -> bool {
        Closing { resolution, known }.check(answer).is_ok()
    }

    #[test]
    fn who_knows_of_a_no_may_overrule_it_and_nobody_does_unknowingly() {
        let no = Some(Answer::No);
        for known in [Known::Unsaid, Known::Shown(no)] {
            let taken = Resolution::ALL.map(|resolution| is_taken(resolution, known, no));
            assert_eq!(taken, [true, false, true, true, true], "{known:?}");
        }
        let taken = Resolution::ALL.map(|resolution| is_taken(resolution, Known::Unread, no));
        assert_eq!(taken, [true, false, false, false, true], "among others");
        let taken = Resolution::ALL.map(|resolution| is_taken(resolution, Known::Shown(None), no));
        assert_eq!(taken, [true, false, false, false, false], "what agrees with it is taken");
    }

    #[test]
    fn where_nobody_answered_every_resolution_is_taken() {
        for known in [Known::Unsaid, Known::Unread, Known::Shown(None)] {
            assert!(Resolution::ALL.into_iter().all(|resolution| is_taken(resolution, known, None)));
        }
        assert_eq!("none".parse::<Known>().ok(), Some(Known::Shown(None)));
        assert!("maybe".parse::<Known>().is_err());
    }
}
