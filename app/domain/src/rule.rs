//! A rule: what an operator (or the application) decides over the judgement. It hits by a list of addresses or
//! countries, or by a condition in CEL, and has an effect.
//!
//! All rules see the same: the event, and what the habits made of it before any rule. Then
//! 1. every `evidence` that hits adds to the log-odds (together at most ±10), every `tag` is kept, `notify` opens an alert;
//!    `revoke` ends sessions, unless a rule of higher priority that allows decides;
//! 2. of the `block`, `challenge` and `allow` that hit, the one of the highest priority decides; among equals
//!    block comes before challenge before allow, then the older rule. Block and allow end the discussion.
//!
//! A rule in shadow is evaluated and counted and changes nothing. One that fails or lacks data is skipped and says why.

mod change;
#[cfg(feature = "rules")]
pub mod condition;
mod countries;
mod doubts;
mod effect;
mod example;
pub mod field;
mod filters;
mod set;
#[cfg(feature = "store")]
pub mod store;
#[cfg(test)]
pub(crate) mod tests;
pub mod verdict;

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::id::RuleId;
use crate::{Error, Result, Timestamp};
pub use change::{NewRule, RulePatch};
pub use effect::{Effect, Ends, MAX_EVIDENCE, MAX_TAG, Mode};
pub use example::{Example, Expected, Vector};
pub use field::Facts;
pub use set::RuleSet;
pub use verdict::{Outcome, RuleNote, Verdict};

/// The most filters one rule may have.
pub const MAX_FILTERS: usize = 1_000;
/// The longest description, in characters.
pub const MAX_DESCRIPTION: usize = 1_000;
/// The longest condition, in bytes.
pub const MAX_CONDITION: usize = 4_096;
/// The most verbs one rule may be limited to.
pub const MAX_VERBS: usize = 20;
/// Priorities lie between this and its negative.
pub const MAX_PRIORITY: i64 = 1_000;
/// The most steps one condition may take: an operator, a value, a look at one item of a list.
pub const MAX_STEPS: u64 = 2_000;
/// The most steps all conditions of a project may take for one event; those of lower priority than fit are skipped.
pub const MAX_SET_STEPS: u64 = 50_000;

/// What a rule's filters are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum RuleTarget {
    /// The address: addresses and CIDR ranges.
    #[serde(rename = "location.ip")]
    Ip,
    /// The address' country: ISO 3166-1 alpha-2.
    #[serde(rename = "location.address.country_iso_code")]
    Country,
}

impl RuleTarget {
    /// As stored, shown and sent: ThisData's name of the field.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ip => "location.ip",
            Self::Country => "location.address.country_iso_code",
        }
    }
}

impl FromStr for RuleTarget {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let known = [Self::Ip, Self::Country].into_iter().find(|target| target.as_str() == text);
        known.ok_or_else(|| {
            Error::invalid("target", "must be location.ip or location.address.country_iso_code")
        })
    }
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Rule {
    /// Its id; ThisData's clients see the number.
    pub id: RuleId,
    /// Its name, shown with every event it decides.
    pub name: String,
    /// Why it exists.
    pub description: String,
    /// What it does with what it hits.
    pub effect: Effect,
    /// When it hits, in CEL; None: by its filters.
    pub condition: Option<String>,
    /// What the filters are compared with; None: by its condition.
    pub target: Option<RuleTarget>,
    /// Addresses and ranges, or countries. A rule without filters and condition hits nothing.
    pub filters: Vec<String>,
    /// Only events of this tenant; all of them when absent.
    pub source: Option<String>,
    /// Only events with one of these verbs; all of them when empty.
    pub verbs: Vec<String>,
    /// The highest decides.
    pub priority: i64,
    /// From when on it does nothing any more.
    pub expires_at: Option<Timestamp>,
    /// Whether it does what it says.
    pub mode: Mode,
    /// It comes from a file (`porchlight rules apply`), which will overwrite it.
    pub managed: bool,
    /// Since when it exists.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Rule {
    /// True when it does nothing any more at `now`.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }

    /// True for what ThisData knows as a rule: a list that blocks or allows.
    pub fn is_thisdata(&self) -> bool {
        self.target.is_some() && self.effect.thisdata_name().is_some()
    }
}

/// How often a rule hit, over some days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Hits {
    /// It hit and did what it says.
    pub enforced: i64,
    /// It would have.
    pub shadow: i64,
    /// It could not be evaluated.
    pub skipped: i64,
}
