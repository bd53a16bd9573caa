//! What is compared: every policy answers how much a login looks like an attack, then learns from it.

pub mod engine;
pub mod freeman;
pub mod simple;

use crate::event::Observation;

/// A way to judge logins.
pub trait Policy {
    /// As the report names it.
    fn name(&self) -> String;

    /// How alarming: higher is worse; only the order counts. Must not teach anything, so that attacks can be tried on a
    /// copy of the moment.
    fn score(&mut self, seen: &Observation) -> f64;

    /// What is left of the latest score, of this login, without the evidence that was named to the operator.
    fn rest(&mut self, _seen: &Observation) -> Option<f64> {
        None
    }

    /// The login is part of history now. Follows the [`Policy::score`] of the same login.
    fn learn(&mut self, seen: &Observation);

    /// Above this score the policy challenges, whatever the budget; None: a budget decides.
    fn limit(&self) -> Option<f64> {
        None
    }
}

/// Whose login it is.
fn user(seen: &Observation) -> &str {
    seen.event.user.as_ref().map_or("", |user| user.id.as_str())
}
