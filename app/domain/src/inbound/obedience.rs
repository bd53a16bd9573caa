//! What was done about what an inbound webhook asks for.

use serde::{Deserialize, Serialize};

/// What was done about a valid inbound webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Obedience {
    /// The order that it asks for was given, or is open already.
    Obeyed,
    /// It asks for nothing.
    NothingAsked,
    /// It asks for what cannot be done, or cannot be read: the reason says why.
    CouldNot,
}

impl Obedience {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Obeyed => "obeyed",
            Self::NothingAsked => "nothing_asked",
            Self::CouldNot => "could_not",
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
