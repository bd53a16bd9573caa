//! Who an attacker may be: each hypothesis says which traits of the user the attacker shows at no cost, so that showing
//! them is no proof of innocence.

use serde::{Deserialize, Serialize};

/// A kind of attacker who has the right password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Hypothesis {
    /// Anybody, anywhere: every trait counts.
    Stranger,
    /// Somebody in the user's country, or behind an exit there: the country proves nothing.
    SameCountry,
    /// Somebody who knows the user's country and kind of client.
    Targeted,
    /// Somebody who knows the user's network, too: only the address, the device and the circumstances count.
    VeryTargeted,
}

impl Hypothesis {
    /// All of them, from the widest to the narrowest.
    pub const ALL: [Self; 4] = [Self::Stranger, Self::SameCountry, Self::Targeted, Self::VeryTargeted];

    /// As a headline.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Stranger => "Looks like a stranger with the password",
            Self::SameCountry => "Looks like somebody in the user’s country who has the password",
            Self::Targeted => "Looks like somebody who imitates the user’s country and browser",
            Self::VeryTargeted => "Looks like somebody who imitates the user’s network and browser",
        }
    }

    /// True when evidence about this subject counts under the hypothesis.
    pub(crate) fn counts(self, subject: Subject) -> bool {
        match self {
            Self::Stranger => true,
            Self::SameCountry => subject != Subject::Country,
            Self::Targeted => !matches!(subject, Subject::Country | Subject::Client | Subject::Version),
            Self::VeryTargeted => !matches!(
                subject,
                Subject::Country | Subject::Network | Subject::Hosting | Subject::Client | Subject::Version
            ),
        }
    }
}

/// What a piece of evidence is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Country,
    Network,
    Prefix,
    Address,
    Hosting,
    Client,
    Version,
    Device,
    /// The hour, the journey, failures, reports: what counts whoever it is.
    Common,
}

/// A number of evidence to thousandths, half of one away from zero; `round` is a call, and this is not.
pub(super) fn thousandths(number: f64) -> f64 {
    (number * 1_000.0 + 0.5_f64.copysign(number)) as i64 as f64 / 1_000.0
}

/// The evidence of one login, summed under each hypothesis: all that a calibration reads, and what is kept for refitting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Sums {
    /// Under each hypothesis, in the order of [`Hypothesis::ALL`], in natural log-odds.
    pub hypotheses: [f64; 4],
    /// What counts under all of them.
    pub common: f64,
}

impl Sums {
    /// The sum under one hypothesis.
    pub fn of(&self, hypothesis: Hypothesis) -> f64 {
        self.hypotheses[hypothesis as usize]
    }

    /// To thousandths, as it is stored.
    pub(crate) fn rounded(self) -> Self {
        Self { hypotheses: self.hypotheses.map(thousandths), common: thousandths(self.common) }
    }

    pub(crate) fn add(&mut self, subject: Subject, evidence: f64) {
        if subject == Subject::Common {
            self.common += evidence;
            return;
        }
        for (hypothesis, sum) in Hypothesis::ALL.into_iter().zip(&mut self.hypotheses) {
            *sum += if hypothesis.counts(subject) { evidence } else { 0.0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_is_told_to_thousandths_half_of_one_away_from_zero() {
        for (number, told) in [(0.0625, 0.063), (-0.0625, -0.063), (2.0004, 2.0), (-7.9996, -8.0), (0.0, 0.0)]
        {
            assert_eq!(thousandths(number), told, "{number}");
        }
        assert!(thousandths(f64::INFINITY).is_finite() && thousandths(f64::NAN).is_finite());
    }
}
