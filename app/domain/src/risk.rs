//! The judgement of a login against its user's habits: pure, explained, without SQL or I/O.
//!
//! The interface is stable; the statistics behind [`assess`] are not.

mod assess;
mod client;
mod context;
mod evidence;
mod network;
mod odds;
#[cfg(test)]
pub(crate) mod tests;

use serde::{Deserialize, Serialize};

use crate::rule::RuleSet;
pub use assess::assess;

/// From this probability on a login is orange: more likely not the user than the user.
pub const ORANGE: f64 = 0.5;
/// From this probability on a login is red. ThisData's integrations block at .85; of the scores known from its API .123
/// was green, .751 orange and .900 red.
pub const RED: f64 = 0.85;

/// What an assessment knows beside the event and its user's habits.
#[derive(Clone, Copy, Debug)]
pub struct World<'a> {
    /// The project's rules.
    pub rules: &'a RuleSet,
    /// From this level on the project's operators want to know; from it on the user is to prove themselves again.
    pub alert_level: Level,
}

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

/// What the application should do with the login.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
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

/// One piece of evidence, in words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Reason {
    /// Stable: `net.country.new`, `device.token.unknown`, `rule.deny`.
    pub code: String,
    /// A plain sentence: `China is a new country`.
    pub text: String,
    /// Evidence in natural log-odds: above 0 speaks for an attacker, below 0 for the user.
    pub evidence: f64,
}

/// The judgement of one login.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Assessment {
    /// How likely it is that this is not the user, 0..1; ThisData's `score`.
    pub probability: f64,
    /// The traffic light for it.
    pub level: Level,
    /// What to do.
    pub decision: Decision,
    /// Why, strongest first. Empty when nothing is unusual.
    pub reasons: Vec<Reason>,
}
