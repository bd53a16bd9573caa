//! What kinds of waves there are, and which of those over many accounts so many attempts are.

use serde::{Deserialize, Serialize};

use crate::time::{HOUR, MINUTE};

/// Below so many attempts an hour …
const SLOW: f64 = 30.0;
/// … with at most this share on accounts that do not exist, it is spraying: somebody knows whom to try, and hides.
const UNKNOWN: f64 = 0.3;
/// On fewer accounts than these, or within less time, nobody can tell: a wave of one attempt is slow as well.
const ACCOUNTS: f64 = 5.0;
const PATIENCE: i64 = 10 * MINUTE;

/// What kind of wave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Wave {
    /// Many accounts, one or two tries each, fast: pairs that leaked elsewhere.
    Stuffing,
    /// Many accounts, few tries each, slowly: the usual passwords.
    Spray,
    /// One account's password, over and over: from several places or from one.
    BruteForce,
    /// One account's second factor, over and over: whoever does that has the password.
    SecondFactor,
    /// Too few accounts or too short a time to tell.
    Guessing,
    /// One account, more failures in a row than anybody may have (NIST SP 800-63B, 5.2.2), wherever they come from: a program with an
    /// old password, or guesses that look like the user.
    #[serde(rename = "in_a_row")]
    InARow,
}

impl Wave {
    /// Which of the waves over many accounts so many attempts on so many accounts within so much time are; `unknown`: the
    /// share on accounts that do not exist.
    pub(crate) fn of(attempts: f64, unknown: f64, users: f64, lasted: i64) -> Self {
        let hours = (lasted as f64 / HOUR as f64).max(1.0);
        let is_slow = attempts / hours < SLOW && unknown <= UNKNOWN;
        if users < ACCOUNTS && unknown <= UNKNOWN {
            Self::Guessing
        } else if !is_slow {
            Self::Stuffing
        } else if lasted < PATIENCE {
            Self::Guessing
        } else {
            Self::Spray
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::DAY;

    #[test]
    fn only_many_accounts_over_a_while_are_a_slow_wave() {
        let known = |attempts, users, lasted| Wave::of(attempts, 0.0, users, lasted);
        assert_eq!(known(1.0, 1.0, 0), Wave::Guessing, "one attempt is no pace");
        assert_eq!(known(60.0, 1.0, 1_000_000), Wave::Guessing, "one account within a second");
        assert_eq!(known(25.0, 25.0, PATIENCE - 1), Wave::Guessing);
        assert_eq!(known(25.0, 4.0, DAY), Wave::Guessing);
        assert_eq!(known(25.0, ACCOUNTS, PATIENCE), Wave::Spray);
        assert_eq!(known(200.0, 200.0, HOUR), Wave::Stuffing, "fast");
        assert_eq!(Wave::of(25.0, 0.9, 25.0, DAY), Wave::Stuffing, "pairs that leaked elsewhere");
    }
}
