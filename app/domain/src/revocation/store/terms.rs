//! On which terms an order is given by hand: why, and how soon it is to be confirmed.

use crate::project::checked_confirm_seconds;
use crate::{Error, Result};

/// The longest reason, in characters.
pub const MAX_REASON: usize = 500;

/// The terms of an order given by hand. From a text: the base of the receipt's URL, and the usual terms.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// The base of the receipt's URL, without a slash at its end.
    pub public_url: &'a str,
    /// Why, for people; None: who requested it.
    pub reason: Option<&'a str>,
    /// Until when a receipt is awaited, in seconds, 10 to 86,400; None: as the project's settings say.
    pub confirm_seconds: Option<i64>,
}

impl<'a> From<&'a str> for Terms<'a> {
    fn from(public_url: &'a str) -> Self {
        Self { public_url, reason: None, confirm_seconds: None }
    }
}

impl<'a> From<&'a String> for Terms<'a> {
    fn from(public_url: &'a String) -> Self {
        public_url.as_str().into()
    }
}

impl Terms<'_> {
    /// Checks what was asked for, each complaint at its field.
    pub(super) fn checked(self) -> Result<Self> {
        let reason = self.reason.map(checked_reason).transpose();
        match (reason, self.confirm_seconds.map(checked_confirm_seconds).transpose()) {
            (Ok(reason), Ok(confirm_seconds)) => Ok(Self { reason, confirm_seconds, ..self }),
            (Err(Error::Invalid(mut errors)), Err(Error::Invalid(more))) => {
                errors.extend(more);
                Err(Error::Invalid(errors))
            }
            (Err(error), _) | (_, Err(error)) => Err(error),
        }
    }
}

/// A reason without blanks around it. Line breaks belong to it, other control characters do not.
fn checked_reason(text: &str) -> Result<&str> {
    let text = text.trim();
    let is_foreign = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    if text.is_empty() || text.chars().count() > MAX_REASON || text.chars().any(is_foreign) {
        let wrong = format!("must be 1 to {MAX_REASON} characters, without control characters");
        return Err(Error::invalid("reason", wrong));
    }
    Ok(text)
}
