//! The time machine: a draft of changed settings and rules, played against the stored log, beside what is in force.
//!
//! Both sides start from nothing before the stretch (up to [`WARM_UP`] earlier) and judge each event by what came before
//! it alone, through the engine that judges live events. Every event counts as received when it happened; one that came
//! more than a day late is judged and learned and alarms nobody, as in the live log, unless it was imported. What users
//! answered is learned when they answered; a side that would not have alarmed never hears of the answer. What was ordered to
//! end was ordered on both sides: what a user goes on to do in it is refused.

mod contest;
mod desk;
mod mind;
mod orders;
pub mod outcome;
mod profiles;
mod replay;
#[cfg(feature = "store")]
pub mod store;
mod tally;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use contest::Contest;
pub use outcome::{Example, Outcome, Overlap, Precision, RuleHits, Side, Sketch};
pub use replay::{Deed, Line, Person, Replay, Terms, Verdict};
pub use tally::Tally;

use crate::id::{BacktestId, RuleId};
use crate::project::Settings;
use crate::risk::Level;
use crate::rule::{Mode, NewRule, Rule};
use crate::time::DAY;
use crate::{Error, Result, Timestamp};

/// How long before the stretch both sides begin to learn, in microseconds.
pub const WARM_UP: i64 = 180 * DAY;
/// The longest stretch, in microseconds.
pub const MAX_STRETCH: i64 = 3 * 366 * DAY;
/// The most changes of rules in one draft.
pub const MAX_CHANGES: usize = 500;
/// Rules that a draft adds have ids from here on: newer than any stored one.
const ADDED: i64 = i64::MAX - MAX_CHANGES as i64;

/// What a draft does with one rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "lowercase")]
pub enum RuleChange {
    /// Adds a rule, or replaces the one of the same name.
    Write {
        /// The rule.
        rule: Box<NewRule>,
    },
    /// Changes a rule's mode.
    Mode {
        /// Which.
        rule: RuleId,
        /// To what.
        mode: Mode,
    },
    /// Removes a rule.
    Remove {
        /// Which.
        rule: RuleId,
    },
}

/// What is tried, and on which stretch of the log. What is absent stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The first moment that counts.
    pub from: Timestamp,
    /// The first moment that does not count any more.
    pub to: Timestamp,
    /// Another alert level.
    #[serde(default)]
    pub alert_level: Option<Level>,
    /// Another budget: challenge at most so many of 10,000 logins.
    #[serde(default)]
    pub challenge_per_10_000: Option<u32>,
    /// Another budget: ask at most so many users a day.
    #[serde(default)]
    pub ask_a_day: Option<u32>,
    /// Changed rules.
    #[serde(default)]
    pub rules: Vec<RuleChange>,
}

impl Draft {
    /// A draft that changes nothing.
    pub fn of(from: Timestamp, to: Timestamp) -> Self {
        Self { from, to, alert_level: None, challenge_per_10_000: None, ask_a_day: None, rules: Vec::new() }
    }

    /// Checks what somebody typed; rules as [`NewRule::checked`] does.
    pub fn checked(mut self) -> Result<Self> {
        if self.to <= self.from {
            return Err(Error::invalid("to", "must be after the beginning"));
        }
        if self.to.since(self.from) > MAX_STRETCH {
            return Err(Error::invalid("to", "must be at most three years after the beginning"));
        }
        if self.rules.len() > MAX_CHANGES {
            return Err(Error::invalid("rules", format!("must be at most {MAX_CHANGES}")));
        }
        if self.rules.is_empty()
            && (self.alert_level, self.challenge_per_10_000, self.ask_a_day) == (None, None, None)
        {
            return Err(Error::invalid(
                "draft",
                "must change something: a rule, the alert level or a budget",
            ));
        }
        self.settings(&Settings::default()).checked()?;
        for change in &mut self.rules {
            if let RuleChange::Write { rule } = change {
                **rule = rule.as_ref().clone().checked()?;
            }
        }
        Ok(self)
    }

