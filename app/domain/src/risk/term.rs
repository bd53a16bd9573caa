//! One term of evidence from around the login: a stable code, a sentence, natural log-odds.

use super::Reason;

/// Evidence that is not the profile's: of the crowd, the session, or what was done after the login.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// Stable: `global.stuffing.hit`, `session.interleaved`.
    pub code: &'static str,
    /// A plain sentence.
    pub text: String,
    /// Natural log-odds: above 0 speaks for an attacker.
    pub evidence: f64,
}

impl Term {
    /// A term of this code. Evidence that is no number says nothing.
    pub fn new(code: &'static str, evidence: f64, text: impl Into<String>) -> Self {
        let evidence = if evidence.is_finite() { evidence } else { 0.0 };
        Self { code, text: text.into(), evidence }
    }

    /// As it is told.
    pub fn reason(self) -> Reason {
        let Self { code, text, evidence } = self;
        Reason { code: code.to_owned(), text, evidence, ..Reason::default() }
    }

    /// What all terms say together.
    pub fn sum(terms: &[Self]) -> f64 {
        terms.iter().map(|term| term.evidence).sum()
    }
}

/// Mixes evidence with the probability that its premise holds: ln(1 + p·(eˣ − 1)), at most `evidence`.
pub(super) fn tempered(probability: f64, evidence: f64) -> f64 {
    (probability.clamp(0.0, 1.0) * evidence.exp_m1()).ln_1p()
}
