//! What a probability comes to: how alarming it is, and what the application should do.

use serde::{Deserialize, Serialize};

/// From this probability on a login is orange: more likely not the user than the user.
pub const ORANGE: f64 = 0.5;
/// From this probability on a login is red. ThisData's integrations block at .85; of the scores known from its API .123
/// was green, .751 orange and .900 red.
pub const RED: f64 = 0.85;

/// How alarming: what a traffic light says, and ThisData's `risk_level`.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As usual.
    #[default]
    Green,
    /// Unusual.
    Orange,
    /// Very unlike this user, or forbidden by a rule.
    Red,
}

impl Level {
    /// The level of a probability.
    pub fn of(probability: f64) -> Self {
        if probability >= RED {
            Self::Red
        } else if probability >= ORANGE {
            Self::Orange
        } else {
            Self::Green
        }
    }

    /// The smallest probability of this level.
    pub fn least(self) -> f64 {
        match self {
            Self::Green => 0.0,
            Self::Orange => ORANGE,
            Self::Red => RED,
        }
    }

    /// As stored: 0, 1, 2.
    pub fn number(self) -> i64 {
        self as i64
    }

    /// From its stored number; anything unknown is the most alarming.
    pub fn from_number(number: i64) -> Self {
        match number {
            0 => Self::Green,
            1 => Self::Orange,
            _ => Self::Red,
        }
    }

    /// `green`, `orange`, `red`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Orange => "orange",
            Self::Red => "red",
        }
    }
}

impl std::str::FromStr for Level {
    type Err = crate::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "green" => Ok(Self::Green),
            "orange" => Ok(Self::Orange),
            "red" => Ok(Self::Red),
            _ => Err(crate::Error::invalid("level", "must be green, orange or red")),
        }
    }
}

/// What the application should do with the login; what comes later is stricter.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Let it in.
    #[default]
    Allow,
    /// Ask for another factor.
    Challenge,
    /// Keep it out: a rule says so, or the user said of the like of it that it was not them.
    Block,
}

impl Decision {
    /// `allow`, `challenge`, `block`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Challenge => "challenge",
            Self::Block => "block",
        }
    }

    /// From its stored text; anything unknown is the most careful.
    pub fn from_stored(text: &str) -> Self {
        match text {
            "allow" => Self::Allow,
            "challenge" => Self::Challenge,
            _ => Self::Block,
        }
    }
}
