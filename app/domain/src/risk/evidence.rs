//! What is gathered for one judgement: the case, and the evidence found in it.

use std::borrow::Cow;

use super::Reason;
use crate::event::Observation;
use crate::profile::{Profile, Traits};

/// Evidence below this is counted but not told: it moves nobody.
const TOLD: f64 = 0.3;

/// An event and the habits it is compared with.
#[derive(Debug)]
pub(super) struct Case<'a> {
    pub(super) seen: &'a Observation,
    pub(super) profile: Cow<'a, Profile>,
    pub(super) traits: Traits,
    pub(super) today: i32,
}

impl<'a> Case<'a> {
    pub(super) fn new(seen: &'a Observation, profile: &'a Profile) -> Self {
        let traits = Traits::of_observation(seen);
        let mut profile = Cow::Borrowed(profile);
        if profile.is_due(seen.at) {
            profile.to_mut().settle(seen.at);
        }
        Self { seen, profile, today: traits.day(), traits }
    }
}

/// The evidence so far.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    sum: f64,
    reasons: Vec<Reason>,
}

impl Evidence {
    /// Counts evidence; tells it where it speaks against the user enough.
    pub(super) fn add(&mut self, code: &str, evidence: f64, text: impl FnOnce() -> String) {
        self.sum += evidence;
        if evidence >= TOLD {
            self.reasons.push(Reason { code: code.to_owned(), text: text(), evidence });
        }
    }

    /// Counts evidence for the user.
    pub(super) fn exonerate(&mut self, evidence: f64) {
        self.sum += evidence;
    }

    /// All of it, in log-odds, and the reasons, strongest first.
    pub(super) fn conclude(mut self) -> (f64, Vec<Reason>) {
        self.reasons.sort_by(|a, b| b.evidence.total_cmp(&a.evidence).then_with(|| a.code.cmp(&b.code)));
        (self.sum, self.reasons)
    }
}
