//! The judgement of a login against its user's habits: pure, explained, without SQL or I/O.
//!
//! How likely is it that this is not the user, whose credentials were right? Each trait of the login gives evidence,
//! log P(trait | attacker) − log P(trait | user), as in Freeman et al., "Who Are You? A Statistical Approach to Measuring
//! User Authenticity" (NDSS 2016, doi:10.14722/ndss.2016.23240). An attacker is one of four ([`Hypothesis`]); each shows
//! some traits of the user at no cost, so that a familiar country is no proof of innocence. [`Calibration`] mixes them and
//! makes a probability of it. [`Population`] knows what is common, [`Profile`](crate::profile::Profile) what is usual.

mod aged;
mod assess;
mod assessment;
pub mod budget;
pub mod calibration;
mod client;
pub mod codes;
mod context;
pub mod crowd;
mod evidence;
mod explain;
mod hypothesis;
mod level;
pub mod memory;
mod network;
mod otherwise;
pub(crate) mod population;
pub mod sequence;
pub mod session;
mod shipped;
#[cfg(feature = "store")]
pub mod store;
mod term;
#[cfg(test)]
pub(crate) mod tests;
#[cfg(feature = "store")]
mod unsettled;

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::rule::verdict::{self, denier};
use crate::rule::{RuleNote, RuleSet};
use crate::version::Version;
use assess::assess_for;
pub use assess::{assess, probability_without};
use budget::ByBudget;
pub use calibration::Calibration;
pub use hypothesis::{Hypothesis, Sums};
pub use level::{Decision, Level, ORANGE, RED};
pub use memory::Memory;
pub use population::Population;
#[cfg(feature = "store")]
pub(crate) use unsettled::Unsettled;

/// Which engine judged; stored with every assessment, raised with every change that moves scores.
pub const MODEL_VERSION: u16 = 10;

/// What an assessment knows beside the event and its user's habits.
#[derive(Clone, Copy, Debug)]
pub struct World<'a> {
    /// The project's rules.
    pub rules: &'a RuleSet,
    /// From this level on the project's operators want to know; from it on the user is to prove themselves again.
    pub alert_level: Level,
    /// What all users of the project do.
    pub population: &'a Population,
    /// From evidence to probability.
    pub calibration: Calibration,
    /// What else was found about this login: across users, within its session, after it. Only `code`, `text` and
    /// `evidence` are read; it counts whoever the attacker is.
    pub around: &'a [Reason],
    /// How likely a wave over many accounts left the strangers' failures on this one, 0..1: see
    /// [`crowd::Crowd::excuses`].
    pub wave: f64,
    /// The log-odds of an event within a session whose login was judged: from that and from what happened since, `around`
    /// being what this event adds. None for a login, or where the session is not known: judged by habits.
    pub in_session: Option<&'a session::Within>,
    /// What would have made it green, within a session.
    pub otherwise: Option<&'a Counterfactual>,
    /// From these log-odds on a login is challenged: the budget's threshold. None: from `alert_level` on.
    pub challenge_from: Option<f64>,
    /// Its like was challenged under a budget, and nobody has vouched for it since.
    pub held: bool,
    /// When the user was first seen, if known: for rules.
    pub user_since: Option<Timestamp>,
    /// When the session began, if known: for rules.
    pub session_since: Option<Timestamp>,
    /// Reasons have their words; else they have only codes and evidence.
    pub in_words: bool,
}

static SHIPPED: LazyLock<Population> = LazyLock::new(Population::default);

impl<'a> World<'a> {
    /// A world that knows only the rules and what is shipped.
    pub fn new(rules: &'a RuleSet, alert_level: Level) -> Self {
        Self {
            rules,
            alert_level,
            population: &SHIPPED,
            calibration: Calibration::SHIPPED,
            around: &[],
            wave: 0.0,
            in_session: None,
            otherwise: None,
            challenge_from: None,
            held: false,
            user_since: None,
            session_since: None,
            in_words: true,
        }
    }
}

/// One piece of evidence, in words.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Reason {
    /// Stable, explained in [`codes`]: `net.country.new`, `device.token.unknown`, `rule.deny`.
    pub code: String,
    /// A plain sentence: `China is a new country`.
    pub text: String,
    /// Evidence in natural log-odds: above 0 speaks for an attacker, below 0 for the user.
    pub evidence: f64,
    /// How many of the user's logins showed this value; older ones count less.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logins: Option<f64>,
    /// The day it was last shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Timestamp>,
    /// How common the value is among all users, 0..1: of those in the same country for a network, and so on down; of those with
    /// the same kind of client for a version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
}

/// What would have been otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Counterfactual {
    /// The codes of the reasons that would not have been there.
    pub without: Vec<String>,
    /// The level without them.
    pub level: Level,
    /// `It would have been green had the device been known`.
    pub text: String,
}

/// What stands behind a judgement beside its reasons.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Account {
    /// [`MODEL_VERSION`] of the engine that judged; 0 before there were versions.
    pub model: u16,
    /// Which rules were in force; none for a project without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule_set: Option<Version>,
    /// Which refitted weights; none for the shipped ones, see [`Calibration::version`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weights: Option<Version>,
    /// Which data told where its address is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Version>,
    /// The attacker it would be, where it is unusual.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headline: Option<Hypothesis>,
    /// What would have made it green, where it is unusual.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counterfactual: Option<Counterfactual>,
    /// The evidence in sums: what a refit of the calibration reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sums: Option<Sums>,
    /// It resembles so closely what its user said was not theirs that it is kept out without asking, if it is red.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub repeat: bool,
    /// That it was challenged because of the project's budget.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<ByBudget>,
    /// The rules that hit, would have hit, or were skipped.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<RuleNote>,
    /// Those that are too many to be kept with the event: they are only counted.
    #[serde(skip)]
    pub left_out: Vec<RuleNote>,
}

impl Reason {
    /// True of what speaks against whoever acts: by its evidence, or, whatever it looks like, because the session was, or
    /// now is, ordered to end, or what was told of it before still awaits somebody's word.
    pub fn speaks_against(&self) -> bool {
        let whatever = [session::REVOKED, session::AWAITED, verdict::ENDED];
        self.evidence > 0.0 || whatever.contains(&self.code.as_str())
    }
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
    /// Why, strongest first; where something is unusual the strongest piece that speaks for the user comes last, with
    /// evidence below 0. Empty when nothing is unusual.
    pub reasons: Vec<Reason>,
    /// The engine, the hypothesis and the counterfactual behind it.
    #[serde(default)]
    pub account: Account,
}
