//! Which of a user's sessions an order is about.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Which of a user's sessions an order is about. The order names each of them that is known, whatever the scope; one of
/// scope `all` that names none is about every session of the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// One session.
    One,
    /// The listed ones.
    Listed,
    /// All but the ones that are to stay.
    Others,
    /// All.
    All,
}

impl Scope {
    /// As stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::One => "one",
            Self::Listed => "listed",
            Self::Others => "others",
            Self::All => "all",
        }
    }
}

impl std::str::FromStr for Scope {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "one" => Ok(Self::One),
            "listed" => Ok(Self::Listed),
            "others" => Ok(Self::Others),
            "all" => Ok(Self::All),
            _ => Err(Error::invalid("scope", "must be one, listed, others or all")),
        }
    }
}
