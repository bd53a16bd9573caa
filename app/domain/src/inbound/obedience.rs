//! What was done about what an inbound webhook asks for.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// What was done about a valid inbound webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Obedience {
    /// The order that it asks for was given, or is open already, or there is no session that it asks to end.
    Obeyed,
    /// It asks for nothing.
    NothingAsked,
    /// It asks for what cannot be done, or cannot be read: the reason says why.
    CouldNot,
}

impl Obedience {
    /// All there are, the best first.
    pub const ALL: [Self; 3] = [Self::Obeyed, Self::NothingAsked, Self::CouldNot];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Obeyed => "obeyed",
            Self::NothingAsked => "nothing_asked",
            Self::CouldNot => "could_not",
        }
    }

    /// For people: `could not be obeyed`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Obeyed => "obeyed",
            Self::NothingAsked => "nothing asked",
            Self::CouldNot => "could not be obeyed",
        }
    }

    /// From its stored text.
    pub fn from_stored(text: &str) -> Self {
        match text {
            "obeyed" => Self::Obeyed,
            "nothing_asked" => Self::NothingAsked,
            _ => Self::CouldNot,
        }
    }
}

impl std::str::FromStr for Obedience {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|outcome| outcome.as_str() == text);
        found.ok_or_else(|| Error::invalid("outcome", "must be obeyed, nothing_asked or could_not"))
    }
}
