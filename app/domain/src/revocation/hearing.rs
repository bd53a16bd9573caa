//! How a receipt is heard: for its order, against it, or not at all.

use super::Fact;
use super::receipt::{Report, Verdict};

/// How a receipt is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hearing {
    /// It was believed, or said nothing new.
    Taken,
    /// It says that a session could not be ended, or contradicts what is known.
    Against,
    /// It was not believed.
    Refused,
}

impl Hearing {
    /// Of a receipt that was not refused.
    pub fn of(verdict: &Verdict, report: &Report) -> Self {
        let failed = report.sessions.iter().any(|session| session.fact == Fact::Failed);
        match verdict {
            Verdict::Refused(_) => Self::Refused,
            Verdict::Contradicts(_) => Self::Against,
            Verdict::Accepted { .. } | Verdict::Repeated if failed => Self::Against,
            Verdict::Accepted { .. } | Verdict::Repeated => Self::Taken,
        }
    }

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Against => "against",
            Self::Refused => "refused",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::receipt::read;
    use super::*;

    #[test]
    fn a_receipt_is_against_its_order_where_a_session_lives_or_it_contradicts_what_is_known() {
        let report = |outcome: &str| {
            let body = format!(r#"{{"receipt":{{"sessions":[{{"id":"failed","outcome":"{outcome}"}}]}}}}"#);
            read(body.as_bytes(), crate::Timestamp(0)).expect("read").expect("a receipt")
        };
        let accepted = Verdict::Accepted { unknown: Vec::new(), late: Vec::new() };
        assert_eq!(Hearing::of(&accepted, &report("revoked")), Hearing::Taken, "a session may be called so");
        assert_eq!(Hearing::of(&accepted, &report("failed")), Hearing::Against);
        assert_eq!(Hearing::of(&Verdict::Contradicts(String::new()), &report("revoked")), Hearing::Against);
        assert_eq!(Hearing::of(&Verdict::Refused("no"), &report("failed")), Hearing::Refused);
    }
}
