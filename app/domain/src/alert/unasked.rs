//! Why a user was not asked "Was this you?" about an alert.

use serde::{Deserialize, Serialize};

/// Why its user was not asked when an alert opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unasked {
    /// The project asks nobody.
    Off,
    /// Only logins that succeeded are asked about.
    NoLogin,
    /// No mail address of the user was known before.
    NoAddress,
    /// As many users as the project asks in a day had been asked, or the rest was kept for more alarming logins.
    Allowance,
    /// The user had been asked as often as one may be in a day.
    TooOften,
    /// A rule forbade it: what did not happen was nobody.
    Forbidden,
}

impl Unasked {
    /// All there are.
    pub const ALL: [Self; 6] =
        [Self::Off, Self::NoLogin, Self::NoAddress, Self::Allowance, Self::TooOften, Self::Forbidden];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::NoLogin => "no_login",
            Self::NoAddress => "no_address",
            Self::Allowance => "allowance",
            Self::TooOften => "too_often",
            Self::Forbidden => "forbidden",
        }
    }

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Off => "The user was not asked: this project asks nobody, as its settings say.",
            Self::NoLogin => "The user was not asked: only logins that succeeded are asked about.",
            Self::NoAddress => "The user was not asked: no mail address was known before this login.",
            Self::Allowance => {
                "The user was not asked: the users whom this project asks in a day had been asked by then, or the rest was kept \
                 for more alarming logins. The count begins anew at 00:00 UTC."
            }
            Self::TooOften => "The user was not asked: they had been asked as often as one may be in a day.",
            Self::Forbidden => {
                "The user was not asked: a rule forbade it, and what did not happen was nobody."
            }
        }
    }

    /// From its stored text; None for what another version wrote.
    pub fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}
