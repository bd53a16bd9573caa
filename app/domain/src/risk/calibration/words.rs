//! The weights in force, and what is said of them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Calibration, Fit, LEAST_LABELS, LEAST_OF_EACH, Refusal};
use crate::Timestamp;
use crate::version::Version;

/// The weights that a project's events are judged by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = Weights)]
pub struct Standing {
    /// The weights.
    pub calibration: Calibration,
    /// The number that events name them by; none for the shipped ones.
    pub version: Option<Version>,
    /// Since when; none where nothing but the shipped ones was ever in force.
    pub since: Option<Timestamp>,
    /// What they were refitted on; none for the shipped ones.
    pub fit: Option<Fit>,
    /// Somebody put the shipped ones back by hand: no night refits them, until a refit that somebody asked for is kept.
    pub taken_back: bool,
}

impl Standing {
    /// Put in force at this moment; without a fit they are the shipped ones.
    pub fn since(fit: Option<Fit>, since: Timestamp) -> Self {
        let calibration = fit.map_or(Calibration::SHIPPED, |fit| fit.calibration);
        Self { calibration, version: calibration.version(), since: Some(since), fit, taken_back: false }
    }
}

impl fmt::Display for Calibration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d] = self.pi;
        write!(f, "alpha {:.3}, beta {:.3}, attackers {a:.3} {b:.3} {c:.3} {d:.3}", self.alpha, self.beta)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFew(count) => write!(f, "{count} answers, {LEAST_LABELS} are needed"),
            Self::OneSided(no, yes) => {
                write!(f, "{no} said no and {yes} said yes, {LEAST_OF_EACH} of each are needed")
            }
            Self::Worse(before, after) => {
                write!(
                    f,
                    "on answers it had not seen the refit did worse ({before:.4} before, {after:.4} after)"
                )
            }
            Self::TakenBack => f.write_str("the shipped weights were put back by hand"),
            Self::LetsGo(count) => write!(f, "{count} thieves who alarm would not any more"),
        }
    }
}
