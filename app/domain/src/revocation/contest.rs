//! A confirmed order of which one receiver says that it could not end a session.

use std::collections::HashSet;

use super::Fact;
use super::receipt::read;
use crate::Timestamp;
use crate::id::EndpointId;

/// What a receipt says of an order as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// Whose answer the receipt was; None: it was posted, and any receiver may have.
    pub endpoint: Option<EndpointId>,
    /// It says that a session could not be ended, or contradicts what is known.
    pub against: bool,
}

impl Word {
    /// As a stored receipt has it; one that was cut short is read as it may be meant.
    pub fn of(endpoint: Option<EndpointId>, verdict: &str, body: &str) -> Self {
        // It was taken when it came: none of its times is over.
        let failed = match read(body.as_bytes(), Timestamp(i64::MIN)) {
            Ok(Some(report)) => report.sessions.iter().any(|session| session.fact == Fact::Failed),
            _ => body.contains("\"failed\""),
        };
        Self { endpoint, against: failed || verdict.starts_with("contradicts:") }
    }
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
    fn a_word_is_against_where_a_session_lives_or_the_receipt_was_not_believed() {
        let against = |verdict, body| Word::of(None, verdict, body).against;
        let failed =
            r#"{"receipt":{"sessions":[{"id":"a","outcome":"revoked"},{"id":"b","outcome":"failed"}]}}"#;
        assert!(
            against("accepted", failed) && against("accepted", &failed[..failed.len() - 4]),
            "also cut short"
        );
        let named = r#"{"receipt":{"sessions":[{"id":"failed","outcome":"revoked","detail":"failed"}]}}"#;
        assert!(!against("accepted", named), "a session may be called so");
        assert!(against("contradicts: a was revoked and is now deferred", named));
    }
}
