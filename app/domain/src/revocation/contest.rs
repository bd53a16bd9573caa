//! A confirmed order of which one receiver says that it could not end a session.

use super::Receipt;
use crate::id::EndpointId;

/// What a receipt says of an order as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// Whose the receipt is; None: it was posted unsigned, and any receiver may have.
    pub endpoint: Option<EndpointId>,
    /// It says that a session could not be ended, or contradicts what is known.
    pub against: bool,
}

/// Of words in the order given, those that stand against their order: each the last of whoever says it, whatever another
/// says of it.
fn standing<T>(words: impl IntoIterator<Item = (Word, T)>) -> Vec<T> {
    let mut against: Vec<(Option<EndpointId>, T)> = Vec::new();
    for (word, what) in words {
        // Posted: perhaps by whoever could not before.
        let all = word.endpoint.is_none() && !word.against;
        against.retain(|(by, _)| !all && *by != word.endpoint);
        if word.against {
            against.push((word.endpoint, what));
        }
    }
    against.into_iter().map(|(_, what)| what).collect()
}

/// True where somebody's last word, in the order given, is against an order.
#[cfg(any(test, feature = "store"))]
pub fn contested(words: impl IntoIterator<Item = Word>) -> bool {
    !standing(words.into_iter().map(|word| (word, ()))).is_empty()
}

/// Of an order's receipts, those that contradict it and were not taken back since.
pub fn against(receipts: &[Receipt]) -> Vec<&Receipt> {
    let heard = receipts.iter().filter(|receipt| !receipt.is_refused());
    standing(heard.map(|one| (Word { endpoint: one.endpoint_id, against: one.is_against() }, one)))
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
}
