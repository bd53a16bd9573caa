//! What is told of a judgement: the pieces that made it, the hypothesis that won, and what would have made it green.
//!
//! A mixture is no sum, but it splits like one: R = Σ_a p_a·S_a − KL(p‖π), where p is the posterior of the hypotheses. So a
//! piece of evidence is told with its value times the posterior of the hypotheses under which it counts; what is left
//! over is small and joins the prior.

use super::assess::logistic;
use super::crowd::{GUESSED, RELAYED};
use super::evidence::{Case, Evidence, Piece};
use super::hypothesis::{Hypothesis, Subject, thousandths};
use super::otherwise::counterfactual;
use super::{Account, Level, MODEL_VERSION, Reason};
use crate::alert::REPORTED;

/// Evidence below this is counted but not told: it moves nobody.
pub(super) const TOLD: f64 = 0.3;
/// So much of what speaks against the user is told; the rest is small.
const SHARE: f64 = 0.9;

/// What is told whatever else there is to tell: without it nobody understands what came before the login, or
/// why it is kept out.
const ALWAYS: [&str; 5] =
    ["account.bruteforce", "account.bruteforce.distributed", GUESSED, RELAYED, REPORTED];

/// The outcome.
pub(super) struct Found {
    pub(super) log_odds: f64,
    pub(super) reasons: Vec<Reason>,
    pub(super) account: Account,
}

/// Weighs and explains. `in_words` gathers the same evidence with its words, which are needed only when something is told;
/// None where nobody reads them.
pub(super) fn conclude(
    case: &Case<'_>,
    evidence: &Evidence,
    in_words: impl FnOnce() -> Option<Evidence>,
) -> Found {
    let calibration = &case.world.calibration;
    let sums = evidence.sums(|_| false);
    let (log_odds, posterior) = calibration.judge(&sums);
    let level = Level::of(logistic(log_odds));
    let tells = evidence.pieces.iter().any(|piece| says(case, piece, &posterior) >= TOLD);
    let reasons = match tells {
        true => reasons(case, in_words().as_ref().unwrap_or(evidence), &posterior),
        false => Vec::new(),
    };
    let unusual = level > Level::Green;
    let winner =
        Hypothesis::ALL.into_iter().max_by(|a, b| posterior[*a as usize].total_cmp(&posterior[*b as usize]));
    let account = Account {
        model: MODEL_VERSION,
        headline: winner.filter(|_| unusual),
        counterfactual: if unusual { counterfactual(case, evidence) } else { None },
        sums: Some(sums.rounded()),
        ..Account::default()
    };
    Found { log_odds, reasons, account }
}

/// The strongest pieces until [`SHARE`] of what speaks against the user is told and nothing much is left of it, then the
/// strongest that speaks for them.
fn reasons(case: &Case<'_>, evidence: &Evidence, posterior: &[f64; 4]) -> Vec<Reason> {
    let calibration = &case.world.calibration;
    let says = |piece: &Piece| says(case, piece, posterior);
    let mut pieces: Vec<(f64, &Piece)> = evidence.pieces.iter().map(|piece| (says(piece), piece)).collect();
    pieces.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.code.cmp(&b.1.code)));
    let enough = SHARE * pieces.iter().map(|(says, _)| says.max(0.0)).sum::<f64>();
    let mut told: Vec<&Piece> = Vec::new();
    let mut reasons = Vec::new();
    let mut sum = 0.0;
    // Once enough is told it stays so: what follows is smaller.
    for (says, piece) in pieces.iter().take_while(|(says, _)| *says >= TOLD) {
        let left = || evidence.sums(|other| told.iter().any(|piece| piece.code == other.code));
        let always = ALWAYS.contains(&piece.code.as_ref());
        if !always && sum >= enough && calibration.evidence(&left()) <= 0.0 {
            continue;
        }
        sum += says;
        told.push(piece);
        reasons.push(reason(piece, *says));
    }
    if let Some((says, piece)) = pieces.last().filter(|(says, _)| *says <= -TOLD && !reasons.is_empty()) {
        reasons.push(reason(piece, *says));
    }
    reasons
}

/// What a piece is told with.
fn says(case: &Case<'_>, piece: &Piece, posterior: &[f64; 4]) -> f64 {
    let weight: f64 = match piece.subject {
        Subject::Common => 1.0,
        subject => Hypothesis::ALL.iter().filter(|a| a.counts(subject)).map(|a| posterior[*a as usize]).sum(),
    };
    case.world.calibration.alpha * weight * piece.evidence
}

fn reason(piece: &Piece, evidence: f64) -> Reason {
    let facts = piece.facts.unwrap_or_default();
    Reason {
        code: piece.code.clone().into_owned(),
        text: piece.text.clone(),
        evidence: thousandths(evidence),
        logins: piece.facts.map(|facts| (facts.logins * 10.0).round() / 10.0),
        last: facts.last,
        share: facts.share.map(|share| if share < 0.001 { share } else { thousandths(share) }),
    }
}
