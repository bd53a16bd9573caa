//! A confirmed order of which one receiver says that it could not end a session.

use std::collections::HashSet;

use super::Fact;
use super::receipt::{Report, Verdict};
use crate::id::EndpointId;

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

/// What a receipt says of an order as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// Whose the receipt is; None: it was posted unsigned, and any receiver may have.
    pub endpoint: Option<EndpointId>,
    /// It says that a session could not be ended, or contradicts what is known.
    pub against: bool,
}

/// True where somebody's last word, in the order given, is against an order, whatever another says of it.
pub fn contested(words: impl IntoIterator<Item = Word>) -> bool {
    let mut against = HashSet::new();
    for word in words {
        if word.against {
            against.insert(word.endpoint);
        } else if word.endpoint.is_some() {
            against.remove(&word.endpoint);
        } else {
            // Posted: perhaps by whoever could not before.
            against.clear();
        }
    }
    !against.is_empty()
}

#[cfg(test)]
mod tests {
    use super::super::receipt::read;
    use super::*;

    #[test]
    fn an_order_is_contested_while_somebody_else_says_that_it_failed() {
        let said = |words: &[(bool, i64)]| {
            contested(words.iter().map(|(against, by)| Word {
                endpoint: (*by > 0).then_some(EndpointId(*by)),
                against: *against,
            }))
        };
        assert!(
            said(&[(true, 1), (false, 2)]) && said(&[(false, 2), (true, 1)]),
            "the second does not speak for the first"
        );
        assert!(!said(&[(true, 1), (false, 2), (false, 1)]), "it could in the end");
        assert!(!said(&[(true, 1), (false, 0)]), "posted: perhaps by the first");
        assert!(!said(&[(false, 1), (false, 2)]) && !said(&[]));
    }

    #[test]
    fn a_receipt_is_against_its_order_where_a_session_lives_or_it_contradicts_what_is_known() {
        let report = |outcome: &str| {
            let body = format!(r#"{{"receipt":{{"sessions":[{{"id":"failed","outcome":"{outcome}"}}]}}}}"#);
            read(body.as_bytes(), crate::Timestamp(0)).expect("read").expect("a receipt")
        };
        let accepted = Verdict::Accepted { unknown: Vec::new() };
        assert_eq!(Hearing::of(&accepted, &report("revoked")), Hearing::Taken, "a session may be called so");
        assert_eq!(Hearing::of(&accepted, &report("failed")), Hearing::Against);
        assert_eq!(Hearing::of(&Verdict::Contradicts(String::new()), &report("revoked")), Hearing::Against);
        assert_eq!(Hearing::of(&Verdict::Refused("no"), &report("failed")), Hearing::Refused);
    }
}
