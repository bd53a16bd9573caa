//! What accounts are taken over with.

use serde::{Deserialize, Serialize};

use super::ACTIONS;
use crate::event::verb;

/// What an account can be taken over with, or is taken over for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// The e-mail address was changed.
    Email = 0,
    /// The password was changed.
    Password = 1,
    /// The second factor was turned off.
    FactorOff = 2,
    /// A second factor or passkey was added or replaced.
    Factor = 3,
    /// Recovery codes were shown, or the way to recover the account was changed.
    Recovery = 4,
    /// An API key was made.
    ApiKey = 5,
    /// Data were exported.
    Export = 6,
    /// Where money goes was changed.
    Payout = 7,
}

impl Action {
    pub(super) const ALL: [Self; ACTIONS] = [
        Self::Email,
        Self::Password,
        Self::FactorOff,
        Self::Factor,
        Self::Recovery,
        Self::ApiKey,
        Self::Export,
        Self::Payout,
    ];

    /// What this verb does, if it is one of these.
    pub fn of(verb: &str) -> Option<Self> {
        Some(match verb {
            verb::EMAIL_UPDATE => Self::Email,
            verb::PASSWORD_UPDATE => Self::Password,
            verb::TWO_FACTOR_DISABLE => Self::FactorOff,
            verb::TWO_FACTOR_UPDATE => Self::Factor,
            verb::RECOVERY_CODES_VIEW | verb::RECOVERY_UPDATE => Self::Recovery,
            verb::API_KEY_CREATE => Self::ApiKey,
            verb::DATA_EXPORT => Self::Export,
            verb::PAYOUT_UPDATE => Self::Payout,
            _ => return None,
        })
    }

    /// A bit for each.
    pub fn bit(self) -> u8 {
        1 << self as u8
    }

    /// From the text of [`evidence`] about it, without what was done: `60 seconds after the login`.
    pub(crate) fn how_soon(self, text: &str) -> Option<&str> {
        text.get(1..)?.strip_prefix(self.words().get(1..)?).map(str::trim_start)
    }

    /// As it stands within a sentence.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Email => "the e-mail address was changed",
            Self::Password => "the password was changed",
            Self::FactorOff => "the second factor was turned off",
            Self::Factor => "a second factor was added or replaced",
            Self::Recovery => "the recovery of the account was shown or changed",
            Self::ApiKey => "an API key was made",
            Self::Export => "data were exported",
            Self::Payout => "where money goes was changed",
        }
    }
}