    /// The settings with the draft's in their place.
    pub fn settings(&self, now: &Settings) -> Settings {
        Settings {
            alert_level: self.alert_level.unwrap_or(now.alert_level),
            challenge_per_10_000: self.challenge_per_10_000.or(now.challenge_per_10_000),
            ask_a_day: self.ask_a_day.or(now.ask_a_day),
            ..now.clone()
        }
    }

    /// The rules with the draft's changes. A rule that is gone meanwhile is not missed.
    pub fn rules(&self, now: &[Rule]) -> Vec<Rule> {
        let mut rules = now.to_vec();
        for (place, change) in self.rules.iter().enumerate() {
            match change {
                RuleChange::Remove { rule } => rules.retain(|other| other.id != *rule),
                RuleChange::Mode { rule, mode } => {
                    rules.iter_mut().filter(|other| other.id == *rule).for_each(|other| other.mode = *mode);
                }
                RuleChange::Write { rule } => match rules.iter_mut().find(|other| other.name == rule.name) {
                    Some(same) => {
                        *same =
                            rule.as_ref().clone().into_rule(same.id, same.managed, same.created_at, self.to);
                    }
                    None => {
                        let id = RuleId(ADDED.saturating_add(i64::try_from(place).unwrap_or(0)));
                        rules.push(rule.as_ref().clone().into_rule(id, false, self.to, self.to));
                    }
                },
            }
        }
        rules
    }

    /// The rules that it writes.
    pub fn written(&self) -> impl Iterator<Item = &NewRule> {
        self.rules.iter().filter_map(|change| match change {
            RuleChange::Write { rule } => Some(rule.as_ref()),
            RuleChange::Mode { .. } | RuleChange::Remove { .. } => None,
        })
    }

    /// In words: `alert level orange; “Tor” added`.
    pub fn label(&self, rules: &[Rule]) -> String {
        let mut parts = Vec::new();
        parts.extend(self.alert_level.map(|level| format!("alert level {}", level.as_str())));
        parts.extend(
            self.challenge_per_10_000.map(|count| format!("challenge {:.2} %", f64::from(count) / 100.0)),
        );
        parts.extend(self.ask_a_day.map(|count| format!("ask {count} a day")));
        let name = |id: &RuleId| {
            rules.iter().find(|rule| rule.id == *id).map_or_else(|| id.to_string(), |rule| rule.name.clone())
        };
        parts.extend(self.rules.iter().map(|change| match change {
            RuleChange::Write { rule } => format!("rule “{}”", rule.name),
            RuleChange::Mode { rule, mode } => format!("rule “{}” {}", name(rule), mode.as_str()),
            RuleChange::Remove { rule } => format!("without rule “{}”", name(rule)),
        }));
        parts.join("; ")
    }
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Nobody has begun it.
    Waiting,
    /// It is being played.
    Running,
    /// There is an outcome.
    Done,
    /// It could not be played.
    Failed,
    /// An operator does not want it any more.
    Cancelled,
}

impl State {
    /// As stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// From its stored text; anything unknown has failed.
    pub fn from_stored(text: &str) -> Self {
        [Self::Waiting, Self::Running, Self::Done, Self::Cancelled]
            .into_iter()
            .find(|state| state.as_str() == text)
            .unwrap_or(Self::Failed)
    }

    /// True when nothing more will happen to it.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Waiting | Self::Running)
    }
}

/// A stored run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Backtest {
    /// Its id.
    pub id: BacktestId,
    /// What is tried.
    pub draft: Draft,
    /// The same in words, as the rules were then called.
    pub label: String,
    /// How far it is …
    pub state: State,
    /// … as a share, 0..1.
    pub progress: f64,
    /// What came out.
    pub outcome: Option<Outcome>,
    /// Why nothing did.
    pub error: Option<String>,
    /// Since when it waits.
    pub created_at: Timestamp,
    /// When it was over.
    pub finished_at: Option<Timestamp>,
}
