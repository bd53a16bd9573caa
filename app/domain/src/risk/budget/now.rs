//! What a budget comes to, for people: why a login was challenged, and what is challenged now.

use serde::{Deserialize, Serialize};

use super::{Budget, Limits, odds, rarity};
use crate::Timestamp;
use crate::risk::assess::logistic;

/// That a budget is why something was challenged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct ByBudget {
    /// Of so many of the project's honest logins one scores as high.
    pub one_in: f64,
    /// Its like was challenged before, and nobody has vouched for it since.
    pub again: bool,
}

impl ByBudget {
    /// In a sentence.
    pub fn words(&self) -> String {
        if self.again {
            return "Its like was challenged before, and nobody has vouched for it since.".to_owned();
        }
        format!(
            "The project challenges its rarest logins, as its budget says; as unusual as this one: {}.",
            rarity(self.one_in)
        )
    }
}

/// What is challenged and was asked by now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Now {
    /// From these odds on a login is challenged: `1 in 12`; None without a budget, or while nothing is.
    pub challenged_from: Option<String>,
    /// … and how rare that is: `1 in 190 logins`.
    pub rarity: Option<String>,
    /// Users who were asked today (UTC).
    pub asked: u32,
}

impl Budget {
    /// What it comes to at this moment, where at most this share of logins is to be challenged.
    pub fn now(&self, challenge: Option<f64>, at: Timestamp) -> Now {
        let from = challenge.map(|challenge| self.challenge_from(&Limits { challenge, ask_a_day: 0 }));
        let from = from.filter(|from| from.is_finite());
        Now {
            challenged_from: from.map(|from| odds(logistic(from))),
            rarity: from.map(|from| rarity(self.one_in(from))),
            asked: self.asked_on(at),
        }
    }
}
